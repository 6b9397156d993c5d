use graphql::{DocumentHash, ErrorCode, GraphqlRequest, Rejected};
use serde_json::Value;

/// How a request names its document besides its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named<'r> {
    Nothing,
    /// `documentId`, as in the appendix "Persisted Documents" of the GraphQL-over-HTTP draft.
    Id(&'r str),
    /// `extensions.persistedQuery`, as Apollo's clients send it.
    Hash(DocumentHash),
}

impl<'r> Named<'r> {
    /// Reads what a request says.
    pub fn read(request: &'r GraphqlRequest) -> Result<Self, Rejected> {
        let extensions = request.extensions.as_ref();
        let persisted = extensions.and_then(|all| all.get("persistedQuery"));
        match (&request.document_id, persisted) {
            (None, None | Some(Value::Null)) => Ok(Self::Nothing),
            (Some(id), None | Some(Value::Null)) => Ok(Self::Id(id)),
            (None, Some(persisted)) => read_persisted(persisted).map(Self::Hash),
            (Some(_), Some(_)) => {
                Err(bad("Send either `documentId` or `persistedQuery`, not both."))
            }
        }
    }
}

fn read_persisted(persisted: &Value) -> Result<DocumentHash, Rejected> {
    if persisted.get("version") != Some(&Value::from(1)) {
        return Err(bad("`extensions.persistedQuery` must be an object of `version` 1."));
    }
    let hash = persisted.get("sha256Hash").and_then(Value::as_str);
    hash.and_then(DocumentHash::parse).ok_or_else(|| {
        bad("`persistedQuery.sha256Hash` must be a string of 64 hexadecimal digits.")
    })
}

fn bad(message: &str) -> Rejected {
    Rejected::new(ErrorCode::BadRequest, message)
}

#[cfg(test)]
mod tests {
    use graphql::HashedText;
    use serde_json::json;

    use super::*;

    fn request(body: Value) -> GraphqlRequest {
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn a_document_is_named_in_one_way_or_not_at_all() {
        let hash = HashedText::new("{ me }").hash();
        let persisted =
            |hash: Value| json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
        let digits = hash.to_string();
        let fine = [
            (json!({}), Named::Nothing),
            (json!({ "extensions": { "other": 1, "persistedQuery": null } }), Named::Nothing),
            (json!({ "documentId": "x" }), Named::Id("x")),
            (json!({ "documentId": "x", "extensions": {} }), Named::Id("x")),
            (json!({ "extensions": persisted(json!(digits)) }), Named::Hash(hash)),
            (json!({ "extensions": persisted(json!(digits.to_uppercase())) }), Named::Hash(hash)),
        ];
        for (body, expected) in fine {
            let request = request(body.clone());
            assert_eq!(Named::read(&request).unwrap(), expected, "{body}");
        }
        let wrong = [
            json!({ "documentId": "x", "extensions": persisted(json!(digits)) }),
            json!({ "extensions": persisted(json!(digits[1..])) }),
            json!({ "extensions": persisted(json!(format!("{digits}0"))) }),
            json!({ "extensions": persisted(json!(digits.replace('e', "g").replace('1', "g"))) }),
            json!({ "extensions": persisted(json!(1)) }),
            json!({ "extensions": persisted(json!(null)) }),
            json!({ "extensions": persisted(json!([digits])) }),
            json!({ "extensions": { "persistedQuery": digits } }),
            json!({ "extensions": { "persistedQuery": [] } }),
            json!({ "extensions": { "persistedQuery": { "sha256Hash": digits } } }),
            json!({ "extensions": { "persistedQuery": { "version": 2, "sha256Hash": digits } } }),
            json!({ "extensions": { "persistedQuery": { "version": "1", "sha256Hash": digits } } }),
        ];
        for body in wrong {
            assert!(Named::read(&request(body.clone())).is_err(), "{body}");
        }
    }
}
