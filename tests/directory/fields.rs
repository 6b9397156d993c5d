//! What each field takes.

use auth::Role;
use serde_json::{Value, json};

use super::{KINDS, add, mutate, named, one, with};
use crate::support::{World, problems};

/// What is wrong with a new one, or with a change of one that is fine.
async fn tried(world: &World, kind: &str, change: &Value) -> [Vec<String>; 2] {
    let admin = world.client(&world.a, Role::Admin);
    let name = || uuid::Uuid::now_v7().to_string();
    let created = mutate(&admin, "create", kind, with(named(kind, &name()), change.clone())).await;
    let id = add(&admin, kind, named(kind, &name())).await;
    let change = with(json!({ "id": id, "version": 1 }), change.clone());
    let updated = mutate(&admin, "update", kind, change).await;
    [problems(&created), problems(&updated)]
}

#[tokio::test]
async fn each_field_refuses_what_is_out_of_its_range_and_takes_what_is_at_its_ends() {
    let world = World::new().await;
    let long = |length| "n".repeat(length);
    let cases = [
        ("Provider", json!({ "displayName": " " }), "REQUIRED displayName"),
        ("Provider", json!({ "displayName": long(200) }), ""),
        ("Provider", json!({ "displayName": long(201) }), "TOO_LONG displayName"),
        ("Provider", json!({ "displayName": "a\nb" }), "INVALID displayName"),
        ("Provider", json!({ "displayName": "!!!" }), ""),
        ("Provider", json!({ "specialty": long(100) }), ""),
        ("Provider", json!({ "specialty": long(101) }), "TOO_LONG specialty"),
        ("Provider", json!({ "registrationNumber": long(50) }), ""),
        ("Provider", json!({ "registrationNumber": long(51) }), "TOO_LONG registrationNumber"),
        ("Room", json!({ "name": "" }), "REQUIRED name"),
        ("Room", json!({ "name": long(101) }), "TOO_LONG name"),
        ("Room", json!({ "name": "!!!" }), "INVALID name"),
        ("Room", json!({ "description": long(500) }), ""),
        ("Room", json!({ "description": long(501) }), "TOO_LONG description"),
        ("Service", json!({ "name": "- ?" }), "INVALID name"),
        ("Service", json!({ "name": long(101) }), "TOO_LONG name"),
        ("Service", json!({ "description": long(501) }), "TOO_LONG description"),
        ("Service", json!({ "durationMinutes": 0 }), "INVALID durationMinutes"),
        ("Service", json!({ "durationMinutes": 1 }), ""),
        ("Service", json!({ "durationMinutes": 1440, "longestMinutes": 1440 }), ""),
        (
            "Service",
            json!({ "durationMinutes": 1441, "longestMinutes": 1440 }),
            "INVALID durationMinutes",
        ),
        ("Service", json!({ "longestMinutes": 30 }), ""),
        ("Service", json!({ "longestMinutes": 29 }), "INVALID longestMinutes"),
        ("Service", json!({ "longestMinutes": 1441 }), "INVALID longestMinutes"),
        ("Service", json!({ "bufferBeforeMinutes": -1 }), "INVALID bufferBeforeMinutes"),
        ("Service", json!({ "bufferBeforeMinutes": 480 }), ""),
        ("Service", json!({ "bufferBeforeMinutes": 481 }), "INVALID bufferBeforeMinutes"),
        ("Service", json!({ "bufferAfterMinutes": -1 }), "INVALID bufferAfterMinutes"),
        ("Service", json!({ "bufferAfterMinutes": 481 }), "INVALID bufferAfterMinutes"),
        ("Service", json!({ "noticeMinutes": -1 }), "INVALID noticeMinutes"),
        ("Service", json!({ "noticeMinutes": 525_600 }), ""),
        ("Service", json!({ "noticeMinutes": 525_601 }), "INVALID noticeMinutes"),
        ("Service", json!({ "horizonDays": 0 }), "INVALID horizonDays"),
        ("Service", json!({ "horizonDays": 730 }), ""),
        ("Service", json!({ "horizonDays": 731 }), "INVALID horizonDays"),
        ("Service", json!({ "horizonDays": null }), ""),
        ("Service", json!({ "dailyLimit": 0 }), "INVALID dailyLimit"),
        ("Service", json!({ "dailyLimit": 1000 }), ""),
        ("Service", json!({ "dailyLimit": 1001 }), "INVALID dailyLimit"),
    ];
    for (kind, change, problem) in cases {
        let expected: Vec<String> =
            Some(problem.to_owned()).into_iter().filter(|p| !p.is_empty()).collect();
        let found = tried(&world, kind, &change).await;
        assert_eq!(found, [expected.clone(), expected], "{kind} {change}");
    }
}

