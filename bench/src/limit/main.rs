//! The limit: each work as a handler written by hand, with one SQL, behind the same wall and with the same trail. No GraphQL: a body holds the variables alone.

mod answers;
mod callers;
mod door;
mod live;
mod trail;

use std::env;
use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use auth::token::Issuer;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use mimalloc::MiMalloc;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::OnceCell;
use tokio_postgres::Row;
use uuid::Uuid;

use answers::{Booked, Changed, List, Patient, Payload, Revised, RevisedPayload, Visits};
use callers::{Caller, Callers};
use door::{Begin, Door, Parameters, Sql};
use live::Audience;
use trail::{Pen, Read, Trail};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// As many as the product's default.
const CONNECTIONS: usize = 16;

struct App {
    database: String,
    door: Door,
    callers: Callers,
    trail: Trail,
    audience: Audience,
    /// Events are listened to as soon as somebody subscribes.
    listening: OnceCell<()>,
}

type AnyError = Box<dyn Error + Send + Sync>;

type Call = (State<Arc<App>>, ConnectInfo<SocketAddr>, HeaderMap, Bytes);
type Answered = Result<Response, StatusCode>;

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let database = env::var("DATABASE_URL")?;
    let issuer = Issuer::new("atrium", &fs::read(env::var("ATRIUM_ISSUER_KEY_FILE")?)?)?;
    let app = App {
        door: Door::open(&database, CONNECTIONS).await?,
        callers: Callers::new(door::connect(&database).await?, &issuer)?,
        trail: Trail::start(Pen::new(door::connect(&database).await?).await?),
        audience: Audience::default(),
        listening: OnceCell::new(),
        database,
    };
    let router = Router::new()
        .route("/W1", post(patient))
        .route("/W2", post(dashboard))
        .route("/W3", post(levels))
        .route("/W4", post(update))
        .route("/event", post(revise))
        .route("/watch", get(live::upgrade))
        .with_state(Arc::new(app))
        .into_make_service_with_connect_info::<SocketAddr>();
    let listener = TcpListener::bind(env::var("ATRIUM_LISTEN")?).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

/// W1: one record by id.
async fn patient(call: Call) -> Answered {
    #[derive(Deserialize)]
    struct Variables<'v> {
        id: &'v str,
    }
    let variables: Variables<'_> = variables(&call)?;
    let id = id("patient_", variables.id)?;
    let caller = caller(&call).await?;
    let rows = enter(&call, &caller, Begin::Read, Sql::Patient, &[&caller.tenant, &id]).await?;
    let row = rows.first().ok_or(StatusCode::NOT_FOUND)?;
    let fields = &[
        "Patient.birthDate",
        "Patient.email",
        "Patient.firstName",
        "Patient.lastName",
        "Patient.phone",
        "Patient.sex",
        "Query.patient",
    ];
    record(&call, &caller, "Patient", fields, vec![id]).await?;
    Ok(json("patient", &Patient::of(row)))
}

/// W2: the first 50 appointments between two instants, and how many there are.
async fn dashboard(call: Call) -> Answered {
    #[derive(Deserialize)]
    struct Variables {
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    }
    let Variables { from, to } = variables(&call)?;
    let caller = caller(&call).await?;
    let parameters: Parameters<'_> = &[&caller.tenant, &from, &to];
    let rows = enter(&call, &caller, Begin::Read, Sql::Dashboard, parameters).await?;
    let fields = &[
        "Appointment.endsAt",
        "Appointment.patient",
        "Appointment.provider",
        "Appointment.reason",
        "Appointment.startsAt",
        "Appointment.status",
        "Patient.firstName",
        "Patient.lastName",
        "Provider.displayName",
        "Query.appointments",
    ];
    let patients = rows.iter().map(|row| row.get(Booked::PATIENT)).collect();
    record(&call, &caller, "Dashboard", fields, patients).await?;
    let nodes = rows.iter().map(Booked::of).collect();
    Ok(json("appointments", &List { total: Some(Booked::total(&rows)), nodes }))
}

/// W3: a page of patients, the last five appointments of each, and with whom.
async fn levels(call: Call) -> Answered {
    #[derive(Deserialize)]
    struct Variables<'v> {
        after: &'v str,
    }
    let Variables { after } = variables(&call)?;
    // A cursor: the list's name, the last row's value in it, its id.
    let cursor = URL_SAFE_NO_PAD.decode(after).map_err(|_| StatusCode::BAD_REQUEST)?;
    let (_, name, id): (&str, &str, Uuid) =
        serde_json::from_slice(&cursor).map_err(|_| StatusCode::BAD_REQUEST)?;
    let caller = caller(&call).await?;
    let parameters: Parameters<'_> = &[&caller.tenant, &name, &id, &20_i64];
    let rows = enter(&call, &caller, Begin::Read, Sql::Levels, parameters).await?;
    let fields = &[
        "Appointment.provider",
        "Appointment.startsAt",
        "Appointment.status",
        "Patient.appointments",
        "Patient.firstName",
        "Patient.lastName",
        "Provider.displayName",
        "Query.patients",
    ];
    let patients = rows.iter().map(|row| row.get(0)).collect();
    record(&call, &caller, "Levels", fields, patients).await?;
    Ok(json("patients", &List { total: None, nodes: Visits::of(&rows) }))
}

