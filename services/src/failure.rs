use auth::Denial;
use entity::Fault;

/// Why a verb did nothing, when it was not for something the caller can mend in the input.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The caller may not.
    Denied(Denial),
    /// An argument is out of its range or unreadable.
    Argument { field: &'static str, message: String },
    /// There is no such thing, or it is not the caller's.
    NotFound { what: &'static str },
    /// The database.
    Fault(Fault),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Forbidden(permission) => Self::Denied(Denial::Forbidden(permission)),
            fault => Self::Fault(fault),
        }
    }
}
