//! What planning costs: a measurement, to be run alone and in release.

use std::fs;
use std::time::Instant;

use auth::{Actor, Member, Person, Role, TenantId, UserId};
use graphql::{Executor, GraphqlRequest, Limits};

/// Documents of the bench, with variables.
const WORKS: [(&str, &str); 4] = [
    ("W1", r#"{ "id": "patient_0190f3b2c4d5e6f708192a3b4c5d6e7f" }"#),
    ("W2", r#"{ "from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z" }"#),
    ("W3", r#"{ "after": "WyJwYXRpZW50cyBOQU1FIEFTQyIsImJha2VyIiwiIl0" }"#),
    (
        "W4",
        r#"{ "input": { "id": "patient_0190f3b2c4d5e6f708192a3b4c5d6e7f", "version": 1,
             "phone": "+442071838750", "idempotencyKey": "0190f3b2c4d5e6f7" } }"#,
    ),
];

/// `cargo test -p schema --release -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn planning_kept_documents_beside_new_ones() {
    let person = Person {
        user: UserId(Default::default()),
        subject: "subject".into(),
        display_name: "Ana".into(),
        memberships: Vec::new(),
    };
    let tenant = TenantId(Default::default());
    let actor = Actor::Member(Member { person, tenant, role: Role::Staff });
    let works = format!("{}/../bench/works", env!("CARGO_MANIFEST_DIR"));
    for (work, variables) in WORKS {
        let mut request = GraphqlRequest {
            query: Some(fs::read_to_string(format!("{works}/{work}.graphql")).unwrap()),
            variables: Some(serde_json::from_str(variables).unwrap()),
            ..GraphqlRequest::default()
        };
        let new = schema::build(Limits::default()).unwrap().keeping(0);
        let kept = schema::build(Limits::default()).unwrap();
        let measure = |executor: &schema::Atrium, request: &GraphqlRequest| {
            let plan = || executor.plan(request, &actor, false).unwrap();
            for _ in 0..100 {
                plan();
            }
            let start = Instant::now();
            for _ in 0..5_000 {
                std::hint::black_box(plan());
            }
            start.elapsed().as_secs_f64() * 1e6 / 5_000.0
        };
        let (anew, by_text) = (measure(&new, &request), measure(&kept, &request));
        let document = request.query.as_deref().map(graphql::HashedText::new).unwrap();
        request.document = kept.documents().get(document.hash());
        assert!(request.document.is_some());
        let by_id = measure(&kept, &request);
        println!(
            "{work}: anew {anew:.2} us, kept by text {by_text:.2} us, found by id {by_id:.2} us"
        );
    }
}
