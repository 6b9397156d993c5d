//! Which document a request means, and whether it may be executed: a text, the id of a trusted
//! document, or the hash of an automatically persisted query.

mod manifest;
mod named;
mod trusted;

use std::sync::Arc;

use graphql::{Document, ErrorCode, Executor, GraphqlRequest, HashedText, Rejected};

pub use manifest::ManifestError;
use named::Named;
pub use trusted::{TrustMode, TrustedDocuments, TrustedStats};

/// The document that a request means. An id or a hash leads to it without its text.
pub fn find<E: Executor>(
    executor: &E,
    trusted: &TrustedDocuments,
    request: &GraphqlRequest,
) -> Result<Arc<Document>, Rejected> {
    let named = Named::read(request)?;
    // `graphql-ws` sends no message without a text, so an empty one beside a name counts for none.
    let text = request.query.as_deref().filter(|text| !text.is_empty() || named == Named::Nothing);
    let Some(text) = text else {
        return by_name(executor, trusted, &named);
    };
    if matches!(named, Named::Id(_)) {
        return Err(Rejected::new(
            ErrorCode::BadRequest,
            "Send either `query` or `documentId`, not both.",
        ));
    }
    let text = HashedText::new(text);
    trusted.let_in(text.hash(), request.operation_name.as_deref())?;
    let Named::Hash(hash) = named else {
        return executor.document(text);
    };
    if hash != text.hash() {
        return Err(Rejected::new(
            ErrorCode::PersistedQueryHashMismatch,
            "`sha256Hash` is not the SHA-256 of `query`, in hexadecimal digits.",
        ));
    }
    let document = executor.document(text)?;
    document.register();
    Ok(document)
}

fn by_name<E: Executor>(
    executor: &E,
    trusted: &TrustedDocuments,
    named: &Named<'_>,
) -> Result<Arc<Document>, Rejected> {
    match named {
        Named::Id(id) => match trusted.by_id(id) {
            Some(document) => document.find(executor),
            None => Err(Rejected::new(
                ErrorCode::DocumentNotFound,
                "No trusted document has this id. Was the gateway given the manifest of this build?",
            )),
        },
        Named::Hash(hash) => {
            if let Some(document) = trusted.by_hash(*hash) {
                return document.find(executor);
            }
            // Documents that were not registered are not told from those that are not there.
            let kept = executor.documents().get(*hash).filter(|document| document.is_registered());
            let unknown =
                || Rejected::new(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound");
            trusted.let_in(*hash, None)?;
            kept.ok_or_else(unknown)
        }
        Named::Nothing => Err(Rejected::new(
            ErrorCode::BadRequest,
            "The request names no document: send `query`, or the id of one.",
        )),
    }
}
