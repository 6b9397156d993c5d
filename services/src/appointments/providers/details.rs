//! A provider as it is written: what callers send, and the row that comes of it.

use entity::appointments::provider::ActiveModel;
use entity::query::Set;
use serde::Serialize;

use crate::fields::{given, needed, optional_text, text};
use crate::{Change, Problem, Problems, fold};

/// A provider to be added, as sent: nothing of it is checked yet.
#[derive(Clone, Debug, Serialize)]
pub struct NewProvider {
    pub display_name: String,
    pub specialty: Option<String>,
    pub registration_number: Option<String>,
    pub is_active: bool,
}

/// Changes of a provider, as sent.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProviderChanges {
    pub display_name: Change<String>,
    pub specialty: Change<String>,
    pub registration_number: Change<String>,
    pub is_active: Change<bool>,
}

impl NewProvider {
    /// The row that comes of it, or everything that is wrong with it.
    pub fn check(self) -> Result<ActiveModel, Vec<Problem>> {
        let Self { display_name, specialty, registration_number, is_active } = self;
        let changes = ProviderChanges {
            display_name: Change::Set(display_name),
            specialty: given(specialty),
            registration_number: given(registration_number),
            is_active: Change::Set(is_active),
        };
        changes.check()
    }
}

impl ProviderChanges {
    /// The changed columns, or everything that is wrong with the changes.
    pub fn check(self) -> Result<ActiveModel, Vec<Problem>> {
        // Taken apart, so that a field that no column is made of does not go unnoticed.
        let Self { display_name, specialty, registration_number, is_active } = self;
        let mut problems = Problems::default();
        let mut row = ActiveModel {
            display_name: needed(&mut problems, display_name, "displayName", |name| {
                text(&name, "displayName", 200)
            }),
            specialty: optional_text(&mut problems, specialty, "specialty", 100),
            registration_number: optional_text(
                &mut problems,
                registration_number,
                "registrationNumber",
                50,
            ),
            is_active: needed(&mut problems, is_active, "isActive", Ok),
            ..Default::default()
        };
        if !problems.is_empty() {
            return Err(problems.into_vec());
        }
        let sort_name = row.display_name.try_as_ref().map(|name| fold::sorted_by(name));
        if let Some(sort_name) = sort_name {
            row.sort_name = Set(sort_name);
        }
        Ok(row)
    }
}
