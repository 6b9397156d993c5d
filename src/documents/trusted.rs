use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use graphql::{Document, DocumentHash, ErrorCode, Executor, HashedText, Rejected};
use serde::Deserialize;

use super::manifest::{self, Entry, ManifestError};
use crate::operation::clipped;

/// How far a gateway goes in serving trusted documents alone: the steps of a ladder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrustMode {
    /// Every document is served.
    #[default]
    Off,
    /// Every document is served; those that are not trusted are counted and logged.
    Log,
    /// Only trusted documents are served, by text or id.
    Allow,
    /// Only trusted documents are served, by id alone.
    Only,
}

/// The documents that the front ends were built with.
#[derive(Default)]
pub struct TrustedDocuments {
    mode: TrustMode,
    by_id: HashMap<String, DocumentHash>,
    by_hash: HashMap<DocumentHash, Trusted>,
    untrusted: AtomicU64,
}

/// One of them. The parsed document may have left the cache; its text stays here.
pub struct Trusted {
    hash: DocumentHash,
    text: String,
}

/// What has come of trusting since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustedStats {
    pub documents: usize,
    /// Requests whose document was not trusted, served or not. Not counted in mode `off`.
    pub untrusted: u64,
}

impl TrustedDocuments {
    /// Reads a manifest file or folder, and checks each document against the schema.
    pub fn load<E: Executor>(
        executor: &E,
        mode: TrustMode,
        path: &Path,
    ) -> Result<Self, ManifestError> {
        Self::of(executor, mode, manifest::read(path)?)
    }

    fn of<E: Executor>(
        executor: &E,
        mode: TrustMode,
        entries: Vec<Entry>,
    ) -> Result<Self, ManifestError> {
        let mut trusted = Self { mode, ..Self::default() };
        for Entry { id, text } in entries {
            let hashed = HashedText::new(&text);
            let hash = hashed.hash();
            if let Err(rejected) = executor.document(hashed) {
                let reason = rejected.message().to_owned();
                return Err(ManifestError::Invalid { id, reason });
            }
            trusted.by_hash.insert(hash, Trusted { hash, text });
            if trusted.by_id.insert(id.clone(), hash).is_some_and(|other| other != hash) {
                return Err(ManifestError::DuplicateId(id));
            }
        }
        Ok(trusted)
    }

    /// The document with this id: the manifest's own, or `sha256:` and the hash of its text.
    pub fn by_id(&self, id: &str) -> Option<&Trusted> {
        let hash = self
            .by_id
            .get(id)
            .copied()
            .or_else(|| DocumentHash::parse(id.strip_prefix("sha256:").unwrap_or(id)));
        self.by_hash.get(&hash?)
    }

    /// The document with this hash of its text.
    pub fn by_hash(&self, hash: DocumentHash) -> Option<&Trusted> {
        self.by_hash.get(&hash)
    }

    /// Lets a document in that was not asked for by the id of a trusted one, or refuses it.
    pub fn let_in(&self, hash: DocumentHash, operation_name: Option<&str>) -> Result<(), Rejected> {
        let is_trusted = self.by_hash.contains_key(&hash);
        if self.mode == TrustMode::Off || (is_trusted && self.mode != TrustMode::Only) {
            return Ok(());
        }
        if !is_trusted {
            self.untrusted.fetch_add(1, Ordering::Relaxed);
            let operation = clipped(operation_name.unwrap_or_default());
            tracing::info!(%hash, operation, "document not trusted");
        }
        let message = match self.mode {
            TrustMode::Off | TrustMode::Log => return Ok(()),
            TrustMode::Allow => {
                "Only documents that this gateway was given beforehand are executed."
            }
            TrustMode::Only => {
                "Only documents that this gateway was given beforehand are executed: send the id of \
                 one as `documentId`, without `query`."
            }
        };
        Err(Rejected::new(ErrorCode::DocumentNotTrusted, message))
    }

    /// What has come of trusting.
    pub fn stats(&self) -> TrustedStats {
        TrustedStats {
            documents: self.by_hash.len(),
            untrusted: self.untrusted.load(Ordering::Relaxed),
        }
    }
}

impl Trusted {
    /// The parsed document: as it is kept, or parsed again.
    pub fn find<E: Executor>(&self, executor: &E) -> Result<Arc<Document>, Rejected> {
        match executor.documents().get(self.hash) {
            Some(kept) => Ok(kept),
            None => executor.document(HashedText::new(&self.text)),
        }
    }
}
