use auth::TenantId;
use tokio::sync::mpsc;

/// How many commits wait to be told at most. What does not fit is only a hint that is lost.
const WAITING: usize = 1024;

/// How other instances learn that a transaction left events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Commits(Option<mpsc::Sender<TenantId>>);

impl Commits {
    /// By whoever holds the receiver.
    pub fn told() -> (Self, mpsc::Receiver<TenantId>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(Some(sender)), receiver)
    }

    /// Whether the database itself tells, by NOTIFY.
    pub fn are_notified(&self) -> bool {
        self.0.is_none()
    }

    /// Tells of a commit.
    pub fn tell(&self, tenant: TenantId) {
        if let Some(sender) = &self.0 {
            sender.try_send(tenant).ok();
        }
    }
}
