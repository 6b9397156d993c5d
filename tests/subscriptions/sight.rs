//! Nobody is told of what is not theirs.

use auth::Role;
use serde_json::json;

use super::{Listener, refused};
use crate::support::World;
use crate::support::desk::{Desk, provider, with};
use crate::support::socket::Socket;

const CHANGES: &str = "subscription { appointmentChanged { kind } }";

#[tokio::test]
async fn another_clinics_appointments_are_never_told() {
    let world = World::new().await;
    let (desk, elsewhere) = (Desk::of_a(&world).await, Desk::new(&world, &world.b).await);
    let mut of_b = Listener::open(Socket::of(&world, &world.b, Role::Admin).await, "").await;
    let patient = format!("filter: {{ patientId: \"{}\" }}", desk.patient);
    let mut of_b_asking =
        Listener::open(Socket::of(&world, &world.b, Role::Admin).await, &patient).await;
    let mut of_a = Listener::open(Socket::of(&world, &world.a, Role::Admin).await, &patient).await;
    let booked = desk.book(desk.booking(0)).await;
    assert_eq!(of_a.told().await.1, booked["id"]);
    let own = elsewhere.book(elsewhere.booking(0)).await;
    assert_eq!(of_b.told().await.1, own["id"]);
    // A further one of A's, after which B still hears of nothing but its own.
    desk.book(desk.booking(2)).await;
    let own = elsewhere.book(elsewhere.booking(2)).await;
    assert_eq!(of_b.told().await.1, own["id"]);
    of_b_asking.socket.is_alive().await;
}

#[tokio::test]
async fn a_subscription_needs_a_token_a_clinic_and_the_permission() {
    let world = World::new().await;
    let mut nobody = Socket::open(&world).await;
    nobody.init(json!({})).await;
    assert_eq!(refused(&mut nobody, CHANGES).await, "UNAUTHENTICATED");
    let mut sales = Socket::of(&world, &world.a, Role::Sales).await;
    assert_eq!(refused(&mut sales, CHANGES).await, "FORBIDDEN");
    let operator = world.operator().await;
    operator
        .create_user("Nowhere", None, crate::support::gateway::ISSUER, "nowhere")
        .await
        .unwrap();
    let mut person = Socket::with_token(&world, &world.token("nowhere")).await;
    assert_eq!(refused(&mut person, CHANGES).await, "TENANT_REQUIRED");
}

#[tokio::test]
async fn arguments_that_cannot_be_used_are_refused_at_once() {
    let world = World::new().await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    let patient = world.patient(&world.a, "Ana", "Baker").await;
    for arguments in [
        format!("filter: {{ providerId: \"{patient}\" }}"),
        "filter: { providerId: \"nothing\" }".to_owned(),
        "after: \"nothing\"".to_owned(),
    ] {
        let query = format!("subscription {{ appointmentChanged({arguments}) {{ kind }} }}");
        assert_eq!(refused(&mut socket, &query).await, "BAD_USER_INPUT", "{arguments}");
    }
    let two = "subscription { appointmentChanged { kind } again: appointmentChanged { kind } }";
    assert_eq!(refused(&mut socket, two).await, "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn a_patient_is_told_of_their_own_appointments_and_without_what_is_staffs() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let own = world.patient(&world.a, "Pat", "Own").await;
    world.own(&world.a, &own).await;
    let socket = Socket::of(&world, &world.a, Role::Patient).await;
    let mut patient = Listener::asking(socket, "", "appointmentId appointment { id notes }").await;
    desk.book(desk.booking(0)).await;
    let input = with(desk.booking(2), json!({ "patientId": own, "notes": "Anxious" }));
    let booked = desk.book(input).await;
    let message = patient.socket.hear().await;
    let change = &message["payload"]["data"]["appointmentChanged"];
    assert_eq!(change["appointment"], json!({ "id": booked["id"], "notes": null }));
    let error = &message["payload"]["errors"][0];
    assert_eq!(error["extensions"]["code"], "FORBIDDEN");
    assert_eq!(error["path"], json!(["appointmentChanged", "appointment", "notes"]));
}

#[tokio::test]
async fn a_doctor_is_told_of_the_patients_they_treat() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let own = provider(&desk.admin, "Dr Linked").await;
    let user = format!("user_{}", world.a.user(Role::Doctor).0.simple());
    let link = json!({ "id": own, "userId": user });
    let linked = desk.admin.mutate("linkProviderUser", link, "errors { code }").await;
    assert_eq!(linked["errors"], json!([]));
    let theirs = world.patient(&world.a, "Cid", "Cole").await;
    let mut doctor = Listener::open(Socket::of(&world, &world.a, Role::Doctor).await, "").await;
    desk.book(desk.booking(0)).await;
    let input = with(desk.booking(2), json!({ "patientId": theirs, "providerId": own }));
    let booked = desk.book(input).await;
    assert_eq!(doctor.told().await.1, booked["id"]);
}
