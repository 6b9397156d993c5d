//! Documents and arguments that are refused: each with its code, and what is just allowed beside it.

use auth::Role;
use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use crate::support::World;
use crate::support::wire::{Wire, is_well_formed};

/// A document of so many tokens.
fn tokens(count: usize) -> String {
    let fields = "displayName ".repeat(count - 5);
    format!("{{ me {{ {fields} }} }}")
}

/// A document with a comment in every line: what the specification ignores is not counted.
fn commented(document: &str) -> String {
    document.replace(' ', " # why, exactly?\n, ")
}

/// Aliases of one field.
fn aliases(count: usize) -> String {
    let fields: String = (0..count).map(|n| format!("a{n}: displayName ")).collect();
    format!("{{ me {{ {fields} }} }}")
}

/// Fields at the root.
fn roots(count: usize) -> String {
    let fields: String = (0..count).map(|n| format!("a{n}: __typename ")).collect();
    format!("{{ {fields} }}")
}

/// The same fields at the root, in fragments.
fn roots_in_fragments(count: usize) -> String {
    let fields: String = (0..count).map(|n| format!("... {{ a{n}: __typename }} ")).collect();
    format!("{{ ...f }} fragment f on Query {{ {fields} }}")
}

/// Eleven levels of patients and their proxies, and what is asked of the last patient.
fn levels(innermost: &str) -> String {
    let patient = "proxies(first: 1) { nodes { patient {";
    format!(
        "{{ patients(first: 1) {{ nodes {{ {patient} {patient} {patient} {innermost} {} }} }} }}",
        "} } } ".repeat(3)
    )
}

/// Fragments, each of which spreads the next one twice.
fn doubling(count: usize) -> String {
    let fragments: String =
        (0..count).map(|n| format!("fragment f{n} on Me {{ ...f{0} ...f{0} }} ", n + 1)).collect();
    format!("{{ me {{ ...f0 }} }} {fragments} fragment f{count} on Me {{ displayName }}")
}

fn introspection(lists: usize) -> String {
    let open = "fields { type {".repeat(lists);
    format!("{{ __schema {{ queryType {{ {open} name {} }} }} }}", "} }".repeat(lists))
}

fn costly(first: u32) -> String {
    format!(
        "{{ patients(first: {first}) {{ nodes {{ proxies(first: 100) {{ nodes {{ patient {{ id }} }} }} }} }} }}"
    )
}

#[tokio::test]
async fn a_document_beyond_a_limit_is_refused_and_one_within_it_is_not() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let cases = [
        (tokens(2_000), ""),
        (tokens(2_001), "TOKEN_LIMIT_EXCEEDED"),
        (commented(&tokens(2_000)), ""),
        (format!("{{ me {{ displayName }} {} }}", ",".repeat(100_000)), "TOKEN_LIMIT_EXCEEDED"),
        (tokens(50_000), "TOKEN_LIMIT_EXCEEDED"),
        (aliases(30), ""),
        (aliases(31), "ALIAS_LIMIT_EXCEEDED"),
        (roots(20), ""),
        (roots(21), "ROOT_FIELD_LIMIT_EXCEEDED"),
        (roots_in_fragments(20), ""),
        (roots_in_fragments(21), "ROOT_FIELD_LIMIT_EXCEEDED"),
        (levels("id"), ""),
        (levels("createdBy { id }"), "DEPTH_LIMIT_EXCEEDED"),
        ("{".repeat(10_000), "DEPTH_LIMIT_EXCEEDED"),
        ("{ a".repeat(10_000), "DEPTH_LIMIT_EXCEEDED"),
        (format!("{{ me(a: {}) }}", "[".repeat(10_000)), "DEPTH_LIMIT_EXCEEDED"),
        (format!("query ($a: {}) {{ me }}", "[".repeat(1_000)), "DEPTH_LIMIT_EXCEEDED"),
        (doubling(10), ""),
        (doubling(28), "FRAGMENT_LIMIT_EXCEEDED"),
        (doubling(28).replace("displayName", "...f0"), "FRAGMENT_LIMIT_EXCEEDED"),
        (introspection(2), ""),
        (introspection(3), "DEPTH_LIMIT_EXCEEDED"),
        (costly(66), ""),
        (costly(67), "COST_LIMIT_EXCEEDED"),
    ];
    for (document, code) in cases {
        let shown: String = document.chars().take(80).collect();
        for accept in Wire::MEDIA_TYPES {
            let reply = wire.ask_for(accept, &document, json!({})).await;
            let (status, codes) = if code.is_empty() {
                (StatusCode::OK, vec![])
            } else {
                assert_eq!(reply.body.get("data"), None, "{shown}");
                (rejected(accept), vec![code])
            };
            assert_eq!(reply.codes(), codes, "{shown} {}", reply.body);
            assert_eq!(reply.status, status, "{shown}");
            is_well_formed(&reply);
        }
    }
}

