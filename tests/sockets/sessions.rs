//! How long a socket lasts, and why it ends.

use std::time::Duration;

use auth::Role;
use chrono::Utc;
use serde_json::json;
use tokio::net::TcpStream;

use super::stage::Stage;
use crate::support::World;
use crate::support::gateway;
use crate::support::socket::Socket;

const SOON: Duration = Duration::from_millis(100);

fn bearer(token: &str) -> serde_json::Value {
    json!({ "type": "ping", "payload": { "authorization": format!("Bearer {token}") } })
}

/// A token for the clinic's staff that ends after so many seconds.
fn token_for(world: &World, seconds: i64) -> String {
    let now = Utc::now().timestamp();
    world.issuer.sign(world.a.subject(Role::Staff), None, now, seconds).unwrap()
}

#[tokio::test]
async fn a_socket_ends_with_its_token_in_the_middle_of_a_subscription() {
    let (schema, _stage) = Stage::new();
    let world = World::with_schema(schema).await;
    let mut socket = Socket::with_token(&world, &token_for(&world, 2)).await;
    let mut other = Socket::of(&world, &world.a, Role::Staff).await;
    socket.subscribe("1", "subscription { silence { fine } }").await;
    other.subscribe("1", "subscription { silence { fine } }").await;
    let closed = socket.closed().await;
    assert_eq!(closed, (4403, "Forbidden: the token has ended".to_owned()));
    other.is_alive().await;
}

#[tokio::test]
async fn a_fresh_token_of_the_same_caller_lengthens_the_session() {
    let (schema, _stage) = Stage::new();
    let world = World::with_schema(schema).await;
    let short = token_for(&world, 4);
    let mut renewed = Socket::with_token(&world, &short).await;
    let mut ending = Socket::with_token(&world, &short).await;
    renewed.subscribe("1", "subscription { silence { fine } }").await;
    let ends = Utc::now().timestamp() + 600;
    renewed.say(bearer(&token_for(&world, 600))).await;
    let pong = renewed.hear().await;
    assert_eq!(pong["type"], "pong");
    assert!(pong["payload"]["expiresAt"].as_i64() >= Some(ends), "{pong}");
    // When the other ends for its token, this one has outlived it.
    assert_eq!(ending.closed().await.0, 4403);
    renewed.is_alive().await;
    // A shorter one counts as well: the last token decides.
    renewed.say(bearer(&token_for(&world, 1))).await;
    assert_eq!(renewed.hear().await["type"], "pong");
    assert_eq!(renewed.closed().await.0, 4403);
}

#[tokio::test]
async fn a_token_of_anybody_else_ends_the_socket() {
    let world = World::new().await;
    let staff = world.a.subject(Role::Staff);
    let fine = world.token(staff);
    let strangers = [
        ("another user", bearer(&world.token(world.a.subject(Role::Viewer)))),
        ("another clinic's user", bearer(&world.token(world.b.subject(Role::Staff)))),
        ("nobody", bearer(&world.token("nobody"))),
        ("a spoiled one", bearer(&format!("{fine}x"))),
        ("something else", json!({ "type": "ping", "payload": { "authorization": "Basic x" } })),
        (
            "another clinic",
            json!({ "type": "ping", "payload": { "token": fine, "clinicId": world.b.gid } }),
        ),
    ];
    for (whose, ping) in strangers {
        let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
        socket.say(ping).await;
        assert_eq!(socket.closed().await.0, 4403, "{whose}");
    }
    // Nobody becomes somebody on the way.
    let mut socket = Socket::open(&world).await;
    socket.init(json!({})).await;
    socket.say(bearer(&fine)).await;
    assert_eq!(socket.closed().await.0, 4403);
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    socket.say(bearer(&fine)).await;
    assert_eq!(socket.hear().await["type"], "pong");
}

#[tokio::test]
async fn who_has_another_role_by_now_begins_a_new_session() {
    let world = World::new().await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    let input = json!({ "id": world.a.user_gid(Role::Staff), "version": 1, "role": "ADMIN" });
    let changed = world
        .client(&world.a, Role::Admin)
        .mutate("updateUser", input, "user { role } errors { code message }")
        .await;
    assert_eq!(changed["user"]["role"], "ADMIN", "{changed}");
    let fresh = token_for(&world, 1800);
    socket.say(bearer(&fresh)).await;
    assert_eq!(socket.closed().await.0, 4403);
    let mut again = Socket::with_token(&world, &fresh).await;
    again.is_alive().await;
}

