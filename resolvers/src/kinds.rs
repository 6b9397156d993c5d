//! What ids are of. The prefix is the type's name in snake case.

use auth::{
    AppointmentId, AuditEventId, PatientId, ProviderId, ProxyId, RoomId, ServiceId, TenantId,
    UserId,
};
use graphql::Kind;

macro_rules! kinds {
    ($($name:ident($id:ty) = $prefix:literal),+ $(,)?) => {$(
        pub struct $name;

        impl Kind for $name {
            type Of = $id;
            const PREFIX: &'static str = $prefix;
        }
    )+};
}

kinds! {
    AppointmentKind(AppointmentId) = "appointment",
    AuditEventKind(AuditEventId) = "audit_event",
    ClinicKind(TenantId) = "clinic",
    PatientKind(PatientId) = "patient",
    PatientProxyKind(ProxyId) = "patient_proxy",
    ProviderKind(ProviderId) = "provider",
    RoomKind(RoomId) = "room",
    ServiceKind(ServiceId) = "service",
    UserKind(UserId) = "user",
}
