//! The log holds no token and no patient's data; a fault says nothing of what is inside.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use async_graphql::{EmptyMutation, EmptySubscription, Object};
use auth::{DataClass, Role};
use graphql::access::for_anyone;
use graphql::{Engine, Limits};
use reqwest::StatusCode;
use serde_json::json;
use sqlx::Executor;

use crate::support::World;
use crate::support::wire::{Wire, is_well_formed};

thread_local! {
    static KEPT: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Keeps what this thread logs from now on.
pub fn keep() {
    static STARTED: Once = Once::new();
    KEPT.set(Some(Vec::new()));
    // For all threads: a subscriber of one thread alone misses what another thread logged first, as
    // `tracing` then remembers that nobody listens there.
    STARTED.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(|| ThisThread)
            .with_ansi(false)
            .init();
    });
}

/// What this thread has logged since.
pub fn kept() -> String {
    String::from_utf8(KEPT.take().unwrap()).unwrap()
}

struct ThisThread;

impl io::Write for ThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        KEPT.with_borrow_mut(|kept| {
            if let Some(kept) = kept {
                kept.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const CREATE: &str = "mutation ($input: CreatePatientInput!) {
    createPatient(input: $input) { patient { id firstName email phone nhsNumber } errors { code field } }
}";

// The runtime has one thread, so the log of this thread is the log of the gateway and its database.
#[tokio::test]
async fn the_log_holds_no_token_and_no_patients_data() {
    keep();
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let input = json!({
        "firstName": "Zyxwina", "lastName": "Quorblatt", "birthDate": "1931-07-19",
        "email": "zyx@quorblatt.example", "phone": "020 7946 0018", "nhsNumber": "943 476 5919",
        "address": { "line1": "17 Umbrage Row", "postalCode": "ZQ9 9ZZ" },
    });
    let mut wrong = input.clone();
    wrong["birthDate"] = json!("1931-07-32");

    // What succeeds, what is refused by a rule, by a constraint, and by the plan.
    let created = wire.ask(CREATE, json!({ "input": input })).await;
    assert_eq!(created.body["data"]["createPatient"]["patient"]["firstName"], "Zyxwina");
    let again = wire.ask(CREATE, json!({ "input": input })).await;
    assert_eq!(again.body["data"]["createPatient"]["errors"][0]["code"], "DUPLICATE");
    let invalid = wire.ask(CREATE, json!({ "input": wrong })).await;
    assert_eq!(invalid.body["data"]["createPatient"]["errors"][0]["code"], "INVALID");
    let found = wire
        .ask("{ searchPatients(query: \"Zyxwina Quorblatt\") { nodes { lastName } } }", json!({}))
        .await;
    assert_eq!(found.body["data"]["searchPatients"]["nodes"][0]["lastName"], "Quorblatt");
    for document in [
        "{ patients(filter: { email: \"zyx@quorblatt.example\" }, first: 0) { totalCount } }",
        "{ patient(id: \"Zyxwina\") { id } }",
        "{ patients(after: \"Quorblatt\") { totalCount } }",
        "{ zyxwina: nothing(name: \"Zyxwina Quorblatt\") }",
        "{ searchPatients(query: \"Zyxwina\\u0000\") { totalCount } }",
    ] {
        assert_eq!(wire.ask(document, json!({})).await.codes().len(), 1, "{document}");
    }

    // A fault: the database quotes the whole row in what it says of this constraint.
    let mut superuser = world.storage.superuser().await;
    superuser
        .execute(
            "ALTER TABLE patients ADD CONSTRAINT planted CHECK (length(last_name) <> 9) NOT VALID",
        )
        .await
        .unwrap();
    let mut other = input.clone();
    other["nhsNumber"] = json!(null);
    let fault = wire.ask(CREATE, json!({ "input": other })).await;
    assert_eq!(fault.codes(), ["INTERNAL"]);
    is_well_formed(&fault);

    // Tokens: good, spoiled, and none at all.
    let good = world.token(world.a.subject(Role::Staff));
    let spoiled = format!("{}x", &good[..good.len() - 1]);
    for token in [spoiled.as_str(), "sesame-open-up", "eyJhbGciOiJub25lIn0.e30."] {
        let reply = wire.with_token(token).ask("{ me { subject } }", json!({})).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(reply.codes(), ["UNAUTHENTICATED"]);
        is_well_formed(&reply);
    }

    let log = kept();
    let request = fault.header("x-request-id");
    assert!(log.contains(request), "the fault is not in the log");
    assert_eq!(log.matches("token refused").count(), 3);
    let signature = good.rsplit('.').next().unwrap();
    let private = [
        "Zyxwina",
        "Quorblatt",
        "quorblatt",
        "zyxwina",
        "1931-07",
        "2079460018",
        "020 7946",
        "9434765919",
        "943 476",
        "Umbrage",
        "ZQ9",
        &good,
        signature,
        &spoiled,
        "sesame",
        "eyJ",
    ];
    for word in private {
        let line = log.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "{word} is in the log");
    }
}

/// A schema with a defect.
struct Defective {
    sound: bool,
}

#[Object]
impl Defective {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn fine(&self) -> i32 {
        1
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn panics(&self) -> Option<i32> {
        assert!(self.sound, "Zyxwina Quorblatt at 127.0.0.1");
        Some(1)
    }
}

#[tokio::test]
async fn a_panic_answers_internal_and_the_server_lives_on() {
    let schema = Engine::new(
        Defective { sound: false },
        EmptyMutation,
        EmptySubscription,
        Limits::default(),
    );
    let world = World::with_schema(schema.unwrap()).await;
    let wire = Wire::new(&world, Role::Staff);
    for _ in 0..3 {
        for (accept, status) in
            Wire::MEDIA_TYPES.into_iter().zip([StatusCode::OK, StatusCode::INTERNAL_SERVER_ERROR])
        {
            let reply = wire.ask_for(accept, "{ fine panics }", json!({})).await;
            assert_eq!(reply.status, status);
            assert_eq!(reply.codes(), ["INTERNAL"]);
            assert_eq!(reply.body.get("data"), None);
            assert!(!reply.body.to_string().contains("Zyxwina"));
            is_well_formed(&reply);
        }
        let (one, other) =
            tokio::join!(wire.ask("{ panics }", json!({})), wire.ask("{ fine }", json!({})));
        assert_eq!(one.codes(), ["INTERNAL"]);
        assert_eq!(other.body["data"], json!({ "fine": 1 }));
    }
}
