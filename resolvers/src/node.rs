//! Relay's `node` and `nodes`: anything with an id, by its id.

use std::borrow::Cow;

use async_graphql::indexmap::{IndexMap, IndexSet};
use async_graphql::parser::types::Field;
use async_graphql::registry::{MetaField, MetaType, MetaTypeId, Registry};
use async_graphql::resolver_utils::ContainerType;
use async_graphql::{
    Context, ContextSelectionSet, ID, Object, OutputType, Positioned, ServerResult, Value,
};
use async_trait::async_trait;
use auth::{DataClass, Permission};
use graphql::access::{for_anyone, for_member};
use graphql::{Failure, Id, Kind, Node, Prefetch, Result, Selection, Slots};
use loaders::Request;
use services::identity;

use crate::appointments::Appointment;
use crate::appointments::providers::Provider;
use crate::appointments::rooms::Room;
use crate::appointments::services::Service;
use crate::identity::{Clinic, User};
use crate::kinds::{
    AppointmentKind, ClinicKind, PatientKind, PatientProxyKind, ProviderKind, RoomKind,
    ServiceKind, UserKind,
};
use crate::patients::{Patient, PatientProxy};
use crate::request::RequestOf;

macro_rules! any_node {
    ($($object:ident: $kind:ident => $loader:ident),+ $(,)?) => {
        /// One of the objects that have an id of their own.
        #[derive(Clone)]
        pub enum AnyNode {
            Clinic(Clinic),
            $($object($object)),+
        }

        impl OutputType for AnyNode {
            fn type_name() -> Cow<'static, str> {
                "Node".into()
            }

            fn introspection_type_name(&self) -> Cow<'static, str> {
                match self {
                    Self::Clinic(clinic) => clinic.introspection_type_name(),
                    $(Self::$object(object) => object.introspection_type_name()),+
                }
            }

            fn create_type_info(registry: &mut Registry) -> String {
                implement::<Clinic>(registry);
                $(implement::<$object>(registry);)+
                let names = [Clinic::type_name().into_owned(), $($object::type_name().into_owned()),+];
                registry.create_output_type::<Self, _>(MetaTypeId::Interface, |registry| {
                    interface(registry, &names)
                })
            }

            /// Reached through `Node` only, which renders the object inside.
            async fn resolve(
                &self,
                context: &ContextSelectionSet<'_>,
                field: &Positioned<Field>,
            ) -> ServerResult<Value> {
                match self {
                    Self::Clinic(clinic) => Node(clinic.clone()).resolve(context, field).await,
                    $(Self::$object(object) => Node(object.clone()).resolve(context, field).await),+
                }
            }
        }

        impl ContainerType for AnyNode {
            async fn resolve_field(&self, context: &Context<'_>) -> ServerResult<Option<Value>> {
                match self {
                    Self::Clinic(clinic) => clinic.resolve_field(context).await,
                    $(Self::$object(object) => object.resolve_field(context).await),+
                }
            }
        }

        #[async_trait]
        impl Prefetch for AnyNode {
            async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
                $({
                    let objects: Vec<&$object> = page
                        .iter()
                        .filter_map(|node| match node {
                            Self::$object(object) => Some(object),
                            _ => None,
                        })
                        .collect();
                    if !objects.is_empty() {
                        $object::prefetch(&objects, selection.on(stringify!($object))).await?;
                    }
                })+
                Ok(())
            }
        }

        /// Loads all of the ids, one statement a kind. Kinds that the caller may not see stay out.
        async fn load_all(request: &Request, ids: &[ID]) -> Result<()> {
            let loaders = request.loaders()?;
            $({
                let ours = ids.iter().filter(|id| prefix(id) == Some($kind::PREFIX));
                let ours = ours.map(|id| Ok(parse::<$kind>(id)?.get().0));
                let loaded = loaders.$loader.load_many(ours.collect::<Result<Vec<_>>>()?).await;
                seen(loaded.map(Some).map_err(Into::into))?;
            })+
            Ok(())
        }

        async fn load(request: &Request, id: &str) -> Result<Option<AnyNode>> {
            match prefix(id) {
                Some(ClinicKind::PREFIX) => load_clinic(request, id).await,
                $(Some($kind::PREFIX) => {
                    let id = parse::<$kind>(id)?.get();
                    let row = request.loaders()?.$loader.load(id.0).await?;
                    Ok(row.map(|row| AnyNode::$object($object(row))))
                })+
                _ => Err(Failure::argument(
                    "id",
                    "This is not the id of anything that can be asked for by id alone.",
                )),
            }
        }
    };
}

