//! Whose time an appointment takes, and when: what a booking and a move have to find free.

use auth::{AppointmentId, PatientId, ProviderId, RoomId, ServiceId};
use chrono::{DateTime, TimeDelta, Utc};
use entity::appointments::appointment::{
    self, Column, Entity, LONGEST, Model, PATIENT_ONCE, PROVIDER_ONCE, ROOM_ONCE,
};
use entity::appointments::{offer, provider, room, service};
use entity::patients::patient;
use entity::query::{ColumnTrait, Condition};
use entity::{Fault, TenantTx};
use serde::Serialize;
use uuid::Uuid;

use crate::mutation::Stop;
use crate::{Failure, Problem, ProblemCode, Problems};

/// What is asked for.
#[derive(Clone, Debug, Serialize)]
pub struct Slot {
    pub patient: PatientId,
    pub provider: ProviderId,
    pub service: Option<ServiceId>,
    pub room: Option<RoomId>,
    pub starts_at: DateTime<Utc>,
    /// The service's usual length when it is left out.
    pub ends_at: Option<DateTime<Utc>>,
}

impl Slot {
    /// When it ends, if that can be said, with everything noted that is wrong without looking at other
    /// appointments: somebody is not there or takes none, or the time is none.
    ///
    /// What is looked at stays as it is until the transaction ends: a provider who is deleted at the
    /// same moment is deleted before or after, not beside.
    pub(super) async fn check(
        &self,
        tx: &TenantTx,
        problems: &mut Problems,
    ) -> Result<Option<DateTime<Utc>>, Failure> {
        problems.check(self.patient(tx).await?);
        problems.check(self.provider(tx).await?);
        problems.check(self.room(tx).await?);
        let service = problems.check(self.service(tx).await?).flatten();
        let ends_at = problems.check(self.end(service.as_ref()));
        if self.starts_at < Utc::now() {
            problems.add(ProblemCode::Past, "startsAt", "The time has passed. Choose a later one.");
        }
        Ok(ends_at)
    }

    async fn patient(&self, tx: &TenantTx) -> Result<Result<(), Problem>, Failure> {
        let patient = tx.find::<patient::Entity>().id(self.patient).kept().one().await?;
        Ok(match patient {
            None => Err(Problem::not_found("patientId", "There is no such patient.")),
            Some(patient) if patient.deceased_on.is_some() => Err(Problem::new(
                ProblemCode::Invalid,
                "patientId",
                "The patient has died, as their record says.",
            )),
            Some(_) => Ok(()),
        })
    }

    async fn provider(&self, tx: &TenantTx) -> Result<Result<(), Problem>, Failure> {
        let provider = tx.find::<provider::Entity>().id(self.provider).kept().one().await?;
        Ok(match provider {
            None => Err(Problem::not_found("providerId", "There is no such provider.")),
            Some(provider) if !provider.is_active => Err(Problem::new(
                ProblemCode::ProviderInactive,
                "providerId",
                "The provider takes no appointments any more. Choose another one.",
            )),
            Some(_) => Ok(()),
        })
    }

    async fn room(&self, tx: &TenantTx) -> Result<Result<(), Problem>, Failure> {
        let Some(id) = self.room else { return Ok(Ok(())) };
        let room = tx.find::<room::Entity>().id(id).kept().one().await?;
        Ok(match room {
            None => Err(Problem::not_found("roomId", "There is no such room.")),
            Some(room) if !room.is_active => Err(Problem::new(
                ProblemCode::Invalid,
                "roomId",
                "The room cannot be booked any more. Choose another one.",
            )),
            Some(_) => Ok(()),
        })
    }

    /// The service, when one is asked for, which this provider offers.
    async fn service(
        &self,
        tx: &TenantTx,
    ) -> Result<Result<Option<service::Model>, Problem>, Failure> {
        let Some(id) = self.service else { return Ok(Ok(None)) };
        let Some(service) = tx.find::<service::Entity>().id(id).kept().one().await? else {
            return Ok(Err(Problem::not_found("serviceId", "There is no such service.")));
        };
        if !service.is_active {
            return Ok(Err(Problem::new(
                ProblemCode::Invalid,
                "serviceId",
                "The service cannot be booked any more. Choose another one.",
            )));
        }
        let offers = tx.find::<offer::Entity>().filter(offer::Column::ServiceId.eq(id.0));
        let offers = offers.all().await?;
        let is_offered =
            offers.is_empty() || offers.iter().any(|offer| offer.provider_id == self.provider.0);
        Ok(if is_offered {
            Ok(Some(service))
        } else {
            Err(Problem::new(
                ProblemCode::Invalid,
                "providerId",
                "The provider does not offer this service. Choose one who does.",
            ))
        })
    }

