use sea_orm::{ActiveModelBehavior, ActiveModelTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

/// A table whose rows belong to a clinic. Only such tables are reached through a scope.
pub trait TenantOwned:
    EntityTrait<
        Model: IntoActiveModel<Self::ActiveModel> + Send + Sync,
        ActiveModel: ActiveModelTrait<Entity = Self> + ActiveModelBehavior + Send + Sync,
    >
{
    /// The clinic that owns the row.
    const TENANT: Self::Column;
    /// The row's own id.
    const ID: Self::Column;
    /// Set when the row was deleted. Such rows are not found unless asked for by name.
    const DELETED_AT: Option<Self::Column>;

    /// The patient whose data the row holds, if it holds any: what the audit trail records when the
    /// row is handed out.
    fn patient(row: &Self::Model) -> Option<Uuid>;
}
