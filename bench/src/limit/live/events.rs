//! From the clinics' events to their subscribers: for each event one look-up, one check of all
//! memberships, one entry into the trail and one payload, however many there are.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use chrono::Utc;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_postgres::{AsyncMessage, Client, NoTls, Row};
use uuid::Uuid;

use super::audience::Subscriber;
use crate::answers::AppointmentChange;
use crate::door::{Begin, Parameters, Sql, connect};
use crate::trail::{Pen, Read};
use crate::{AnyError, App};

/// An event of an appointment, as the outbox has it.
struct Event {
    clinic: Uuid,
    number: i64,
    topic: String,
    appointment: Uuid,
}

/// Begins to listen. The limit ends when it cannot go on.
pub async fn start(app: Arc<App>) -> Result<(), AnyError> {
    let pen = Pen::new(connect(&app.database).await?).await?;
    let (client, mut connection) = tokio_postgres::connect(&app.database, NoTls).await?;
    let (waker, woken) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(note) = message
                && let Ok(clinic) = note.payload().parse()
            {
                waker.send(clinic).ok();
            }
        }
    });
    client.batch_execute("LISTEN atrium_events").await?;
    for row in client.query(include_str!("../../../sql/outbox_ends.sql"), &[]).await? {
        app.audience.turn_to(row.get(0), row.get(1));
    }
    tokio::spawn(async move {
        if let Err(error) = listen(&app, &client, &pen, woken).await {
            eprintln!("{error}");
            std::process::exit(1);
        }
    });
    Ok(())
}

async fn listen(
    app: &App,
    client: &Client,
    pen: &Pen,
    mut woken: UnboundedReceiver<Uuid>,
) -> Result<(), AnyError> {
    let outbox = client.prepare(include_str!("../../../sql/outbox.sql")).await?;
    while let Some(clinic) = woken.recv().await {
        for row in client.query(&outbox, &[&clinic, &app.audience.told(clinic)]).await? {
            let number = row.get(0);
            let audience = app.audience.turn_to(clinic, number);
            let topic: String = row.get(1);
            if topic.starts_with("appointment.") {
                let event = Event { clinic, number, topic, appointment: row.get(2) };
                tell(app, pen, &event, audience).await?;
            }
        }
    }
    Err("the database has gone away".into())
}

async fn tell(
    app: &App,
    pen: &Pen,
    event: &Event,
    mut audience: Vec<Arc<Subscriber>>,
) -> Result<(), AnyError> {
    let Some(row) = look_up(app, event, &mut audience).await? else { return Ok(()) };
    dismiss_former_members(app, &row, &mut audience);
    let payload =
        AppointmentChange::of(&row, event.clinic, event.number, &event.topic)?.payload()?;
    pen.append(&reads(&row, &audience)?).await?;
    let payload = Utf8Bytes::from(payload);
    for subscriber in &audience {
        app.audience.tell(subscriber, payload.clone());
    }
    Ok(())
}

/// The appointment, and which of the subscribers are still members. Enters as the first who is.
async fn look_up(
    app: &App,
    event: &Event,
    audience: &mut Vec<Arc<Subscriber>>,
) -> Result<Option<Row>, AnyError> {
    let mut users: Vec<Uuid> = audience.iter().map(|subscriber| subscriber.caller.user).collect();
    users.sort_unstable();
    users.dedup();
    while let Some(first) = audience.first() {
        let parameters: Parameters<'_> = &[&event.clinic, &event.appointment, &users];
        match app.door.enter(&first.caller, Begin::Read, Sql::Event, parameters).await {
            Ok(mut rows) => return Ok(rows.pop()),
            Err(error) if error.code().map(|code| code.code()) == Some("AT001") => {
                app.audience.dismiss(&audience.remove(0));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

fn dismiss_former_members(app: &App, row: &Row, audience: &mut Vec<Arc<Subscriber>>) {
    let (users, roles): (Vec<Uuid>, Vec<&str>) = (row.get("users"), row.get("roles"));
    let members: HashMap<_, _> = users.into_iter().zip(roles).collect();
    audience.retain(|subscriber| {
        let caller = &subscriber.caller;
        let is_member = members.get(&caller.user) == Some(&caller.role.as_str());
        if !is_member {
            app.audience.dismiss(subscriber);
        }
        is_member
    });
}

/// An event of the trail for each who is told, as a list in JSON.
fn reads(row: &Row, audience: &[Arc<Subscriber>]) -> Result<String, AnyError> {
    let patients = [row.get("patient_id")];
    let (now, request) = (Utc::now(), Uuid::now_v7());
    let reads: Vec<_> = audience
        .iter()
        .map(|subscriber| Read {
            tenant_id: subscriber.caller.tenant,
            id: Uuid::now_v7(),
            occurred_at: now,
            user_id: subscriber.caller.user,
            role: &subscriber.caller.role,
            action: "READ",
            operation: "AppointmentChanged",
            entity: "Patient",
            entity_ids: [],
            patient_ids: &patients,
            purpose: "TREAT",
            outcome: "SUCCESS",
            fields: &["Appointment.startsAt", "Appointment.status"],
            request_id: request,
            network: &subscriber.network,
        })
        .collect();
    Ok(serde_json::to_string(&reads)?)
}