/// W4: a change of address.
async fn update(call: Call) -> Answered {
    #[derive(Deserialize)]
    struct Variables<'v> {
        #[serde(borrow)]
        input: Input<'v>,
    }
    #[derive(Deserialize)]
    struct Input<'v> {
        id: &'v str,
        version: i32,
        #[serde(borrow)]
        address: Address<'v>,
    }
    #[derive(Deserialize)]
    struct Address<'v> {
        line1: &'v str,
        city: &'v str,
    }
    let Variables { input } = variables(&call)?;
    let id = id("patient_", input.id)?;
    let Address { line1, city } = input.address;
    if line1.chars().count() > 200 || city.chars().count() > 100 {
        return Err(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let caller = caller(&call).await?;
    let (event, now, request) = (Uuid::now_v7(), Utc::now(), Uuid::now_v7());
    let parameters: Parameters<'_> = &[
        &caller.tenant,
        &id,
        &input.version,
        &line1,
        &city,
        &event,
        &now,
        &caller.user,
        &caller.role,
        &request,
        &network(&call),
    ];
    let rows = enter(&call, &caller, Begin::Write, Sql::Update, parameters).await?;
    let row = rows.first().ok_or(StatusCode::CONFLICT)?;
    Ok(json("updatePatient", &Payload { patient: Changed::of(row), errors: [] }))
}

/// What subscribers are told of: another reason for an appointment.
async fn revise(call: Call) -> Answered {
    #[derive(Deserialize)]
    struct Variables<'v> {
        #[serde(borrow)]
        input: Input<'v>,
    }
    #[derive(Deserialize)]
    struct Input<'v> {
        id: &'v str,
        version: i32,
        reason: &'v str,
    }
    let Variables { input } = variables(&call)?;
    let id = id("appointment_", input.id)?;
    if input.reason.chars().count() > 1000 {
        return Err(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let caller = caller(&call).await?;
    let (event, now, request) = (Uuid::now_v7(), Utc::now(), Uuid::now_v7());
    let parameters: Parameters<'_> = &[
        &caller.tenant,
        &id,
        &input.version,
        &input.reason,
        &event,
        &now,
        &caller.user,
        &caller.role,
        &request,
        &network(&call),
    ];
    let rows = enter(&call, &caller, Begin::Write, Sql::Reason, parameters).await?;
    let row = rows.first().ok_or(StatusCode::CONFLICT)?;
    let payload = RevisedPayload { appointment: Revised::of(row), errors: [] };
    Ok(json("updateAppointment", &payload))
}

async fn caller((State(app), _, headers, _): &Call) -> Result<Arc<Caller>, StatusCode> {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let authorization = authorization.ok_or(StatusCode::UNAUTHORIZED)?;
    app.callers.caller(authorization).await.ok_or(StatusCode::UNAUTHORIZED)
}

fn network((_, ConnectInfo(peer), ..): &Call) -> String {
    peer.ip().to_string()
}

/// One statement in a transaction of its own.
async fn enter(
    (State(app), ..): &Call,
    caller: &Caller,
    begin: Begin,
    sql: Sql,
    parameters: Parameters<'_>,
) -> Result<Vec<Row>, StatusCode> {
    let rows = app.door.enter(caller, begin, sql, parameters).await;
    rows.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
}

/// Waits until the trail holds what was read.
async fn record(
    call: &Call,
    caller: &Caller,
    operation: &'static str,
    fields: &'static [&'static str],
    mut patients: Vec<Uuid>,
) -> Result<(), StatusCode> {
    let (State(app), ..) = call;
    patients.sort_unstable();
    patients.dedup();
    let event = Read {
        tenant_id: caller.tenant,
        id: Uuid::now_v7(),
        occurred_at: Utc::now(),
        user_id: caller.user,
        role: &caller.role,
        action: "READ",
        operation,
        entity: "Patient",
        entity_ids: [],
        patient_ids: &patients,
        purpose: "TREAT",
        outcome: "SUCCESS",
        fields,
        request_id: Uuid::now_v7(),
        network: &network(call),
    };
    if app.trail.append(&event).await { Ok(()) } else { Err(StatusCode::SERVICE_UNAVAILABLE) }
}

fn variables<'v, V: Deserialize<'v>>((.., body): &'v Call) -> Result<V, StatusCode> {
    serde_json::from_slice(body).map_err(|_| StatusCode::BAD_REQUEST)
}

fn id(kind: &str, text: &str) -> Result<Uuid, StatusCode> {
    let uuid = text.strip_prefix(kind).and_then(|uuid| Uuid::try_parse(uuid).ok());
    uuid.ok_or(StatusCode::BAD_REQUEST)
}

/// `{"data":{"root":…}}`
fn json(root: &str, value: &impl Serialize) -> Response {
    let mut body = format!("{{\"data\":{{\"{root}\":").into_bytes();
    if serde_json::to_writer(&mut body, value).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    body.extend_from_slice(b"}}");
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
