//! What the suite finds, and how it notes it.

use std::collections::HashSet;
use std::fmt;

use auth::Denial;
use uuid::Uuid;

use super::answer::foreign;
use super::caller::Caller;
use super::walk::{Call, Operation};
use crate::support::Reply;

/// What the suite found wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrong {
    /// The suite does not know how to call it.
    NotCalled,
    /// Nobody could be shown to succeed, so that a refusal would prove nothing.
    NoPositiveControl,
    /// Something of clinic A came back.
    CameBack,
    /// The answer differs from the one for an id that does not exist.
    TellsThatItExists,
    /// A row of clinic A was changed.
    Changed,
    /// A caller without the permission was not refused as such.
    NotRefused,
    /// It failed as only a defect of ours does.
    Fault,
}

/// One finding.
pub struct Finding {
    pub operation: String,
    pub wrong: Wrong,
    pub detail: String,
}

impl Finding {
    /// Why an operation could not be called at all.
    pub fn not_called(operation: &Operation<'_>, why: String) -> Self {
        Self { operation: operation.field.name.to_string(), wrong: Wrong::NotCalled, detail: why }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}\n    {}", self.operation, self.wrong, self.detail)
    }
}

/// What is being tried, and what came of it.
pub struct Trial<'t> {
    pub operation: &'t Operation<'t>,
    pub call: &'t Call,
    /// Every id of clinic A.
    pub foreign: HashSet<Uuid>,
    pub findings: Vec<Finding>,
}

impl<'t> Trial<'t> {
    /// Nothing tried yet.
    pub fn new(operation: &'t Operation<'t>, call: &'t Call) -> Self {
        Self { operation, call, foreign: HashSet::new(), findings: Vec::new() }
    }

    /// The operation's name.
    pub fn field(&self) -> &'t str {
        &self.operation.field.name
    }

    /// Notes something wrong.
    pub fn note(&mut self, wrong: Wrong, detail: impl fmt::Display) {
        self.findings.push(Finding {
            operation: self.field().to_owned(),
            wrong,
            detail: format!("{:?}: {detail}", self.call.shape),
        });
    }

    /// Looks at an answer that must be the schema's own refusal, and nothing beside it.
    pub fn judge_refusal(&mut self, caller: &Caller, reply: &Reply, denial: Denial) {
        let code = match denial {
            Denial::Unauthenticated => "UNAUTHENTICATED",
            Denial::TenantRequired => "TENANT_REQUIRED",
            Denial::Forbidden(_) => "FORBIDDEN",
        };
        let nothing = reply.body["data"][self.field()].is_null();
        if !nothing || reply.errors().len() != 1 || reply.code() != code {
            let detail = format!("{}, not {code} alone: {:#}", caller.name, reply.body);
            self.note(Wrong::NotRefused, detail);
        }
    }

    /// Looks at an answer for what is never right in it.
    pub fn look(&mut self, caller: &Caller, reply: &Reply) {
        if let Some(text) = foreign(reply, &self.foreign) {
            self.note(Wrong::CameBack, format_args!("{} was shown {text}", caller.name));
        }
        let codes = reply.errors().into_iter();
        if codes.map(|error| error["extensions"]["code"].clone()).any(|code| code == "INTERNAL") {
            self.note(Wrong::Fault, format_args!("{}: {:#}", caller.name, reply.body));
        }
    }
}