/// The status of what was not executed: only the newer media type lets the status say it.
fn rejected(accept: &str) -> StatusCode {
    if accept == "application/json" { StatusCode::OK } else { StatusCode::BAD_REQUEST }
}

#[tokio::test]
async fn a_variable_that_the_operation_does_not_declare_is_passed_over() {
    let world = World::new().await;
    let variables = json!({ "connections": ["client:root"] });
    let reply = Wire::new(&world, Role::Staff).ask("{ me { subject } }", variables).await;
    assert_eq!(reply.body["data"]["me"]["subject"], world.a.subject(Role::Staff), "{}", reply.body);
}

#[tokio::test]
async fn what_is_no_document_or_does_not_fit_the_schema_is_not_executed() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let (parse, validation, input) =
        ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT");
    let create = "mutation ($name: String!) { createPatient(input: { firstName: $name, \
                  lastName: \"Baker\", birthDate: \"1980-02-29\" }) { patient { id } } }";
    let search = "query ($v: String!) { searchPatients(query: $v) { totalCount } }";
    let cases = [
        ("", json!({}), parse),
        ("{", json!({}), parse),
        ("{ me { subject }", json!({}), parse),
        ("{ me { subject } } \u{0}", json!({}), parse),
        ("{ patients(first: ) { totalCount } }", json!({}), parse),
        ("subscription { patients }", json!({}), validation),
        ("{ nothing }", json!({}), validation),
        ("{ me { nothing } }", json!({}), validation),
        ("{ me }", json!({}), validation),
        ("{ patients(last: 1) { totalCount } }", json!({}), validation),
        ("{ patients(first: 99999999999) { totalCount } }", json!({}), validation),
        ("{ patient { id } }", json!({}), validation),
        ("query A { me { subject } } query B { me { subject } }", json!({}), validation),
        ("fragment f on Query { me { subject } }", json!({}), validation),
        // Fragments that spread each other in a ring, or nothing.
        (
            "{ me { ...a } } fragment a on Me { ...b } fragment b on Me { ...a }",
            json!({}),
            validation,
        ),
        ("{ me { ...a } } fragment a on Me { subject ...a }", json!({}), validation),
        ("{ me { ...a } }", json!({}), validation),
        // Variables.
        ("query ($v: Int!) { patients(first: $v) { totalCount } }", json!({}), input),
        ("query ($v: Int!) { patients(first: $v) { totalCount } }", json!({ "v": "1" }), input),
        ("query ($v: Int!) { patients(first: $v) { totalCount } }", json!({ "v": 1e30 }), input),
        ("query ($v: Int) { patients(first: $v) { totalCount } }", json!({ "v": null }), input),
        ("query ($v: ID!) { patient(id: $v) { id } }", json!({ "v": {} }), input),
        // NUL, which PostgreSQL stores in no text.
        (search, json!({ "v": "Ana\u{0}" }), input),
        (r#"{ searchPatients(query: "Ana\u0000") { totalCount } }"#, json!({}), input),
        (r#"{ searchPatients(query: "a", after: "\u0000") { totalCount } }"#, json!({}), input),
        (r#"{ patients(filter: { email: "\u0000" }) { totalCount } }"#, json!({}), input),
        (create, json!({ "name": "A\u{0}na" }), input),
    ];
    for (document, variables, code) in &cases {
        for accept in Wire::MEDIA_TYPES {
            let reply = wire.ask_for(accept, document, variables.clone()).await;
            assert_eq!(reply.codes().first(), Some(code), "{document} {}", reply.body);
            assert_eq!(reply.body.get("data"), None, "{document}");
            assert_eq!(reply.status, rejected(accept), "{document}");
            is_well_formed(&reply);
        }
    }
    // The same operations, with values that are fit.
    for (document, variables) in
        [(search, json!({ "v": "Ana" })), (create, json!({ "name": "Ana" }))]
    {
        assert_eq!(wire.ask(document, variables).await.codes(), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn an_argument_that_cannot_be_used_is_an_error_of_its_field_that_says_which() {
    let world = World::new().await;
    let patient = world.patient(&world.a, "Ana", "Baker").await;
    world.patient(&world.a, "Ben", "Cole").await;
    let wire = Wire::new(&world, Role::Staff);
    let user = world.a.user_gid(Role::Staff);

    let page = "query ($first: Int! = 1, $after: String, $field: PatientOrderField! = NAME, \
                $direction: OrderDirection! = ASC) {
        patients(first: $first, after: $after, orderBy: { field: $field, direction: $direction }) {
            nodes { id } pageInfo { endCursor }
        }
    }";
    let reply = wire.ask(page, json!({})).await;
    let cursor = reply.body["data"]["patients"]["pageInfo"]["endCursor"].clone();
    assert!(cursor.is_string(), "{}", reply.body);
    let proxies = "query ($id: ID!, $after: String) { patient(id: $id) { proxies(after: $after) { nodes { id } } } }";
    let one = "query ($id: ID!) { patient(id: $id) { id } }";
    let node = "query ($id: ID!) { node(id: $id) { id } }";
    let nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let born = "query ($day: Date!) { patients(filter: { bornFrom: $day }) { totalCount } }";
    let since =
        "query ($time: DateTime!) { patients(filter: { updatedSince: $time }) { totalCount } }";
    let search = "query ($text: String!) { searchPatients(query: $text) { totalCount } }";
    let made_up = ["", "x", "bm90IG91cnM", "W10", "%00", "\u{1F600}"];
    let forged =
        |value: &str, id: &str| base64_url(&format!(r#"["patients NAME ASC",{value},"{id}"]"#));

    let mut cases: Vec<(&str, Json, Option<&str>)> = vec![
        (page, json!({ "after": cursor }), None),
        (page, json!({ "after": cursor, "direction": "DESC" }), Some("after")),
        (page, json!({ "after": cursor, "field": "BIRTH_DATE" }), Some("after")),
        (proxies, json!({ "id": patient }), None),
        (proxies, json!({ "id": patient, "after": cursor }), Some("after")),
        (
            page,
            json!({ "after": forged("1", "00000000-0000-0000-0000-000000000000") }),
            Some("after"),
        ),
        (page, json!({ "after": forged("\"baker\"", "no id") }), Some("after")),
        (
            page,
            json!({ "after": forged("\"\\u0000\"", "00000000-0000-0000-0000-000000000000") }),
            Some("after"),
        ),
        (born, json!({ "day": "-9999-01-1" }), Some("filter.bornFrom")),
        (page, json!({ "first": 100 }), None),
        (page, json!({ "first": 101 }), Some("first")),
        (page, json!({ "first": 0 }), Some("first")),
        (page, json!({ "first": -1 }), Some("first")),
        (page, json!({ "first": i32::MIN }), Some("first")),
        (page, json!({ "first": 1_000_000 }), Some("first")),
        (born, json!({ "day": "1980-02-29" }), None),
        (born, json!({ "day": "1981-02-29" }), Some("filter.bornFrom")),
        (born, json!({ "day": "1980-04-31" }), Some("filter.bornFrom")),
        (born, json!({ "day": "yesterday" }), Some("filter.bornFrom")),
        (born, json!({ "day": "" }), Some("filter.bornFrom")),
        (born, json!({ "day": "+1980-02-29" }), Some("filter.bornFrom")),
        (born, json!({ "day": 19_800_229 }), Some("")),
        (since, json!({ "time": "2026-02-28T23:59:59+14:00" }), None),
        (since, json!({ "time": "2026-02-29T00:00:00Z" }), Some("")),
        (since, json!({ "time": "2026-02-28" }), Some("")),
        (search, json!({ "text": "a".repeat(100) }), None),
        (search, json!({ "text": "a".repeat(101) }), Some("query")),
        (search, json!({ "text": "" }), Some("query")),
        (one, json!({ "id": patient }), None),
        (one, json!({ "id": user }), Some("")),
        (one, json!({ "id": "patient_" }), Some("")),
        (one, json!({ "id": 1 }), Some("")),
        (one, json!({ "id": patient.to_uppercase() }), Some("")),
        (node, json!({ "id": patient }), None),
        (node, json!({ "id": "nothing_0190" }), Some("id")),
        (node, json!({ "id": "patient_1" }), Some("id")),
        (nodes, json!({ "ids": vec![&patient; 100] }), None),
        (nodes, json!({ "ids": vec![&patient; 101] }), Some("ids")),
    ];
    cases.extend(made_up.map(|after| (page, json!({ "after": after }), Some("after"))));

    for (document, variables, field) in cases {
        for accept in Wire::MEDIA_TYPES {
            let reply = wire.ask_for(accept, document, variables.clone()).await;
            let Some(field) = field else {
                assert_eq!(reply.codes(), Vec::<&str>::new(), "{variables} {}", reply.body);
                continue;
            };
            assert_eq!(reply.codes(), ["BAD_USER_INPUT"], "{variables} {}", reply.body);
            assert_eq!(reply.status, StatusCode::OK, "{variables}");
            let error = &reply.body["errors"][0];
            assert!(error["path"].is_array(), "{error}");
            let named = error["extensions"]["field"].as_str().unwrap_or_default();
            assert_eq!(named, field, "{variables} {error}");
            is_well_formed(&reply);
        }
    }
}

fn base64_url(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

#[tokio::test]
async fn an_id_of_another_type_is_refused_with_both_types() {
    let world = World::new().await;
    let patient = world.patient(&world.a, "Ana", "Baker").await;
    let wire = Wire::new(&world, Role::Admin);
    let user = world.a.user_gid(Role::Staff);
    let uuid = patient.rsplit('_').next().unwrap();
    let proxy = format!("patient_proxy_{uuid}");
    let event = format!("audit_event_{uuid}");
    let cases = [
        ("query ($id: ID!) { patient(id: $id) { id } }", &user, ["user", "patient"]),
        ("query ($id: ID!) { patient(id: $id) { id } }", &world.a.gid, ["clinic", "patient"]),
        ("query ($id: ID!) { patient(id: $id) { id } }", &proxy, ["patient_proxy", "patient"]),
        ("query ($id: ID!) { patient(id: $id) { id } }", &event, ["audit_event", "patient"]),
        (
            "query ($id: ID!) { auditEvents(filter: { userId: $id }) { totalCount } }",
            &patient,
            ["patient", "user"],
        ),
        (
            "mutation ($id: ID!) { deletePatient(input: { id: $id }) { errors { code } } }",
            &user,
            ["user", "patient"],
        ),
        (
            "mutation ($id: ID!) { removePatientProxy(input: { id: $id }) { errors { code } } }",
            &patient,
            ["patient", "patient_proxy"],
        ),
    ];
    for (document, id, [is, needed]) in cases {
        let reply = wire.ask(document, json!({ "id": id })).await;
        assert_eq!(reply.codes(), ["BAD_USER_INPUT"], "{document} {}", reply.body);
        let message = reply.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(&format!("a {is},")), "{message}");
        assert!(message.contains(&format!("a {needed} ")), "{message}");
        assert!(!message.contains(uuid), "{message}");
        is_well_formed(&reply);
    }
    let reply =
        wire.ask("query ($id: ID!) { patient(id: $id) { id } }", json!({ "id": patient })).await;
    assert_eq!(reply.body["data"]["patient"]["id"], patient);
}

#[tokio::test]
async fn a_large_variable_that_is_used_often_is_refused_before_it_is_copied() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let uses = |count: usize| -> String {
        let fields =
            (0..count).map(|n| format!("a{n}: searchPatients(query: $text) {{ totalCount }} "));
        format!("query ($text: String!) {{ {} }}", fields.collect::<String>())
    };
    let text = "x".repeat(900_000);
    let often = staff.send(&uses(10), json!({ "text": text })).await;
    assert_eq!(often.code(), "COST_LIMIT_EXCEEDED");
    // Once, it comes as far as the resolver, which knows no such long text.
    let once = staff.send(&uses(1), json!({ "text": text })).await;
    assert_eq!(once.code(), "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_large_literal_that_is_spread_often_is_refused_before_it_is_copied() {
    let world = World::new().await;
    let patient = world.patient(&world.a, "Ana", "Baker").await;
    let staff = world.client(&world.a, Role::Staff);
    let cursor = "x".repeat(300_000);
    let uses = |count: usize| -> String {
        let fields = (0..count).map(|n| format!("a{n}: patient(id: \"{patient}\") {{ ...f }} "));
        let fields: String = fields.collect();
        format!(
            "{{ {fields} }} fragment f on Patient {{ proxies(after: \"{cursor}\") {{ totalCount }} }}"
        )
    };
    assert_eq!(staff.send(&uses(20), json!({})).await.code(), "COST_LIMIT_EXCEEDED");
    // Once, it comes as far as the resolver, which knows no such cursor.
    assert_eq!(staff.send(&uses(1), json!({})).await.code(), "BAD_USER_INPUT");
}
