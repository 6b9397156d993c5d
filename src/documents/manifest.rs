//! Manifests of trusted documents, as the tools of front ends write them.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// One document of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: String,
    pub text: String,
}

/// Why a manifest cannot be used, in one line.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("trusted documents: {0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    #[error(
        "trusted documents: {0} is no manifest of Apollo, nor an object of ids with their documents"
    )]
    NoManifest(PathBuf),
    #[error("trusted documents: the id {0} stands for two documents")]
    DuplicateId(String),
    #[error("trusted documents: the document {id} does not fit the schema: {reason}")]
    Invalid { id: String, reason: String },
    #[error("trusted documents: {0} holds no document")]
    Empty(PathBuf),
}

/// Reads a manifest file, or a folder of documents.
pub fn read(path: &Path) -> Result<Vec<Entry>, ManifestError> {
    let entries = if path.is_dir() { read_folder(path)? } else { read_file(path)? };
    if entries.is_empty() {
        return Err(ManifestError::Empty(path.to_owned()));
    }
    Ok(entries)
}

fn text_of(path: &Path) -> Result<String, ManifestError> {
    fs::read_to_string(path).map_err(|error| ManifestError::Unreadable(path.to_owned(), error))
}

fn read_file(path: &Path) -> Result<Vec<Entry>, ManifestError> {
    let manifest: Option<Members> = serde_json::from_str(&text_of(path)?).ok();
    let entries = manifest.and_then(|manifest| match manifest.get("format") {
        Some(format) if format == "apollo-persisted-query-manifest" => read_apollo(&manifest),
        _ => read_map(manifest),
    });
    entries.ok_or_else(|| ManifestError::NoManifest(path.to_owned()))
}

/// Apollo's: `{"format": …, "version": 1, "operations": [{"id", "name", "type", "body"}]}`.
fn read_apollo(manifest: &Members) -> Option<Vec<Entry>> {
    if manifest.get("version") != Some(&Value::from(1)) {
        return None;
    }
    let operations = manifest.get("operations")?.as_array()?;
    let entry = |operation: &Value| {
        let text = |name| Some(operation.get(name)?.as_str()?.to_owned());
        Some(Entry { id: text("id")?, text: text("body")? })
    };
    operations.iter().map(entry).collect()
}

/// Relay's and graphql-codegen's: `{"id": "document", …}`.
fn read_map(manifest: Members) -> Option<Vec<Entry>> {
    let entry = |(id, text)| match text {
        Value::String(text) => Some(Entry { id, text }),
        _ => None,
    };
    manifest.0.into_iter().map(entry).collect()
}

/// The members of an object as they stand in the file: a map would hide that one is there twice.
struct Members(Vec<(String, Value)>);

impl Members {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

/// Every file `*.graphql`: its id is the file's name without the ending.
fn read_folder(folder: &Path) -> Result<Vec<Entry>, ManifestError> {
    let unreadable = |error| ManifestError::Unreadable(folder.to_owned(), error);
    let mut entries = Vec::new();
    for file in fs::read_dir(folder).map_err(unreadable)? {
        let path = file.map_err(unreadable)?.path();
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        if let (Some("graphql"), Some(id)) = (path.extension().and_then(|end| end.to_str()), stem) {
            entries.push(Entry { id, text: text_of(&path)? });
        }
    }
    entries.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(entries)
}
