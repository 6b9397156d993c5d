//! Finding patients by what is known of them.

use sea_orm::DeriveIden;
use sea_orm::entity::prelude::Date;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query, SelectStatement, UnionType};
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
    /// Each part finds ids in an index of its own, before any patient is looked at. Joined by OR, or
    /// as a join with the ids, the same would be answered by going through the clinic.
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
        let ids = Func::cust("ARRAY").arg(ids);
        Condition::all().add(Expr::col(Column::Id.as_column_ref()).eq(PgFunc::any(ids)))
    }

    fn patients_where(&self, is: Expr) -> SelectStatement {
        Query::select()
            .column(Column::Id)
            .from(Entity)
            .and_where(Column::TenantId.eq(self.tenant().0))
            // The index of NHS numbers holds no others.
            .and_where(Column::DeletedAt.is_null())
            .and_where(is)
            .take()
    }

    fn patients_named(&self, beginnings: Vec<String>) -> Option<SelectStatement> {
        let mut words = without_implied(beginnings).into_iter().map(|word| self.with_word(&word));
        let mut named = words.next()?;
        named.unions(words.map(|word| (UnionType::Intersect, word)));
        Some(named)
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

/// Leaves out what the beginning of another one is: whoever is found by `gom` is found by `g`. So no
/// word is looked up twice, however many beginnings there are.
fn without_implied(mut beginnings: Vec<String>) -> Vec<String> {
    beginnings.sort();
    let mut kept: Vec<String> = Vec::new();
    for beginning in beginnings {
        if kept.last().is_some_and(|last| beginning.starts_with(last.as_str())) {
            kept.pop();
        }
        kept.push(beginning);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_of_another_beginning_is_left_out() {
        let cases: &[(&[&str], &[&str])] = &[
            (&[], &[]),
            (&["gom", "jose"], &["gom", "jose"]),
            (&["gom", "g", "go", "gom"], &["gom"]),
            (&["j", "gom", "joan", "jose"], &["gom", "joan", "jose"]),
        ];
        for (beginnings, expected) in cases {
            let beginnings = beginnings.iter().map(|&word| word.to_owned()).collect();
            assert_eq!(without_implied(beginnings), *expected);
        }
    }
}
