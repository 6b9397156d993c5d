use std::sync::Arc;

use auth::{Permission, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseBackend,
    EntityTrait, IdenStatic, Iterable, QueryFilter, Statement, Value,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::find::{Source, wall};
use super::{Connection, Fault, Find, TenantOwned, TenantScope};
use crate::audit::{self, Action, WriteEvent, Written};
use crate::writes::{DomainEvent, Job};

/// What a change says of the row's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The change is for the row as it was at this version, and for no other.
    Seen(i32),
    /// The change is right whatever else has changed.
    Any,
}

/// One read-write transaction in one clinic. Rows, audit events, domain events and jobs commit
/// together or not at all.
pub struct TenantTx {
    scope: TenantScope,
    connection: Arc<Connection>,
    written: Written,
    events: Vec<DomainEvent>,
    jobs: Vec<Job>,
}

impl Drop for TenantTx {
    fn drop(&mut self) {
        self.scope.count_statements(self.connection.statements());
    }
}

impl TenantTx {
    pub(super) fn new(scope: TenantScope, connection: Connection) -> Self {
        Self {
            scope,
            connection: Arc::new(connection),
            written: Written::default(),
            events: Vec::new(),
            jobs: Vec::new(),
        }
    }

    pub(crate) fn scope(&self) -> &TenantScope {
        &self.scope
    }

    pub(crate) fn connection(&self) -> Arc<Connection> {
        self.connection.clone()
    }

    /// The user on whose behalf it runs; none for the system itself.
    pub fn user(&self) -> Option<UserId> {
        self.scope.user()
    }

    /// Refuses a member who does not hold `permission`.
    pub fn require(&self, permission: Permission) -> Result<(), Fault> {
        self.scope.require(permission)
    }

