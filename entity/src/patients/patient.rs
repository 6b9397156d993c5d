use auth::Permission;
use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::scope::TenantOwned;

/// A patient of one clinic.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "patients")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Option<Uuid>,
    pub prefix: Option<String>,
    pub first_name: String,
    pub middle_name: Option<String>,
    pub last_name: String,
    pub suffix: Option<String>,
    pub maiden_name: Option<String>,
    pub preferred_name: Option<String>,
    pub birth_date: Date,
    pub deceased_on: Option<Date>,
    pub sex: Sex,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub phone_as_given: Option<String>,
    pub address_line1: Option<String>,
    pub address_line2: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub nhs_number: Option<String>,
    pub external_source: Option<String>,
    pub external_id: Option<String>,
    pub sort_name: String,
    pub search_name: String,
    pub metadata: Json,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub deleted_at: Option<DateTimeUtc>,
    pub version: i32,
}

/// FHIR administrative gender. Text with a CHECK: `=` on a native enum is not leakproof, and its
/// index would not be used behind row-level security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Sex {
    #[sea_orm(string_value = "MALE")]
    Male,
    #[sea_orm(string_value = "FEMALE")]
    Female,
    #[sea_orm(string_value = "OTHER")]
    Other,
    #[sea_orm(string_value = "UNKNOWN")]
    Unknown,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The unique indexes, by what they keep unique in a clinic.
pub const UNIQUE_NHS_NUMBER: &str = "patients_nhs_number";
pub const UNIQUE_EXTERNAL_ID: &str = "patients_external_id";
pub const UNIQUE_LOGIN: &str = "patients_login";

impl TenantOwned for Entity {
    const NAME: &'static str = "Patient";
    const READ: Permission = Permission::PatientsRead;
    const TENANT: Column = Column::TenantId;
    const ID: Column = Column::Id;
    const VERSION: Option<Column> = Some(Column::Version);
    const DELETED_AT: Option<Column> = Some(Column::DeletedAt);
    const PATIENT: Option<Column> = Some(Column::Id);
    const DERIVED: &'static [Column] =
        &[Column::SortName, Column::SearchName, Column::PhoneAsGiven];

    fn id(row: &Model) -> Uuid {
        row.id
    }

    fn patient(row: &Model) -> Option<Uuid> {
        Some(row.id)
    }
}
