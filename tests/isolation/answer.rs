//! Looking at answers: what comes back in them, and whether two of them say the same.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::kinds::HIDDEN;
use super::rows::uuids;
use crate::support::Reply;

/// Whether an operation was done: no errors, and nothing in the payload that the caller should mend.
pub fn succeeded(reply: &Reply, field: &str) -> bool {
    reply.errors().is_empty()
        && !reply.body["data"][field].is_null()
        && no_errors_inside(&reply.body["data"])
}

fn no_errors_inside(value: &Json) -> bool {
    match value {
        Json::Object(fields) => fields.iter().all(|(name, value)| {
            let errors = name == "errors" && value.as_array().is_some_and(|all| !all.is_empty());
            !errors && no_errors_inside(value)
        }),
        Json::Array(items) => items.iter().all(no_errors_inside),
        _ => true,
    }
}

/// The first text in a reply that belongs to somebody else: a marked one, or one with such an id.
/// Cursors are read, too.
pub fn foreign(reply: &Reply, ids: &HashSet<Uuid>) -> Option<String> {
    let marked = |text: &String| text.to_lowercase().contains(&HIDDEN.to_lowercase());
    mention(reply, ids).or_else(|| texts(reply).into_iter().find(marked))
}

/// The first text in a reply with one of these ids.
pub fn mention(reply: &Reply, ids: &HashSet<Uuid>) -> Option<String> {
    texts(reply).into_iter().find(|text| uuids(text).any(|id| ids.contains(&id)))
}

fn texts(reply: &Reply) -> Vec<String> {
    let mut texts = Vec::new();
    collect(&reply.body, &mut texts);
    texts
}

fn collect(value: &Json, texts: &mut Vec<String>) {
    match value {
        Json::String(text) => {
            texts.extend(cursor(text));
            texts.push(text.clone());
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Json::Object(fields) => {
            for (name, value) in fields {
                texts.push(name.clone());
                collect(value, texts);
            }
        }
        _ => {}
    }
}

/// The text in a cursor.
pub fn cursor(text: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    String::from_utf8(bytes).ok().filter(|text| text.starts_with('['))
}

/// The cursor of a row that does not exist, right beside the one that this cursor names.
pub fn cursor_of_nothing(text: &str) -> Option<String> {
    let inside = cursor(text)?;
    let beside = uuids(&inside).fold(inside.clone(), |text, id| {
        let nothing = Uuid::from_u128(id.as_u128() ^ 1);
        text.replace(&id.to_string(), &nothing.to_string())
    });
    Some(URL_SAFE_NO_PAD.encode(beside))
}

/// A reply without what differs between any two: the ids that were sent stand as their places in the
/// input, and new ids, times and cursors as such.
pub fn comparable(reply: &Reply, sent: &[String]) -> Json {
    let mut body = reply.body.clone();
    let sent: Vec<Uuid> = sent.iter().flat_map(|id| uuids(id)).collect();
    generalise(&mut body, &sent);
    json!({ "status": reply.status, "body": body })
}

fn generalise(value: &mut Json, sent: &[Uuid]) {
    match value {
        Json::String(text) => {
            if chrono::DateTime::parse_from_rfc3339(text).is_ok() {
                *text = "(time)".to_owned();
            } else if cursor(text).is_some() {
                *text = "(cursor)".to_owned();
            }
            for id in uuids(&text.clone()).collect::<Vec<_>>() {
                let place = sent.iter().position(|sent| *sent == id);
                let name = place.map_or("(new)".to_owned(), |place| format!("(id {place})"));
                *text =
                    text.replace(&id.to_string(), &name).replace(&id.simple().to_string(), &name);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| generalise(item, sent)),
        Json::Object(fields) => fields.values_mut().for_each(|value| generalise(value, sent)),
        _ => {}
    }
}
