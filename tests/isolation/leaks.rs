//! A schema with a hole of each kind, operations that cannot be judged, and some without fault: what
//! the suite must find, and what it must not.

use std::sync::{Arc, OnceLock};

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use auth::{DataClass, PatientId, Permission};
use graphql::access::{for_anyone, for_member};
use graphql::live::listens;
use graphql::{
    Connection, Cursor, Edge, Engine, ErrorCode, Failure, Limits, Live, Node, Nodes, Result, Tell,
    UserError, UserErrorCode,
};
use loaders::Request;
use services::patients;
use sqlx::PgPool;
use uuid::Uuid;

/// A way past the wall, such as no resolver of the product has.
pub type Hole = Arc<OnceLock<PgPool>>;

pub type Leaking = Engine<Leaks, LeakingMutations, Live<LeakingSubscriptions>>;

/// The schema. `hole` is filled once there is a database.
pub fn schema(hole: &Hole, limits: Limits) -> Leaking {
    let (leaks, mutations) = (Leaks(hole.clone()), LeakingMutations(hole.clone()));
    Engine::new(leaks, mutations, Live(LeakingSubscriptions(hole.clone())), limits).unwrap()
}

/// A patient, in short.
#[derive(Clone, SimpleObject)]
struct Card {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    id: ID,
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    last_name: String,
}

graphql::no_relations!(Card);

/// An object that is the caller's own, with a field that is not.
#[derive(Clone, SimpleObject)]
struct Ticket {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    number: i32,
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    issued_for: Option<String>,
}

graphql::no_relations!(Ticket);

/// A row of the caller's own that refers to somebody else's.
#[derive(Clone, SimpleObject)]
struct Referral {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    patient: Node<Card>,
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    namesake: Option<Node<Card>>,
}

graphql::no_relations!(Referral);

#[derive(InputObject)]
struct TouchInput {
    patient_id: ID,
}

#[derive(SimpleObject)]
struct TouchPayload {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    card: Option<Node<Card>>,
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    errors: Nodes<UserError>,
}

graphql::no_relations!(TouchPayload);

type Row = (Uuid, String);

impl Card {
    fn of((id, last_name): Row) -> Self {
        let id = ID(format!("patient_{}", id.simple()));
        Self { id, last_name }
    }

    fn connection(rows: Vec<Row>) -> Node<Connection<Self>> {
        let edges = rows.into_iter().map(|row| {
            let cursor = Cursor::new(CARDS, (), row.0);
            Edge::new(Self::of(row), cursor)
        });
        Node(Connection::new(edges.collect(), false, false, None))
    }
}

const CARDS: &str = "cards";

fn uuid(id: &ID) -> Uuid {
    Uuid::parse_str(id.rsplit('_').next().unwrap()).unwrap()
}

/// Where the cursor stands, if there is one.
fn place(after: Option<String>) -> Result<Option<Uuid>> {
    let read = |cursor: String| Cursor::read::<()>(&cursor, CARDS).map(|(_, id)| id);
    after.map(read).transpose()
}

/// The caller's own patient, through the wall.
async fn own(context: &Context<'_>, id: &ID) -> Result<Row> {
    let scope = context.data_opt::<Request>().unwrap().scope()?;
    let patient = patients::get(scope, PatientId(uuid(id)), false).await?;
    Ok((patient.id, patient.last_name))
}

fn tenant(context: &Context<'_>) -> Result<Uuid> {
    let scope = context.data_opt::<Request>().unwrap().scope()?;
    Ok(scope.tenant().0)
}

/// Whether the caller reaches every patient of the clinic; who does not has no list here.
fn may_list(context: &Context<'_>) -> bool {
    let member = context.data_opt::<Request>().unwrap().actor().member();
    let reach = member.and_then(|member| member.reach(Permission::PatientsRead));
    reach == Some(auth::Reach::Any)
}

pub struct Leaks(Hole);

impl Leaks {
    fn hole(&self) -> &PgPool {
        self.0.get().unwrap()
    }

    async fn cards(&self, tenant: Uuid, after: Option<Uuid>, first: i32) -> Vec<Row> {
        sqlx::query_as(
            "SELECT id, last_name FROM patients
             WHERE tenant_id = $1 AND ($2 IS NULL OR id > $2) ORDER BY id LIMIT $3",
        )
        .bind(tenant)
        .bind(after)
        .bind(first)
        .fetch_all(self.hole())
        .await
        .unwrap()
    }
}

