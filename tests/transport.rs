//! What comes in over HTTP that should not: each answers its code, and the server lives on.

mod batches;
mod compression;
mod cors;
mod draining;
mod event_streams;
mod get;
mod idempotency_key;
mod media_types;
mod slow;
mod time_limit;

use std::io::Write;

use auth::Role;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::{Method, StatusCode};
use serde_json::{Value as Json, json};

use crate::support::World;
use crate::support::wire::{Answered, Wire, is_well_formed};

const JSON: &str = "application/json";
const FINE: &str = r#"{"query":"{ __typename }"}"#;

fn with(field: &str, value: &str) -> Vec<u8> {
    format!(r#"{{"query":"{{ __typename }}","{field}":{value}}}"#).into_bytes()
}

#[tokio::test]
async fn a_body_that_is_no_request_is_a_bad_request() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let nested = format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000));
    let bad: [(&str, Vec<u8>); 21] = [
        ("nothing", b"".to_vec()),
        ("half of it", FINE.as_bytes()[..10].to_vec()),
        ("more than it", [FINE, "}"].concat().into_bytes()),
        ("a document that is not in JSON", b"{ __typename }".to_vec()),
        ("bytes that are not UTF-8", b"{\"query\":\"{ __typename } # \xff\"}".to_vec()),
        ("half a surrogate pair", br#"{"query":"{ __typename } # \ud800"}"#.to_vec()),
        ("null", b"null".to_vec()),
        ("a string", br#""{ __typename }""#.to_vec()),
        ("an empty batch", b" []".to_vec()),
        ("a batch with something else in it", format!("[{FINE}, 1]").into_bytes()),
        ("no query", b"{}".to_vec()),
        ("a query of null", br#"{"query":null}"#.to_vec()),
        ("a query that is a number", br#"{"query":1}"#.to_vec()),
        ("two queries", br#"{"query":"{ __typename }","query":"{ me { subject } }"}"#.to_vec()),
        ("variables in a list", with("variables", "[]")),
        ("variables in a string", with("variables", r#""{}""#)),
        ("variables that are a number", with("variables", "0")),
        ("a name that is a number", with("operationName", "1")),
        ("extensions in a list", with("extensions", "[]")),
        ("extensions that are a truth", with("extensions", "true")),
        (
            "lists nested deeper than JSON is read",
            with("variables", &format!(r#"{{"v":{nested}}}"#)),
        ),
    ];
    for (what, body) in bad {
        for accept in Wire::MEDIA_TYPES {
            let reply = wire.post(JSON, accept, body.clone()).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{what}: {}", reply.body);
            assert_eq!(reply.codes(), ["BAD_REQUEST"], "{what}");
            assert_eq!(reply.body.get("data"), None, "{what}");
            is_well_formed(&reply);
        }
    }
    let good = [
        FINE.as_bytes().to_vec(),
        format!("\n {FINE} ").into_bytes(),
        with("variables", "null"),
        with("variables", "{}"),
        with("operationName", "null"),
        with("extensions", "{}"),
        with("unknown", "1"),
    ];
    for body in good {
        let reply = wire.post(JSON, JSON, body).await;
        assert_eq!(reply.body["data"], json!({ "__typename": "Query" }));
        assert_eq!(reply.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn only_json_by_post_is_taken() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let others = [
        "",
        "text/plain",
        "text/plain; application/json",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json; charset=latin1",
    ];
    for content_type in others {
        let reply = wire.post(content_type, JSON, FINE.into()).await;
        assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
        assert_eq!(reply.codes(), ["UNSUPPORTED_MEDIA_TYPE"], "{content_type}");
        is_well_formed(&reply);
    }
    for content_type in
        [JSON, "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""]
    {
        let reply = wire.post(content_type, JSON, FINE.into()).await;
        assert_eq!(reply.status, StatusCode::OK, "{content_type}");
    }
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let reply = wire.send(method.clone(), JSON, JSON, FINE.into()).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(reply.codes(), ["METHOD_NOT_ALLOWED"], "{method}");
        assert_eq!(reply.header("allow"), "GET, POST");
        is_well_formed(&reply);
    }
}

#[tokio::test]
async fn a_compressed_body_is_not_unpacked() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    // Half a gigabyte of blanks around a request that is fine.
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(FINE.as_bytes()).unwrap();
    let blanks = vec![b' '; 1024 * 1024];
    for _ in 0..512 {
        bomb.write_all(&blanks).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    for encoding in ["gzip", "br", "zstd", "deflate", "identity, gzip"] {
        let body = bomb.clone();
        let request = wire.request(Method::POST).header("content-type", JSON);
        let reply = Answered::to(request.header("content-encoding", encoding).body(body)).await;
        assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{encoding}");
        assert_eq!(reply.codes(), ["UNSUPPORTED_MEDIA_TYPE"], "{encoding}");
        assert_eq!(reply.header("accept-encoding"), "identity");
        is_well_formed(&reply);
    }
    let request = wire.request(Method::POST).header("content-type", JSON);
    let reply = Answered::to(request.header("content-encoding", "identity").body(FINE)).await;
    assert_eq!(reply.body["data"], json!({ "__typename": "Query" }));
}

/// A request of exactly so many bytes.
fn of_size(bytes: usize) -> Vec<u8> {
    let mut body = FINE.as_bytes().to_vec();
    body.resize(bytes, b' ');
    body
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_too_large_however_it_is_sent() {
    const LIMIT: usize = 1024 * 1024;
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let cases = [
        (LIMIT, StatusCode::OK, vec![]),
        (LIMIT + 1, StatusCode::PAYLOAD_TOO_LARGE, vec!["BODY_TOO_LARGE"]),
        (10_000_000, StatusCode::PAYLOAD_TOO_LARGE, vec!["BODY_TOO_LARGE"]),
    ];
    for (bytes, status, codes) in cases {
        let told = wire.post(JSON, JSON, of_size(bytes)).await;
        let untold = wire.post_in_chunks(of_size(bytes)).await;
        for reply in [told, untold] {
            assert_eq!(reply.status, status, "{bytes}");
            assert_eq!(reply.codes(), codes, "{bytes}");
            is_well_formed(&reply);
        }
    }
}

#[tokio::test]
async fn every_error_says_its_code_request_and_whether_to_try_again() {
    let world = World::new().await;
    let patient = world.patient(&world.a, "Ana", "Baker").await;
    let wire = Wire::new(&world, Role::Viewer);
    let documents = [
        "{",
        "{ nothing }",
        "{ patient(id: \"patient_1\") { id } }",
        "query ($a: Int!) { patients(first: $a) { totalCount } }",
        &format!("{{ patient(id: \"{patient}\") {{ id }} }}"),
        "{ node(id: \"clinic_1\") { id } me { clinic { id } } patients { totalCount } }",
    ];
    for document in documents {
        let reply = wire.ask(document, json!({})).await;
        assert!(!reply.codes().is_empty(), "{document}");
        is_well_formed(&reply);
        for error in reply.body["errors"].as_array().unwrap() {
            assert_eq!(error["extensions"]["retryable"], false, "{document}");
        }
    }
}

#[tokio::test]
async fn a_mutation_names_the_field_of_a_day_that_does_not_exist() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let create = "mutation ($day: Date!, $end: Date) {
        createPatient(input: { firstName: \"Ana\", lastName: \"Baker\", birthDate: $day, deceasedOn: $end }) {
            patient { birthDate } errors { code field }
        }
    }";
    let cases = [
        ("1980-02-30", Json::Null, "birthDate"),
        ("1981-02-29", Json::Null, "birthDate"),
        ("1980-13-01", Json::Null, "birthDate"),
        ("1980-2-9", Json::Null, "birthDate"),
        ("29/02/1980", Json::Null, "birthDate"),
        ("1980-02-29T00:00:00Z", Json::Null, "birthDate"),
        ("+1980-02-29", Json::Null, "birthDate"),
        ("1980-02-29", json!("2001-02-29"), "deceasedOn"),
        ("1980-02-29", Json::Null, ""),
        ("1980-02-29", json!("2004-02-29"), ""),
    ];
    for (day, end, field) in cases {
        let reply = wire.ask(create, json!({ "day": day, "end": end })).await;
        assert_eq!(reply.codes(), Vec::<&str>::new(), "{day} {}", reply.body);
        let payload = &reply.body["data"]["createPatient"];
        if field.is_empty() {
            assert_eq!(payload["patient"]["birthDate"], day);
            assert_eq!(payload["errors"], json!([]));
        } else {
            assert_eq!(payload["patient"], Json::Null, "{day} {end}");
            assert_eq!(
                payload["errors"],
                json!([{ "code": "INVALID", "field": [field] }]),
                "{day} {end}"
            );
        }
    }
}
