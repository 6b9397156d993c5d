use auth::Permission;
use chrono::Utc;
use entity::appointments::appointment::{ActiveModel, Model, Status};
use entity::query::Set;
use entity::{TenantScope, TenantTx};

use super::Seen;
use super::slot::{Taking, refuse_orphan};
use super::topic::AppointmentTopic;
use super::transition::step;
use crate::mutation::{Stop, mutate};
use crate::{Failure, Key, Outcome, Problem, ProblemCode, Saved, zone};

/// The patient has arrived; also one who was given up already, on the day itself.
pub async fn check_in(
    scope: &TenantScope,
    seen: Seen,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::AppointmentsWrite, "checkInAppointment", key, &seen, |tx, seen| {
        Box::pin(async move {
            let current = seen.current(tx).await?;
            step(current.status, Status::CheckedIn)?;
            if current.status == Status::NoShow {
                take_again(tx, &current).await?;
            }
            let changes = ActiveModel { status: Set(Status::CheckedIn), ..Default::default() };
            let appointment = seen.change(tx, AppointmentTopic::CheckedIn, changes).await?;
            Ok(Saved::new(appointment.id, appointment))
        })
    })
    .await
}

/// The time of an appointment that was given up: on the same local day, and if nobody has taken it.
async fn take_again(tx: &TenantTx, missed: &Model) -> Result<(), Stop> {
    let clinic = tx.clinic().await?.ok_or(Failure::NotFound { what: "clinic" })?;
    let zone = zone::zone(&clinic);
    if zone::day_of(missed.starts_at, zone) != zone::day_of(Utc::now(), zone) {
        return Err(Problem::new(
            ProblemCode::Past,
            "id",
            "A patient who did not come can be checked in on the same day only.",
        )
        .into());
    }
    refuse_orphan(tx, missed).await?;
    Taking::by(missed).find_free(tx).await
}
