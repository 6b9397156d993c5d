//! Runs documents, and tables of them.

use async_graphql::Data;
use auth::{Actor, Member, Person, Role, TenantId, UserId};
use graphql::{Answer, Executor, GraphqlRequest};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// What came of a document, as text: the order of keys counts.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// `nothing` when nothing was executed.
    pub data: String,
    /// Path, code and, where one is missing, permission of each error: `hero.name NOT_FOUND`.
    pub errors: Vec<String>,
    pub messages: Vec<String>,
}

pub fn person() -> Person {
    Person {
        user: UserId(Uuid::nil()),
        subject: "subject".into(),
        display_name: "Ana".into(),
        memberships: Vec::new(),
    }
}

pub fn member(role: Role) -> Actor {
    Actor::Member(Member { person: person(), tenant: TenantId(Uuid::nil()), role })
}

/// A request for one document.
pub fn request(document: &str, variables: &Json) -> GraphqlRequest {
    serde_json::from_value(json!({ "query": document, "variables": variables })).unwrap()
}

/// Plans and executes a request.
pub async fn answer(
    executor: &impl Executor,
    actor: &Actor,
    request: &GraphqlRequest,
    data: Data,
) -> Answer {
    match executor.plan(request, actor, true) {
        Ok(plan) => executor.execute(plan, data, Uuid::nil()).await.unwrap_or_default(),
        Err(rejected) => rejected.into_answer(Uuid::nil()),
    }
}

/// Plans and executes a document.
pub async fn run(
    executor: &impl Executor,
    actor: &Actor,
    document: &str,
    variables: &Json,
    data: Data,
) -> Outcome {
    let answer = answer(executor, actor, &request(document, variables), data).await;
    Outcome::of(&answer)
}

impl Outcome {
    pub fn of(answer: &Answer) -> Self {
        let data = answer.data.as_ref();
        let errors: Vec<Json> = answer.errors.iter().map(|error| json!(error)).collect();
        Self {
            data: data.map_or("nothing".into(), json_text),
            errors: errors.iter().map(error_line).collect(),
            messages: answer.errors.iter().map(|error| error.message.clone()).collect(),
        }
    }
}

fn json_text(data: &async_graphql::Value) -> String {
    serde_json::to_string(data).unwrap()
}

fn error_line(error: &Json) -> String {
    let path = error["path"].as_array().cloned().unwrap_or_default();
    let path: Vec<_> =
        path.iter().map(|step| step.as_str().map_or(step.to_string(), str::to_owned)).collect();
    let extension = |name: &str| error["extensions"][name].as_str().map(str::to_owned);
    let parts = [Some(path.join(".")), extension("code"), extension("permission")];
    let parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}
