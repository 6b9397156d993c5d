//! Who may do what with appointments: every mutation, by everybody who must not.

use auth::Role;
use serde_json::{Value, json};

use super::{APPOINTMENT, Desk, at, seen, with};
use crate::support::{World, problems};

/// Every mutation of an appointment that is there, with what it asks for besides, and who may.
fn mutations() -> Vec<(&'static str, Value, &'static [Role])> {
    const DESK: &[Role] =
        &[Role::Admin, Role::Staff, Role::OfficeAdmin, Role::MedicalStaff, Role::Doctor];
    const PORTAL: &[Role] = &[
        Role::Admin,
        Role::Staff,
        Role::OfficeAdmin,
        Role::MedicalStaff,
        Role::Doctor,
        Role::Patient,
    ];
    vec![
        ("rescheduleAppointment", json!({ "startsAt": at(30) }), DESK),
        ("updateAppointment", json!({ "reason": "x" }), DESK),
        ("acceptAppointment", json!({}), DESK),
        ("confirmAppointment", json!({}), PORTAL),
        ("checkInAppointment", json!({}), DESK),
        ("completeAppointment", json!({}), DESK),
        ("markNoShow", json!({}), DESK),
        ("cancelAppointment", json!({ "reason": "OTHER" }), PORTAL),
        ("markAppointmentEnteredInError", json!({ "reason": "x" }), &[Role::Admin]),
        ("deleteAppointment", json!({ "version": null }), &[Role::Admin]),
        ("restoreAppointment", json!({ "version": null }), &[Role::Admin]),
    ]
}

fn input(appointment: &Value, more: &Value) -> Value {
    let mut input = with(seen(appointment), more.clone());
    let fields = input.as_object_mut().unwrap();
    fields.retain(|_, value| !value.is_null());
    input
}

#[tokio::test]
async fn nobody_changes_an_appointment_without_the_permission_or_of_another_clinic() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let booked = desk.book(desk.booking(0)).await;
    let selection = "appointment { id } errors { code field }";
    for (mutation, more, allowed) in mutations() {
        let input = input(&booked, &more);
        let anonymous = world.anonymous().try_mutate(mutation, input.clone(), selection).await;
        assert_eq!(anonymous.code(), "UNAUTHENTICATED", "{mutation}");
        for role in Role::ALL {
            let reply =
                world.client(&world.a, role).try_mutate(mutation, input.clone(), selection).await;
            let of_b =
                world.client(&world.b, role).try_mutate(mutation, input.clone(), selection).await;
            if !allowed.contains(&role) {
                assert_eq!(reply.code(), "FORBIDDEN", "{role} {mutation}");
                assert_eq!(of_b.code(), "FORBIDDEN", "{role} {mutation}");
                continue;
            }
            let told = problems(&of_b.body["data"][mutation]);
            assert_eq!(told, ["NOT_FOUND id"], "{role} of B {mutation}");
            // Whoever may, is answered by the rule or the version, not by a refusal.
            assert!(reply.errors().is_empty(), "{role} {mutation} {:#}", reply.body);
            let is_narrowed = matches!(role, Role::Doctor | Role::Patient);
            let told = problems(&reply.body["data"][mutation]);
            assert_eq!(told == ["NOT_FOUND id"], is_narrowed, "{role} {mutation} {told:?}");
        }
    }
}

#[tokio::test]
async fn nobody_books_without_the_permission_or_in_another_clinic() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let anonymous =
        world.anonymous().try_mutate("bookAppointment", desk.booking(0), APPOINTMENT).await;
    assert_eq!(anonymous.code(), "UNAUTHENTICATED");
    let selection = "appointment { id } errors { code field }";
    let may = [Role::Admin, Role::Staff, Role::OfficeAdmin, Role::MedicalStaff];
    for (number, role) in (0..).zip(Role::ALL) {
        let booking = desk.booking(2 * number);
        let client = world.client(&world.a, role);
        let reply = client.try_mutate("bookAppointment", booking.clone(), selection).await;
        let of_b = world.client(&world.b, role);
        let of_b = of_b.try_mutate("bookAppointment", booking, selection).await;
        let told = |reply: &crate::support::Reply| problems(&reply.body["data"]["bookAppointment"]);
        match role {
            role if may.contains(&role) => {
                assert_eq!(told(&reply), [""; 0], "{role}");
                let nothing = [
                    "NOT_FOUND patientId",
                    "NOT_FOUND providerId",
                    "NOT_FOUND serviceId",
                    "REQUIRED endsAt",
                ];
                assert_eq!(told(&of_b), nothing, "{role} of B");
            }
            // Nobody's doctor and nobody's patient.
            Role::Doctor | Role::Patient => {
                assert_eq!(told(&reply), ["NOT_FOUND patientId"], "{role}");
            }
            role => {
                assert_eq!(reply.code(), "FORBIDDEN", "{role}");
                assert_eq!(of_b.code(), "FORBIDDEN", "{role}");
            }
        }
    }
}
