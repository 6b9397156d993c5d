use async_graphql::{Context, Enum, Object};
use async_trait::async_trait;
use auth::{AppointmentId, DataClass, Permission, Reach};
use chrono::{DateTime as Instant, Utc};
use entity::events::Event;
use graphql::access::for_member;
use graphql::{DateTime, EventCursor, Id, Node, Prefetch, Result, Selection};
use loaders::Request;
use services::appointments::AppointmentTopic;

use super::Appointment;
use crate::kinds::AppointmentKind;

/// What became of an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AppointmentChangeKind {
    /// Nothing yet: the subscription is open, and `cursor` is where it begins. Only where `announce` asks
    /// for it.
    Listening,
    /// It was booked, or asked for in the portal.
    Booked,
    /// Staff accepted what was asked for in the portal.
    Accepted,
    /// The patient said that they will come.
    Confirmed,
    /// The patient arrived.
    CheckedIn,
    /// The patient was seen.
    Completed,
    /// The patient did not come.
    NoShow,
    /// It was cancelled.
    Cancelled,
    /// It was moved.
    Rescheduled,
    /// Its reason, notes or metadata changed.
    Updated,
    /// It should never have been written down.
    EnteredInError,
    /// It was deleted.
    Deleted,
    /// It was restored after it had been deleted.
    Restored,
}

impl From<AppointmentTopic> for AppointmentChangeKind {
    fn from(topic: AppointmentTopic) -> Self {
        match topic {
            AppointmentTopic::Booked => Self::Booked,
            AppointmentTopic::Accepted => Self::Accepted,
            AppointmentTopic::Confirmed => Self::Confirmed,
            AppointmentTopic::CheckedIn => Self::CheckedIn,
            AppointmentTopic::Completed => Self::Completed,
            AppointmentTopic::NoShow => Self::NoShow,
            AppointmentTopic::Cancelled => Self::Cancelled,
            AppointmentTopic::Rescheduled => Self::Rescheduled,
            AppointmentTopic::Updated => Self::Updated,
            AppointmentTopic::EnteredInError => Self::EnteredInError,
            AppointmentTopic::Deleted => Self::Deleted,
            AppointmentTopic::Restored => Self::Restored,
        }
    }
}

/// One change of an appointment, as a subscriber is told of it.
pub struct AppointmentChange {
    kind: AppointmentChangeKind,
    cursor: String,
    occurred_at: Instant<Utc>,
    id: Option<AppointmentId>,
    appointment: Option<Node<Appointment>>,
}

impl AppointmentChange {
    /// Nothing has happened yet: where the subscription begins.
    pub(super) fn listening(event: &Event) -> Self {
        Self {
            kind: AppointmentChangeKind::Listening,
            cursor: EventCursor { tenant: event.tenant, number: event.number }.write(),
            occurred_at: event.occurred_at,
            id: None,
            appointment: None,
        }
    }

    /// The change that an event tells of, if the caller may know of it. Who sees every appointment is
    /// told of one that is gone; to others it may never have been theirs.
    pub(super) async fn of(
        request: &Request,
        event: &Event,
        topic: AppointmentTopic,
    ) -> Result<Option<Self>> {
        let Some(id) = event.id("id") else { return Ok(None) };
        let appointment = request.loaders()?.appointments.load(id).await?;
        let member = request.actor().member();
        let reach = member.and_then(|member| member.reach(Permission::AppointmentsRead));
        if appointment.is_none() && reach != Some(Reach::Any) {
            return Ok(None);
        }
        Ok(Some(Self {
            kind: topic.into(),
            id: Some(AppointmentId(id)),
            appointment: appointment.map(|row| Node(Appointment(row))),
            ..Self::listening(event)
        }))
    }
}

/// One change of an appointment, as a subscriber is told of it.
#[Object]
impl AppointmentChange {
    /// What happened.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::None))]
    async fn kind(&self) -> AppointmentChangeKind {
        self.kind
    }

    /// Where the change stands among all that happens in the clinic. Send the last one that you have seen
    /// as `after` to be told of everything since.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::None))]
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// When it happened.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::None))]
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.occurred_at)
    }

    /// Which appointment; null only where nothing has happened yet.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::None))]
    async fn appointment_id(&self) -> Option<Id<AppointmentKind>> {
        self.id.map(Id::new)
    }

    /// The appointment as it is now, which may be later than this change; null when it has been deleted.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::None))]
    async fn appointment(&self, _context: &Context<'_>) -> Option<Node<Appointment>> {
        self.appointment.clone()
    }
}

#[async_trait]
impl Prefetch for AppointmentChange {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let appointments = page.iter().filter_map(|change| change.appointment.as_ref());
        graphql::prefetch_nodes(appointments, selection, "appointment").await
    }
}
