//! Two gateways on one database: what is done at one is told at the other, by NOTIFY or by NATS.

use std::process::Stdio;

use auth::Role;
use serde_json::json;
use tokio::process::{Child, Command};

use super::Listener;
use crate::support::World;
use crate::support::desk::Desk;
use crate::support::gateway::ISSUER;
use crate::support::process::{Folder, Served, atrium, run, said_after};
use crate::support::socket::Socket;

/// A gateway process over the world's database, and the world's own key.
async fn gateway(world: &World, folder: &Folder, events: Option<&str>) -> Served {
    let mut command = atrium(folder.path(), &["serve"]);
    command
        .env("ATRIUM_LISTEN", "127.0.0.1:0")
        .env("DATABASE_URL", world.storage.app_url())
        .env("ATRIUM_ISSUER", ISSUER)
        .env("ATRIUM_ISSUER_KEY_FILE", folder.path().join("key"));
    if let Some(address) = events {
        command.env("ATRIUM_EVENTS", address);
    }
    Served::start(command).await
}

/// Books at one gateway what is watched at both.
async fn what_is_done_here_is_told_there(events: Option<&str>) {
    let mut world = World::new().await;
    let folder = Folder::new("two gateways");
    std::fs::write(folder.path().join("key"), &world.key).unwrap();
    let here = gateway(&world, &folder, events).await;
    let there = gateway(&world, &folder, events).await;
    world.url.clone_from(&there.url);
    let mut far = Listener::open(Socket::of(&world, &world.a, Role::Staff).await, "").await;
    world.url.clone_from(&here.url);
    let mut near = Listener::open(Socket::of(&world, &world.a, Role::Staff).await, "").await;
    let desk = Desk::of_a(&world).await;
    for half_hours in [0, 2, 4] {
        let booked = desk.book(desk.booking(half_hours)).await;
        let expected = ("BOOKED".to_owned(), booked["id"].clone());
        assert_eq!(far.told().await, expected);
        assert_eq!(near.told().await, expected);
    }
    // A membership that ends here, ends there.
    let input = json!({ "id": format!("user_{}", world.a.user(Role::Staff).0.simple()) });
    let done = desk.admin.mutate("deactivateUser", input, "errors { code }").await;
    assert_eq!(done["errors"], json!([]));
    assert_eq!(far.ended().await, "UNAUTHENTICATED");
    assert_eq!(near.ended().await, "UNAUTHENTICATED");
}

#[tokio::test]
async fn another_gateway_tells_what_was_done_here_by_the_database_alone() {
    what_is_done_here_is_told_there(None).await;
}

/// A NATS server of the test's own, and its address.
async fn nats() -> (Child, String) {
    let mut command = Command::new("nats-server");
    command.args(["--addr", "127.0.0.1", "--port", "-1"]).kill_on_drop(true);
    let mut server = command.stderr(Stdio::piped()).spawn().expect("script/setup installs it");
    let marker = "Listening for client connections on ";
    let address = said_after(server.stderr.take().unwrap(), marker).await;
    (server, format!("nats://{}", address.trim()))
}

#[tokio::test]
async fn another_gateway_tells_what_was_done_here_by_nats() {
    let (_server, address) = nats().await;
    what_is_done_here_is_told_there(Some(&address)).await;
}

#[tokio::test]
async fn a_gateway_that_cannot_reach_nats_says_so_and_does_not_start() {
    let world = World::new().await;
    let folder = Folder::new("no nats");
    let mut command = atrium(folder.path(), &["serve"]);
    command
        .env("ATRIUM_LISTEN", "127.0.0.1:0")
        .env("DATABASE_URL", world.storage.app_url())
        .env("ATRIUM_EVENTS", "nats://name:secret@127.0.0.1:1");
    let output = run(command).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("NATS cannot be used"), "{said}");
    assert!(!said.contains("secret"), "{said}");
}
