//! Frames that are broken, out of place or cut: whatever comes, the gateway lives on.

use auth::Role;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::support::World;
use crate::support::socket::{
    CLOSE, CONTINUES, FINAL, PING, PONG, Raw, Socket, TEXT, frame, unmasked,
};

const ASK: &[u8] = br#"{"id":"1","type":"subscribe","payload":{"query":"{ __typename }"}}"#;

async fn answers(raw: &mut Raw) {
    let (kind, payload) = raw.hear().await;
    assert_eq!(kind, FINAL | TEXT);
    let next: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(next["payload"]["data"], json!({ "__typename": "Query" }));
    let (_, payload) = raw.hear().await;
    assert_eq!(payload, br#"{"id":"1","type":"complete"}"#);
}

#[tokio::test]
async fn what_breaks_the_rules_of_frames_is_a_protocol_error() {
    let world = World::new().await;
    let cases: [(&str, Vec<u8>, u16); 12] = [
        ("without a mask", unmasked(FINAL | TEXT, ASK), 1002),
        ("compressed, which was not agreed on", frame(FINAL | 0x40 | TEXT, ASK), 1002),
        ("with reserved bits", frame(FINAL | 0x30 | TEXT, ASK), 1002),
        ("of an unknown kind", frame(FINAL | 0x3, ASK), 1002),
        ("of an unknown kind of control", frame(FINAL | 0xb, b""), 1002),
        ("that goes on from nothing", frame(FINAL | CONTINUES, ASK), 1002),
        ("in parts", [frame(TEXT, ASK), frame(FINAL | TEXT, ASK)].concat(), 1002),
        ("with a ping in parts", frame(PING, b""), 1002),
        ("with a ping too large", frame(FINAL | PING, &[0; 126]), 1002),
        ("with half a close", frame(FINAL | CLOSE, b"\x03"), 1002),
        ("that is not UTF-8", frame(FINAL | TEXT, b"{\"type\":\"ping\xff\"}"), 1007),
        (
            "that claims to be huge",
            [&[FINAL | TEXT, 0xff, 0x7f][..], &[0xff; 7], &[0; 4]].concat(),
            1009,
        ),
    ];
    for (what, bytes, code) in cases {
        let mut raw = Raw::of(&world, &world.a, Role::Staff).await;
        raw.send(&bytes).await;
        assert_eq!(raw.closed().await, code, "a frame {what}");
    }
    Socket::of(&world, &world.a, Role::Staff).await.is_alive().await;
}

#[tokio::test]
async fn a_message_may_come_in_parts_with_control_frames_between_them() {
    let world = World::new().await;
    let mut raw = Raw::of(&world, &world.a, Role::Staff).await;
    let (start, rest) = ASK.split_at(20);
    let (middle, end) = rest.split_at(7);
    raw.send(&frame(TEXT, start)).await;
    raw.send(&frame(FINAL | PING, b"here?")).await;
    raw.send(&frame(CONTINUES, middle)).await;
    raw.send(&frame(FINAL | PONG, b"nobody asked")).await;
    raw.send(&frame(CONTINUES, b"")).await;
    raw.send(&frame(FINAL | CONTINUES, end)).await;
    assert_eq!(raw.hear().await, (FINAL | PONG, b"here?".to_vec()));
    answers(&mut raw).await;
    // A byte at a time.
    for byte in frame(FINAL | TEXT, ASK) {
        raw.send(&[byte]).await;
    }
    answers(&mut raw).await;
    // Many in one piece.
    raw.send(&frame(FINAL | PING, b"").repeat(10)).await;
    for _ in 0..10 {
        assert_eq!(raw.hear().await, (FINAL | PONG, Vec::new()));
    }
}

#[tokio::test]
async fn a_close_is_answered_and_what_comes_after_it_is_not_heard() {
    let world = World::new().await;
    let mut raw = Raw::of(&world, &world.a, Role::Staff).await;
    let after = [frame(FINAL | CLOSE, b"\x03\xe8bye"), frame(FINAL | TEXT, ASK)].concat();
    raw.send(&after).await;
    assert_eq!(raw.closed().await, 1000);
    assert!(raw.is_hung_up().await);
    // After a close of ours, whatever is said.
    let mut raw = Raw::of(&world, &world.a, Role::Staff).await;
    raw.send(
        &[frame(FINAL | TEXT, b"{"), frame(FINAL | TEXT, ASK), frame(FINAL | CLOSE, b"\x03\xe8")]
            .concat(),
    )
    .await;
    assert_eq!(raw.closed().await, 4400);
    assert!(raw.is_hung_up().await);
}

#[tokio::test]
async fn half_a_frame_and_a_line_that_breaks_harm_nobody_else() {
    let world = World::new().await;
    let mut other = Socket::of(&world, &world.a, Role::Staff).await;
    let ask = frame(FINAL | TEXT, ASK);
    for cut in [1, 2, 5, ask.len() - 1, ask.len()] {
        let mut raw = Raw::of(&world, &world.a, Role::Staff).await;
        raw.send(&ask[..cut]).await;
        drop(raw);
        other.is_alive().await;
    }
    drop(Socket::of(&world, &world.a, Role::Staff).await.into_inner());
    other.is_alive().await;
}

#[tokio::test]
async fn a_large_answer_comes_in_frames_of_bounded_size() {
    let (schema, stage) = Stage::new();
    let world = World::with_schema(schema).await;
    let mut raw = Raw::of(&world, &world.a, Role::Staff).await;
    stage.open(1);
    let ask = r#"{"id":"1","type":"subscribe","payload":{"query":"{ large(bytes: 100000) }"}}"#;
    raw.send(&frame(FINAL | TEXT, ask.as_bytes())).await;
    let (mut kind, mut message) = raw.hear().await;
    assert_eq!(kind, TEXT);
    while kind & FINAL == 0 {
        let (next, payload) = raw.hear().await;
        assert_eq!(next & !FINAL, CONTINUES);
        assert!(payload.len() <= 8 * 1024);
        message.extend(payload);
        kind = next;
    }
    let message: Value = serde_json::from_slice(&message).unwrap();
    assert_eq!(message["payload"]["data"]["large"], "x".repeat(100_000));
    assert_eq!(raw.hear().await.1, br#"{"id":"1","type":"complete"}"#);
}

#[tokio::test]
async fn noise_harms_nobody_else() {
    let world = World::new().await;
    let mut other = Socket::of(&world, &world.a, Role::Staff).await;
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    for round in 0..100_usize {
        let mut raw = Raw::of(&world, &world.a, Role::Staff).await;
        let bytes: Vec<u8> = (0..round * 3).map(|_| noise()).collect();
        // As bytes, and as the text of a frame that is well made.
        raw.send(&if round % 2 == 0 { bytes } else { frame(FINAL | TEXT, &bytes) }).await;
    }
    other.is_alive().await;
}