    /// A search that sees this transaction's own writes.
    pub fn find<E: TenantOwned>(&self) -> Find<'_, E> {
        Find::new(Source::Transaction(self))
    }

    /// Writes a new row and answers it as stored. The clinic comes from the handle and the id from
    /// the server, whatever the row says.
    pub async fn insert<E: TenantOwned>(&mut self, row: E::ActiveModel) -> Result<E::Model, Fault> {
        let fields = names_of_set::<E>([&row]);
        let row = self.owned::<E>(row);
        let row = E::insert(row).exec_with_returning(&*self.connection).await?;
        self.written.add::<E>(Action::Create, std::slice::from_ref(&row), fields);
        Ok(row)
    }

    /// Writes many rows in one statement, leaving out those that a unique index refuses. Answers the
    /// rows that were stored.
    pub async fn insert_many<E: TenantOwned>(
        &mut self,
        rows: Vec<E::ActiveModel>,
    ) -> Result<Vec<E::Model>, Fault> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let fields = names_of_set::<E>(&rows);
        let rows: Vec<_> = rows.into_iter().map(|row| self.owned::<E>(row)).collect();
        let insert = E::insert_many(rows).on_conflict(OnConflict::new().do_nothing().to_owned());
        let rows = insert.exec_with_returning(&*self.connection).await?;
        self.written.add::<E>(Action::Create, &rows, fields);
        Ok(rows)
    }

    /// The row made this clinic's own, with an id of the server's unless a verb already asked for one
    /// by [`TenantTx::new_id`].
    fn owned<E: TenantOwned>(&self, mut row: E::ActiveModel) -> E::ActiveModel {
        row.set(E::TENANT, self.scope.tenant().0.into());
        if row.is_not_set(E::ID) {
            row.set(E::ID, Uuid::now_v7().into());
        }
        row
    }

    /// An id for a row that is about to be inserted.
    pub fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// Changes a row that is at the version seen. `None`: there is no such row, or it has moved on.
    pub async fn update<E: TenantOwned>(
        &mut self,
        id: impl Into<Uuid>,
        version: Version,
        mut changes: E::ActiveModel,
    ) -> Result<Option<E::Model>, Fault> {
        let id: Uuid = id.into();
        changes.not_set(E::TENANT);
        changes.not_set(E::ID);
        let fields = names_of_set::<E>([&changes]);
        // Setting the id to itself keeps an update without changes a legal statement.
        changes.set(E::ID, id.into());
        let mut update =
            E::update_many().set(changes).filter(E::ID.eq(id)).filter(wall::<E>(&self.scope));
        if let (Some(column), Version::Seen(version)) = (E::VERSION, version) {
            update = update.filter(column.eq(version));
        }
        if let Some(deleted_at) = E::DELETED_AT {
            update = update.filter(deleted_at.is_null());
        }
        let rows = update.exec_with_returning(&*self.connection).await?;
        self.written.add::<E>(Action::Update, &rows, fields);
        Ok(rows.into_iter().next())
    }

    /// Marks a row deleted. `None`: there is no such row, or it is deleted already.
    pub async fn delete<E: TenantOwned>(
        &mut self,
        id: impl Into<Uuid>,
    ) -> Result<Option<E::Model>, Fault> {
        self.mark_deleted::<E>(id.into(), true).await
    }

    /// Takes the mark off again. `None`: there is no such row, or it is not deleted.
    pub async fn restore<E: TenantOwned>(
        &mut self,
        id: impl Into<Uuid>,
    ) -> Result<Option<E::Model>, Fault> {
        self.mark_deleted::<E>(id.into(), false).await
    }

    async fn mark_deleted<E: TenantOwned>(
        &mut self,
        id: Uuid,
        deleted: bool,
    ) -> Result<Option<E::Model>, Fault> {
        let Some(deleted_at) = E::DELETED_AT else {
            return Ok(None);
        };
        let mut mark = <E::ActiveModel as ActiveModelBehavior>::new();
        let at = deleted.then(chrono::Utc::now);
        mark.set(deleted_at, at.into());
        let state = if deleted { deleted_at.is_null() } else { deleted_at.is_not_null() };
        let action = if deleted { Action::Delete } else { Action::Restore };
        let rows = E::update_many()
            .set(mark)
            .filter(E::ID.eq(id))
            .filter(state)
            .filter(wall::<E>(&self.scope))
            .exec_with_returning(&*self.connection)
            .await?;
        self.written.add::<E>(action, &rows, Vec::new());
        Ok(rows.into_iter().next())
    }

    /// Leaves a further event in the audit trail, for what is done without writing a row. Rows that
    /// are written leave theirs by themselves.
    pub fn audit(&mut self, event: WriteEvent) {
        self.written.0.push(event);
    }

    /// Whether rows were written.
    pub fn has_written(&self) -> bool {
        !self.written.0.is_empty()
    }

    /// Tells subscribers what happened.
    pub fn emit(&mut self, event: DomainEvent) {
        self.events.push(event);
    }

    /// Asks for work to be done once this has committed.
    pub fn enqueue(&mut self, job: Job) {
        self.jobs.push(job);
    }

    /// Makes everything permanent at once. The handle reads a new snapshot from here on.
    pub async fn commit(mut self) -> Result<(), Fault> {
        let written = self.write_audit().await?;
        self.write_jobs().await?;
        // Last before COMMIT: the clinic's counter orders its events, and is held no longer than
        // it takes to commit.
        let has_events = self.write_events().await?;
        self.connection.commit().await?;
        if has_events {
            self.scope.database().commits().tell(self.scope.tenant());
        }
        self.scope.renew().await;
        self.scope.note_written(written);
        Ok(())
    }

    /// Answers whose data the events say was written.
    async fn write_audit(&mut self) -> Result<Vec<Uuid>, Fault> {
        let events = std::mem::take(&mut self.written.0);
        let written = events.iter().flat_map(|event| event.patients.clone()).collect();
        if events.is_empty() {
            return Ok(written);
        }
        let rows = events.into_iter().map(|event| event.into_row(&self.scope));
        audit::Entity::insert_many(rows).exec_without_returning(&*self.connection).await?;
        Ok(written)
    }

    async fn write_jobs(&mut self) -> Result<(), Fault> {
        let jobs = std::mem::take(&mut self.jobs);
        if jobs.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = jobs
            .into_iter()
            .map(|job| json!({ "id": Uuid::now_v7(), "kind": job.kind, "payload": job.payload }))
            .collect();
        self.write_rows(
            "INSERT INTO jobs (tenant_id, id, kind, payload) \
             SELECT $1, j.id, j.kind, j.payload \
             FROM jsonb_to_recordset($2) AS j (id uuid, kind text, payload jsonb)",
            rows,
        )
        .await
    }

    /// Answers whether there were any.
    async fn write_events(&mut self) -> Result<bool, Fault> {
        let events = std::mem::take(&mut self.events);
        if events.is_empty() {
            return Ok(false);
        }
        let rows: Vec<_> = events
            .into_iter()
            .map(|event| json!({ "topic": event.topic, "payload": event.payload }))
            .collect();
        self.run(
            "WITH counter AS ( \
                 INSERT INTO event_counters (tenant_id, last) VALUES ($1, jsonb_array_length($2)) \
                 ON CONFLICT (tenant_id) DO UPDATE SET last = event_counters.last + excluded.last \
                 RETURNING last \
             ), written AS ( \
                 INSERT INTO outbox_events (tenant_id, number, topic, payload) \
                 SELECT $1, counter.last - jsonb_array_length($2) + e.position, e.event ->> 'topic', \
                     e.event -> 'payload' \
                 FROM counter, jsonb_array_elements($2) WITH ORDINALITY AS e (event, position) \
             ) SELECT pg_notify('atrium_events', $1::text) WHERE $3",
            vec![Json::Array(rows).into(), self.scope.database().commits().are_notified().into()],
        )
        .await?;
        Ok(true)
    }

    /// Runs a statement over `$1`, the clinic, and `$2`, the rows as JSON.
    async fn write_rows(&self, sql: &str, rows: Vec<Json>) -> Result<(), Fault> {
        self.run(sql, vec![Json::Array(rows).into()]).await
    }

    /// Runs hand-written SQL of this crate whose first parameter is the clinic, for its first row.
    pub(crate) async fn query_one(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Option<sea_orm::QueryResult>, Fault> {
        Ok(self.connection.query_one_raw(self.statement(sql, values)).await?)
    }

    /// Runs such SQL for what it does.
    pub(crate) async fn run(&self, sql: &str, values: Vec<Value>) -> Result<(), Fault> {
        self.connection.execute_raw(self.statement(sql, values)).await?;
        Ok(())
    }

    fn statement(&self, sql: &str, values: Vec<Value>) -> Statement {
        let tenant: Value = self.scope.tenant().0.into();
        let values = std::iter::once(tenant).chain(values);
        Statement::from_sql_and_values(DatabaseBackend::Postgres, sql, values)
    }
}

/// The stored fields that rows set, in camel case.
fn names_of_set<'r, E: TenantOwned<ActiveModel: 'r>>(
    rows: impl IntoIterator<Item = &'r E::ActiveModel> + Clone,
) -> Vec<String> {
    let named = |column: &E::Column| {
        let own = [E::TENANT.as_str(), E::ID.as_str()].contains(&column.as_str());
        let derived = E::DERIVED.iter().any(|derived| derived.as_str() == column.as_str());
        !own && !derived && rows.clone().into_iter().any(|row| row.get(*column).is_set())
    };
    E::Column::iter().filter(named).map(|column| camel_case(column.as_str())).collect()
}

pub(crate) fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(word.len().min(1));
        camel.push_str(&first.to_ascii_uppercase());
        camel.push_str(rest);
    }
    camel
}
