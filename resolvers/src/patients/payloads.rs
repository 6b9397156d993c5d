//! What mutations of patients answer.

use std::sync::Arc;

use async_graphql::SimpleObject;
use async_trait::async_trait;
use auth::{DataClass, PatientId, ProxyId};
use entity::patients::{patient, proxy};
use graphql::access::for_anyone;
use graphql::{Node, Nodes, Prefetch, Result, Selection, UserError, prefetch_nodes};
use loaders::Request;
use services::patients::{self, Rows};
use services::{Outcome, Saved};

use super::{Patient, PatientProxy};
use crate::saved::shown;

/// What came of a mutation of one patient.
#[derive(SimpleObject)]
pub struct PatientPayload {
    /// The patient as it is now. After CONFLICT, the current state; after other errors, null.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    patient: Option<Node<Patient>>,
    /// What you can mend. Empty when it was done.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    errors: Nodes<UserError>,
}

/// What came of one row of `createPatients`.
#[derive(Clone, SimpleObject)]
pub struct CreatePatientsResult {
    /// Where the row stood in the input, from 0.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    index: i32,
    /// The patient that was registered; null when the row has errors.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    patient: Option<Node<Patient>>,
    /// What you can mend in this row. Paths begin at the row.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    errors: Nodes<UserError>,
}

/// What came of `createPatients`.
#[derive(SimpleObject)]
pub struct CreatePatientsPayload {
    /// One result for each row, in the order sent. Empty when nothing was tried.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    results: Nodes<CreatePatientsResult>,
    /// How many patients were registered.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    created_count: i32,
    /// What you can mend in the request as a whole. Empty when the rows were tried.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    errors: Nodes<UserError>,
}

/// What came of a mutation of a proxy.
#[derive(SimpleObject)]
pub struct PatientProxyPayload {
    /// The proxy; null after errors.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    proxy: Option<Node<PatientProxy>>,
    /// What you can mend. Empty when it was done.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    errors: Nodes<UserError>,
}

impl PatientPayload {
    /// The payload of an outcome. `id` is the patient that the input named, if it named one.
    pub async fn new(
        request: &Request,
        outcome: Outcome<Saved<patient::Model>>,
        id: Option<PatientId>,
    ) -> Result<Node<Self>> {
        let scope = request.scope()?;
        let find = |id, deleted| patients::get(scope, PatientId(id), deleted);
        let (row, errors) = shown(outcome, id.map(Into::into), find).await?;
        Ok(Node(Self { patient: row.map(|row| Node(Patient(row))), errors }))
    }
}

impl CreatePatientsPayload {
    /// The payload of an outcome.
    pub async fn new(request: &Request, outcome: Outcome<Rows>) -> Result<Node<Self>> {
        let (rows, problems) = match outcome {
            Outcome::Done(rows) => (rows, Vec::new()),
            Outcome::Refused(problems) => (Vec::new(), problems),
        };
        let loaders = request.loaders()?;
        // Told again under their key, outcomes hold ids only.
        let missing = rows.iter().filter_map(|row| match row {
            Outcome::Done(Saved { id, row: None }) => Some(*id),
            _ => None,
        });
        loaders.patients.load_many(missing.collect()).await?;

        let mut results = Vec::with_capacity(rows.len());
        let mut created_count = 0;
        for (index, row) in (0..).zip(rows) {
            let (patient, problems) = match row {
                Outcome::Done(Saved { id, row }) => {
                    created_count += 1;
                    let row = match row {
                        Some(row) => Some(Arc::new(row)),
                        None => loaders.patients.load(id).await?,
                    };
                    (row.map(|row| Node(Patient(row))), Vec::new())
                }
                Outcome::Refused(problems) => (None, problems),
            };
            results.push(CreatePatientsResult {
                index,
                patient,
                errors: UserError::list(problems),
            });
        }
        Ok(Node(Self { results: Nodes(results), created_count, errors: UserError::list(problems) }))
    }
}

impl PatientProxyPayload {
    /// The payload of an outcome.
    pub async fn new(
        request: &Request,
        outcome: Outcome<Saved<proxy::Model>>,
    ) -> Result<Node<Self>> {
        let (proxy, problems) = match outcome {
            Outcome::Done(Saved { row: Some(row), .. }) => (Some(Arc::new(row)), Vec::new()),
            Outcome::Done(Saved { id, row: None }) => {
                let stored = patients::proxy(request.scope()?, ProxyId(id)).await?;
                (stored.map(Arc::new), Vec::new())
            }
            Outcome::Refused(problems) => (None, problems),
        };
        let proxy = proxy.map(|row| Node(PatientProxy(row)));
        Ok(Node(Self { proxy, errors: UserError::list(problems) }))
    }
}

#[async_trait]
impl Prefetch for PatientPayload {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        prefetch_nodes(
            page.iter().filter_map(|payload| payload.patient.as_ref()),
            selection,
            "patient",
        )
        .await
    }
}

#[async_trait]
impl Prefetch for CreatePatientsResult {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        prefetch_nodes(
            page.iter().filter_map(|result| result.patient.as_ref()),
            selection,
            "patient",
        )
        .await
    }
}

#[async_trait]
impl Prefetch for CreatePatientsPayload {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let results: Vec<_> = page.iter().flat_map(|payload| &payload.results.0).collect();
        for selected in selection.fields("results") {
            CreatePatientsResult::prefetch(&results, selected.selection()).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Prefetch for PatientProxyPayload {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        prefetch_nodes(page.iter().filter_map(|payload| payload.proxy.as_ref()), selection, "proxy")
            .await
    }
}
