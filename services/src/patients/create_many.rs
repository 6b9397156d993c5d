use std::collections::{HashMap, HashSet};

use auth::Permission;
use entity::patients::patient::{self, ActiveModel, Column, Entity};
use entity::query::{Condition, Set, any_text};
use entity::writes::DomainEvent;
use entity::{TenantScope, TenantTx};
use serde_json::json;
use uuid::Uuid;

use super::NewPatient;
use super::create::{clinic_country, duplicate_external_id, duplicate_nhs_number};
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Problem, ProblemCode, Saved};

/// The most patients that one operation registers.
pub const MOST_ROWS: usize = 500;

/// What came of each row, in the order sent.
pub type Rows = Vec<Outcome<Saved<patient::Model>>>;

/// Registers many patients. A row that cannot be registered says why and holds up no other.
pub async fn create_many(
    scope: &TenantScope,
    input: Vec<NewPatient>,
    key: Key<'_>,
) -> Result<Outcome<Rows>, Failure> {
    mutate(scope, Permission::PatientsWrite, "createPatients", key, &input, |tx, input| {
        Box::pin(async move {
            check_size(input.len())?;
            let has_local_phone = input.iter().any(NewPatient::has_local_phone);
            let country = clinic_country(tx, has_local_phone).await?;
            let checked = input.iter().cloned().map(|patient| patient.check(&country));
            let rows = write(tx, checked.collect()).await?;
            tell(tx, &rows);
            Ok(rows)
        })
    })
    .await
}

fn check_size(rows: usize) -> Result<(), Problem> {
    let (code, message) = match rows {
        0 => (ProblemCode::Required, "Send at least one patient."),
        1..=MOST_ROWS => return Ok(()),
        _ => (ProblemCode::TooMany, "Send at most 500 patients in one operation."),
    };
    Err(Problem::new(code, "patients", message))
}

fn tell(tx: &mut TenantTx, rows: &Rows) {
    let written = rows.iter().filter_map(|row| match row {
        Outcome::Done(saved) => Some(saved.id),
        Outcome::Refused(_) => None,
    });
    let ids: Vec<Uuid> = written.collect();
    if !ids.is_empty() {
        tx.emit(DomainEvent { topic: "patient.created", payload: json!({ "ids": ids }) });
    }
}

/// Writes the rows that are right in one statement. What the statement leaves out, a unique index
/// refused; which one is seen by looking at what is taken.
async fn write(
    tx: &mut TenantTx,
    checked: Vec<Result<ActiveModel, Vec<Problem>>>,
) -> Result<Rows, Failure> {
    let mut taken = Taken::find(tx, checked.iter().filter_map(|row| row.as_ref().ok())).await?;
    let mut insert = Vec::new();
    let mut planned = Vec::new();
    for row in checked {
        let row = row.and_then(|mut row| {
            taken.claim(&row)?;
            let id = tx.new_id();
            row.id = Set(id);
            Ok((id, row))
        });
        planned.push(row.map(|(id, row)| {
            insert.push(row);
            id
        }));
    }

    let stored = tx.insert_many::<Entity>(insert.clone()).await?;
    let mut stored: HashMap<Uuid, patient::Model> =
        stored.into_iter().map(|row| (row.id, row)).collect();
    let lost = |row: &&ActiveModel| row.id.try_as_ref().is_none_or(|id| !stored.contains_key(id));
    let lost: Vec<&ActiveModel> = insert.iter().filter(lost).collect();
    let mut reasons = reasons(tx, &lost).await?;
    let rows = planned.into_iter().map(|row| match row {
        Ok(id) => match stored.remove(&id) {
            Some(row) => Outcome::Done(Saved::new(id, row)),
            None => Outcome::Refused(reasons.remove(&id).unwrap_or_default()),
        },
        Err(problems) => Outcome::Refused(problems),
    });
    Ok(rows.collect())
}

/// Why rows were not stored: somebody else has registered their values since we looked.
async fn reasons(
    tx: &TenantTx,
    lost: &[&ActiveModel],
) -> Result<HashMap<Uuid, Vec<Problem>>, Failure> {
    if lost.is_empty() {
        return Ok(HashMap::new());
    }
    let mut taken = Taken::find(tx, lost.iter().copied()).await?;
    let reasons = lost.iter().filter_map(|row| {
        let id = row.id.try_as_ref().copied()?;
        // Taken and gone again within moments: to try again is then the remedy as well.
        let problems = taken.claim(row).err().unwrap_or_else(|| vec![duplicate_external_id()]);
        Some((id, problems))
    });
    Ok(reasons.collect())
}

/// The unique values that live patients and earlier rows hold already.
struct Taken {
    nhs_numbers: HashSet<String>,
    external_ids: HashSet<(String, String)>,
}

impl Taken {
    async fn find<'r>(
        tx: &TenantTx,
        rows: impl Iterator<Item = &'r ActiveModel> + Clone,
    ) -> Result<Self, Failure> {
        let nhs_numbers = rows.clone().filter_map(nhs_number);
        let external_ids = rows.filter_map(external_id).map(|(_, id)| id);
        let holds_one = Condition::any()
            .add(any_text(Column::NhsNumber, nhs_numbers))
            .add(any_text(Column::ExternalId, external_ids));
        let holders = tx.find::<Entity>().filter(holds_one).all().await?;
        Ok(Self {
            nhs_numbers: holders.iter().filter_map(|row| row.nhs_number.clone()).collect(),
            external_ids: holders
                .into_iter()
                .filter_map(|row| row.external_source.zip(row.external_id))
                .collect(),
        })
    }

    /// Takes the row's unique values, all or none: a refused row leaves its values to later rows.
    fn claim(&mut self, row: &ActiveModel) -> Result<(), Vec<Problem>> {
        let number = nhs_number(row);
        let id = external_id(row);
        if number.as_ref().is_some_and(|number| self.nhs_numbers.contains(number)) {
            return Err(vec![duplicate_nhs_number()]);
        }
        if id.as_ref().is_some_and(|id| self.external_ids.contains(id)) {
            return Err(vec![duplicate_external_id()]);
        }
        self.nhs_numbers.extend(number);
        self.external_ids.extend(id);
        Ok(())
    }
}

fn nhs_number(row: &ActiveModel) -> Option<String> {
    row.nhs_number.try_as_ref().cloned().flatten()
}

fn external_id(row: &ActiveModel) -> Option<(String, String)> {
    let source = row.external_source.try_as_ref().cloned().flatten()?;
    let id = row.external_id.try_as_ref().cloned().flatten()?;
    Some((source, id))
}
