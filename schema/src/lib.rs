//! The one schema, for the dashboard and the portal: the roots merged and the engine built. No
//! resolver lives here.
//!
//! `schema.graphql` and `permissions.md` beside this crate are printed from it and committed, so
//! that a change of the contract or of access shows as a changed line.

// Merged roots are futures in each other: optimised, the compiler computes the layout of all of them at once.
#![recursion_limit = "256"]

mod permissions;

use async_graphql::MergedObject;
use graphql::{Engine, EngineError, Limits, Live};
use resolvers::appointments::providers::{ProviderMutation, ProviderQuery};
use resolvers::appointments::rooms::{RoomMutation, RoomQuery};
use resolvers::appointments::services::{ServiceMutation, ServiceQuery};
use resolvers::appointments::{AppointmentMutation, AppointmentQuery, AppointmentSubscription};
use resolvers::audit::AuditQuery;
use resolvers::identity::{IdentityMutation, IdentityQuery};
use resolvers::node::NodeQuery;
use resolvers::patients::{PatientMutation, PatientQuery};

pub use permissions::permissions;

/// What can be asked.
#[derive(Default, MergedObject)]
pub struct Query(
    NodeQuery,
    IdentityQuery,
    PatientQuery,
    AppointmentQuery,
    ProviderQuery,
    RoomQuery,
    ServiceQuery,
    AuditQuery,
);

/// What can be changed. Each field is one transaction; they run in the order of the document.
#[derive(Default, MergedObject)]
pub struct Mutation(
    IdentityMutation,
    PatientMutation,
    AppointmentMutation,
    ProviderMutation,
    RoomMutation,
    ServiceMutation,
);

/// What can be listened to. Each field is executed anew for each event.
#[derive(Default, MergedObject)]
pub struct Subscription(AppointmentSubscription);

/// The schema, ready to be served.
pub type Atrium = Engine<Query, Mutation, Live<Subscription>>;

/// Builds the schema. Refused when a field declares no access.
pub fn build(limits: Limits) -> Result<Atrium, EngineError> {
    Engine::new(Query::default(), Mutation::default(), Live::default(), limits)
}
