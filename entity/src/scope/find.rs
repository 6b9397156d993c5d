use std::sync::Arc;

use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoCondition};
use sea_orm::{
    ColumnTrait, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    Value,
};
use uuid::Uuid;

use super::{Connection, Fault, TenantOwned, TenantScope, TenantTx};

/// A search among the clinic's rows. The tenant is added last, to whatever was asked before, and the
/// SELECT itself is never handed out.
#[must_use]
pub struct Find<'s, E: TenantOwned> {
    source: Source<'s>,
    select: Select<E>,
    with_deleted: bool,
}

/// Where the rows are read from.
#[derive(Clone, Copy)]
pub(crate) enum Source<'s> {
    Snapshot(&'s TenantScope),
    Transaction(&'s TenantTx),
}

impl Source<'_> {
    fn scope(&self) -> &TenantScope {
        match self {
            Self::Snapshot(scope) => scope,
            Self::Transaction(tx) => tx.scope(),
        }
    }

    /// The connection, for who may read rows of `E`.
    async fn connection<E: TenantOwned>(&self) -> Result<Arc<Connection>, Fault> {
        match self {
            Self::Snapshot(scope) => scope.snapshot(E::READ).await,
            Self::Transaction(tx) => {
                tx.scope().require(E::READ)?;
                Ok(tx.connection())
            }
        }
    }
}

/// Which way a list runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Ascending,
    Descending,
}

/// One page of an ordered list: by a column that is never null, then by id.
pub struct Page<E: TenantOwned> {
    pub order_by: E::Column,
    pub direction: Direction,
    /// The last row of the page before: its value of the column, and its id.
    pub after: Option<(Value, Uuid)>,
    pub limit: u64,
}

impl<'s, E: TenantOwned> Find<'s, E> {
    pub(crate) fn new(source: Source<'s>) -> Self {
        Self { source, select: E::find(), with_deleted: false }
    }

    /// Narrows the search.
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        self.select = self.select.filter(condition);
        self
    }

    /// The row with this id.
    pub fn id(self, id: impl Into<Uuid>) -> Self {
        let id: Uuid = id.into();
        self.filter(E::ID.eq(id))
    }

    /// Also keeps the rows from being changed by anybody else until the transaction ends. For rows that
    /// a rule is decided by.
    pub fn kept(mut self) -> Self {
        self.select = self.select.lock_shared();
        self
    }

    /// Also keeps the rows from being kept or changed by anybody else until the transaction ends.
    pub fn claimed(mut self) -> Self {
        self.select = self.select.lock_exclusive();
        self
    }

    /// Finds deleted rows too. For callers who hold the permission to see them.
    pub fn with_deleted(mut self) -> Self {
        self.with_deleted = true;
        self
    }

    fn walled(self) -> Select<E> {
        let mut select = self.select;
        if let (Some(deleted_at), false) = (E::DELETED_AT, self.with_deleted) {
            select = select.filter(deleted_at.is_null());
        }
        select.filter(wall::<E>(self.source.scope()))
    }

    /// The row, if there is one.
    pub async fn one(self) -> Result<Option<E::Model>, Fault> {
        let source = self.source;
        let row = self.walled().limit(1).one(&*source.connection::<E>().await?).await?;
        source.scope().note_patients(row.iter().filter_map(E::patient));
        Ok(row)
    }

    /// All rows. For searches that bound their own size, such as by a list of ids.
    pub async fn all(self) -> Result<Vec<E::Model>, Fault> {
        let source = self.source;
        let rows = self.walled().all(&*source.connection::<E>().await?).await?;
        source.scope().note_patients(rows.iter().filter_map(E::patient));
        Ok(rows)
    }

    /// One page of the rows, in order, and whether more follow. The one row that is read beyond the
    /// page tells; it is not handed out.
    pub async fn page(mut self, page: Page<E>) -> Result<(Vec<E::Model>, bool), Fault> {
        let order = match page.direction {
            Direction::Ascending => Order::Asc,
            Direction::Descending => Order::Desc,
        };
        if let Some((value, id)) = page.after {
            let here = Expr::tuple([column(page.order_by), column(E::ID)]);
            let last = Expr::tuple([Expr::value(value), Expr::value(id)]);
            let beyond = match page.direction {
                Direction::Ascending => here.gt(last),
                Direction::Descending => here.lt(last),
            };
            self.select = self.select.filter(beyond);
        }
        self.select = self
            .select
            .order_by(page.order_by, order.clone())
            .order_by(E::ID, order)
            .limit(page.limit.saturating_add(1));
        let source = self.source;
        let mut rows = self.walled().all(&*source.connection::<E>().await?).await?;
        let size = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let has_next = rows.len() > size;
        rows.truncate(size);
        source.scope().note_patients(rows.iter().filter_map(E::patient));
        Ok((rows, has_next))
    }

    /// How many rows there are.
    pub async fn count(self) -> Result<u64, Fault>
    where
        <E as EntityTrait>::Model: sea_orm::FromQueryResult,
    {
        let source = self.source;
        let connection = source.connection::<E>().await?;
        if E::PATIENT.is_some() {
            source.scope().note_count();
        }
        Ok(self.walled().count(&*connection).await?)
    }
}

/// What every statement about rows of `E` is narrowed by: the clinic and, for members who do not reach
/// every patient, the patients whom the door `enter` found for them. The policies say the same; said
/// here, it also lets the database begin at those patients' rows.
pub(super) fn wall<E: TenantOwned>(scope: &TenantScope) -> Condition {
    let wall = Condition::all().add(E::TENANT.eq(scope.tenant().0));
    match E::PATIENT {
        Some(patient) if !scope.reaches_all(E::READ) => {
            wall.add(column(patient).eq(PgFunc::any(Expr::cust(
                "(SELECT nullif(current_setting('atrium.patients', true), '')::uuid[])::uuid[]",
            ))))
        }
        _ => wall,
    }
}

fn column<C: ColumnTrait>(column: C) -> Expr {
    Expr::col(column.as_column_ref())
}