    fn end(&self, service: Option<&service::Model>) -> Result<DateTime<Utc>, Problem> {
        let usual = service.map(|service| TimeDelta::minutes(service.duration_minutes.into()));
        let longest =
            service.map_or(LONGEST, |service| TimeDelta::minutes(service.longest_minutes.into()));
        let Some(ends_at) = self.ends_at.or(usual.map(|usual| self.starts_at + usual)) else {
            return Err(Problem::new(
                ProblemCode::Required,
                "endsAt",
                "An appointment without a service needs its end.",
            ));
        };
        if ends_at <= self.starts_at {
            return Err(Problem::new(
                ProblemCode::Invalid,
                "endsAt",
                "The appointment would end before it starts. It must last some time.",
            ));
        }
        if ends_at - self.starts_at > longest {
            return Err(Problem::new(
                ProblemCode::TooLong,
                "endsAt",
                format!("The appointment can last at most {} minutes.", longest.num_minutes()),
            ));
        }
        Ok(ends_at)
    }
}

/// The time of a provider, a patient and a room, about to be taken.
pub(super) struct Taking {
    pub provider: Uuid,
    pub patient: Uuid,
    pub room: Option<Uuid>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// The appointment that takes it, when there is one already.
    pub by: Option<Uuid>,
}

impl Taking {
    /// What an appointment that is there takes, or takes again.
    pub fn by(appointment: &Model) -> Self {
        Self {
            provider: appointment.provider_id,
            patient: appointment.patient_id,
            room: appointment.room_id,
            starts_at: appointment.starts_at,
            ends_at: appointment.ends_at,
            by: Some(appointment.id),
        }
    }

    /// Waits for whoever books in the same days, then refuses when the time is taken. The caller is
    /// told of the appointments in the way that the caller may see; of the others, the constraints
    /// tell ([`taken`]).
    pub async fn find_free(&self, tx: &TenantTx) -> Result<(), Stop> {
        let whose = [self.provider, self.patient].into_iter().chain(self.room);
        tx.take_days(whose, self.starts_at, self.ends_at).await?;

        let mut any = Condition::any()
            .add(Column::ProviderId.eq(self.provider))
            .add(Column::PatientId.eq(self.patient));
        if let Some(room) = self.room {
            any = any.add(Column::RoomId.eq(room));
        }
        let search = tx
            .find::<Entity>()
            .filter(appointment::occupying_between(self.starts_at, self.ends_at))
            .filter(any);
        let mut there = search.all().await?;
        there.retain(|appointment| Some(appointment.id) != self.by);
        let problems = self.problems(&there);
        if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
    }

    fn problems(&self, there: &[Model]) -> Vec<Problem> {
        let of = |is: &dyn Fn(&Model) -> bool| -> Vec<AppointmentId> {
            there.iter().filter(|row| is(row)).map(|row| row.id.into()).collect()
        };
        let found = [
            (slot_taken(), of(&|row| row.provider_id == self.provider)),
            (patient_busy(), of(&|row| row.patient_id == self.patient)),
            (room_busy(), of(&|row| self.room.is_some() && row.room_id == self.room)),
        ];
        let in_the_way = found.into_iter().filter(|(_, conflicts)| !conflicts.is_empty());
        in_the_way.map(|(problem, conflicts)| problem.with_conflicts(conflicts)).collect()
    }
}

/// What a violated constraint means to the caller. Of several, the provider's is told first, then the
/// patient's.
pub(super) fn taken(fault: Fault) -> Stop {
    if fault.is_constraint(PROVIDER_ONCE) {
        Stop::Lost(slot_taken())
    } else if fault.is_constraint(PATIENT_ONCE) {
        Stop::Lost(patient_busy())
    } else if fault.is_constraint(ROOM_ONCE) {
        Stop::Lost(room_busy())
    } else {
        fault.into()
    }
}

fn slot_taken() -> Problem {
    Problem::new(
        ProblemCode::SlotTaken,
        "startsAt",
        "The provider has another appointment at that time. Choose another time or provider.",
    )
}

fn patient_busy() -> Problem {
    Problem::new(
        ProblemCode::PatientBusy,
        "patientId",
        "The patient has another appointment at that time. Choose another time.",
    )
}

fn room_busy() -> Problem {
    Problem::new(
        ProblemCode::RoomBusy,
        "roomId",
        "The room is taken at that time. Choose another room or time.",
    )
}
