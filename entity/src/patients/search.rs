//! Finding patients by what is known of them.

use sea_orm::DeriveIden;
use sea_orm::entity::prelude::Date;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Expr, ExprTrait, Func, IntoCondition, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, Condition};

use super::patient::{Column, Entity};
use crate::scope::TenantScope;

/// The words of patients' folded names. The database keeps them, and nobody reads a row of it.
#[derive(DeriveIden)]
enum PatientWords {
    Table,
    TenantId,
    Word,
    PatientId,
}

/// What may be known of a patient. Each of it finds patients by itself.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Beginnings of words of the folded name. All of them must be found.
    pub names: Vec<String>,
    pub birth_date: Option<Date>,
    /// E.164.
    pub phone: Option<String>,
    pub nhs_number: Option<String>,
    pub external_id: Option<String>,
}

impl TenantScope {
    /// Patients of the clinic, none of them deleted, of whom any of it is known. Nothing known finds
    /// nobody.
    ///
    /// Each part finds ids in an index of its own, before any patient is looked at. Conditions joined
    /// by OR would be answered by going through the clinic.
    pub fn patients_known_by(&self, known: Known) -> Condition {
        let Known { names, birth_date, phone, nhs_number, external_id } = known;
        let columns = [
            birth_date.map(|day| Column::BirthDate.eq(day)),
            phone.map(|number| Column::Phone.eq(number)),
            nhs_number.map(|number| Column::NhsNumber.eq(number)),
            external_id.map(|id| Column::ExternalId.eq(id)),
        ];
        let by_column = columns.into_iter().flatten().map(|is| self.patients_where(is));
        let mut found = self.patients_named(names).into_iter().chain(by_column);
        let Some(mut ids) = found.next() else {
            return Condition::all().add(Column::Id.is_null());
        };
        ids.unions(found.map(|more| (UnionType::Distinct, more)));
        is_among(ids)
    }

    fn patients_where(&self, is: impl IntoCondition) -> SelectStatement {
        Query::select()
            .column(Column::Id)
            .from(Entity)
            .and_where(Column::TenantId.eq(self.tenant().0))
            // The index of NHS numbers holds no others.
            .and_where(Column::DeletedAt.is_null())
            .cond_where(is)
            .take()
    }

    /// The longest beginning finds the fewest. The others are looked for in the names of those alone,
    /// so that a further letter makes no search slower.
    fn patients_named(&self, mut beginnings: Vec<String>) -> Option<SelectStatement> {
        beginnings.sort_by_key(String::len);
        let found = self.with_word(&beginnings.pop()?);
        if beginnings.is_empty() {
            return Some(found);
        }
        let with_others = beginnings.into_iter().fold(is_among(found), |all, beginning| {
            let name = Expr::col(Column::SearchName.as_column_ref());
            let place = Func::cust("strpos").arg(name).arg(format!(" {beginning}"));
            all.add(Expr::from(place).gt(0))
        });
        Some(self.patients_where(with_others))
    }

    fn with_word(&self, beginning: &str) -> SelectStatement {
        // As much of a word as the table keeps.
        let from: String = beginning.chars().take(500).collect();
        // Words are of ASCII letters and digits, which all come before the tilde.
        let to = format!("{from}~");
        Query::select()
            .column(PatientWords::PatientId)
            .from(PatientWords::Table)
            .and_where(Expr::col(PatientWords::TenantId).eq(self.tenant().0))
            .and_where(Expr::col(PatientWords::Word).gte(from))
            .and_where(Expr::col(PatientWords::Word).lt(to))
            .take()
    }
}

/// `id = any(array(ids))`: the ids are found first, and the patients taken by them. As a join, or by
/// IN, the database might go through the clinic instead.
fn is_among(ids: SelectStatement) -> Condition {
    let ids = Func::cust("ARRAY").arg(ids);
    Condition::all().add(Expr::col(Column::Id.as_column_ref()).eq(PgFunc::any(ids)))
}
