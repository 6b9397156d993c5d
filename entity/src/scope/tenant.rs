use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auth::{Member, Permission, Reach, Role, TenantId, UserId};
use tokio::sync::Mutex as AsyncMutex;
use uuid::Uuid;

use super::find::Source;
use super::{Connection, Fault, Find, TenantOwned, TenantTx};
use crate::TRACE;
use crate::audit::{Outcome, ReadEvent};
use crate::database::Database;

/// What an operation was, for the audit trail.
#[derive(Clone, Debug)]
pub struct Origin {
    pub request_id: Uuid,
    /// The operation as the caller named it, or the command.
    pub operation: String,
    /// The caller's network address, where there is one.
    pub network: Option<String>,
}

/// Somebody who is told what an operation read that was run for several.
#[derive(Clone, Debug)]
pub struct Recipient {
    pub user: UserId,
    pub role: Role,
    /// The operation as they named it.
    pub operation: Arc<str>,
    pub network: Option<Arc<str>>,
    /// The personal fields that they asked for.
    pub fields: Arc<[String]>,
    /// Whether some of them were refused.
    pub refused: bool,
}

/// One operation's handle to one clinic: reads come from one snapshot, writes go through [`begin`].
///
/// It lends neither its connection nor a SELECT, and takes no tenant in any argument.
///
/// [`begin`]: TenantScope::begin
#[derive(Clone)]
pub struct TenantScope(Arc<Inner>);

struct Inner {
    database: Database,
    entry: Entry,
    origin: Origin,
    snapshot: AsyncMutex<Option<Arc<Connection>>>,
    /// See [`TenantScope::generation`].
    generation: AtomicU64,
    statements: AtomicU32,
    seen: Mutex<Seen>,
    /// The door refused: the membership has ended or changed.
    ended: AtomicBool,
}

/// What of patients an operation has come across.
#[derive(Default)]
struct Seen {
    /// Patients of rows that were handed out.
    patients: BTreeSet<Uuid>,
    /// Patients whose rows were written: the write has its own event.
    written: BTreeSet<Uuid>,
    /// Patients were counted: that tells something of them, too.
    counted: bool,
}

/// By whose right the clinic is open.
#[derive(Clone)]
pub(crate) enum Entry {
    Member(Member),
    System { tenant: TenantId, reason: &'static str },
}

impl Entry {
    fn tenant(&self) -> TenantId {
        match self {
            Self::Member(member) => member.tenant,
            Self::System { tenant, .. } => *tenant,
        }
    }

    /// What makes the wall's settings. Ids and role names hold no quote, so the text is safe.
    fn settings(&self) -> String {
        match self {
            Self::Member(member) => format!(
                "SELECT atrium.enter('{}', '{}', '{}')",
                member.tenant.0, member.person.user.0, member.role
            ),
            Self::System { tenant, .. } => format!(
                "SELECT set_config('atrium.tenant_id', '{}', true), \
                 set_config('atrium.caller', 'clinic', true)",
                tenant.0
            ),
        }
    }
}

/// FHIR PurposeOfUse of what somebody in this role does.
pub(crate) fn purpose_of(role: Role) -> &'static str {
    if role == Role::Patient { "PATRQT" } else { "TREAT" }
}

impl TenantScope {
    /// Opens a member's clinic. Nothing is sent until the first read or write.
    pub fn open(database: &Database, member: Member, origin: Origin) -> Self {
        Self::new(database, Entry::Member(member), origin)
    }

    pub(crate) fn new(database: &Database, entry: Entry, origin: Origin) -> Self {
        Self(Arc::new(Inner {
            database: database.clone(),
            entry,
            origin,
            snapshot: AsyncMutex::new(None),
            generation: AtomicU64::new(0),
            statements: AtomicU32::new(0),
            seen: Mutex::new(Seen::default()),
            ended: AtomicBool::new(false),
        }))
    }

    /// The clinic.
    pub fn tenant(&self) -> TenantId {
        self.0.entry.tenant()
    }

    /// The member on whose behalf it was opened; none for the system itself.
    pub fn member(&self) -> Option<&Member> {
        match &self.0.entry {
            Entry::Member(member) => Some(member),
            Entry::System { .. } => None,
        }
    }

    /// The user on whose behalf it was opened.
    pub fn user(&self) -> Option<UserId> {
        self.member().map(|member| member.person.user)
    }

    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// FHIR PurposeOfUse, and for the system its reason.
    pub(crate) fn purpose(&self) -> String {
        match &self.0.entry {
            Entry::Member(member) => purpose_of(member.role).to_owned(),
            Entry::System { reason, .. } => format!("HOPERAT: {reason}"),
        }
    }

