//! The suite: every operation is first done by those who may, and then tried by those who may not.

use apollo_compiler::Schema;
use apollo_compiler::ast::OperationType;
use auth::Denial;
use entity::{Operator, Pool};
use graphql::AccessMap;
use sqlx::{Executor, PgConnection};
use tokio::sync::Mutex;

use super::answer::{foreign, succeeded};
use super::caller::{Both, Caller, callers};
use super::finding::{Finding, Trial, Wrong};
use super::kinds::{HIDDEN, KNOWN, Maker, POOL};
use super::rows::{Rows, TRAIL};
use super::stock::Stock;
use super::walk::{Operation, Shape, calls, operations};
use crate::support::World;
use crate::support::world::Clinic;

/// The suite over one schema, and the rows that it stands on.
pub struct Suite<'w> {
    pub(super) schema: &'w Schema,
    access: &'w AccessMap,
    pub(super) a: Maker<'w>,
    pub(super) b: Maker<'w>,
    pub(super) callers_of_a: Vec<Caller>,
    /// Everybody in clinic B, and nobody.
    pub(super) outsiders: Vec<Caller>,
    /// Who administers both clinics.
    pub(super) both: Both,
    /// Rows of A, which are attacked.
    pub(super) victims: Stock,
    /// Rows of B, which queries are sent together with them.
    pub(super) neighbours: Stock,
    pub(super) database: Mutex<PgConnection>,
}

impl<'w> Suite<'w> {
    /// Marks clinic A and makes rows in both.
    pub async fn new(
        world: &'w World,
        operator: &'w Operator,
        schema: &'w Schema,
        access: &'w AccessMap,
    ) -> Self {
        let maker = |clinic, mark| Maker { world, clinic, operator, mark };
        let (a, b) = (maker(&world.a, HIDDEN), maker(&world.b, "Neighbour"));
        let mut database = world.storage.superuser().await;
        mark(&mut database, &world.a).await;
        register_pool(operator, &world.a).await;
        let mut outsiders = callers(world, &world.b, "B");
        outsiders.push(Caller::anonymous(world));
        Self {
            schema,
            access,
            victims: Stock::new(&a).await,
            neighbours: Stock::new(&b).await,
            a,
            b,
            callers_of_a: callers(world, &world.a, "A"),
            outsiders,
            both: Both::new(world, operator).await,
            database: Mutex::new(database),
        }
    }

    /// Tries every operation there is.
    pub async fn run(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        // Subscriptions come last: by then each mutation has let happen what can happen.
        let is_live = |operation: &Operation<'_>| operation.kind == OperationType::Subscription;
        let (live, done): (Vec<_>, Vec<_>) = operations(self.schema).into_iter().partition(is_live);
        let scenes = self.scenes().await;
        for operation in done.into_iter().chain(live) {
            match calls(self.schema, &operation) {
                Ok(calls) if is_live(&operation) => {
                    findings.extend(self.overhear(&operation, &calls, &scenes).await);
                }
                Ok(calls) => {
                    for call in &calls {
                        let mut trial = Trial::new(&operation, call);
                        self.hold(&mut trial).await;
                        findings.extend(trial.findings);
                    }
                }
                Err(why) => findings.push(Finding::not_called(&operation, why)),
            }
        }
        findings
    }

    async fn hold(&self, trial: &mut Trial<'_>) {
        // Of every other kind there is a new row for each call, at the version that samples say.
        reset_versions_of_clinics(&mut *self.database.lock().await).await;
        let cursor = match self.control(trial).await {
            Ok(cursor) => cursor,
            Err(why) => return trial.note(Wrong::NoPositiveControl, why),
        };
        let before = self.rows_of_a().await;
        trial.foreign = before.uuids();
        // A person is the same in each of their clinics.
        trial.foreign.remove(&self.both.user.0);
        let mut outsiders: Vec<_> = self.outsiders.iter().collect();
        // Of themselves they learn in which clinics they are: not a leak.
        if trial.field() != "me" {
            outsiders.extend(&self.both.callers);
        }
        for caller in outsiders {
            self.attack(trial, caller).await;
            if let Some(cursor) = &cursor {
                self.attack_by_cursor(trial, caller, cursor).await;
            }
        }
        let after = self.rows_of_a().await;
        compare(trial, &before, &after, &[]);

        for caller in &self.callers_of_a {
            self.attack_within(trial, caller).await;
        }
        compare(trial, &after, &self.rows_of_a().await, &TRAIL);
    }