any_node! {
    User: UserKind => users,
    Patient: PatientKind => patients,
    PatientProxy: PatientProxyKind => proxies,
    Appointment: AppointmentKind => appointments,
    Provider: ProviderKind => providers,
    Room: RoomKind => rooms,
    Service: ServiceKind => services,
}

fn implement<T: OutputType>(registry: &mut Registry) {
    T::create_type_info(registry);
    registry.add_implements(&T::type_name(), "Node");
}

fn interface(registry: &mut Registry, names: &[String]) -> MetaType {
    let id = MetaField {
        name: "id".to_owned(),
        description: Some("The object's id.".to_owned()),
        args: IndexMap::new(),
        ty: <ID as OutputType>::create_type_info(registry),
        deprecation: Default::default(),
        cache_control: Default::default(),
        external: false,
        requires: None,
        provides: None,
        visible: None,
        shareable: false,
        inaccessible: false,
        tags: Vec::new(),
        override_from: None,
        compute_complexity: None,
        directive_invocations: vec![for_anyone::apply(DataClass::None)],
        requires_scopes: Vec::new(),
    };
    MetaType::Interface {
        name: "Node".to_owned(),
        description: Some(
            "An object with an id of its own (https://relay.dev/graphql/objectidentification.htm)."
                .to_owned(),
        ),
        fields: IndexMap::from_iter([("id".to_owned(), id)]),
        possible_types: names.iter().cloned().collect::<IndexSet<_>>(),
        extends: false,
        inaccessible: false,
        tags: Vec::new(),
        keys: None,
        visible: None,
        rust_typename: Some(std::any::type_name::<AnyNode>()),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

/// The most ids of one `nodes`.
const MOST_IDS: usize = 100;

/// Queries of anything by its id.
#[derive(Default)]
pub struct NodeQuery;

/// Queries of anything by its id.
#[Object]
impl NodeQuery {
    /// The object with this id; null when there is none, or when it is not yours to see. FORBIDDEN for
    /// a kind of object that your role sees none of.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "The id of a clinic, user, patient, patient's proxy, appointment, provider, room or \
                    service; otherwise BAD_USER_INPUT."
        )]
        id: ID,
    ) -> Result<Option<Node<AnyNode>>> {
        Ok(load(context.request()?, &id).await?.map(Node))
    }

    /// The objects with these ids, in their order, with null for those that there are not or that
    /// are not yours to see. BAD_USER_INPUT for more than 100.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Ids of what `node` finds, at most 100.")] ids: Vec<ID>,
    ) -> Result<Option<Slots<AnyNode>>> {
        if ids.len() > MOST_IDS {
            return Err(Failure::argument("ids", format!("Send at most {MOST_IDS} ids.")));
        }
        let request = context.request()?;
        load_all(request, &ids).await?;
        let mut nodes = Vec::with_capacity(ids.len());
        for id in &ids {
            nodes.push(seen(load(request, id).await)?);
        }
        Ok(Some(Slots(nodes)))
    }
}

fn prefix(id: &str) -> Option<&str> {
    id.rsplit_once('_').map(|(prefix, _)| prefix)
}

fn parse<K: Kind>(id: &str) -> Result<Id<K>> {
    Id::parse(id).map_err(|message| Failure::argument("id", message))
}

/// Nothing, where the caller may not see the kind.
fn seen<T>(loaded: Result<Option<T>>) -> Result<Option<T>> {
    match loaded {
        Err(failure) if failure.is_forbidden() => Ok(None),
        loaded => loaded,
    }
}

/// The one node that is not loaded: there is only the caller's own.
async fn load_clinic(request: &Request, id: &str) -> Result<Option<AnyNode>> {
    let wanted = parse::<ClinicKind>(id)?.get();
    let clinic = identity::clinic(request.scope()?).await?;
    Ok((clinic.id == wanted.0).then_some(AnyNode::Clinic(Clinic(clinic))))
}