    /// A search among the rows of `E`.
    pub fn find<E: TenantOwned>(&self) -> Find<'_, E> {
        Find::new(Source::Snapshot(self))
    }

    /// Refuses a member who does not hold `permission`. The system itself holds all of them.
    pub fn require(&self, permission: Permission) -> Result<(), Fault> {
        match self.member() {
            Some(member) if member.reach(permission).is_none() => Err(Fault::Forbidden(permission)),
            _ => Ok(()),
        }
    }

    /// Whether every row of the clinic is within reach, as far as `permission` goes.
    pub(crate) fn reaches_all(&self, permission: Permission) -> bool {
        self.member().is_none_or(|member| member.reach(permission) == Some(Reach::Any))
    }

    /// One read-write transaction, for members who hold `permission`. Committing consumes it;
    /// dropping it rolls back.
    pub async fn begin(&self, permission: Permission) -> Result<TenantTx, Fault> {
        self.require(permission)?;
        // A snapshot still open from an earlier field would hold a second connection: as many callers
        // as there are connections would wait for each other.
        self.renew().await;
        let opening = format!("BEGIN; {}", self.0.entry.settings());
        let connection = self.connect(opening).await?;
        Ok(TenantTx::new(self.clone(), connection))
    }

    async fn connect(&self, opening: String) -> Result<Connection, Fault> {
        let connection = Connection::open(self.0.database.connections(), opening).await;
        if matches!(connection, Err(Fault::MembershipEnded)) {
            self.0.ended.store(true, Ordering::Relaxed);
        }
        connection
    }

    /// Whether the door has refused: the membership ended or changed since the token was looked at.
    pub fn membership_ended(&self) -> bool {
        self.0.ended.load(Ordering::Relaxed)
    }

    /// The operation's one snapshot, begun by the first read. There is no reading without saying
    /// which permission the rows ask for.
    pub(crate) async fn snapshot(&self, permission: Permission) -> Result<Arc<Connection>, Fault> {
        self.require(permission)?;
        let mut snapshot = self.0.snapshot.lock().await;
        if let Some(connection) = &*snapshot {
            return Ok(connection.clone());
        }
        let opening =
            format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}", self.0.entry.settings());
        let connection = Arc::new(self.connect(opening).await?);
        *snapshot = Some(connection.clone());
        Ok(connection)
    }

    /// Lets go of the snapshot: the next read sees what was committed since.
    pub(crate) async fn renew(&self) {
        self.drop_snapshot().await;
        self.0.generation.fetch_add(1, Ordering::Release);
    }

    /// Adds what a transaction sent to what the operation sent.
    pub(crate) fn count_statements(&self, statements: u32) {
        self.0.statements.fetch_add(statements, Ordering::Relaxed);
    }

    async fn drop_snapshot(&self) {
        if let Some(connection) = self.0.snapshot.lock().await.take() {
            self.count_statements(connection.statements());
        }
    }

    /// Grows with each commit and each new snapshot. What was loaded under another number is stale.
    pub fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Remembers whose data was handed out.
    pub(crate) fn note_patients(&self, patients: impl IntoIterator<Item = Uuid>) {
        self.seen().patients.extend(patients);
    }

    /// Remembers whose rows were written, once that is permanent.
    pub(crate) fn note_written(&self, patients: Vec<Uuid>) {
        self.seen().written.extend(patients);
    }

    /// Remembers that patients were counted.
    pub(crate) fn note_count(&self) {
        self.seen().counted = true;
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the operation: lets go of the snapshot and, when patients' data was handed out or
    /// something was refused, waits until the trail holds the event. `fields` are the names of the
    /// personal fields that were read. Answers how many statements the operation took.
    pub async fn finish(&self, fields: Vec<String>, refused: bool) -> Result<u32, Fault> {
        self.drop_snapshot().await;
        let Seen { mut patients, written, counted } = std::mem::take(&mut *self.seen());
        if fields.is_empty() {
            // What was looked at for a write is covered by the write's event.
            patients.retain(|patient| !written.contains(patient));
        } else {
            // The answer shows personal fields of what was written.
            patients.extend(written);
        }
        if !patients.is_empty() || counted || refused {
            let outcome = if refused { Outcome::Refused } else { Outcome::Success };
            let event = ReadEvent { fields, outcome, patients: patients.into_iter().collect() };
            let _span = tracing::info_span!(target: TRACE, "audit");
            self.0.database.audit().append(vec![event.into_row(self)]).await?;
        }
        Ok(self.0.statements.load(Ordering::Relaxed))
    }

    /// Ends an operation whose answers go to these members, and to nobody else: what it read, each of
    /// them is recorded to have read. Answers how many statements it took.
    pub async fn finish_for(&self, recipients: &[Recipient]) -> Result<u32, Fault> {
        self.drop_snapshot().await;
        let Seen { patients, counted, .. } = std::mem::take(&mut *self.seen());
        let patients: Vec<Uuid> = patients.into_iter().collect();
        let rows: Vec<_> = recipients
            .iter()
            .filter(|recipient| !patients.is_empty() || counted || recipient.refused)
            .map(|recipient| {
                let outcome = if recipient.refused { Outcome::Refused } else { Outcome::Success };
                let fields = recipient.fields.to_vec();
                let event = ReadEvent { fields, outcome, patients: patients.clone() };
                event.into_row_of(self, recipient)
            })
            .collect();
        if !rows.is_empty() {
            let _span = tracing::info_span!(target: TRACE, "audit");
            self.0.database.audit().append(rows).await?;
        }
        Ok(self.0.statements.load(Ordering::Relaxed))
    }
}