#[Object]
impl Leaks {
    /// No leak: one of the caller's own.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn honest_card(
        &self,
        context: &Context<'_>,
        patient_id: ID,
    ) -> Result<Option<Node<Card>>> {
        Ok(Some(Node(Card::of(own(context, &patient_id).await?))))
    }

    /// No leak: the caller's own, whatever the cursor says.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn honest_cards(
        &self,
        context: &Context<'_>,
        #[graphql(default = 25)] first: i32,
        after: Option<String>,
    ) -> Result<Option<Node<Connection<Card>>>> {
        if !may_list(context) {
            return Ok(None);
        }
        let rows = self.cards(tenant(context)?, place(after)?, first).await;
        Ok(Some(Card::connection(rows)))
    }

    /// Leaks in one field: it asks past the wall.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn leaking_field(&self, patient_id: ID) -> Result<Option<Node<Ticket>>> {
        let name = sqlx::query_scalar("SELECT last_name FROM patients WHERE id = $1")
            .bind(uuid(&patient_id))
            .fetch_optional(self.hole())
            .await;
        Ok(Some(Node(Ticket { number: 1, issued_for: name.unwrap() })))
    }

    /// Leaks a list: it forgets the clinic.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn leaking_list(&self, #[graphql(default = 25)] first: i32) -> Result<Nodes<Card>> {
        let rows = sqlx::query_as("SELECT id, last_name FROM patients ORDER BY id LIMIT $1")
            .bind(first)
            .fetch_all(self.hole())
            .await;
        Ok(Nodes(rows.unwrap().into_iter().map(Card::of).collect()))
    }

    /// Leaks by a reference: the row is the caller's own, what it refers to is not.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn leaking_reference(
        &self,
        context: &Context<'_>,
        patient_id: ID,
    ) -> Result<Option<Node<Referral>>> {
        let patient = own(context, &patient_id).await?;
        let namesake = sqlx::query_as(
            "SELECT id, last_name FROM patients WHERE id <> $1 AND first_name =
                (SELECT first_name FROM patients WHERE id = $1) ORDER BY id LIMIT 1",
        )
        .bind(patient.0)
        .fetch_optional(self.hole())
        .await
        .unwrap();
        Ok(Some(Node(Referral {
            patient: Node(Card::of(patient)),
            namesake: namesake.map(|row| Node(Card::of(row))),
        })))
    }

    /// Leaks by a cursor: it goes on in the clinic of the row that the cursor names.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn leaking_cursor(
        &self,
        context: &Context<'_>,
        #[graphql(default = 25)] first: i32,
        after: Option<String>,
    ) -> Result<Option<Node<Connection<Card>>>> {
        let after = place(after)?;
        let of_cursor: Option<Uuid> =
            sqlx::query_scalar("SELECT tenant_id FROM patients WHERE id = $1")
                .bind(after)
                .fetch_optional(self.hole())
                .await
                .unwrap();
        let clinic = of_cursor.unwrap_or(tenant(context)?);
        Ok(Some(Card::connection(self.cards(clinic, after, first).await)))
    }

    /// Leaks in the words of an error: a row of another clinic is refused otherwise than none.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn leaking_error(
        &self,
        context: &Context<'_>,
        patient_id: ID,
    ) -> Result<Option<Node<Card>>> {
        let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM patients WHERE id = $1)")
            .bind(uuid(&patient_id))
            .fetch_one(self.hole())
            .await
            .unwrap();
        match own(context, &patient_id).await {
            Ok(row) => Ok(Some(Node(Card::of(row)))),
            Err(_) if known => Err(Failure::new(ErrorCode::NotFound, "This patient is not yours.")),
            Err(failure) => Err(failure),
        }
    }

    /// Leaks nothing, because it never works.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn broken(&self, patient_id: ID) -> Result<Option<Node<Card>>> {
        let message = format!("There is no such patient as {}.", patient_id.len());
        Err(Failure::new(ErrorCode::NotFound, message))
    }

    /// Takes an id, and does not say of what.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn vague(&self, context: &Context<'_>, it: ID) -> Result<Option<Node<Card>>> {
        Ok(Some(Node(Card::of(own(context, &it).await?))))
    }
}

