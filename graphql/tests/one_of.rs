//! Interfaces and unions for the tests' schemas, made as the product makes its `Node`.

use async_graphql::OutputType;
use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{MetaField, MetaType, Registry};

/// The type of an interface, whose fields are all `String`, or of a union, which has none.
pub fn definition(
    name: &str,
    fields: &[&str],
    members: &[String],
    registry: &mut Registry,
) -> MetaType {
    let description = Some(format!("{name}."));
    let possible_types = members.iter().cloned().collect();
    if fields.is_empty() {
        return MetaType::Union {
            name: name.to_owned(),
            description,
            possible_types,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: None,
            directive_invocations: Vec::new(),
        };
    }
    let ty = <Option<String> as OutputType>::create_type_info(registry);
    let fields = fields.iter().map(|field| ((*field).to_owned(), text_field(field, &ty)));
    MetaType::Interface {
        name: name.to_owned(),
        description,
        fields: fields.collect::<IndexMap<_, _>>(),
        possible_types,
        extends: false,
        inaccessible: false,
        tags: Vec::new(),
        keys: None,
        visible: None,
        rust_typename: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

fn text_field(name: &str, ty: &str) -> MetaField {
    MetaField {
        name: name.to_owned(),
        description: None,
        args: IndexMap::new(),
        ty: ty.to_owned(),
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
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

/// `one_of!(Pet: interface ["name"] of Dog, Cat)` or `one_of!(Pet: union [] of Dog, Cat)`.
macro_rules! one_of {
    ($visibility:vis $name:ident: $kind:ident [$($field:literal),*] of $($object:ident),+) => {
        #[derive(Clone)]
        $visibility enum $name {
            $($object($object)),+
        }

        impl async_graphql::OutputType for $name {
            fn type_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn introspection_type_name(&self) -> std::borrow::Cow<'static, str> {
                match self {
                    $(Self::$object(object) => object.introspection_type_name()),+
                }
            }

            fn create_type_info(registry: &mut async_graphql::registry::Registry) -> String {
                use async_graphql::registry::MetaTypeId;
                $(
                    $object::create_type_info(registry);
                    if MetaTypeId::$kind == MetaTypeId::Interface {
                        registry.add_implements(&$object::type_name(), stringify!($name));
                    }
                )+
                let members = [$($object::type_name().into_owned()),+];
                registry.create_output_type::<Self, _>(MetaTypeId::$kind, |registry| {
                    let fields: &[&str] = &[$($field),*];
                    crate::one_of::definition(stringify!($name), fields, &members, registry)
                })
            }

            async fn resolve(
                &self,
                context: &async_graphql::ContextSelectionSet<'_>,
                field: &async_graphql::Positioned<async_graphql::parser::types::Field>,
            ) -> async_graphql::ServerResult<async_graphql::Value> {
                match self {
                    $(Self::$object(object) => {
                        graphql::Node(object.clone()).resolve(context, field).await
                    })+
                }
            }
        }

        impl async_graphql::resolver_utils::ContainerType for $name {
            async fn resolve_field(
                &self,
                context: &async_graphql::Context<'_>,
            ) -> async_graphql::ServerResult<Option<async_graphql::Value>> {
                match self {
                    $(Self::$object(object) => object.resolve_field(context).await),+
                }
            }
        }

        #[async_trait::async_trait]
        impl graphql::Prefetch for $name {
            async fn prefetch(
                page: &[&Self],
                selection: graphql::Selection<'_>,
            ) -> graphql::Result<()> {
                $({
                    let objects: Vec<&$object> = page
                        .iter()
                        .filter_map(|one| match one {
                            Self::$object(object) => Some(object),
                            _ => None,
                        })
                        .collect();
                    $object::prefetch(&objects, selection.on(stringify!($object))).await?;
                })+
                Ok(())
            }
        }
    };
}

pub(crate) use one_of;
