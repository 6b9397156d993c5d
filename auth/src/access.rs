//! What one field asks of its caller, and the decision.

use crate::{DataClass, Permission, Standing, reach};

/// The least kind of caller that a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// Anybody, signed in or not.
    Anyone,
    /// A signed-in person, with or without a clinic.
    Person,
    /// A member of the clinic that was chosen.
    Member,
}

/// What a field declares: who it is for, which permission it asks for and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    pub actor: ActorKind,
    pub permission: Option<Permission>,
    pub data: DataClass,
}

/// Why a caller may not have a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Denial {
    /// No token where one is needed.
    Unauthenticated,
    /// The person is in several clinics, or none, and chose none.
    TenantRequired,
    /// The role does not hold the permission.
    Forbidden(Permission),
}

impl ActorKind {
    /// The word as it stands in the schema.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anyone => "ANYONE",
            Self::Person => "PERSON",
            Self::Member => "MEMBER",
        }
    }

    /// Reads the word of the schema.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Anyone, Self::Person, Self::Member].into_iter().find(|actor| actor.as_str() == word)
    }
}

impl Access {
    /// A field for anybody.
    pub const fn anyone(data: DataClass) -> Self {
        Self { actor: ActorKind::Anyone, permission: None, data }
    }

    /// A field for a signed-in person.
    pub const fn person(data: DataClass) -> Self {
        Self { actor: ActorKind::Person, permission: None, data }
    }

    /// A field for members who hold `permission`, however far it reaches.
    pub const fn member(permission: Permission, data: DataClass) -> Self {
        Self { actor: ActorKind::Member, permission: Some(permission), data }
    }

    /// Decides for callers of one standing. Which *rows* a caller reaches is the database handle's
    /// business.
    pub fn decide(&self, caller: Standing) -> Result<(), Denial> {
        let needs_member = self.actor == ActorKind::Member || self.permission.is_some();
        match caller {
            Standing::Anonymous if needs_member || self.actor == ActorKind::Person => {
                Err(Denial::Unauthenticated)
            }
            Standing::Person if needs_member => Err(Denial::TenantRequired),
            Standing::Member(role) => match self.permission {
                Some(permission) if reach(role, permission).is_none() => {
                    Err(Denial::Forbidden(permission))
                }
                _ => Ok(()),
            },
            Standing::Anonymous | Standing::Person => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    #[test]
    fn each_kind_of_caller_meets_each_kind_of_field() {
        let open = Access::anyone(DataClass::None);
        let own = Access::person(DataClass::Identity);
        let trail = Access::member(Permission::AuditRead, DataClass::Identity);
        let member = Standing::Member;

        let cases = [
            (open, Standing::Anonymous, Ok(())),
            (own, Standing::Anonymous, Err(Denial::Unauthenticated)),
            (trail, Standing::Anonymous, Err(Denial::Unauthenticated)),
            (open, Standing::Person, Ok(())),
            (own, Standing::Person, Ok(())),
            (trail, Standing::Person, Err(Denial::TenantRequired)),
            (own, member(Role::Patient), Ok(())),
            (trail, member(Role::Admin), Ok(())),
            (trail, member(Role::Staff), Err(Denial::Forbidden(Permission::AuditRead))),
        ];
        for (access, caller, expected) in cases {
            assert_eq!(access.decide(caller), expected, "{access:?} {caller:?}");
        }
    }
}
