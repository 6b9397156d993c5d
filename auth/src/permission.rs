//! The one table of who may do what: role x permission x reach.

use std::fmt;

use crate::Role;

/// One thing that can be allowed. Fields and services ask for permissions, never for roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See the clinic itself: name, time zone.
    ClinicRead,
    /// See who works in the clinic.
    UsersRead,
    /// See that a patient exists, their name and birth date.
    PatientsRead,
    /// See how to reach a patient: address, phone, e-mail.
    PatientsContact,
    /// See a patient's identifiers: NHS number, ids in other systems.
    PatientsIdentifiers,
    /// Register patients and change their details.
    PatientsWrite,
    /// Delete patients, restore them, and see deleted ones.
    PatientsDelete,
    /// Say who stands in for a patient in the portal.
    PatientsProxies,
    /// Read the audit trail.
    AuditRead,
}

/// How far a permission goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Any row of the clinic.
    Any,
    /// Rows of the patients this provider treats.
    Linked,
    /// The caller's own rows, and those of patients the caller stands in for.
    Own,
}

impl Permission {
    /// Every permission, in the order of the matrix.
    pub const ALL: [Self; 9] = [
        Self::ClinicRead,
        Self::UsersRead,
        Self::PatientsRead,
        Self::PatientsContact,
        Self::PatientsIdentifiers,
        Self::PatientsWrite,
        Self::PatientsDelete,
        Self::PatientsProxies,
        Self::AuditRead,
    ];

    /// The name as it stands in the schema and in errors.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClinicRead => "clinic:read",
            Self::UsersRead => "users:read",
            Self::PatientsRead => "patients:read",
            Self::PatientsContact => "patients:contact",
            Self::PatientsIdentifiers => "patients:identifiers",
            Self::PatientsWrite => "patients:write",
            Self::PatientsDelete => "patients:delete",
            Self::PatientsProxies => "patients:proxies",
            Self::AuditRead => "audit:read",
        }
    }

    /// Reads the name of the schema.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == name)
    }
}

/// How far `role` holds `permission`; `None` is not at all.
pub const fn reach(role: Role, permission: Permission) -> Option<Reach> {
    use Permission as P;
    use Role as R;
    match (permission, role) {
        (P::ClinicRead, _) => Some(Reach::Any),

        (P::UsersRead, R::Admin | R::Staff | R::Doctor | R::OfficeAdmin | R::MedicalStaff) => {
            Some(Reach::Any)
        }

        (
            P::PatientsRead | P::PatientsContact,
            R::Admin | R::Staff | R::OfficeAdmin | R::MedicalStaff,
        )
        | (P::PatientsIdentifiers, R::Admin | R::Staff | R::MedicalStaff) => Some(Reach::Any),
        (P::PatientsRead | P::PatientsContact | P::PatientsIdentifiers, R::Doctor) => {
            Some(Reach::Linked)
        }
        (P::PatientsRead | P::PatientsContact | P::PatientsIdentifiers, R::Patient) => {
            Some(Reach::Own)
        }

        (P::PatientsWrite | P::PatientsProxies, R::Admin | R::Staff | R::OfficeAdmin) => {
            Some(Reach::Any)
        }
        (P::PatientsDelete | P::AuditRead, R::Admin) => Some(Reach::Any),

        _ => None,
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_roles_hold_nothing_about_patients() {
        let network = [
            Role::ChpAdmin,
            Role::MasterDistributor,
            Role::Distributor,
            Role::Sales,
            Role::IvrCompany,
            Role::ShippingLogistics,
        ];
        for role in network {
            for permission in Permission::ALL {
                let about_patients = permission.as_str().starts_with("patients:");
                assert!(
                    !about_patients || reach(role, permission).is_none(),
                    "{role} {permission}"
                );
            }
        }
    }

    #[test]
    fn a_patient_reaches_no_further_than_their_own() {
        for permission in Permission::ALL {
            let reach = reach(Role::Patient, permission);
            let harmless = permission == Permission::ClinicRead;
            assert!(
                harmless || matches!(reach, None | Some(Reach::Own)),
                "{permission}"
            );
        }
    }
}