#[tokio::test]
async fn a_user_of_two_clinics_stays_in_the_one_that_was_chosen() {
    let world = World::new().await;
    let subject = world.a.subject(Role::Staff);
    let user = world.a.user(Role::Staff);
    services::identity::add_member(&world.system(&world.b), user, Role::Viewer).await.unwrap();
    let mut socket = Socket::open(&world).await;
    let token = world.token(subject);
    socket.init(json!({ "token": token, "clinicId": world.a.gid })).await;
    socket.say(bearer(&world.token(subject))).await;
    assert_eq!(socket.hear().await["type"], "pong");
    let me = socket.ask("{ me { clinic { id } } }").await;
    assert_eq!(me["data"]["me"]["clinic"]["id"], world.a.gid.as_str());
    let other = json!({ "token": token, "clinicId": world.b.gid });
    socket.say(json!({ "type": "ping", "payload": other })).await;
    assert_eq!(socket.closed().await.0, 4403);
}

#[tokio::test]
async fn a_membership_that_has_ended_answers_so_and_its_token_opens_nothing_anew() {
    let world = World::new().await;
    let token = world.token(world.a.subject(Role::MedicalStaff));
    let mut socket = Socket::with_token(&world, &token).await;
    let total = "{ patients { totalCount } }";
    assert_eq!(socket.ask(total).await["data"]["patients"]["totalCount"], 0);
    let input = json!({ "id": world.a.user_gid(Role::MedicalStaff) });
    let gone = world
        .client(&world.a, Role::Admin)
        .mutate("deactivateUser", input, "user { isActive } errors { code message }")
        .await;
    assert_eq!(gone["user"]["isActive"], false, "{gone}");
    let refused = socket.ask(total).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    let mut again = Socket::open(&world).await;
    let init = json!({ "token": token, "clinicId": world.a.gid });
    again.say(json!({ "type": "connection_init", "payload": init })).await;
    assert_eq!(again.closed().await.0, 4403);
}

#[tokio::test]
async fn who_subscribes_in_a_role_that_is_over_is_known_by_the_new_one_at_the_next_opening() {
    let world = World::new().await;
    let token = world.token(world.a.subject(Role::MedicalStaff));
    let subscription = "subscription { appointmentChanged(announce: true) { kind } }";
    let role = "{ me { role } }";
    let mut before = Socket::with_token(&world, &token).await;
    assert_eq!(before.ask(role).await["data"]["me"]["role"], "MEDICAL_STAFF");
    let admin = world.client(&world.a, Role::Admin);
    let id = world.a.user_gid(Role::MedicalStaff);
    let query = "query ($id: ID!) { user(id: $id) { version } }";
    let version = admin.data(query, json!({ "id": id })).await["user"]["version"].clone();
    let input = json!({ "id": id, "version": version, "role": "STAFF" });
    let changed = admin.mutate("updateUser", input, "user { role } errors { code message }").await;
    assert_eq!(changed["user"]["role"], "STAFF", "{changed}");
    before.subscribe("1", subscription).await;
    let refused = before.hear().await;
    assert_eq!(refused["payload"][0]["extensions"]["code"], "UNAUTHENTICATED", "{refused}");
    let mut again = Socket::with_token(&world, &token).await;
    again.subscribe("1", subscription).await;
    let listening = again.hear().await;
    let kind = &listening["payload"]["data"]["appointmentChanged"]["kind"];
    assert_eq!(*kind, "LISTENING", "{listening}");
    assert_eq!(again.ask(role).await["data"]["me"]["role"], "STAFF");
}

#[tokio::test]
async fn a_socket_on_which_the_user_does_nothing_is_closed_though_its_program_pings() {
    let (schema, _stage) = Stage::new();
    let mut settings = gateway::settings();
    settings.sockets.patience.idle = SOON;
    let world = World::with_settings(schema, settings).await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    socket.subscribe("1", "subscription { silence { fine } }").await;
    let closed = loop {
        socket.say(json!({ "type": "ping" })).await;
        if let Err(closed) = socket.hear_or_end().await {
            break closed;
        }
    };
    assert_eq!(closed.0, 4403);
    assert_eq!(closed.1, "Forbidden: nothing was done for too long; sign in again");
}

#[tokio::test]
async fn a_socket_on_which_nobody_signed_in_is_closed_sooner() {
    let (schema, _stage) = Stage::new();
    let mut settings = gateway::settings();
    settings.sockets.patience.anonymous = SOON;
    let world = World::with_settings(schema, settings).await;
    let mut user = Socket::of(&world, &world.a, Role::Staff).await;
    let mut nobody = Socket::open(&world).await;
    nobody.init(json!({})).await;
    let closed = nobody.closed().await;
    assert_eq!(
        closed,
        (4403, "Forbidden: nothing was done for too long; sign in again".to_owned())
    );
    user.is_alive().await;
}

