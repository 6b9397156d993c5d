use auth::Permission;
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

/// A table whose rows belong to a clinic. Only such tables are reached through a scope.
pub trait TenantOwned:
    EntityTrait<
        Model: IntoActiveModel<Self::ActiveModel> + Send + Sync,
        ActiveModel: ActiveModelTrait<Entity = Self> + ActiveModelBehavior + Send + Sync,
    >
{
    /// What the row is called in the audit trail: the name of its GraphQL type, where it has one.
    const NAME: &'static str;
    /// What a member must hold to read any row of it. Asked by the handle, at each search.
    const READ: Permission;
    /// The clinic that owns the row.
    const TENANT: Self::Column;
    /// The row's own id.
    const ID: Self::Column;
    /// Counts the row's changes; none for rows that never change.
    const VERSION: Option<Self::Column>;
    /// Set when the row was deleted. Such rows are not found unless asked for by name.
    const DELETED_AT: Option<Self::Column>;
    /// Says whose data a row holds, in tables with data of patients: members who do not reach every
    /// patient find the rows of theirs only, and counting is recorded, too.
    const PATIENT: Option<Self::Column>;
    /// Columns that are worked out from others, and are not worth a word in the audit trail.
    const DERIVED: &'static [Self::Column];

    /// The id of a row.
    fn id(row: &Self::Model) -> Uuid;

    /// The patient whose data the row holds, if it holds any: what the audit trail records when the
    /// row is written or handed out.
    fn patient(row: &Self::Model) -> Option<Uuid>;
}
