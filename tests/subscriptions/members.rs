//! A subscription ends with the membership that it was opened by.

use auth::Role;
use serde_json::json;

use super::Listener;
use crate::support::World;
use crate::support::desk::Desk;
use crate::support::socket::Socket;
use crate::support::world::Clinic;

fn user(clinic: &Clinic, role: Role) -> String {
    format!("user_{}", clinic.user(role).0.simple())
}

async fn version(world: &World, clinic: &Clinic, role: Role) -> i64 {
    let admin = world.client(clinic, Role::Admin);
    let query = "query ($id: ID!) { user(id: $id) { version } }";
    let data = admin.data(query, json!({ "id": user(clinic, role) })).await;
    data["user"]["version"].as_i64().unwrap()
}

#[tokio::test]
async fn a_deactivated_member_is_told_so_at_once_and_then_nothing() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut gone = Listener::open(Socket::of(&world, &world.a, Role::OfficeAdmin).await, "").await;
    let mut stays = Listener::open(Socket::of(&world, &world.a, Role::Staff).await, "").await;
    let input = json!({ "id": user(&world.a, Role::OfficeAdmin) });
    let done = desk.admin.mutate("deactivateUser", input, "errors { code }").await;
    assert_eq!(done["errors"], json!([]));
    assert_eq!(gone.ended().await, "UNAUTHENTICATED");
    let booked = desk.book(desk.booking(0)).await;
    assert_eq!(stays.told().await.1, booked["id"]);
    gone.socket.subscribe("again", "subscription { appointmentChanged { kind } }").await;
    let answer = gone.socket.hear().await;
    assert_eq!(answer["payload"][0]["extensions"]["code"], "UNAUTHENTICATED", "{answer:#}");
}

#[tokio::test]
async fn a_change_of_role_ends_what_the_old_role_opened() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let mut listener =
        Listener::open(Socket::of(&world, &world.a, Role::MedicalStaff).await, "").await;
    let version = version(&world, &world.a, Role::MedicalStaff).await;
    let input =
        json!({ "id": user(&world.a, Role::MedicalStaff), "version": version, "role": "VIEWER" });
    let done = admin.mutate("updateUser", input, "errors { code field }").await;
    assert_eq!(done["errors"], json!([]));
    assert_eq!(listener.ended().await, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_membership_that_ends_behind_the_gateways_back_ends_the_subscription_too() {
    let world = World::new().await;
    let mut listener = Listener::open(Socket::of(&world, &world.a, Role::Staff).await, "").await;
    let mut superuser = world.storage.superuser().await;
    sqlx::query("UPDATE user_clinic_roles SET is_active = false WHERE user_id = $1")
        .bind(world.a.user(Role::Staff).0)
        .execute(&mut superuser)
        .await
        .unwrap();
    assert_eq!(listener.ended().await, "UNAUTHENTICATED");
}
