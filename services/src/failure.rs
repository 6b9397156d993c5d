use auth::{Denial, Permission};
use entity::{Fault, TenantScope};

/// Why a verb did nothing, when it was not for something the caller can mend in the input.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The caller may not.
    Denied(Denial),
    /// An argument is out of its range or unreadable.
    Argument {
        field: &'static str,
        message: String,
    },
    /// There is no such thing, or it is not the caller's.
    NotFound { what: &'static str },
    /// The database.
    Fault(Fault),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Refuses unless the scope's member holds `permission`. The system itself holds all of them.
pub fn require(scope: &TenantScope, permission: Permission) -> Result<(), Failure> {
    match scope.member() {
        Some(member) if member.reach(permission).is_none() => {
            Err(Failure::Denied(Denial::Forbidden(permission)))
        }
        _ => Ok(()),
    }
}
