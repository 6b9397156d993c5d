//! Statuses and the steps between them (Q-56, R10).

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::{APPOINTMENT, Desk, put, seen, with};
use crate::support::{World, problems};

/// Each mutation that leads to a status, and what it asks for besides.
fn steps() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("acceptAppointment", "SCHEDULED", json!({})),
        ("confirmAppointment", "CONFIRMED", json!({})),
        ("checkInAppointment", "CHECKED_IN", json!({})),
        ("completeAppointment", "COMPLETED", json!({})),
        ("cancelAppointment", "CANCELLED", json!({ "reason": "PROVIDER" })),
        ("markNoShow", "NO_SHOW", json!({})),
        ("markAppointmentEnteredInError", "ENTERED_IN_ERROR", json!({ "reason": "Mistake" })),
    ]
}

/// What leads to each status from SCHEDULED.
fn way(status: &str) -> &'static [&'static str] {
    match status {
        "SCHEDULED" => &[],
        "CONFIRMED" => &["confirmAppointment"],
        "CHECKED_IN" => &["checkInAppointment"],
        "COMPLETED" => &["checkInAppointment", "completeAppointment"],
        "CANCELLED" => &["cancelAppointment"],
        "NO_SHOW" => &["markNoShow"],
        "ENTERED_IN_ERROR" => &["markAppointmentEnteredInError"],
        other => panic!("no way to {other}"),
    }
}

async fn step(desk: &Desk, mutation: &str, appointment: &Value) -> Value {
    let (_, _, more) = steps().into_iter().find(|(name, ..)| *name == mutation).unwrap();
    desk.admin.mutate(mutation, with(seen(appointment), more), APPOINTMENT).await
}

#[tokio::test]
async fn each_status_leads_where_the_table_says_and_nowhere_else() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let table = [
        ("SCHEDULED", "..CI.CNE"),
        ("CONFIRMED", "...I.CNE"),
        ("CHECKED_IN", "....OC.E"),
        ("COMPLETED", ".......E"),
        ("CANCELLED", ".......E"),
        // Its day is tomorrow, so the patient cannot be checked in after all today.
        ("NO_SHOW", ".......E"),
        ("ENTERED_IN_ERROR", "........"),
    ];
    let mut half_hour = 0;
    for (from, row) in table {
        for ((mutation, to, _), cell) in steps().into_iter().zip(row.chars().skip(1)) {
            half_hour += 1;
            let mut current = desk.book(desk.booking(half_hour)).await;
            for before in way(from) {
                current = step(&desk, before, &current).await["appointment"].clone();
            }
            assert_eq!(current["status"], from);
            let payload = step(&desk, mutation, &current).await;
            if cell != '.' {
                assert_eq!(problems(&payload), [""; 0], "{from} {to}");
                assert_eq!(payload["appointment"]["status"], to, "{from} {to}");
                let next = current["version"].as_i64().unwrap() + 1;
                assert_eq!(payload["appointment"]["version"], next, "{from} {to}");
            } else if (from, to) == ("NO_SHOW", "CHECKED_IN") {
                assert_eq!(problems(&payload), ["PAST id"]);
            } else {
                assert_eq!(problems(&payload), ["INVALID_TRANSITION id"], "{from} {to}");
                assert_eq!(payload["appointment"]["status"], from, "the current state is shown");
                let message = format!("An appointment that is {from} cannot become {to}.");
                assert_eq!(payload["errors"][0]["message"], message);
            }
        }
    }
}

#[tokio::test]
async fn a_stale_version_is_a_conflict_whatever_the_status() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let booked = desk.book(desk.booking(0)).await;
    desk.change("checkInAppointment", &booked, json!({})).await;
    for (mutation, _, _) in steps() {
        let payload = step(&desk, mutation, &booked).await;
        assert_eq!(problems(&payload), ["CONFLICT version"], "{mutation}");
        assert_eq!(payload["appointment"]["status"], "CHECKED_IN", "the current state is shown");
        assert_eq!(payload["appointment"]["version"], 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_steps_from_one_version_at_once_one_is_taken() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let booked = desk.book(desk.booking(0)).await;
    let sent = (0..20).map(|number| {
        let mutation = ["confirmAppointment", "checkInAppointment", "markNoShow"][number % 3];
        step(&desk, mutation, &booked)
    });
    let payloads = futures_util::future::join_all(sent).await;
    let taken = payloads.iter().filter(|payload| problems(payload).is_empty());
    assert_eq!(taken.count(), 1);
    let refused = payloads.iter().filter(|payload| problems(payload) == ["CONFLICT version"]);
    assert_eq!(refused.count(), 19);
}

#[tokio::test]
async fn who_was_given_up_is_checked_in_on_the_same_day_if_the_time_is_still_free() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let missed = desk.book(desk.booking(0)).await;
    // In clinic A's zone it is the same day for this long, at least.
    let now = Utc::now();
    put(&world, &missed, now, now + TimeDelta::minutes(30)).await;
    let missed = step(&desk, "markNoShow", &missed).await["appointment"].clone();

    let eve = world.patient(&world.a, "Eve", "Cole").await;
    let instead = with(desk.booking(4), json!({ "patientId": eve }));
    let instead = desk.book(instead).await;
    put(&world, &instead, now + TimeDelta::minutes(10), now + TimeDelta::minutes(20)).await;
    let late = step(&desk, "checkInAppointment", &missed).await;
    assert_eq!(problems(&late), ["SLOT_TAKEN startsAt"]);
    assert_eq!(late["errors"][0]["conflictIds"], json!([instead["id"]]));

    step(&desk, "cancelAppointment", &instead).await;
    let late = step(&desk, "checkInAppointment", &missed).await;
    assert_eq!(problems(&late), [""; 0]);
    assert_eq!(late["appointment"]["status"], "CHECKED_IN");
}

#[tokio::test]
async fn an_error_needs_its_reason_and_shows_it() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let booked = desk.book(desk.booking(0)).await;
    let mutation = "markAppointmentEnteredInError";
    for (reason, code) in [("", "REQUIRED reason"), ("  ", "REQUIRED reason")] {
        let input = with(seen(&booked), json!({ "reason": reason }));
        let payload = desk.admin.mutate(mutation, input, APPOINTMENT).await;
        assert_eq!(problems(&payload), [code]);
    }
    let cancelled = desk.change("cancelAppointment", &booked, json!({ "reason": "OTHER" })).await;
    let payload = step(&desk, mutation, &cancelled["appointment"]).await;
    assert_eq!(payload["appointment"]["statusNote"], "Mistake");
    assert_eq!(payload["appointment"]["cancelReason"], Value::Null);
}
