use async_graphql::Enum;

/// What a membership makes of a user in one clinic. Fields ask for permissions, not for roles;
/// `schema/permissions.md` lists which role holds which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "auth::Role")]
pub enum Role {
    /// Runs the clinic: people, settings, the audit trail.
    Admin,
    /// Front desk and coordination.
    Staff,
    /// Looks at figures, changes nothing.
    Viewer,
    /// Treats patients, and sees those who are linked to them.
    Doctor,
    /// Runs a practice's office.
    OfficeAdmin,
    /// Assists in treatment.
    MedicalStaff,
    /// Is treated, or stands in for one who is: the portal.
    Patient,
    /// Network role without sight of patients.
    ChpAdmin,
    /// Network role without sight of patients.
    MasterDistributor,
    /// Network role without sight of patients.
    Distributor,
    /// Network role without sight of patients.
    Sales,
    /// Network role without sight of patients.
    IvrCompany,
    /// Network role without sight of patients.
    ShippingLogistics,
}
