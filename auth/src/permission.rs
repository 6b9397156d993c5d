//! The one table of who may do what: role x permission x reach.

use std::fmt;

use crate::Role;

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// One thing that can be allowed. Fields and services ask for permissions, never for roles.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Permission {
            $($(#[$doc])* $variant),+
        }

        impl Permission {
            /// Every permission, in the order of the matrix.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name as it stands in the schema and in errors.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }

            /// Reads the name of the schema.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

permissions! {
    /// See the clinic itself: name, time zone.
    ClinicRead = "clinic:read",
    /// Change the clinic's own details and settings.
    ClinicWrite = "clinic:write",
    /// Open further clinics on the platform.
    ClinicsCreate = "clinics:create",
    /// See who works in the clinic.
    UsersRead = "users:read",
    /// Give people a role in the clinic, and take it away.
    UsersWrite = "users:write",
    /// See that a patient exists, their name and birth date.
    PatientsRead = "patients:read",
    /// See how to reach a patient: address, phone, e-mail.
    PatientsContact = "patients:contact",
    /// See a patient's identifiers: NHS number, ids in other systems.
    PatientsIdentifiers = "patients:identifiers",
    /// Register patients and change their details.
    PatientsWrite = "patients:write",
    /// Delete patients, restore them, and see deleted ones.
    PatientsDelete = "patients:delete",
    /// Say who stands in for a patient in the portal.
    PatientsProxies = "patients:proxies",
    /// See the clinic's providers, rooms and services.
    DirectoryRead = "directory:read",
    /// Change the clinic's providers, rooms and services.
    DirectoryWrite = "directory:write",
    /// See appointments.
    AppointmentsRead = "appointments:read",
    /// Book, confirm and cancel appointments.
    AppointmentsBook = "appointments:book",
    /// Run the day: move appointments, check patients in, and what staff write beside an appointment.
    AppointmentsWrite = "appointments:write",
    /// Delete appointments, restore them, see deleted ones, and mark them as entered in error.
    AppointmentsDelete = "appointments:delete",
    /// Read the audit trail.
    AuditRead = "audit:read",
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

        (
            P::DirectoryRead,
            R::Admin
            | R::Staff
            | R::Viewer
            | R::Doctor
            | R::OfficeAdmin
            | R::MedicalStaff
            | R::Patient,
        )
        | (P::DirectoryWrite, R::Admin | R::OfficeAdmin) => Some(Reach::Any),

        (
            P::AppointmentsRead | P::AppointmentsBook | P::AppointmentsWrite,
            R::Admin | R::Staff | R::OfficeAdmin | R::MedicalStaff,
        ) => Some(Reach::Any),
        (P::AppointmentsRead | P::AppointmentsBook | P::AppointmentsWrite, R::Doctor) => {
            Some(Reach::Linked)
        }
        (P::AppointmentsRead | P::AppointmentsBook, R::Patient) => Some(Reach::Own),

        (
            P::ClinicWrite
            | P::ClinicsCreate
            | P::UsersWrite
            | P::PatientsDelete
            | P::AppointmentsDelete
            | P::AuditRead,
            R::Admin,
        ) => Some(Reach::Any),

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
            for &permission in Permission::ALL {
                let about_patients = ["patients:", "appointments:"]
                    .iter()
                    .any(|prefix| permission.as_str().starts_with(prefix));
                assert!(
                    !about_patients || reach(role, permission).is_none(),
                    "{role} {permission}"
                );
            }
        }
    }

    /// The database knows one reach of a caller: how far `patients:read` goes.
    #[test]
    fn no_permission_is_narrowed_otherwise_than_the_reading_of_patients() {
        for role in Role::ALL {
            let patients = reach(role, Permission::PatientsRead);
            for &permission in Permission::ALL {
                let narrowed = reach(role, permission).filter(|reach| *reach != Reach::Any);
                assert!(narrowed.is_none() || narrowed == patients, "{role} {permission}");
            }
        }
    }

    #[test]
    fn a_patient_reaches_no_further_than_their_own() {
        for &permission in Permission::ALL {
            let reach = reach(Role::Patient, permission);
            let harmless = matches!(permission, Permission::ClinicRead | Permission::DirectoryRead);
            assert!(harmless || matches!(reach, None | Some(Reach::Own)), "{permission}");
        }
    }
}
