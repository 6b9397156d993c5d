use auth::{PatientId, UserId};
use chrono::{DateTime, Utc};
use entity::audit::{Action, Column, Entity, Model};
use entity::query::{ColumnTrait, Condition, array_has};
use entity::{Direction, TenantScope};

use crate::list::read_page;
use crate::{Failure, Listed, Paging};

/// Which events are shown. What is not set narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub patient: Option<PatientId>,
    pub user: Option<UserId>,
    pub action: Option<Action>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

impl AuditFilter {
    fn condition(&self) -> Condition {
        let mut all = Condition::all();
        if let Some(patient) = self.patient {
            all = all.add(array_has(Column::PatientIds, patient.0));
        }
        if let Some(user) = self.user {
            all = all.add(Column::UserId.eq(user.0));
        }
        if let Some(action) = self.action {
            all = all.add(Column::Action.eq(action.as_str()));
        }
        if let Some(time) = self.from {
            all = all.add(Column::OccurredAt.gte(time));
        }
        if let Some(time) = self.to {
            all = all.add(Column::OccurredAt.lt(time));
        }
        all
    }
}

/// A page of the clinic's trail, newest first.
pub async fn list(
    scope: &TenantScope,
    filter: AuditFilter,
    paging: Paging<DateTime<Utc>>,
) -> Result<Listed<Model>, Failure> {
    let search = || scope.find::<Entity>().filter(filter.condition());
    read_page(search, Column::OccurredAt, Direction::Descending, paging).await
}
