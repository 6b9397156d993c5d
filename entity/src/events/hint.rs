use auth::TenantId;

/// Says that something may have happened in a clinic. It is no more than a hint: what happened is read
/// from the outbox, so a hint that is lost or made up changes nothing but when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    pub tenant: TenantId,
    /// Whether a membership changed.
    pub members: bool,
}

/// Follows the clinic's id in a hint about memberships.
const MEMBERS: &str = "members";

impl Hint {
    /// Reads a hint as it is sent.
    pub fn parse(text: &str) -> Option<Self> {
        let (tenant, about) = text.split_once(' ').unwrap_or((text, ""));
        Some(Self { tenant: TenantId::parse(tenant)?, members: about == MEMBERS })
    }
}
