//! Answers are compressed for who accepts that, where it is worth it.

use std::io::Read;

use auth::Role;
use flate2::read::GzDecoder;
use serde_json::{Value as Json, json};

use crate::support::World;
use crate::support::wire::Wire;

const LARGE: &str = "{ __schema { types { name description } } }";
const SMALL: &str = "{ __typename }";

async fn sent(wire: &Wire, document: &str, accept: &str, encodings: &str) -> (String, Vec<u8>) {
    let request = wire.operation(document, json!({})).header("accept", accept);
    let response = request.header("accept-encoding", encodings).send().await.unwrap();
    let encoding = response.headers().get("content-encoding");
    let encoding = encoding.map_or("", |encoding| encoding.to_str().unwrap()).to_owned();
    (encoding, response.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn a_large_answer_is_compressed_as_the_caller_accepts_and_a_small_one_or_a_stream_is_not() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let (encoding, plain) = sent(&wire, LARGE, "application/json", "identity").await;
    assert_eq!(encoding, "");
    let plain: Json = serde_json::from_slice(&plain).unwrap();

    let (encoding, packed) = sent(&wire, LARGE, "application/json", "gzip").await;
    assert_eq!(encoding, "gzip");
    let mut unpacked = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut unpacked).unwrap();
    let unpacked: Json = serde_json::from_str(&unpacked).unwrap();
    assert_eq!(unpacked["data"], plain["data"]);

    let (encoding, packed) = sent(&wire, LARGE, "application/json", "gzip, zstd").await;
    assert_eq!(encoding, "zstd");
    assert_eq!(packed[..4], [0x28, 0xb5, 0x2f, 0xfd]);

    for (document, accept, encodings) in [
        (SMALL, "application/json", "gzip"),
        (LARGE, "text/event-stream", "gzip"),
        (LARGE, "application/json", "gzip;q=0"),
        (LARGE, "application/json", "br"),
    ] {
        let (encoding, _) = sent(&wire, document, accept, encodings).await;
        assert_eq!(encoding, "", "{accept} {encodings}");
    }
}
