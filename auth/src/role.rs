use std::fmt;

/// What a membership makes of a user in one clinic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Runs the clinic: people, settings, the audit trail.
    Admin,
    /// Front desk and coordination.
    Staff,
    /// Looks at figures, changes nothing.
    Viewer,
    /// Treats patients.
    Doctor,
    /// Runs a practice's office.
    OfficeAdmin,
    /// Assists in treatment.
    MedicalStaff,
    /// Is treated, or stands in for one who is: the portal.
    Patient,
    /// Network roles: sales, supply and verification. They see no patient.
    ChpAdmin,
    /// See [`Role::ChpAdmin`].
    MasterDistributor,
    /// See [`Role::ChpAdmin`].
    Distributor,
    /// See [`Role::ChpAdmin`].
    Sales,
    /// See [`Role::ChpAdmin`].
    IvrCompany,
    /// See [`Role::ChpAdmin`].
    ShippingLogistics,
}

/// A role that Atrium does not know. It is refused, never defaulted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown role")]
pub struct UnknownRole;

impl Role {
    /// Every role, in the order of the permission matrix.
    pub const ALL: [Self; 13] = [
        Self::Admin,
        Self::Staff,
        Self::Viewer,
        Self::Doctor,
        Self::OfficeAdmin,
        Self::MedicalStaff,
        Self::Patient,
        Self::ChpAdmin,
        Self::MasterDistributor,
        Self::Distributor,
        Self::Sales,
        Self::IvrCompany,
        Self::ShippingLogistics,
    ];

    /// The name, as stored and as shown in the schema.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::Staff => "STAFF",
            Self::Viewer => "VIEWER",
            Self::Doctor => "DOCTOR",
            Self::OfficeAdmin => "OFFICE_ADMIN",
            Self::MedicalStaff => "MEDICAL_STAFF",
            Self::Patient => "PATIENT",
            Self::ChpAdmin => "CHP_ADMIN",
            Self::MasterDistributor => "MASTER_DISTRIBUTOR",
            Self::Distributor => "DISTRIBUTOR",
            Self::Sales => "SALES",
            Self::IvrCompany => "IVR_COMPANY",
            Self::ShippingLogistics => "SHIPPING_LOGISTICS",
        }
    }

    /// Reads a role's name or one of the older names that tokens still carry.
    pub fn parse(name: &str) -> Result<Self, UnknownRole> {
        let alias = match name {
            "SystemAdmin" | "ClinicAdmin" | "clinic_admin" | "company_admin" | "Admin" => {
                Some(Self::Admin)
            }
            "Staff" | "staff" => Some(Self::Staff),
            "Viewer" | "viewer" => Some(Self::Viewer),
            "Provider" | "provider" | "Doctor" => Some(Self::Doctor),
            "Patient" | "patient" => Some(Self::Patient),
            _ => None,
        };
        alias
            .or_else(|| Self::ALL.into_iter().find(|role| role.as_str() == name))
            .ok_or(UnknownRole)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_names_mean_admin_and_unknown_ones_nothing() {
        for name in ["SystemAdmin", "ClinicAdmin", "clinic_admin", "company_admin", "ADMIN"] {
            assert_eq!(Role::parse(name), Ok(Role::Admin), "{name}");
        }
        for name in ["", "admin ", "root", "SuperAdmin", "ADMIN,STAFF"] {
            assert_eq!(Role::parse(name), Err(UnknownRole), "{name}");
        }
    }

    #[test]
    fn every_role_reads_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Ok(role));
        }
    }
}
