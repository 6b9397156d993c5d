use auth::Permission;
use entity::identity::clinic::{ActiveModel, Entity, Model, PatientBooking};
use entity::writes::DomainEvent;
use entity::{TenantScope, TenantTx, Version, column_names};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::clinic_fields::{currency, time_zone};
use crate::fields::{country_code, needed, text};
use crate::mutation::{Stop, mutate};
use crate::{Change, Failure, Key, Outcome, Problem, Problems, Saved, json};

/// Changes of what a clinic decides about its work, as sent.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SettingsChanges {
    pub time_zone: Change<String>,
    pub currency: Change<String>,
    pub country: Change<String>,
    pub patient_booking: Change<PatientBooking>,
    pub preferences: Change<Json>,
}

impl SettingsChanges {
    fn check(self, current: &Model) -> Result<ActiveModel, Vec<Problem>> {
        let mut problems = Problems::default();
        let Self { time_zone: zone, currency: money, country, patient_booking, preferences } = self;
        let row = ActiveModel {
            time_zone: needed(&mut problems, zone, "timeZone", |value| time_zone(&value)),
            currency: needed(&mut problems, money, "currency", |value| currency(&value)),
            country: needed(&mut problems, country, "country", |value| {
                country_code(&value, "country")
            }),
            patient_booking: needed(&mut problems, patient_booking, "patientBooking", Ok),
            preferences: json::merged(
                &mut problems,
                preferences,
                &current.preferences,
                "preferences",
                &column_names::<Entity>(),
            ),
            ..Default::default()
        };
        problems.none_or(row)
    }
}

/// Changes the clinic's name. `version` is the one that the caller has seen; the clinic and its settings
/// are one row, and have one.
pub async fn update_clinic(
    scope: &TenantScope,
    version: i32,
    name: Change<String>,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    let input = (version, name);
    mutate(scope, Permission::ClinicWrite, "updateClinic", key, &input, |tx, input| {
        Box::pin(async move {
            let (version, name) = input;
            let mut problems = Problems::default();
            let name = needed(&mut problems, name.clone(), "name", |name| text(&name, "name", 200));
            if !problems.is_empty() {
                return Err(problems.into_vec().into());
            }
            write(tx, *version, ActiveModel { name, ..Default::default() }).await
        })
    })
    .await
}

/// Changes what the clinic decides about its work.
pub async fn update_settings(
    scope: &TenantScope,
    version: i32,
    changes: SettingsChanges,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    let input = (version, changes);
    mutate(scope, Permission::ClinicWrite, "updateClinicSettings", key, &input, |tx, input| {
        Box::pin(async move {
            let (version, changes) = input;
            let current = tx.clinic().await?;
            let current = current.ok_or(Failure::NotFound { what: "clinic" })?;
            if current.version != *version {
                // A patch is for the value that the caller has seen.
                return Err(Problem::conflict().into());
            }
            let row = changes.clone().check(&current)?;
            write(tx, *version, row).await
        })
    })
    .await
}

async fn write(tx: &mut TenantTx, version: i32, row: ActiveModel) -> Result<Saved<Model>, Stop> {
    let clinic = tx.update_clinic(Version::Seen(version), row).await?;
    let clinic = clinic.ok_or_else(Problem::conflict)?;
    tx.emit(DomainEvent { topic: "clinic.updated", payload: json!({ "id": clinic.id }) });
    Ok(Saved::new(clinic.id, clinic))
}
