use async_graphql::{Context, Object};
use auth::{DataClass, Permission};
use graphql::access::for_member;
use graphql::{Node, Result};
use services::patients;

use super::inputs::{
    AddPatientProxyInput, CreatePatientInput, CreatePatientsInput, DeletePatientInput,
    NewPatientInput, RemovePatientProxyInput, RestorePatientInput, UpdatePatientInput,
};
use super::payloads::{CreatePatientsPayload, PatientPayload, PatientProxyPayload};
use crate::request::RequestOf;

/// Mutations of patients.
#[derive(Default)]
pub struct PatientMutation;

/// Mutations of patients.
#[Object]
impl PatientMutation {
    /// Registers a patient. REQUIRED, INVALID, TOO_LONG and DUPLICATE name the field in the payload.
    #[graphql(directive = for_member::apply(Permission::PatientsWrite, DataClass::None))]
    async fn create_patient(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The patient to register.")] input: CreatePatientInput,
    ) -> Result<Option<Node<PatientPayload>>> {
        let request = context.request()?;
        let key = input.idempotency_key.as_deref();
        let outcome = patients::create(request.scope()?, input.patient.into_new(), key).await?;
        PatientPayload::new(request, outcome, None).await.map(Some)
    }

    /// Registers up to 500 patients, with a result for each: a row that cannot be registered says why, as
    /// in `createPatient`, and holds up no other. TOO_MANY for more than 500 rows.
    #[graphql(directive = for_member::apply(Permission::PatientsWrite, DataClass::None))]
    async fn create_patients(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The patients to register.")] input: CreatePatientsInput,
    ) -> Result<Option<Node<CreatePatientsPayload>>> {
        let request = context.request()?;
        let rows = input.patients.into_iter().map(NewPatientInput::into_new).collect();
        let key = input.idempotency_key.as_deref();
        let outcome = patients::create_many(request.scope()?, rows, key).await?;
        CreatePatientsPayload::new(request, outcome).await.map(Some)
    }

    /// Changes a patient's details. NOT_FOUND when there is no such patient, CONFLICT when it has
    /// changed since the `version` you sent; REQUIRED, INVALID, TOO_LONG and DUPLICATE name the field.
    #[graphql(directive = for_member::apply(Permission::PatientsWrite, DataClass::None))]
    async fn update_patient(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The patient and what changes.")] input: UpdatePatientInput,
    ) -> Result<Option<Node<PatientPayload>>> {
        let request = context.request()?;
        let (id, version) = (input.id.get(), input.version);
        let key = input.idempotency_key.clone();
        let changes = input.into_changes();
        let outcome =
            patients::update(request.scope()?, id, version, changes, key.as_deref()).await?;
        PatientPayload::new(request, outcome, Some(id)).await.map(Some)
    }

    /// Deletes a patient: nobody sees them any more but those who may see deleted patients, and
    /// `restorePatient` brings them back. Again, it answers the same. NOT_FOUND when there is none, IN_USE
    /// with the appointments that are still before the patient, unless you cancel them with it.
    #[graphql(directive = for_member::apply(Permission::PatientsDelete, DataClass::None))]
    async fn delete_patient(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The patient to delete.")] input: DeletePatientInput,
    ) -> Result<Option<Node<PatientPayload>>> {
        let request = context.request()?;
        let (id, key) = (input.id.get(), input.idempotency_key.as_deref());
        let outcome =
            patients::delete(request.scope()?, id, input.cancel_appointments, key).await?;
        PatientPayload::new(request, outcome, Some(id)).await.map(Some)
    }

    /// Takes back the deletion of a patient. DUPLICATE when another live patient has taken the NHS
    /// number or the external id in the meantime; NOT_FOUND when there is no such patient.
    #[graphql(directive = for_member::apply(Permission::PatientsDelete, DataClass::None))]
    async fn restore_patient(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The patient to restore.")] input: RestorePatientInput,
    ) -> Result<Option<Node<PatientPayload>>> {
        let request = context.request()?;
        let (id, key) = (input.id.get(), input.idempotency_key.as_deref());
        let outcome = patients::restore(request.scope()?, id, key).await?;
        PatientPayload::new(request, outcome, Some(id)).await.map(Some)
    }

    /// Lets a member of the clinic stand in for a patient: their portal shows the patient at once.
    /// DUPLICATE when they do already, NOT_FOUND for a patient or user that is not the clinic's.
    #[graphql(directive = for_member::apply(Permission::PatientsProxies, DataClass::None))]
    async fn add_patient_proxy(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The patient, and who is to stand in.")] input: AddPatientProxyInput,
    ) -> Result<Option<Node<PatientProxyPayload>>> {
        let request = context.request()?;
        let key = input.idempotency_key.clone();
        let outcome =
            patients::add_proxy(request.scope()?, input.into_new(), key.as_deref()).await?;
        PatientProxyPayload::new(request, outcome).await.map(Some)
    }

    /// Ends that a person stands in for a patient, with their very next request. Again, it answers
    /// the same. NOT_FOUND when there is no such proxy.
    #[graphql(directive = for_member::apply(Permission::PatientsProxies, DataClass::None))]
    async fn remove_patient_proxy(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The proxy to remove.")] input: RemovePatientProxyInput,
    ) -> Result<Option<Node<PatientProxyPayload>>> {
        let request = context.request()?;
        let (id, key) = (input.id.get(), input.idempotency_key.as_deref());
        let outcome = patients::remove_proxy(request.scope()?, id, key).await?;
        PatientProxyPayload::new(request, outcome).await.map(Some)
    }
}
