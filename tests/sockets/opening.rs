//! How a socket is opened, and who is let in.

use auth::Role;
use chrono::Utc;
use serde_json::json;

use crate::support::World;
use crate::support::gateway;
use crate::support::socket::{FINAL, PROTOCOL, Raw, Socket, TEXT, frame, request};

#[tokio::test]
async fn a_socket_speaks_our_sub_protocol_or_is_closed() {
    let world = World::new().await;
    let name = "sec-websocket-protocol";
    let none: &[(&str, &str)] = &[];
    for offered in
        [none, &[(name, "graphql-ws")], &[(name, "graphql-transport-ws2, GraphQL-Transport-WS")]]
    {
        let (head, mut raw) = Raw::open(&world, offered).await;
        assert!(!head.contains(name), "{head}");
        assert_eq!(raw.closed().await, 4406, "{offered:?}");
    }
    let among_others: &[(&str, &str)] =
        &[(name, "graphql-ws"), (name, "soap, graphql-transport-ws")];
    for offered in [among_others, &[(name, PROTOCOL)]] {
        let (head, mut raw) = Raw::open(&world, offered).await;
        assert!(head.contains("sec-websocket-protocol: graphql-transport-ws\r\n"), "{head}");
        raw.send(&frame(FINAL | TEXT, br#"{"type":"connection_init"}"#)).await;
        assert_eq!(raw.hear().await, (FINAL | TEXT, br#"{"type":"connection_ack"}"#.to_vec()));
    }
}

#[tokio::test]
async fn pages_of_other_origins_open_no_socket() {
    let world = World::new().await;
    let own = world.url.clone();
    for origin in ["https://clinic.example", &own] {
        let mut socket = Socket::open_with(&world, &[("origin", origin)]).await;
        assert_eq!(socket.init(json!({})).await["type"], "connection_ack");
    }
    for origin in ["https://evil.example", "https://clinic.example.evil.example", "null"] {
        let headers = [("sec-websocket-protocol", PROTOCOL), ("origin", origin)];
        let refused = Socket::ask_for(&world, request(&world, &headers)).await;
        assert_eq!(refused.err(), Some(403), "{origin}");
    }
}

#[tokio::test]
async fn the_token_may_come_in_each_of_the_usual_ways() {
    let world = World::new().await;
    let token = world.token(world.a.subject(Role::Staff));
    let bearer = format!("Bearer {token}");
    let payloads = [
        json!({ "authorization": bearer }),
        json!({ "Authorization": bearer }),
        json!({ "token": token }),
        json!({ "token": token, "clinicId": world.a.gid }),
        json!({ "token": token, "X-Clinic-Id": world.a.gid }),
    ];
    for payload in payloads {
        let mut socket = Socket::open(&world).await;
        let acknowledged = socket.init(payload.clone()).await;
        assert!(acknowledged["payload"]["expiresAt"].as_i64() > Some(Utc::now().timestamp()));
        let me = socket.ask("{ me { clinic { id } } }").await;
        assert_eq!(me["data"]["me"]["clinic"]["id"], world.a.gid.as_str(), "{payload}");
    }
    // By the headers of the opening request, which a payload overrides.
    let mut socket = Socket::open_with(&world, &[("authorization", &bearer)]).await;
    socket.init(json!(null)).await;
    let me = socket.ask("{ me { clinic { id } } }").await;
    assert_eq!(me["data"]["me"]["clinic"]["id"], world.a.gid.as_str());
    let mut socket = Socket::open_with(&world, &[("authorization", "Bearer spoiled")]).await;
    assert_eq!(socket.init(json!({ "token": token })).await["type"], "connection_ack");
}

#[tokio::test]
async fn whoever_is_not_let_in_is_told_so_by_the_close() {
    let world = World::new().await;
    let token = world.token(world.a.subject(Role::Staff));
    let ended = Utc::now().timestamp() - 7200;
    let ended = world.issuer.sign(world.a.subject(Role::Staff), None, ended, 3600).unwrap();
    let nobody = world.token("nobody");
    let payloads = [
        json!({ "authorization": format!("Bearer {token}x") }),
        json!({ "authorization": format!("Basic {token}") }),
        json!({ "authorization": "" }),
        json!({ "authorization": 1 }),
        json!({ "token": ended }),
        json!({ "token": nobody }),
        json!({ "token": token, "clinicId": world.b.gid }),
        json!({ "token": token, "clinicId": "clinic_1" }),
    ];
    for payload in payloads {
        let mut socket = Socket::open(&world).await;
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        let (code, reason) = socket.closed().await;
        assert_eq!((code, reason.as_str()), (4403, "Forbidden: the token is not accepted"));
    }
    assert_eq!(
        Socket::open(&world).await.init(json!({ "token": token })).await["type"],
        "connection_ack"
    );
}

#[tokio::test]
async fn who_sends_no_token_gets_what_is_open_to_anyone() {
    let world = World::new().await;
    let mut socket = Socket::open(&world).await;
    assert_eq!(
        socket.init(json!({ "authorization": null })).await,
        json!({ "type": "connection_ack" })
    );
    assert_eq!(socket.ask("{ __typename }").await["data"], json!({ "__typename": "Query" }));
    let refused = socket.ask("{ patients { totalCount } }").await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_socket_on_which_nobody_introduces_themselves_is_closed() {
    let mut settings = gateway::settings();
    settings.sockets.patience.init = std::time::Duration::from_millis(50);
    let schema = schema::build(graphql::Limits::default()).unwrap();
    let world = World::with_settings(schema, settings).await;
    let mut silent = Socket::open(&world).await;
    let mut talking = Socket::open(&world).await;
    talking.say(json!({ "type": "ping" })).await;
    assert_eq!(talking.hear().await, json!({ "type": "pong" }));
    for socket in [&mut silent, &mut talking] {
        let closed = socket.closed().await;
        assert_eq!(closed, (4408, "Connection initialisation timeout".to_owned()));
    }
}

#[tokio::test]
async fn what_is_no_opening_of_a_socket_is_refused_over_http() {
    let world = World::new().await;
    let http = reqwest::Client::new();
    let cases = [
        ("GET", vec![("upgrade", "websocket")], 426),
        ("GET", vec![("upgrade", "websocket"), ("sec-websocket-version", "12")], 426),
        ("GET", vec![("upgrade", "websocket"), ("sec-websocket-version", "13")], 400),
        ("POST", vec![("upgrade", "websocket"), ("sec-websocket-version", "13")], 405),
    ];
    for (method, headers, status) in cases {
        let mut asked = http.request(method.parse().unwrap(), format!("{}/graphql", world.url));
        for (name, value) in &headers {
            asked = asked.header(*name, *value);
        }
        assert_eq!(asked.send().await.unwrap().status().as_u16(), status, "{method} {headers:?}");
    }
    Socket::of(&world, &world.a, Role::Staff).await.is_alive().await;
}
