//! Documents that are kept, parsed and validated, with the shapes of their operations: bounded by
//! bytes, and proof against a flood of documents that are sent once.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::plan::{Document, Objection, Shape, ShapeKey};

/// The SHA-256 of a document's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DocumentHash([u8; 32]);

/// A document's text with its hash. There is no way to give it another's.
#[derive(Clone, Copy, Debug)]
pub struct HashedText<'t> {
    text: &'t str,
    hash: DocumentHash,
}

impl DocumentHash {
    /// Reads 64 hexadecimal digits.
    pub fn parse(digits: &str) -> Option<Self> {
        if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(hash))
    }
}

impl fmt::Display for DocumentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<'t> HashedText<'t> {
    /// Hashes a text.
    pub fn new(text: &'t str) -> Self {
        Self { text, hash: DocumentHash(Sha256::digest(text).into()) }
    }

    pub fn text(&self) -> &'t str {
        self.text
    }

    pub fn hash(&self) -> DocumentHash {
        self.hash
    }
}

/// How the cache has done since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DocumentStats {
    /// Look-ups of documents that were found, and those that were not.
    pub hits: u64,
    pub misses: u64,
    /// Documents that are kept now.
    pub entries: u64,
    /// About how many bytes documents and shapes take now.
    pub bytes: u64,
}

/// The documents that are kept. What is looked up again and again stays, whatever else comes by once.
/// Documents that are refused are not kept: a flood of them would only be a flood.
pub struct Documents {
    parsed: Cache<DocumentHash, Arc<Document>>,
    shapes: Cache<ShapeKey, Arc<Shape>>,
    /// The bytes of the largest document or shape that is kept.
    largest: usize,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl Documents {
    /// How many bytes are kept where nothing else is said.
    pub const DEFAULT_BYTES: u64 = 32 * 1024 * 1024;

    /// Keeps documents and shapes of so many bytes at most, half of it for each. One that would fill
    /// more than half of its share is not kept: it would drive out many for one.
    pub fn new(bytes: u64) -> Self {
        let weight = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        Self {
            parsed: Cache::builder()
                .max_capacity(bytes / 2)
                .weigher(move |_, document: &Arc<Document>| weight(document.weight()))
                .build(),
            shapes: Cache::builder()
                .max_capacity(bytes / 2)
                .weigher(move |_, shape: &Arc<Shape>| weight(shape.weight))
                .build(),
            largest: usize::try_from(bytes / 4).unwrap_or(usize::MAX),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// The document with this hash, if it is kept.
    pub fn get(&self, hash: DocumentHash) -> Option<Arc<Document>> {
        let found = self.parsed.get(&hash);
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// How the cache has done.
    pub fn stats(&self) -> DocumentStats {
        self.parsed.run_pending_tasks();
        self.shapes.run_pending_tasks();
        DocumentStats {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            entries: self.parsed.entry_count(),
            bytes: self.parsed.weighted_size() + self.shapes.weighted_size(),
        }
    }

    /// Keeps a document, unless it is too large for that.
    pub(crate) fn keep(&self, document: Document) -> Arc<Document> {
        let document = Arc::new(document);
        if document.weight() <= self.largest {
            self.parsed.insert(document.hash(), document.clone());
        }
        document
    }

    /// The shape that a key names, as it is kept or as it is written now.
    pub(crate) fn shape(
        &self,
        key: ShapeKey,
        write: impl FnOnce(&ShapeKey) -> Result<Shape, Objection>,
    ) -> Result<Arc<Shape>, Objection> {
        if let Some(kept) = self.shapes.get(&key) {
            return Ok(kept);
        }
        let shape = Arc::new(write(&key)?);
        if shape.weight <= self.largest {
            self.shapes.insert(key, shape.clone());
        }
        Ok(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_64_hexadecimal_digits_and_reads_back() {
        let hash = HashedText::new("{ me { subject } }").hash();
        let digits = hash.to_string();
        assert_eq!(DocumentHash::parse(&digits), Some(hash));
        assert_eq!(DocumentHash::parse(&digits.to_uppercase()), Some(hash));
        let wrong = ["", &digits[1..], &format!("{digits}0"), &digits.replace(|_| true, "+")];
        for wrong in wrong {
            assert_eq!(DocumentHash::parse(wrong), None, "{wrong}");
        }
        // The digest of nothing, as everybody else writes it.
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(HashedText::new("").hash().to_string(), nothing);
    }
}
