use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use auth::{DataClass, Permission};
use chrono::Utc;
use entity::Direction;
use entity::appointments::appointment::Model;
use graphql::access::for_member;
use graphql::{Connection, Cursor, Date, DateTime, Id, Node, Result, wanted};
use services::appointments::{self, AppointmentFilter};
use services::{Listed, Paging};

use super::{Appointment, AppointmentStatus, AppointmentVersion};
use crate::kinds::{AppointmentKind, PatientKind, ProviderKind, RoomKind, ServiceKind};
use crate::order::OrderDirection;
use crate::request::RequestOf;

/// Which appointments a list shows. What is left out narrows nothing; all that is given must hold.
#[derive(InputObject)]
struct AppointmentFilterInput {
    /// Starting on this day in the clinic's time zone.
    on: Option<Date>,
    /// Starting at this time or later.
    from: Option<DateTime>,
    /// Starting before this time.
    to: Option<DateTime>,
    /// In one of these statuses.
    statuses: Option<Vec<AppointmentStatus>>,
    /// Of this patient.
    patient_id: Option<Id<PatientKind>>,
    /// With this provider.
    provider_id: Option<Id<ProviderKind>>,
    /// In this room.
    room_id: Option<Id<RoomKind>>,
    /// For this service.
    service_id: Option<Id<ServiceKind>>,
    /// Deleted appointments too. Asks for `appointments:delete`.
    #[graphql(default)]
    include_deleted: bool,
}

impl AppointmentFilterInput {
    fn into_filter(self) -> Result<AppointmentFilter> {
        let statuses = |any: Vec<AppointmentStatus>| any.into_iter().map(Into::into).collect();
        Ok(AppointmentFilter {
            on: self.on.map(|day| day.day("filter.on")).transpose()?,
            from: self.from.map(|time| time.0),
            to: self.to.map(|time| time.0),
            statuses: self.statuses.map(statuses),
            patient: self.patient_id.map(|id| id.get()),
            provider: self.provider_id.map(|id| id.get()),
            room: self.room_id.map(|id| id.get()),
            service: self.service_id.map(|id| id.get()),
            include_deleted: self.include_deleted,
        })
    }
}

/// Queries about appointments.
#[derive(Default)]
pub struct AppointmentQuery;

/// Queries about appointments.
#[Object]
impl AppointmentQuery {
    /// One appointment. In the portal, of yourself or a patient you stand in for. NOT_FOUND when there
    /// is no such appointment, or when it is not yours to see.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::Identity))]
    async fn appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appointment's id.")] id: Id<AppointmentKind>,
        #[graphql(
            desc = "Find it even if it is deleted. Asks for `appointments:delete`.",
            default
        )]
        include_deleted: bool,
    ) -> Result<Option<Node<Appointment>>> {
        let scope = context.request()?.scope()?;
        let appointment = appointments::get(scope, id.get(), include_deleted).await?;
        Ok(Some(Node(Appointment(Arc::new(appointment)))))
    }

    /// The clinic's appointments in the order of their starts, a page at a time: with `filter: { on: … }`
    /// the list of a day. In the portal, those of yourself and of the patients you stand in for.
    /// BAD_USER_INPUT for `first` outside 1 to 100, a cursor of another list, or a day that there is
    /// not.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::Identity))]
    async fn appointments(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which appointments; all if left out.")] filter: Option<
            AppointmentFilterInput,
        >,
        #[graphql(desc = "Which way they run.", default_with = "OrderDirection::Ascending")]
        order: OrderDirection,
        #[graphql(desc = "How many, 1 to 100.", default = 25)] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Option<Node<Connection<Appointment>>>> {
        let filter =
            filter.map(AppointmentFilterInput::into_filter).transpose()?.unwrap_or_default();
        let direction = order.into();
        let name = match direction {
            Direction::Ascending => "appointments ASC",
            Direction::Descending => "appointments DESC",
        };
        page(context, name, filter, direction, first, after).await
    }

    /// What is still to take place, soonest first: appointments that are requested, scheduled or
    /// confirmed and start from now on.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::Identity))]
    async fn upcoming_appointments(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 25)] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Option<Node<Connection<Appointment>>>> {
        let filter = AppointmentFilter::upcoming();
        page(context, "upcomingAppointments", filter, Direction::Ascending, first, after).await
    }

    /// What an appointment was at each of its versions, oldest first: earlier times, providers and
    /// statuses, and who changed them. NOT_FOUND as in `appointment`.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::Identity))]
    async fn appointment_history(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appointment's id.")] appointment_id: Id<AppointmentKind>,
        #[graphql(desc = "How many, 1 to 100.", default = 25)] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Option<Node<Connection<AppointmentVersion>>>> {
        let name = "appointmentHistory";
        let paging = Paging {
            first,
            after: after.map(|cursor| Cursor::read(&cursor, name)).transpose()?,
            wanted: wanted(context),
        };
        let scope = context.request()?.scope()?;
        let page = appointments::history(scope, appointment_id.get(), paging).await?;
        let wrap = |row| AppointmentVersion(Arc::new(row));
        let page = Connection::listed(page, wrap, |row| Cursor::new(name, row.number, row.id));
        Ok(Some(Node(page)))
    }
}

async fn page(
    context: &Context<'_>,
    name: &'static str,
    filter: AppointmentFilter,
    direction: Direction,
    first: i32,
    after: Option<String>,
) -> Result<Option<Node<Connection<Appointment>>>> {
    let paging: Paging<chrono::DateTime<Utc>> = Paging {
        first,
        after: after.map(|cursor| Cursor::read(&cursor, name)).transpose()?,
        wanted: wanted(context),
    };
    let scope = context.request()?.scope()?;
    let page: Listed<Model> = appointments::list(scope, filter, direction, paging).await?;
    let wrap = |row| Appointment(Arc::new(row));
    let page = Connection::listed(page, wrap, |row| Cursor::new(name, row.starts_at, row.id));
    Ok(Some(Node(page)))
}
