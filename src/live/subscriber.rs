use std::sync::{Arc, OnceLock};

use auth::{Member, Permission, Reach, Role, UserId};
use axum::body::Bytes;
use graphql::{GraphqlRequest, Listens};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::subscription::End;

/// Somebody who listens in one clinic.
#[derive(Clone)]
pub(super) struct Subscriber {
    pub member: Arc<Member>,
    pub request: Arc<GraphqlRequest>,
    /// Tells what is asked for from what others ask for.
    pub asked: [u8; 32],
    pub listens: Listens,
    pub network: Option<Arc<str>>,
    /// The last event that it need not be told of.
    pub heard: i64,
    answers: mpsc::Sender<Bytes>,
    end: Arc<OnceLock<End>>,
}

/// Those who see the same of an event, because the wall treats them alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sight {
    pub role: Role,
    /// The one user; none where all members of the role who reach the whole clinic see the same.
    pub user: Option<UserId>,
}

impl Subscriber {
    pub fn new(
        member: Member,
        request: GraphqlRequest,
        listens: Listens,
        network: Option<Arc<str>>,
        answers: mpsc::Sender<Bytes>,
        end: Arc<OnceLock<End>>,
    ) -> Self {
        let asked = asked(&request);
        Self {
            member: Arc::new(member),
            request: Arc::new(request),
            asked,
            listens,
            network,
            heard: 0,
            answers,
            end,
        }
    }

    /// Whom this subscriber sees the same as.
    pub fn sight(&self) -> Sight {
        let Member { role, person, .. } = &*self.member;
        let reaches_all = self.member.reach(Permission::PatientsRead) == Some(Reach::Any);
        let shared = self.listens.shared && reaches_all;
        Sight { role: *role, user: (!shared).then_some(person.user) }
    }

    /// Whether anybody still reads.
    pub fn is_gone(&self) -> bool {
        self.answers.is_closed()
    }

    /// Hands over an answer. A subscriber that does not read is let go: what it misses it gets when it
    /// comes back with its cursor. False: it is gone.
    pub fn tell(&self, answer: Bytes) -> bool {
        match self.answers.try_send(answer) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.end.set(End::TooSlow).ok();
                false
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }

    /// Hands over an answer as soon as there is room. False: it is gone.
    pub async fn tell_in_time(&self, answer: Bytes) -> bool {
        self.answers.send(answer).await.is_ok()
    }

    /// Whether it was said why there is nothing more to tell.
    pub fn has_ended(&self) -> bool {
        self.end.get().is_some()
    }

    /// Lets go of a subscriber that may come back with its cursor.
    pub fn part_for_now(&self) {
        self.end.set(End::Unavailable).ok();
    }

    /// Says a last thing. The subscription ends when the subscriber is dropped.
    pub fn part(&self, answer: Bytes) {
        if self.tell(answer) {
            self.end.set(End::MembershipEnded).ok();
        }
    }
}

/// Document, operation and variables.
fn asked(request: &GraphqlRequest) -> [u8; 32] {
    let mut hash = Sha256::new();
    let variables = serde_json::to_string(&request.variables).unwrap_or_default();
    let name = request.operation_name.as_deref().unwrap_or_default();
    // The document as it was found: an id or a hash comes without a text.
    let document = match &request.document {
        Some(document) => document.hash().to_string(),
        None => request.query.clone().unwrap_or_default(),
    };
    for part in [document.as_str(), name, &variables] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
