//! A room as it is written: what callers send, and the row that comes of it.

use entity::appointments::room::ActiveModel;
use entity::query::Set;
use serde::Serialize;

use crate::fields::{given, needed, optional_text, telling_name};
use crate::{Change, Problem, Problems, fold};

/// A room to be added, as sent: nothing of it is checked yet.
#[derive(Clone, Debug, Serialize)]
pub struct NewRoom {
    pub name: String,
    pub description: Option<String>,
    pub is_active: bool,
}

/// Changes of a room, as sent.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RoomChanges {
    pub name: Change<String>,
    pub description: Change<String>,
    pub is_active: Change<bool>,
}

impl NewRoom {
    /// The row that comes of it, or everything that is wrong with it.
    pub fn check(self) -> Result<ActiveModel, Vec<Problem>> {
        let Self { name, description, is_active } = self;
        let changes = RoomChanges {
            name: Change::Set(name),
            description: given(description),
            is_active: Change::Set(is_active),
        };
        changes.check()
    }
}

impl RoomChanges {
    /// The changed columns, or everything that is wrong with the changes.
    pub fn check(self) -> Result<ActiveModel, Vec<Problem>> {
        // Taken apart, so that a field that no column is made of does not go unnoticed.
        let Self { name, description, is_active } = self;
        let mut problems = Problems::default();
        let mut row = ActiveModel {
            name: needed(&mut problems, name, "name", |name| telling_name(&name, "name", 100)),
            description: optional_text(&mut problems, description, "description", 500),
            is_active: needed(&mut problems, is_active, "isActive", Ok),
            ..Default::default()
        };
        if !problems.is_empty() {
            return Err(problems.into_vec());
        }
        let sort_name = row.name.try_as_ref().map(|name| fold::sorted_by(name));
        if let Some(sort_name) = sort_name {
            row.sort_name = Set(sort_name);
        }
        Ok(row)
    }
}
