//! What subscribers are told leaves its events in the trail, and one look-up serves all who see alike.

use std::ops::Range;

use auth::Role;
use entity::Operator;
use serde_json::Value;
use services::identity::add_member;
use sqlx::Row;

use super::CHANGE;
use crate::support::World;
use crate::support::desk::Desk;
use crate::support::gateway::ISSUER;
use crate::support::plans::Plans;
use crate::support::socket::Socket;

/// More people of clinic A's staff, by the subjects of their tokens.
async fn more_staff(world: &World, operator: &Operator, numbers: Range<usize>) -> Vec<String> {
    let mut subjects = Vec::new();
    for number in numbers {
        let subject = format!("staff {number}");
        let user = operator.create_user(&subject, None, ISSUER, &subject).await.unwrap();
        add_member(&world.system(&world.a), user, Role::Staff).await.unwrap();
        subjects.push(subject);
    }
    subjects
}

/// Who read, of whom, by which operation and which fields, since the subscriptions were opened.
async fn reads(world: &World) -> Vec<(String, Vec<String>)> {
    let mut superuser = world.storage.superuser().await;
    let rows = sqlx::query(
        "SELECT u.display_name, e.fields FROM audit_events e JOIN users u ON u.id = e.user_id \
         WHERE e.action = 'READ' AND e.operation = 'Watch' AND cardinality(e.patient_ids) = 1 \
         ORDER BY u.display_name, e.occurred_at",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn watch(socket: &mut Socket, selection: &str) {
    let query =
        format!("subscription Watch {{ appointmentChanged(announce: true) {{ {selection} }} }}");
    socket.subscribe("live", &query).await;
    let opened = socket.hear().await;
    assert_eq!(opened["type"], "next", "{opened}");
}

#[tokio::test]
async fn each_who_is_told_is_recorded_with_what_they_asked_for() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let operator = world.operator().await;
    let selections =
        [("appointment { id }", vec![]), ("appointment { reason }", vec!["Appointment.reason"])];
    let mut sockets = Vec::new();
    let mut expected = Vec::new();
    let subjects = more_staff(&world, &operator, 0..selections.len()).await;
    for (subject, (selection, fields)) in subjects.into_iter().zip(selections) {
        let mut socket = Socket::with_token(&world, &world.token(&subject)).await;
        watch(&mut socket, selection).await;
        sockets.push(socket);
        expected.push((subject, fields.into_iter().map(str::to_owned).collect::<Vec<_>>()));
    }
    desk.book(desk.booking(0)).await;
    for socket in &mut sockets {
        socket.hear().await;
    }
    assert_eq!(reads(&world).await, expected);
}

/// What so many who watch are told of one booking, each once.
async fn told(desk: &Desk, sockets: &mut [Socket], half_hours: i32) -> Vec<Value> {
    desk.book(desk.booking(half_hours)).await;
    let mut told = Vec::new();
    for socket in sockets {
        told.push(socket.hear().await["payload"].clone());
    }
    told
}

/// Statements that look up appointments, patients and who is still a member, since it was last asked.
fn statements(plans: &Plans) -> [usize; 3] {
    plans.count([
        "FROM \\\"appointments\\\"",
        "FROM \\\"patients\\\"",
        "AS concerned FROM user_clinic_roles",
    ])
}

#[tokio::test]
async fn one_look_up_serves_all_who_see_alike_however_many_watch() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let operator = world.operator().await;
    let plans = Plans::of(&world.storage, &[]).await;
    let mut sockets = Vec::new();
    let mut taken = Vec::new();
    // The first booking is for what the opening of a clinic's line takes besides.
    for (watchers, half_hours) in [(1, 0), (1, 2), (40, 4)] {
        for subject in more_staff(&world, &operator, sockets.len()..watchers).await {
            let mut socket = Socket::with_token(&world, &world.token(&subject)).await;
            watch(&mut socket, CHANGE).await;
            sockets.push(socket);
        }
        statements(&plans);
        let told = told(&desk, &mut sockets, half_hours).await;
        taken.push(statements(&plans));
        assert_eq!(told.len(), watchers);
        assert!(told.iter().all(|payload| *payload == told[0]), "{told:#?}");
    }
    assert!(taken[0].iter().all(|count| *count > 0), "{taken:?}");
    assert_eq!(taken[1], taken[2]);
    assert_eq!(reads(&world).await.len(), 1 + 1 + 40);
}
