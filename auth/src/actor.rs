use crate::{Permission, Reach, Role, TenantId, UserId, reach};

/// Who is calling. Only a [`Member`] opens a clinic's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody has been shown to be calling.
    Anonymous,
    /// A verified person who has not chosen one of their clinics, or has none.
    Person(Person),
    /// A verified person in one clinic.
    Member(Member),
}

/// A person whose token was verified, with the clinics they are a member of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub user: UserId,
    /// The `sub` of the token: the identity provider's id, never the user's.
    pub subject: String,
    pub display_name: String,
    pub memberships: Vec<Membership>,
}

/// A user's place in one clinic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub tenant: TenantId,
    pub clinic_name: String,
    pub role: Role,
}

/// A person acting in one clinic, in the role that their membership gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub person: Person,
    pub tenant: TenantId,
    pub role: Role,
}

/// What of an actor decides about fields. Plans are shared by all callers of one standing, so
/// nothing else of a caller may ever decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    Anonymous,
    Person,
    Member(Role),
}

impl Member {
    /// How far this member holds `permission`.
    pub fn reach(&self, permission: Permission) -> Option<Reach> {
        reach(self.role, permission)
    }
}

impl Actor {
    /// The member, when a clinic has been chosen.
    pub fn member(&self) -> Option<&Member> {
        match self {
            Self::Member(member) => Some(member),
            Self::Anonymous | Self::Person(_) => None,
        }
    }

    /// What decides about fields.
    pub fn standing(&self) -> Standing {
        match self {
            Self::Anonymous => Standing::Anonymous,
            Self::Person(_) => Standing::Person,
            Self::Member(member) => Standing::Member(member.role),
        }
    }

    /// The person, in a clinic or not.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Anonymous => None,
            Self::Person(person) => Some(person),
            Self::Member(member) => Some(&member.person),
        }
    }
}