    pub(super) async fn rows_of_a(&self) -> Rows {
        Rows::read(&mut *self.database.lock().await, self.a.clinic.id).await
    }

    /// Whether the schema lets a caller call the operation at all.
    pub(super) fn decide(&self, trial: &Trial<'_>, caller: &Caller) -> Result<(), Denial> {
        let Operation { root, field, .. } = trial.operation;
        let access = self.access.get(root, &field.name).unwrap();
        access.decide(caller.actor.standing())
    }

    /// The same operation, done in clinic A by its own. Answers a cursor of A, if the operation gives
    /// one; the error says why it proves nothing.
    async fn control(&self, trial: &Trial<'_>) -> Result<Option<String>, String> {
        let may = |caller: &&Caller| self.decide(trial, caller).is_ok();
        let caller = self.callers_of_a.iter().find(may);
        let caller = caller.ok_or("no role of the clinic may do it")?;
        let ids = self.new_rows_of_a(trial).await;
        let before = self.rows_of_a().await;
        let reply = caller.send(trial.call, &ids, None).await;
        if !succeeded(&reply, trial.field()) {
            return Err(format!("{} failed: {:#}", caller.name, reply.body));
        }
        let shows = foreign(&reply, &before.uuids()).is_some();
        let changes = !before.changes(&self.rows_of_a().await, &TRAIL).is_empty();
        let done = if trial.operation.kind == OperationType::Mutation {
            changes
        } else {
            // A filter alone may leave nothing to show; an id that was asked for may not.
            shows || matches!(trial.call.shape, Shape::Only(_)) && ids.is_empty()
        };
        if !done {
            return Err(format!("{} saw or changed nothing: {:#}", caller.name, reply.body));
        }
        let cursor = &reply.body["data"][trial.field()]["pageInfo"]["startCursor"];
        let Some(cursor) = cursor.as_str().filter(|_| trial.call.takes_cursor) else {
            return Ok(None);
        };
        let next = caller.send(trial.call, &ids, Some(cursor)).await;
        if !succeeded(&next, trial.field()) {
            return Err(format!("{} could not go on: {:#}", caller.name, next.body));
        }
        Ok(Some(cursor.to_owned()))
    }

    async fn new_rows_of_a(&self, trial: &Trial<'_>) -> Vec<String> {
        let mut ids = Vec::new();
        for kind in &trial.call.ids {
            ids.push(self.a.make_for(trial.field(), kind).await);
        }
        ids
    }
}

pub(super) fn compare(trial: &mut Trial<'_>, before: &Rows, after: &Rows, leave_out: &[&str]) {
    let changes = before.changes(after, leave_out);
    if !changes.is_empty() {
        trial.note(Wrong::Changed, format_args!("rows of {}", changes.join(", ")));
    }
}

/// Marks the clinic itself and its people, whom the world made.
async fn mark(database: &mut PgConnection, clinic: &Clinic) {
    sqlx::query(
        "UPDATE clinics SET name = $2, preferences = jsonb_build_object($3, $3) WHERE id = $1",
    )
    .bind(clinic.id.0)
    .bind(format!("{KNOWN} {HIDDEN}"))
    .bind(HIDDEN)
    .execute(&mut *database)
    .await
    .unwrap();
    sqlx::query(
        "UPDATE users SET display_name = $2, email = $2 WHERE id IN
            (SELECT user_id FROM user_clinic_roles WHERE tenant_id = $1)",
    )
    .bind(clinic.id.0)
    .bind(HIDDEN)
    .execute(database)
    .await
    .unwrap();
}

async fn register_pool(operator: &Operator, clinic: &Clinic) {
    let pool = Pool {
        issuer: POOL.to_owned(),
        jwks_url: format!("{POOL}/keys"),
        audiences: vec!["atrium".to_owned()],
        tenant: Some(clinic.id),
    };
    operator.register_pool(&pool).await.unwrap();
}

/// Past the stamp, which counts on.
async fn reset_versions_of_clinics(database: &mut PgConnection) {
    let statements = "SET session_replication_role = replica; UPDATE clinics SET version = 1; \
        SET session_replication_role = DEFAULT";
    database.execute(statements).await.unwrap();
}
