use auth::{Role, UserId};
use entity::identity::membership::{Column, Entity};
use entity::identity::user::ClinicUser;
use entity::query::{ColumnTrait, Condition, contains};
use entity::{Direction, TenantScope};
use std::collections::HashMap;
use uuid::Uuid;

use crate::fold::fold;
use crate::list::read_page;
use crate::{Failure, Listed, Paging, Problem};

/// The same words whether the user is another clinic's or nobody's.
pub(super) fn no_such_user() -> Problem {
    Problem::not_found("id", "There is no such user in the clinic.")
}

/// The users with these ids who are or were members of the clinic, in any order.
pub async fn users_by_ids(scope: &TenantScope, ids: &[Uuid]) -> Result<Vec<ClinicUser>, Failure> {
    Ok(scope.users(ids).await?)
}

/// One user who is or was a member of the clinic.
pub async fn user(scope: &TenantScope, id: UserId) -> Result<ClinicUser, Failure> {
    let found = scope.users(&[id.0]).await?.into_iter().next();
    found.ok_or(Failure::NotFound { what: "user" })
}

/// Which members a list shows. What is not set narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    pub role: Option<Role>,
    pub active: Option<bool>,
    /// Beginnings of words of the name, or a part of the login address.
    pub search: Option<String>,
}

/// The longest search text.
const LONGEST_SEARCH: usize = 100;

impl UserFilter {
    fn condition(&self) -> Result<Condition, Failure> {
        let mut all = Condition::all();
        if let Some(role) = self.role {
            all = all.add(Column::Role.eq(role.as_str()));
        }
        if let Some(active) = self.active {
            all = all.add(Column::IsActive.eq(active));
        }
        if let Some(text) = &self.search {
            all = all.add(found_by(text)?);
        }
        Ok(all)
    }
}

fn found_by(text: &str) -> Result<Condition, Failure> {
    let text = text.trim();
    let printable = !text.is_empty() && !text.chars().any(char::is_control);
    if !printable || text.chars().count() > LONGEST_SEARCH {
        return Err(Failure::Argument {
            field: "filter.search",
            message: format!(
                "The search text must have from 1 to {LONGEST_SEARCH} printable characters."
            ),
        });
    }
    let any = Condition::any().add(contains(Column::LoginEmail, &text.to_lowercase()));
    let words = fold(text);
    if words.is_empty() {
        return Ok(any);
    }
    // Folded, a word holds no wildcard.
    let begins = |word: &str| {
        Condition::any()
            .add(Column::SortName.starts_with(word))
            .add(contains(Column::SortName, &format!(" {word}")))
    };
    Ok(any.add(words.split(' ').fold(Condition::all(), |all, word| all.add(begins(word)))))
}

/// A page of the clinic's members in the order of their names: one statement for the memberships, and
/// one for the people.
pub async fn list_users(
    scope: &TenantScope,
    filter: UserFilter,
    paging: Paging<String>,
) -> Result<Listed<ClinicUser>, Failure> {
    let condition = filter.condition()?;
    let search = || scope.find::<Entity>().filter(condition.clone());
    let page = read_page(search, Column::SortName, Direction::Ascending, paging).await?;
    let ids: Vec<Uuid> = page.rows.iter().map(|membership| membership.user_id).collect();
    let people = if ids.is_empty() { Vec::new() } else { scope.users(&ids).await? };
    let mut people: HashMap<Uuid, ClinicUser> =
        people.into_iter().map(|person| (person.user.id, person)).collect();
    Ok(Listed {
        rows: ids.iter().filter_map(|id| people.remove(id)).collect(),
        has_next: page.has_next,
        has_previous: page.has_previous,
        total: page.total,
    })
}
