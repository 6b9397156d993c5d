use auth::{Permission, UserId};
use entity::identity::membership::{self, ActiveModel, UNIQUE_LOGIN_EMAIL};
use entity::identity::user::{self, ClinicUser, POOL_IS_THE_CLINICS, UNIQUE_IDENTITY};
use entity::query::Set;
use entity::writes::DomainEvent;
use entity::{Fault, TenantScope};
use serde::Serialize;
use serde_json::json;

use super::update_user::{RoleName, saved, staff_role};
use crate::fields::{Checked, email_address, text};
use crate::fold::sorted_by;
use crate::mutation::{Stop, mutate};
use crate::{Failure, Key, Outcome, Problem, ProblemCode, Problems, Saved};

/// A person who is to work in the clinic, as sent.
#[derive(Clone, Debug, Serialize)]
pub struct NewStaff {
    pub display_name: String,
    pub email: String,
    pub role: RoleName,
    /// Without it they cannot sign in yet.
    pub sign_in: Option<SignIn>,
}

/// How the person is known to one of the clinic's identity providers.
#[derive(Clone, Debug, Serialize)]
pub struct SignIn {
    pub issuer: String,
    pub subject: String,
}

/// What of it is written.
struct Checks {
    name: String,
    email: String,
    role: String,
    sign_in: Option<user::SignIn>,
}

impl NewStaff {
    fn check(&self) -> Result<Checks, Vec<Problem>> {
        let mut problems = Problems::default();
        let name = problems.check(text(&self.display_name, "displayName", 200));
        let email = problems.check(email_address(&self.email, "email"));
        let role = problems.check(staff_role(self.role.0));
        let sign_in = self.sign_in.as_ref().map(|sign_in| {
            let issuer = problems.check(exact(&sign_in.issuer, "signIn.issuer", 500));
            let subject = problems.check(exact(&sign_in.subject, "signIn.subject", 255));
            issuer.zip(subject).map(|(issuer, subject)| user::SignIn { issuer, subject })
        });
        match (name, email, role) {
            (Some(name), Some(email), Some(role)) if problems.is_empty() => {
                Ok(Checks { name, email, role, sign_in: sign_in.flatten() })
            }
            _ => Err(problems.into_vec()),
        }
    }
}

/// A text that is compared with what tokens say: kept to the letter.
fn exact(value: &str, field: &'static str, longest: usize) -> Checked<String> {
    if text(value, field, longest)? == value {
        Ok(value.to_owned())
    } else {
        Err(Problem::new(
            ProblemCode::Invalid,
            field,
            "Write it exactly as it stands in the person's tokens.",
        ))
    }
}

/// Makes a person and their membership of the clinic.
pub async fn create_staff(
    scope: &TenantScope,
    input: NewStaff,
    key: Key<'_>,
) -> Result<Outcome<Saved<ClinicUser>>, Failure> {
    mutate(scope, Permission::UsersWrite, "createStaff", key, &input, |tx, input| {
        Box::pin(async move {
            let Checks { name, email, role, sign_in } = input.check()?;
            let id = tx.create_staff(&name, &email, sign_in).await.map_err(refused)?;
            let row = ActiveModel {
                user_id: Set(id),
                role: Set(role),
                is_active: Set(true),
                sort_name: Set(sorted_by(&name)),
                ..Default::default()
            };
            tx.insert::<membership::Entity>(row).await.map_err(refused)?;
            tx.emit(DomainEvent { topic: "user.created", payload: json!({ "id": id }) });
            saved(tx, UserId(id)).await
        })
    })
    .await
}

/// What a violated constraint means to the caller.
fn refused(fault: Fault) -> Stop {
    let known = [
        (
            UNIQUE_LOGIN_EMAIL,
            ProblemCode::Duplicate,
            "email",
            "Another member of the clinic signs in with this address. Use another one, or find them in `users`.",
        ),
        (
            UNIQUE_IDENTITY,
            ProblemCode::Duplicate,
            "signIn.subject",
            "Somebody is known by this subject already. Check it: accounts that exist are never taken over.",
        ),
        (
            POOL_IS_THE_CLINICS,
            ProblemCode::Invalid,
            "signIn.issuer",
            "This is not an identity provider of the clinic's own. Ask the platform's operator to register it, or leave `signIn` out.",
        ),
    ];
    let found = known.into_iter().find(|(constraint, ..)| fault.is_constraint(constraint));
    match found {
        Some((_, code, field, message)) => Stop::Lost(Problem::new(code, field, message)),
        None => fault.into(),
    }
}
