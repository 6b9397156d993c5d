//! A clinic always keeps an active administrator.

use auth::Role;
use serde_json::{Value, json};

use super::USER;
use crate::support::{Client, Reply, World, problems};

fn own_id(world: &World) -> Value {
    json!(world.a.user_gid(Role::Admin))
}

#[tokio::test]
async fn the_last_active_administrator_keeps_role_and_place() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let id = own_id(&world);
    // Another clinic's administrators do not count, nor does one who was deactivated.
    let second = json!({ "id": world.a.user_gid(Role::Viewer), "version": 1, "role": "ADMIN" });
    let mut second = admin.mutate("updateUser", second, USER).await["user"].clone();
    let off = json!({ "id": second["id"] });
    second = admin.mutate("deactivateUser", off, USER).await["user"].clone();

    let refused = [
        ("deactivateUser", json!({ "id": id }), "LAST_ADMIN id"),
        ("updateUser", json!({ "id": id, "version": 1, "role": "STAFF" }), "LAST_ADMIN role"),
        ("updateUser", json!({ "id": id, "version": 1, "isActive": false }), "LAST_ADMIN isActive"),
    ];
    for (name, input, problem) in &refused {
        let payload = admin.mutate(name, input.clone(), USER).await;
        assert_eq!(problems(&payload), [*problem]);
    }
    let same = json!({ "id": id, "version": 1, "role": "ADMIN", "isActive": true });
    assert_eq!(problems(&admin.mutate("updateUser", same, USER).await), [""; 0]);

    let on = json!({ "id": second["id"], "version": second["version"], "isActive": true });
    admin.mutate("updateUser", on, USER).await;
    let payload = admin.mutate("deactivateUser", json!({ "id": id }), USER).await;
    assert_eq!(payload["user"]["isActive"], false, "{payload:#}");
}

/// What came of it: done, or why not.
fn outcome(reply: &Reply, field: &str) -> String {
    let payload = &reply.body["data"][field];
    if payload.is_null() { reply.code().to_owned() } else { problems(payload).join(" ") }
}

async fn race(one: (&Client, Value), other: (&Client, Value), field: &str) -> Vec<String> {
    let send = |(client, input): (&Client, Value)| {
        let client = client.clone();
        async move { client.try_mutate(field, input, USER).await }
    };
    let (one, other) = tokio::join!(send(one), send(other));
    vec![outcome(&one, field), outcome(&other, field)]
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_administrators_who_deactivate_each_other_at_once_exactly_one_succeeds() {
    let world = World::new().await;
    let (first, second) = (own_id(&world), json!(world.a.user_gid(Role::Staff)));
    let one = world.client(&world.a, Role::Admin);
    let other = world.client(&world.a, Role::Staff);
    let promote = json!({ "id": second, "version": 1, "role": "ADMIN" });
    one.mutate("updateUser", promote, USER).await;
    // The first request after the change meets the door; from then on the role is known.
    other.send("{ clinic { id } }", json!({})).await;
    other.data("{ clinic { id } }", json!({})).await;

    for round in 0..10 {
        let outcomes = race(
            (&one, json!({ "id": second })),
            (&other, json!({ "id": first })),
            "deactivateUser",
        )
        .await;
        let done = outcomes.iter().filter(|outcome| outcome.is_empty()).count();
        assert_eq!(done, 1, "round {round}: {outcomes:?}");
        let loser = outcomes.iter().find(|outcome| !outcome.is_empty()).unwrap();
        assert!(["UNAUTHENTICATED", "LAST_ADMIN id"].contains(&loser.as_str()), "{outcomes:?}");

        // The winner lets the other in again.
        let (winner, lost) =
            if outcomes[0].is_empty() { (&one, &second) } else { (&other, &first) };
        let query = "query ($id: ID!) { user(id: $id) { version isActive } }";
        let user = winner.data(query, json!({ "id": lost })).await["user"].clone();
        assert_eq!(user["isActive"], false);
        let back = json!({ "id": lost, "version": user["version"], "isActive": true });
        winner.mutate("updateUser", back, USER).await;
        for client in [&one, &other] {
            client.send("{ clinic { id } }", json!({})).await;
            client.data("{ clinic { id } }", json!({})).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_administrators_who_step_down_at_once_leave_one() {
    let world = World::new().await;
    let (first, second) = (own_id(&world), json!(world.a.user_gid(Role::Staff)));
    let one = world.client(&world.a, Role::Admin);
    let other = world.client(&world.a, Role::Staff);
    let promote = json!({ "id": second, "version": 1, "role": "ADMIN" });
    one.mutate("updateUser", promote, USER).await;
    other.send("{ clinic { id } }", json!({})).await;
    other.data("{ clinic { id } }", json!({})).await;
    let down = |id: &Value, version: i32| json!({ "id": id, "version": version, "role": "VIEWER" });
    let outcomes = race((&one, down(&first, 1)), (&other, down(&second, 2)), "updateUser").await;
    let mut sorted = outcomes.clone();
    sorted.sort();
    assert_eq!(sorted, ["", "LAST_ADMIN role"], "{outcomes:?}");
    let left = if outcomes[0].is_empty() { second } else { first };
    let client = if outcomes[0].is_empty() { &other } else { &one };
    let query = "{ users(filter: { role: ADMIN, active: true }) { nodes { id } } }";
    let data = client.data(query, json!({})).await;
    assert_eq!(data["users"]["nodes"], json!([{ "id": left }]));
}