#[tokio::test]
async fn what_cannot_be_empty_cannot_be_emptied() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let cases = [
        ("Provider", "displayName"),
        ("Provider", "isActive"),
        ("Room", "name"),
        ("Room", "isActive"),
        ("Service", "name"),
        ("Service", "durationMinutes"),
        ("Service", "bufferBeforeMinutes"),
        ("Service", "bufferAfterMinutes"),
        ("Service", "noticeMinutes"),
        ("Service", "isActive"),
    ];
    for (kind, field) in cases {
        let id = add(&admin, kind, named(kind, field)).await;
        let mut change = json!({ "id": id, "version": 1 });
        change[field] = json!(null);
        let refused = mutate(&admin, "update", kind, change).await;
        assert_eq!(problems(&refused), [format!("REQUIRED {field}")], "{kind}");
    }
}

/// The same name in other letters is the same name; another clinic's, or a deleted one's, is none.
#[tokio::test]
async fn rooms_and_services_have_names_of_their_own_and_providers_may_share_one() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    for kind in KINDS {
        add(&admin, kind, named(kind, "Café 1")).await;
        let other = add(&admin, kind, named(kind, "Café 2")).await;
        let expected: &[&str] = if kind == "Provider" { &[] } else { &["DUPLICATE name"] };
        let again = mutate(&admin, "create", kind, named(kind, " cafe  1! ")).await;
        assert_eq!(problems(&again), expected, "{kind}");
        let field = if kind == "Provider" { "displayName" } else { "name" };
        let mut change = json!({ "id": other, "version": 1 });
        change[field] = json!("CAFE 1");
        let renamed = mutate(&admin, "update", kind, change).await;
        assert_eq!(problems(&renamed), expected, "{kind}");
        add(&world.client(&world.b, Role::Admin), kind, named(kind, "Café 1")).await;
    }
}

#[tokio::test]
async fn an_update_is_for_the_version_that_was_seen() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    for kind in KINDS {
        let id = add(&admin, kind, named(kind, "Ours")).await;
        let change = |active: bool| json!({ "id": id, "version": 1, "isActive": active });
        let first = mutate(&admin, "update", kind, change(false)).await;
        assert_eq!(first[one(kind)]["version"], 2);
        let stale = mutate(&admin, "update", kind, change(true)).await;
        assert_eq!(problems(&stale), ["CONFLICT version"], "{kind}");
        assert_eq!(stale[one(kind)], first[one(kind)], "{kind}");
    }
}

#[tokio::test]
async fn a_service_is_as_long_as_its_duration_unless_it_may_be_longer() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let all = "service { id version durationMinutes longestMinutes bufferBeforeMinutes
        bufferAfterMinutes noticeMinutes horizonDays dailyLimit isActive } errors { code field }";
    let made = admin.mutate("createService", named("Service", "Check-up"), all).await;
    let id = made["service"]["id"].clone();
    let expected = json!({
        "id": id, "version": 1, "durationMinutes": 30, "longestMinutes": 30, "bufferBeforeMinutes": 0,
        "bufferAfterMinutes": 0, "noticeMinutes": 0, "horizonDays": null, "dailyLimit": null,
        "isActive": true,
    });
    assert_eq!(made["service"], expected);

    let update = async |change: Value| admin.mutate("updateService", change, all).await;
    let longer = json!({ "id": id, "version": 1, "durationMinutes": 45 });
    assert_eq!(problems(&update(longer.clone()).await), ["INVALID longestMinutes"]);
    let done = update(with(longer, json!({ "longestMinutes": null }))).await;
    assert_eq!(done["service"]["longestMinutes"], 45, "{done:#}");
}
