use auth::Permission;
use entity::TenantScope;
use entity::identity::clinic;
use entity::writes::DomainEvent;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::clinic_fields::{currency, time_zone};
use crate::fields::{country_code, text};
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Problem, Problems};

/// A clinic to be opened, as sent.
#[derive(Clone, Debug, Serialize)]
pub struct NewClinic {
    pub name: String,
    pub time_zone: String,
    pub country: String,
    pub currency: String,
}

/// A clinic that was opened. Its caller sees more of it by choosing it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenedClinic {
    pub id: Uuid,
    pub name: String,
}

impl NewClinic {
    fn check(&self) -> Result<clinic::NewClinic, Vec<Problem>> {
        let mut problems = Problems::default();
        let name = problems.check(text(&self.name, "name", 200));
        let time_zone = problems.check(time_zone(&self.time_zone));
        let country = problems.check(country_code(&self.country, "country"));
        let currency = problems.check(currency(&self.currency));
        match (name, time_zone, country, currency) {
            (Some(name), Some(time_zone), Some(country), Some(currency)) => {
                Ok(clinic::NewClinic { name, time_zone, country, currency })
            }
            _ => Err(problems.into_vec()),
        }
    }
}

/// Opens a further clinic on the platform. The caller is its first administrator, and the only one
/// who knows of it.
pub async fn create_clinic(
    scope: &TenantScope,
    input: NewClinic,
    key: Key<'_>,
) -> Result<Outcome<OpenedClinic>, Failure> {
    mutate(scope, Permission::ClinicsCreate, "createClinic", key, &input, |tx, input| {
        Box::pin(async move {
            let clinic = input.check()?;
            let name = clinic.name.clone();
            let id = tx.open_clinic(clinic).await?;
            tx.emit(DomainEvent { topic: "clinic.opened", payload: json!({ "id": id }) });
            Ok(OpenedClinic { id, name })
        })
    })
    .await
}
