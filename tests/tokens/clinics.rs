//! One person in several clinics.

use auth::Role;
use serde_json::json;

use super::{ME, Provider, ask, with};
use crate::support::{Client, World};

#[tokio::test]
async fn a_user_of_two_clinics_chooses_one_by_header_and_has_its_role_there() {
    let world = World::new().await;
    let user = world.a.user(Role::Staff);
    services::identity::add_member(&world.system(&world.b), user, Role::Viewer).await.unwrap();
    world.patient(&world.b, "Foreign", "Baker").await;
    let admin = world.client(&world.a, Role::Admin);
    let input = json!({ "firstName": "Own", "lastName": "Baker", "birthDate": "1980-02-29" });
    admin.mutate("createPatient", input, "errors { code }").await;
    let both = world.client(&world.a, Role::Staff);

    let patients = "{ patients { nodes { firstName } } }";
    let in_a = both.in_clinic(&world.a.gid);
    let me = in_a.data(ME, json!({})).await;
    assert_eq!(me["me"]["role"], "STAFF");
    assert_eq!(me["me"]["clinic"]["id"], world.a.gid);
    let seen = in_a.data(patients, json!({})).await;
    assert_eq!(seen["patients"]["nodes"], json!([{ "firstName": "Own" }]));

    let in_b = both.in_clinic(&world.b.gid);
    let me = in_b.data(ME, json!({})).await;
    assert_eq!(me["me"]["role"], "VIEWER");
    assert_eq!(me["me"]["clinic"]["id"], world.b.gid);
    assert_eq!(me["me"]["userId"], world.a.user_gid(Role::Staff));
    assert_eq!(in_b.send(patients, json!({})).await.code(), "FORBIDDEN");
}

#[tokio::test]
async fn without_a_choice_among_several_clinics_me_works_and_their_data_wants_one() {
    let world = World::new().await;
    let user = world.a.user(Role::Staff);
    services::identity::add_member(&world.system(&world.b), user, Role::Viewer).await.unwrap();
    let both = world.client(&world.a, Role::Staff);

    let reply = both.send("{ me { userId memberships { clinicId role } } }", json!({})).await;
    assert!(reply.errors().is_empty(), "{:#}", reply.body);
    let expected = json!([
        { "clinicId": world.a.gid, "role": "STAFF" },
        { "clinicId": world.b.gid, "role": "VIEWER" },
    ]);
    assert_eq!(reply.body["data"]["me"]["memberships"], expected);

    let queries = [
        "{ patients { totalCount } }",
        "{ clinic { name } }",
        "{ me { userId clinic { id } } }",
        "{ auditEvents { totalCount } }",
        "{ searchPatients(query: \"a\") { totalCount } }",
    ];
    for query in queries {
        let reply = both.send(query, json!({})).await;
        assert_eq!(reply.code(), "TENANT_REQUIRED", "{query} {:#}", reply.body);
    }
    let reply = both.send("{ me { userId clinic { id } } }", json!({})).await;
    let me = json!({ "userId": world.a.user_gid(Role::Staff), "clinic": null });
    assert_eq!(reply.body["data"]["me"], me);
    let input = json!({ "firstName": "Ana", "lastName": "Baker", "birthDate": "1980-02-29" });
    let reply = both.try_mutate("createPatient", input, "patient { id }").await;
    assert_eq!(reply.code(), "TENANT_REQUIRED");
    let chosen = both.in_clinic(&world.a.gid);
    chosen.data(queries[0], json!({})).await;
}

#[tokio::test]
async fn a_token_of_an_unbound_pool_may_name_one_of_its_users_clinics_and_no_other() {
    let world = World::new().await;
    let pool = Provider::start("shared").await;
    pool.register(&world, None).await;
    let roles = [(world.a.id, Role::Staff), (world.b.id, Role::Staff)];
    pool.user(&world, "both", &roles).await;
    pool.user(&world, "one", &roles[..1]).await;
    let naming = |subject: &str, gid: &str| {
        pool.sign(&with(&pool.claims(subject), json!({ "tenant_id": gid })))
    };
    for clinic in [&world.a, &world.b] {
        let reply = ask(&world, &naming("both", &clinic.gid)).await;
        assert_eq!(reply.body["data"]["me"]["clinic"]["id"], clinic.gid);
    }
    let reply = ask(&world, &naming("one", &world.b.gid)).await;
    assert_eq!(reply.code(), "UNAUTHENTICATED");
    // What the token names, a header does not change.
    let client = Client::new(&world.url, Some(naming("both", &world.a.gid)));
    let reply = client.in_clinic(&world.b.gid).send(ME, json!({})).await;
    assert_eq!(reply.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_person_without_a_clinic_sees_only_themselves() {
    let world = World::new().await;
    let operator = world.operator().await;
    let issuer = crate::support::gateway::ISSUER;
    operator.create_user("Nobody's", None, issuer, "lonely").await.unwrap();
    let lonely = world.client_of("lonely");
    let data = lonely.data("{ me { displayName memberships { role } } }", json!({})).await;
    assert_eq!(data["me"], json!({ "displayName": "Nobody's", "memberships": [] }));
    let reply = lonely.send("{ patients { totalCount } }", json!({})).await;
    assert_eq!(reply.code(), "TENANT_REQUIRED");
}
