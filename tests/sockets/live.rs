//! `appointmentChanged` over a socket.

use auth::Role;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::socket::Socket;
use crate::support::{Client, World};

/// A patient and a provider of clinic A, and somebody who books.
pub struct Desk {
    staff: Client,
    patient: String,
    provider: String,
}

impl Desk {
    pub async fn of_a(world: &World) -> Self {
        let made = world
            .client(&world.a, Role::Admin)
            .mutate("createProvider", json!({ "displayName": "Dr Dora Dale" }), "provider { id }")
            .await;
        Self {
            staff: world.client(&world.a, Role::Staff),
            patient: world.patient(&world.a, "Ana", "Baker").await,
            provider: made["provider"]["id"].as_str().unwrap().to_owned(),
        }
    }

    /// What it takes to book, so many hours after this time tomorrow.
    pub fn booking(&self, hours: i64) -> Value {
        let starts = Utc::now() + TimeDelta::days(1) + TimeDelta::hours(hours);
        json!({
            "patientId": self.patient,
            "providerId": self.provider,
            "startsAt": starts.to_rfc3339(),
            "endsAt": (starts + TimeDelta::minutes(30)).to_rfc3339(),
        })
    }

    async fn book(&self, hours: i64) -> Value {
        let selection = "appointment { id } errors { code message }";
        let booked = self.staff.mutate("bookAppointment", self.booking(hours), selection).await;
        assert_eq!(booked["errors"], json!([]));
        booked["appointment"]["id"].clone()
    }
}

/// Listens, and gives the cursor at which it began.
async fn listen(socket: &mut Socket, id: &str, arguments: &str) -> String {
    let change = "kind cursor appointmentId";
    let query =
        format!("subscription {{ appointmentChanged(announce: true{arguments}) {{ {change} }} }}");
    socket.subscribe(id, &query).await;
    let listening = told(socket, id).await;
    assert_eq!(listening["kind"], "LISTENING");
    listening["cursor"].as_str().unwrap().to_owned()
}

/// The change that a subscription is told of next.
async fn told(socket: &mut Socket, id: &str) -> Value {
    let next = socket.hear().await;
    assert_eq!((&next["id"], &next["type"]), (&json!(id), &json!("next")), "{next}");
    next["payload"]["data"]["appointmentChanged"].clone()
}

#[tokio::test]
async fn changes_are_told_until_the_client_completes() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    let id = "day \"list\" 💊";
    listen(&mut socket, id, "").await;
    let first = desk.book(0).await;
    let change = told(&mut socket, id).await;
    assert_eq!((&change["kind"], &change["appointmentId"]), (&json!("BOOKED"), &first));
    socket.complete(id).await;
    socket.is_alive().await;
    desk.book(1).await;
    // Nothing more is told, and who comes back with the cursor misses nothing.
    let cursor = change["cursor"].as_str().unwrap().to_owned();
    let mut again = Socket::of(&world, &world.a, Role::Staff).await;
    listen(&mut again, "1", &format!(", after: \"{cursor}\"")).await;
    assert_eq!(told(&mut again, "1").await["kind"], "BOOKED");
    socket.is_alive().await;
}

#[tokio::test]
async fn what_happens_in_a_clinic_is_told_in_it_alone() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut own = Socket::of(&world, &world.a, Role::Staff).await;
    let mut other = Socket::of(&world, &world.b, Role::Staff).await;
    let cursor = listen(&mut own, "1", "").await;
    listen(&mut other, "1", "").await;
    desk.book(0).await;
    assert_eq!(told(&mut own, "1").await["kind"], "BOOKED");
    other.is_alive().await;
    // Nor does the cursor of one clinic open anything in the other.
    let query = "subscription { appointmentChanged(after: \"$\") { kind } }";
    other.subscribe("2", &query.replace('$', &cursor)).await;
    let error = other.hear().await;
    assert_eq!(error["type"], "error");
    assert_eq!(error["payload"][0]["extensions"]["code"], "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_subscription_ends_with_the_membership_and_says_so() {
    let world = World::new().await;
    let mut socket = Socket::of(&world, &world.a, Role::MedicalStaff).await;
    let mut staff = Socket::of(&world, &world.a, Role::Staff).await;
    listen(&mut socket, "1", "").await;
    listen(&mut staff, "1", "").await;
    let input = json!({ "id": world.a.user_gid(Role::MedicalStaff) });
    let gone = world
        .client(&world.a, Role::Admin)
        .mutate("deactivateUser", input, "user { isActive } errors { code message }")
        .await;
    assert_eq!(gone["user"]["isActive"], false, "{gone}");
    let next = socket.hear().await;
    assert_eq!((&next["id"], &next["type"]), (&json!("1"), &json!("next")));
    assert_eq!(next["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "complete" }));
    staff.is_alive().await;
}

#[tokio::test]
async fn a_role_that_may_not_listen_is_refused() {
    let world = World::new().await;
    let query = "subscription { appointmentChanged { kind } }";
    let mut sales = Socket::of(&world, &world.a, Role::Sales).await;
    sales.subscribe("1", query).await;
    let error = sales.hear().await;
    assert_eq!(error["type"], "error");
    assert_eq!(error["payload"][0]["extensions"]["code"], "FORBIDDEN");
    let mut nobody = Socket::open(&world).await;
    nobody.init(json!({})).await;
    nobody.subscribe("1", query).await;
    assert_eq!(nobody.hear().await["payload"][0]["extensions"]["code"], "UNAUTHENTICATED");
    nobody.is_alive().await;
}
