//! Who comes back with a cursor is told what happened meanwhile: all of it, once, in order.

use auth::Role;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use super::{Listener, refused};
use crate::support::World;
use crate::support::desk::Desk;
use crate::support::socket::Socket;

async fn socket(world: &World) -> Socket {
    Socket::of(world, &world.a, Role::Staff).await
}

fn after(cursor: &Value) -> String {
    format!("after: {cursor}")
}

#[tokio::test]
async fn what_was_missed_is_told_first_and_nothing_twice() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut listener = Listener::open(socket(&world).await, "").await;
    let first = desk.book(desk.booking(0)).await;
    assert_eq!(listener.told().await.1, first["id"]);
    let cursor = listener.cursor.clone();
    drop(listener);

    let mut missed = Vec::new();
    for half_hours in [2, 4, 6] {
        missed.push(desk.book(desk.booking(half_hours)).await);
    }
    let mut back = Listener::open(socket(&world).await, &after(&cursor)).await;
    for appointment in &missed {
        assert_eq!(back.told().await.1, appointment["id"]);
    }
    let next = desk.book(desk.booking(8)).await;
    assert_eq!(back.told().await.1, next["id"]);
    // From the end there is nothing to catch up with.
    let mut at_the_end = Listener::open(socket(&world).await, &after(&back.cursor)).await;
    let last = desk.book(desk.booking(10)).await;
    assert_eq!(at_the_end.told().await.1, last["id"]);
}

#[tokio::test]
async fn nothing_is_lost_or_told_twice_while_others_write_and_the_reader_comes_and_goes() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let appointment = desk.book(desk.booking(0)).await;
    let mut listener = Listener::open(socket(&world).await, "").await;
    let writing = {
        let (staff, id) = (desk.staff.clone(), appointment["id"].clone());
        tokio::spawn(async move {
            for version in 1..=40 {
                let input = json!({ "id": id, "version": version, "notes": format!("{version}") });
                let done = staff.mutate("updateAppointment", input, "errors { code }").await;
                assert_eq!(done["errors"], json!([]), "{version}");
            }
        })
    };
    let mut cursors = Vec::new();
    while cursors.len() < 40 {
        listener.next().await;
        cursors.push(listener.cursor.clone());
        if cursors.len() % 7 == 0 {
            let cursor = listener.cursor.clone();
            drop(listener);
            listener = Listener::open(socket(&world).await, &after(&cursor)).await;
        }
    }
    writing.await.unwrap();
    let numbers: Vec<i64> = cursors.iter().map(number).collect();
    let expected: Vec<i64> = (numbers[0]..numbers[0] + 40).collect();
    assert_eq!(numbers, expected);
}

/// The number in a cursor, which is opaque to everybody else.
fn number(cursor: &Value) -> i64 {
    let bytes = URL_SAFE_NO_PAD.decode(cursor.as_str().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&bytes).unwrap()[1].as_i64().unwrap()
}

#[tokio::test]
async fn a_cursor_of_another_clinic_or_of_no_event_is_refused() {
    let world = World::new().await;
    let (desk, elsewhere) = (Desk::of_a(&world).await, Desk::new(&world, &world.b).await);
    let mut of_b = Listener::open(Socket::of(&world, &world.b, Role::Staff).await, "").await;
    elsewhere.book(elsewhere.booking(0)).await;
    of_b.next().await;
    desk.book(desk.booking(0)).await;
    let list = desk.staff.data("{ appointments { pageInfo { endCursor } } }", json!({})).await;
    let of_list = &list["appointments"]["pageInfo"]["endCursor"];
    let tenant = world.a.id.0;
    let made_up =
        |number: i64| json!(URL_SAFE_NO_PAD.encode(json!(["events", number, tenant]).to_string()));
    let mut socket = socket(&world).await;
    for cursor in [&of_b.cursor, of_list, &made_up(-1), &made_up(1_000_000), &json!("")] {
        let query = format!("subscription {{ appointmentChanged(after: {cursor}) {{ kind }} }}");
        assert_eq!(refused(&mut socket, &query).await, "BAD_USER_INPUT", "{cursor}");
    }
    // The same clinic's own is taken.
    Listener::open(socket, &after(&made_up(0))).await;
}

#[tokio::test]
async fn a_cursor_that_is_too_old_is_refused() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut listener = Listener::open(socket(&world).await, "").await;
    desk.book(desk.booking(0)).await;
    listener.next().await;
    let old = listener.cursor.clone();
    for half_hours in [2, 4] {
        desk.book(desk.booking(half_hours)).await;
        listener.next().await;
    }
    let mut superuser = world.storage.superuser().await;
    sqlx::query("DELETE FROM outbox_events WHERE number <= $1")
        .bind(number(&old) + 1)
        .execute(&mut superuser)
        .await
        .unwrap();
    let query = format!("subscription {{ appointmentChanged({}) {{ kind }} }}", after(&old));
    assert_eq!(refused(&mut listener.socket, &query).await, "BAD_USER_INPUT");
}

#[tokio::test]
async fn ten_thousand_events_are_caught_up_with() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let appointment = desk.book(desk.booking(0)).await;
    let mut listener = Listener::open(socket(&world).await, "").await;
    let start = listener.cursor.clone();
    // Nine in ten are of no interest to whoever listens to appointments.
    let uuid = appointment["id"].as_str().unwrap().rsplit('_').next().unwrap();
    let id = uuid::Uuid::parse_str(uuid).unwrap();
    let write = format!(
        "WITH counter AS ( \
             UPDATE event_counters SET last = last + 10000 WHERE tenant_id = '{tenant}' RETURNING last \
         ) INSERT INTO outbox_events (tenant_id, number, topic, payload) \
         SELECT '{tenant}', counter.last - 10000 + n, \
             CASE WHEN n % 10 = 0 THEN 'appointment.updated' ELSE 'room.updated' END, \
             jsonb_build_object('id', '{id}') \
         FROM counter, generate_series(1, 10000) AS n",
        tenant = world.a.id.0,
    );
    let mut superuser = world.storage.superuser().await;
    sqlx::raw_sql(AssertSqlSafe(write)).execute(&mut superuser).await.unwrap();
    // Nobody hinted at them: a booking does.
    let last = desk.book(desk.booking(2)).await;
    for missed in 0..1_000 {
        assert_eq!(listener.told().await.0, "UPDATED", "{missed}");
    }
    assert_eq!(listener.told().await, ("BOOKED".to_owned(), last["id"].clone()));
    let mut back = Listener::open(socket(&world).await, &after(&start)).await;
    for missed in 0..1_000 {
        assert_eq!(back.told().await.0, "UPDATED", "{missed}");
    }
    assert_eq!(back.cursor, listener_before(&listener.cursor));
    assert_eq!(back.told().await.1, last["id"]);
    assert_eq!(back.cursor, listener.cursor);
}

/// The cursor before this one.
fn listener_before(cursor: &Value) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(cursor.as_str().unwrap()).unwrap();
    let mut parts: Value = serde_json::from_slice(&bytes).unwrap();
    parts[1] = json!(parts[1].as_i64().unwrap() - 1);
    json!(URL_SAFE_NO_PAD.encode(parts.to_string()))
}
