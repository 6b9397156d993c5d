use auth::{PatientId, Permission, ProviderId, RoomId, ServiceId};
use chrono::{DateTime, NaiveDate, Utc};
use entity::appointments::appointment::{Column, Entity, Model, Status};
use entity::query::{ColumnTrait, Condition};
use entity::{Direction, Find, TenantScope};

use crate::list::read_page;
use crate::{Failure, Listed, Paging, zone};

/// Which appointments a list shows. What is not set narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct AppointmentFilter {
    /// A day in the clinic's time zone.
    pub on: Option<NaiveDate>,
    /// Starting at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Starting before this time.
    pub to: Option<DateTime<Utc>>,
    pub statuses: Option<Vec<Status>>,
    pub patient: Option<PatientId>,
    pub provider: Option<ProviderId>,
    pub room: Option<RoomId>,
    pub service: Option<ServiceId>,
    /// Deleted appointments too; asks for `appointments:delete`.
    pub include_deleted: bool,
}

impl AppointmentFilter {
    /// What is still to take place.
    pub fn upcoming() -> Self {
        Self {
            from: Some(Utc::now()),
            statuses: Some(vec![Status::Requested, Status::Scheduled, Status::Confirmed]),
            ..Self::default()
        }
    }

    /// The filter with its day put as the instants between which it lies.
    async fn resolve(mut self, scope: &TenantScope) -> Result<Self, Failure> {
        let Some(day) = self.on.take() else { return Ok(self) };
        let clinic = scope.clinic().await?.ok_or(Failure::NotFound { what: "clinic" })?;
        let (begins, ends) =
            zone::bounds(day, zone::zone(&clinic)).ok_or_else(|| Failure::Argument {
                field: "filter.on",
                message: "There is no such day in the clinic's time zone.".to_owned(),
            })?;
        self.from = Some(self.from.map_or(begins, |from| from.max(begins)));
        self.to = Some(self.to.map_or(ends, |to| to.min(ends)));
        Ok(self)
    }

    fn condition(&self) -> Condition {
        let Self {
            on: _,
            from,
            to,
            statuses,
            patient,
            provider,
            room,
            service,
            include_deleted: _,
        } = self;
        Condition::all()
            .add_option(from.map(|from| Column::StartsAt.gte(from)))
            .add_option(to.map(|to| Column::StartsAt.lt(to)))
            .add_option(statuses.as_ref().map(|any| Column::Status.is_in(any.iter().copied())))
            .add_option(patient.map(|patient| Column::PatientId.eq(patient.0)))
            .add_option(provider.map(|provider| Column::ProviderId.eq(provider.0)))
            .add_option(room.map(|room| Column::RoomId.eq(room.0)))
            .add_option(service.map(|service| Column::ServiceId.eq(service.0)))
    }
}

/// A page of appointments, in the order of their starts.
pub async fn list(
    scope: &TenantScope,
    filter: AppointmentFilter,
    direction: Direction,
    paging: Paging<DateTime<Utc>>,
) -> Result<Listed<Model>, Failure> {
    if filter.include_deleted {
        scope.require(Permission::AppointmentsDelete)?;
    }
    let filter = filter.resolve(scope).await?;
    let search = || -> Find<'_, Entity> {
        let search = scope.find::<Entity>().filter(filter.condition());
        if filter.include_deleted { search.with_deleted() } else { search }
    };
    read_page(search, Column::StartsAt, direction, paging).await
}
