use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use async_trait::async_trait;
use auth::{DataClass, Permission};
use entity::patients::proxy::{self, Model};
use graphql::access::for_member;
use graphql::{
    Connection, Cursor, DateTime, Failure, Id, Node, Prefetch, Result, Selection, wanted,
};
use loaders::{PageKey, ProxyKey};
use services::{Listed, Paging, Wanted};
use uuid::Uuid;

use super::Patient;
use crate::identity::User;
use crate::kinds::PatientProxyKind;
use crate::relation::{patient, prefetch_patients, prefetch_users, user};
use crate::request::RequestOf;

/// What a proxy is to the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "proxy::Relationship")]
pub enum Relationship {
    /// Mother or father.
    Parent,
    /// Legal guardian.
    Guardian,
    /// Husband, wife or partner.
    Spouse,
    /// Grown-up son or daughter.
    Child,
    /// Cares for the patient.
    Carer,
    /// Somebody else.
    Other,
}

/// A person who stands in for a patient: their portal shows the patient.
#[derive(Clone)]
pub struct PatientProxy(pub(crate) Arc<Model>);

/// A person who stands in for a patient: their portal shows the patient.
#[Object]
impl PatientProxy {
    /// The proxy's id. It is not the id of the person's account.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::None))]
    async fn id(&self) -> Id<PatientProxyKind> {
        Id::new(self.0.id)
    }

    /// The patient.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn patient(&self, context: &Context<'_>) -> Result<Option<Node<Patient>>> {
        patient(context, Some(self.0.patient_id)).await
    }

    /// The person's account.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn user(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, Some(self.0.user_id)).await
    }

    /// What the person is to the patient.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn relationship(&self) -> Option<Relationship> {
        Some(self.0.relationship.into())
    }

    /// Since when the person stands in for the patient.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::None))]
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it last changed.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::None))]
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Who added the proxy.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn created_by(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.created_by).await
    }

    /// Who last changed the proxy.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn updated_by(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.updated_by).await
    }
}

#[async_trait]
impl Prefetch for PatientProxy {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let rows = page.iter().map(|proxy| &proxy.0);
        prefetch_patients(selection, "patient", rows.clone().map(|row| Some(row.patient_id)))
            .await?;
        prefetch_users(selection, "user", rows.clone().map(|row| Some(row.user_id))).await?;
        prefetch_users(selection, "createdBy", rows.clone().map(|row| row.created_by)).await?;
        prefetch_users(selection, "updatedBy", rows.map(|row| row.updated_by)).await
    }
}

const LIST: &str = "patient.proxies";

fn read_page(first: i32, after: Option<&str>, wanted: Wanted) -> Result<Paging<()>> {
    let after = after.map(|cursor| Cursor::read(cursor, LIST)).transpose()?;
    Ok(Paging { first, after, wanted })
}

/// A page of one patient's proxies: at hand when the patients' page was prefetched.
pub(super) async fn page(
    context: &Context<'_>,
    patient: Uuid,
    first: i32,
    after: Option<String>,
) -> Result<Node<Connection<PatientProxy>>> {
    let page = read_page(first, after.as_deref(), wanted(context))?;
    let loaders = context.request()?.loaders()?;
    let loaded = loaders.proxies_of_patients.load(ProxyKey { owner: patient, page }).await?;
    let list = loaded.ok_or_else(Failure::internal)?;
    Ok(Node(connection(&list)))
}

/// Fetches such a page of each of these patients, and what is selected of the proxies.
pub(super) async fn prefetch_pages(
    selection: Selection<'_>,
    field: &'static str,
    patients: impl Iterator<Item = Uuid> + Clone,
) -> Result<()> {
    for selected in selection.fields(field) {
        let after: Option<String> = selected.argument("after")?;
        let first: Option<i32> = selected.argument("first")?;
        let wanted = selected.selection().wanted();
        let page = read_page(first.unwrap_or(25), after.as_deref(), wanted)?;
        let keys = PageKey::of_each(&page, patients.clone());
        let lists = selection.request()?.loaders()?.proxies_of_patients.load_many(keys).await?;
        let pages: Vec<_> = lists.iter().map(|list| connection(list)).collect();
        Connection::prefetch(&pages.iter().collect::<Vec<_>>(), selected.selection()).await?;
    }
    Ok(())
}

fn connection(list: &Listed<Arc<Model>>) -> Connection<PatientProxy> {
    Connection::listed(list.clone(), PatientProxy, |row| Cursor::new(LIST, (), row.id))
}