pub struct LeakingMutations(Hole);

#[Object]
impl LeakingMutations {
    /// Leaks by writing: the answer is right, but the row was changed before anybody asked whose it is.
    #[graphql(directive = for_member::apply(Permission::PatientsWrite, DataClass::Identity))]
    async fn leaking_mutation(
        &self,
        context: &Context<'_>,
        input: TouchInput,
    ) -> Result<Option<Node<TouchPayload>>> {
        sqlx::query("UPDATE patients SET middle_name = 'touched' WHERE id = $1")
            .bind(uuid(&input.patient_id))
            .execute(self.0.get().unwrap())
            .await
            .unwrap();
        let found = own(context, &input.patient_id).await;
        let missing = UserError {
            code: UserErrorCode::NotFound,
            message: "There is no such patient.".to_owned(),
            field: vec!["patientId".to_owned()],
            conflict_ids: Vec::new(),
        };
        let errors = if found.is_ok() { Vec::new() } else { vec![missing] };
        Ok(Some(Node(TouchPayload {
            card: found.ok().map(|row| Node(Card::of(row))),
            errors: Nodes(errors),
        })))
    }
}

pub struct LeakingSubscriptions(Hole);

/// The patient that something happened to, if it is the one asked for.
fn happened_to(context: &Context<'_>, asked: Option<&ID>) -> Option<ID> {
    let event = context.data_opt::<Request>().unwrap().event().unwrap();
    let patient = event.id("id").filter(|id| asked.is_none_or(|asked| uuid(asked) == *id))?;
    Some(ID(format!("patient_{}", patient.simple())))
}

fn tell(row: Option<Row>) -> Tell<Card> {
    row.map_or(Tell::Nothing, |row| Tell::This(Node(Card::of(row))))
}

#[Object]
impl LeakingSubscriptions {
    /// No leak: one of the caller's own, if they reach it.
    #[graphql(
        directive = for_member::apply(Permission::PatientsRead, DataClass::Identity),
        directive = listens::apply(&["patient."], false)
    )]
    async fn honest_subscription(
        &self,
        context: &Context<'_>,
        patient_id: Option<ID>,
    ) -> Result<Tell<Card>> {
        let row = match happened_to(context, patient_id.as_ref()) {
            Some(id) => own(context, &id).await.ok(),
            None => None,
        };
        Ok(tell(row))
    }

    /// Leaks whoever is asked for, as soon as anything happens in the caller's own clinic.
    #[graphql(
        directive = for_member::apply(Permission::PatientsRead, DataClass::Identity),
        directive = listens::apply(&["patient."], false)
    )]
    async fn leaking_subscription(
        &self,
        context: &Context<'_>,
        patient_id: Option<ID>,
    ) -> Result<Tell<Card>> {
        let Some(happened) = happened_to(context, None) else { return Ok(Tell::Nothing) };
        let row = sqlx::query_as("SELECT id, last_name FROM patients WHERE id = $1")
            .bind(uuid(&patient_id.unwrap_or(happened)))
            .fetch_optional(self.0.get().unwrap())
            .await;
        Ok(tell(row.unwrap()))
    }

    /// Leaks within the clinic: it tells of a patient whom the caller does not reach.
    #[graphql(
        directive = for_member::apply(Permission::PatientsRead, DataClass::Identity),
        directive = listens::apply(&["patient."], false)
    )]
    async fn leaking_reach(&self, context: &Context<'_>) -> Result<Tell<Card>> {
        let Some(happened) = happened_to(context, None) else { return Ok(Tell::Nothing) };
        let row =
            sqlx::query_as("SELECT id, last_name FROM patients WHERE tenant_id = $1 AND id = $2")
                .bind(tenant(context)?)
                .bind(uuid(&happened))
                .fetch_optional(self.0.get().unwrap())
                .await;
        Ok(tell(row.unwrap()))
    }

    /// Leaks nothing, because it never tells anything.
    #[graphql(
        directive = for_member::apply(Permission::PatientsRead, DataClass::Identity),
        directive = listens::apply(&["patient."], false)
    )]
    async fn deaf(&self) -> Result<Tell<Card>> {
        Ok(Tell::Nothing)
    }
}