#[tokio::test]
async fn operations_and_fresh_tokens_keep_a_session_from_being_idle() {
    let (schema, _stage) = Stage::new();
    let mut settings = gateway::settings();
    settings.sockets.patience.idle = Duration::from_secs(4);
    let world = World::with_settings(schema, settings).await;
    let token = world.token(world.a.subject(Role::Staff));
    let mut busy = Socket::with_token(&world, &token).await;
    let mut idle = Socket::with_token(&world, &token).await;
    let idle = tokio::spawn(async move { idle.closed().await });
    let mut rounds = 0;
    while !idle.is_finished() {
        if rounds % 2 == 0 {
            busy.is_alive().await;
        } else {
            busy.say(bearer(&token)).await;
            assert_eq!(busy.hear().await["type"], "pong");
        }
        rounds += 1;
    }
    assert_eq!(idle.await.unwrap().0, 4403);
    busy.is_alive().await;
    assert!(rounds > 2);
}

#[tokio::test]
async fn the_gateway_pings_and_closes_what_gives_no_sign_of_life() {
    let mut settings = gateway::settings();
    settings.sockets.patience.ping = Duration::from_secs(1);
    let schema = schema::build(graphql::Limits::default()).unwrap();
    let world = World::with_settings(schema, settings).await;
    let mut living = Socket::of(&world, &world.a, Role::Staff).await;
    for _ in 0..3 {
        assert!(living.is_pinged().await);
    }
    living.is_alive().await;
    // One that does not answer pings.
    let mut dead = crate::support::socket::Raw::of(&world, &world.a, Role::Staff).await;
    let code = loop {
        let (kind, payload) = dead.hear().await;
        if kind == 0x88 {
            break u16::from_be_bytes([payload[0], payload[1]]);
        }
        assert_eq!(kind, 0x89);
    };
    assert_eq!(code, 1013);
}

#[tokio::test]
async fn who_does_not_read_is_sent_away_to_come_back() {
    let (schema, mut stage) = Stage::new();
    let world = World::with_schema(schema).await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    for id in 0..60 {
        socket.subscribe(&id.to_string(), "{ large(bytes: 1000000) }").await;
        assert_eq!(stage.report().await, "begun");
    }
    stage.open(60);
    for _ in 0..60 {
        assert_eq!(stage.report().await, "finished");
    }
    let (code, reason) = socket.closed_at_last().await;
    assert_eq!(
        (code, reason.as_str()),
        (1013, "Try again later: you did not read what you were told")
    );
    Socket::of(&world, &world.a, Role::Staff).await.is_alive().await;
}

#[tokio::test]
async fn a_gateway_that_stops_finishes_what_runs_and_tells_its_sockets() {
    let (schema, mut stage) = Stage::new();
    let world = World::with_schema(schema).await;
    let mut busy = Socket::of(&world, &world.a, Role::Staff).await;
    let mut quiet = Socket::of(&world, &world.a, Role::Staff).await;
    let mut unknown = Socket::open(&world).await;
    quiet.subscribe("1", "subscription { silence { fine } }").await;
    busy.subscribe("1", "mutation { waits }").await;
    assert_eq!(stage.report().await, "begun");
    world.stop.send_replace(true);
    for socket in [&mut quiet, &mut unknown] {
        assert_eq!(socket.closed().await, (1001, "Going away".to_owned()));
    }
    // Nothing new is begun, what has begun is finished and answered.
    busy.subscribe("2", "{ fine }").await;
    stage.open(1);
    assert_eq!(stage.report().await, "finished");
    assert_eq!(busy.hear().await["payload"]["data"], json!({ "waits": 1 }));
    assert_eq!(busy.hear().await, json!({ "id": "1", "type": "complete" }));
    assert_eq!(busy.closed().await.0, 1001);
    let address = &world.url["http://".len()..];
    assert!(TcpStream::connect(address).await.is_err(), "it still listens");
}

#[tokio::test]
async fn without_a_database_nobody_is_let_in_and_who_is_in_stays() {
    let world = World::new().await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    let total = "{ patients { totalCount } }";
    assert_eq!(socket.ask(total).await["data"]["patients"]["totalCount"], 0);
    world.database.close().await;
    socket.subscribe("1", total).await;
    let answer = socket.hear().await.to_string();
    assert!(answer.contains("UNAVAILABLE") && answer.contains("\"retryable\":true"), "{answer}");
    let token = world.token(world.a.subject(Role::Doctor));
    let mut another = Socket::open(&world).await;
    another.say(json!({ "type": "connection_init", "payload": { "token": token } })).await;
    let busy = "Try again later: the service is busy or restarting";
    assert_eq!(another.closed().await, (1013, busy.to_owned()));
    // A fresh token that cannot be looked at changes nothing, and the answer says so.
    socket.subscribe("2", "{ __typename }").await;
    while socket.hear().await["id"] != "2" {}
    assert_eq!(socket.hear().await["type"], "complete");
    socket.say(bearer(&token_for(&world, 7200))).await;
    let pong = socket.hear().await;
    assert_eq!(pong["type"], "pong");
    assert!(pong["payload"]["expiresAt"].as_i64() < Some(Utc::now().timestamp() + 3700), "{pong}");
    socket.is_alive().await;
}
