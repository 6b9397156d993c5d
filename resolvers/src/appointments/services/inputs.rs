//! What mutations of services take.

use async_graphql::{InputObject, MaybeUndefined};
use auth::ProviderId;
use graphql::{Id, change};
use services::appointments::services::{NewService, ServiceChanges};

use crate::kinds::{ProviderKind, ServiceKind};

/// Adds a service. Empty text is the same as none.
#[derive(InputObject)]
pub struct CreateServiceInput {
    /// The service's name, 1 to 100 characters; otherwise REQUIRED or TOO_LONG. INVALID without a letter or
    /// digit, DUPLICATE when another live service has it, or one that differs only in case, accents or
    /// punctuation.
    pub name: String,
    /// What patients and staff should know about the service, one line of up to 500 characters; otherwise INVALID or
    /// TOO_LONG.
    pub description: Option<String>,
    /// How long an appointment for it takes, in minutes, 1 to 1440; otherwise INVALID.
    pub duration_minutes: i32,
    /// How long an appointment for it may be at most, in minutes: the duration or more, up to 1440;
    /// otherwise INVALID. The duration if left out.
    pub longest_minutes: Option<i32>,
    /// Time that the provider needs before it, in minutes, 0 to 480; otherwise INVALID. Kept for the
    /// calendar of a later release: no booking is refused for it yet.
    #[graphql(default)]
    pub buffer_before_minutes: i32,
    /// Time that the provider needs after it, in minutes, 0 to 480; otherwise INVALID. Kept for the
    /// calendar of a later release: no booking is refused for it yet.
    #[graphql(default)]
    pub buffer_after_minutes: i32,
    /// How long before its start patients must book it, in minutes, 0 to 525600 (a year); otherwise
    /// INVALID. Kept for the calendar of a later release: no booking is refused for it yet.
    #[graphql(default)]
    pub notice_minutes: i32,
    /// How far ahead patients may book it, in days, 1 to 730, otherwise INVALID; any time ahead if left
    /// out. Kept for the calendar of a later release: no booking is refused for it yet.
    pub horizon_days: Option<i32>,
    /// How many of them a provider takes a day, 1 to 1000, otherwise INVALID; any number if left out.
    /// Kept for the calendar of a later release: no booking is refused for it yet.
    pub daily_limit: Option<i32>,
    /// Whether the service can be booked.
    #[graphql(default = true)]
    pub is_active: bool,
    /// The providers who offer it, at most 100; TOO_MANY above, NOT_FOUND for one that is not a live
    /// provider of the clinic. None: every provider offers it.
    #[graphql(default)]
    pub provider_ids: Vec<Id<ProviderKind>>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Changes a service's details. Left out: stays as it is. Null or empty text: emptied.
#[derive(InputObject)]
pub struct UpdateServiceInput {
    /// The service.
    pub id: Id<ServiceKind>,
    /// The `version` that you have seen. When the service has changed since, nothing is changed:
    /// CONFLICT, and the payload holds the current state.
    pub version: i32,
    /// The service's name, 1 to 100 characters, as in `CreateServiceInput`; cannot be emptied.
    pub name: MaybeUndefined<String>,
    /// What patients and staff should know about the service, one line of up to 500 characters; otherwise INVALID or
    /// TOO_LONG.
    pub description: MaybeUndefined<String>,
    /// How long an appointment for it takes, in minutes, 1 to 1440, otherwise INVALID; cannot be
    /// emptied. Appointments that are booked stay.
    pub duration_minutes: MaybeUndefined<i32>,
    /// How long an appointment for it may be at most, in minutes: the duration or more, up to 1440;
    /// otherwise INVALID, also when the duration alone grows beyond it. Null: the duration.
    pub longest_minutes: MaybeUndefined<i32>,
    /// Time that the provider needs before it, in minutes, 0 to 480, otherwise INVALID; cannot be
    /// emptied. Kept for the calendar of a later release: no booking is refused for it yet.
    pub buffer_before_minutes: MaybeUndefined<i32>,
    /// Time that the provider needs after it, in minutes, 0 to 480, otherwise INVALID; cannot be
    /// emptied. Kept for the calendar of a later release: no booking is refused for it yet.
    pub buffer_after_minutes: MaybeUndefined<i32>,
    /// How long before its start patients must book it, in minutes, 0 to 525600 (a year), otherwise
    /// INVALID; cannot be emptied. Kept for the calendar of a later release: no booking is refused for
    /// it yet.
    pub notice_minutes: MaybeUndefined<i32>,
    /// How far ahead patients may book it, in days, 1 to 730, otherwise INVALID; null: any time ahead.
    /// Kept for the calendar of a later release: no booking is refused for it yet.
    pub horizon_days: MaybeUndefined<i32>,
    /// How many of them a provider takes a day, 1 to 1000, otherwise INVALID; null: any number. Kept for
    /// the calendar of a later release: no booking is refused for it yet.
    pub daily_limit: MaybeUndefined<i32>,
    /// Whether the service can be booked; cannot be emptied. Appointments that are booked stay.
    pub is_active: MaybeUndefined<bool>,
    /// The providers who offer it from now on, at most 100, and nobody else; TOO_MANY above, NOT_FOUND
    /// for one that is not a live provider of the clinic. Null or none: every provider offers it.
    pub provider_ids: MaybeUndefined<Vec<Id<ProviderKind>>>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Deletes a service.
#[derive(InputObject)]
pub struct DeleteServiceInput {
    /// The service.
    pub id: Id<ServiceKind>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Takes back the deletion of a service.
#[derive(InputObject)]
pub struct RestoreServiceInput {
    /// The service.
    pub id: Id<ServiceKind>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

impl CreateServiceInput {
    /// As the service takes it.
    pub fn into_new(self) -> NewService {
        NewService {
            name: self.name,
            description: self.description,
            duration_minutes: self.duration_minutes,
            longest_minutes: self.longest_minutes,
            buffer_before_minutes: self.buffer_before_minutes,
            buffer_after_minutes: self.buffer_after_minutes,
            notice_minutes: self.notice_minutes,
            horizon_days: self.horizon_days,
            daily_limit: self.daily_limit,
            is_active: self.is_active,
            providers: providers(self.provider_ids),
        }
    }
}

impl UpdateServiceInput {
    /// As the service takes it.
    pub fn into_changes(self) -> ServiceChanges {
        ServiceChanges {
            name: change(self.name),
            description: change(self.description),
            duration_minutes: change(self.duration_minutes),
            longest_minutes: change(self.longest_minutes),
            buffer_before_minutes: change(self.buffer_before_minutes),
            buffer_after_minutes: change(self.buffer_after_minutes),
            notice_minutes: change(self.notice_minutes),
            horizon_days: change(self.horizon_days),
            daily_limit: change(self.daily_limit),
            is_active: change(self.is_active),
            providers: change(self.provider_ids.map_value(providers)),
        }
    }
}

fn providers(ids: Vec<Id<ProviderKind>>) -> Vec<ProviderId> {
    ids.into_iter().map(|id| id.get()).collect()
}
