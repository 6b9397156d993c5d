//! What one field asks of its caller, and the decision.

use crate::{Actor, DataClass, Permission};

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

    /// Decides for one caller. Which *rows* the caller reaches is the database handle's business.
    pub fn decide(&self, actor: &Actor) -> Result<(), Denial> {
        let needs_member = self.actor == ActorKind::Member || self.permission.is_some();
        match actor {
            Actor::Anonymous if needs_member || self.actor == ActorKind::Person => {
                Err(Denial::Unauthenticated)
            }
            Actor::Person(_) if needs_member => Err(Denial::TenantRequired),
            Actor::Member(member) => match self.permission {
                Some(permission) if member.reach(permission).is_none() => {
                    Err(Denial::Forbidden(permission))
                }
                _ => Ok(()),
            },
            Actor::Anonymous | Actor::Person(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Member, Person, Role, TenantId, UserId};
    use uuid::Uuid;

    fn person() -> Person {
        Person {
            user: UserId(Uuid::nil()),
            subject: "sub".into(),
            display_name: "Ana".into(),
            memberships: vec![],
        }
    }

    fn member(role: Role) -> Actor {
        Actor::Member(Member { person: person(), tenant: TenantId(Uuid::nil()), role })
    }

    #[test]
    fn each_kind_of_caller_meets_each_kind_of_field() {
        let open = Access::anyone(DataClass::None);
        let own = Access::person(DataClass::Identity);
        let trail = Access::member(Permission::AuditRead, DataClass::Identity);
        let someone = Actor::Person(person());

        let cases = [
            (open, Actor::Anonymous, Ok(())),
            (own, Actor::Anonymous, Err(Denial::Unauthenticated)),
            (trail, Actor::Anonymous, Err(Denial::Unauthenticated)),
            (open, someone.clone(), Ok(())),
            (own, someone.clone(), Ok(())),
            (trail, someone, Err(Denial::TenantRequired)),
            (own, member(Role::Patient), Ok(())),
            (trail, member(Role::Admin), Ok(())),
            (trail, member(Role::Staff), Err(Denial::Forbidden(Permission::AuditRead))),
        ];
        for (access, actor, expected) in cases {
            assert_eq!(access.decide(&actor), expected, "{access:?} {actor:?}");
        }
    }
}
