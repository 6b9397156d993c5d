//! A client that speaks GraphQL over HTTP, in one caller's name.

use serde_json::{Value, json};

/// Sends operations with one caller's token.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
    clinic: Option<String>,
}

/// The answer to one operation.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    /// The answer's `X-Request-Id`, as the audit trail has it.
    pub request_id: String,
    pub body: Value,
}

impl Client {
    /// A client of the gateway at `url`.
    pub fn new(url: &str, token: Option<String>) -> Self {
        Self { http: reqwest::Client::new(), url: url.to_owned(), token, clinic: None }
    }

    /// The same caller, choosing a clinic by `X-Clinic-Id`.
    pub fn in_clinic(&self, clinic: &str) -> Self {
        Self { clinic: Some(clinic.to_owned()), ..self.clone() }
    }

    /// Who calls, as a socket's `connection_init` says it.
    pub fn credentials(&self) -> Value {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        json!({ "authorization": bearer, "clinicId": self.clinic })
    }

    /// Sends an operation and expects a GraphQL answer, with or without errors.
    pub async fn send(&self, query: &str, variables: Value) -> Reply {
        self.post(&json!({ "query": query, "variables": variables })).await
    }

    /// Sends a request body as it is.
    pub async fn post(&self, body: &Value) -> Reply {
        self.post_bytes(body.to_string().into_bytes(), "application/json").await
    }

    /// Sends bytes as they are.
    pub async fn post_bytes(&self, body: Vec<u8>, content_type: &str) -> Reply {
        let mut request = self
            .http
            .post(format!("{}/graphql", self.url))
            .header("content-type", content_type)
            .body(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(clinic) = &self.clinic {
            request = request.header("x-clinic-id", clinic);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let request_id = response.headers().get("x-request-id");
        let request_id = request_id.map(|id| id.to_str().unwrap().to_owned());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Reply { status, request_id: request_id.unwrap_or_default(), body }
    }

    /// Sends one mutation with its one input, and gives its payload.
    pub async fn mutate(&self, field: &str, input: Value, selection: &str) -> Value {
        let reply = self.try_mutate(field, input, selection).await;
        assert!(reply.errors().is_empty(), "{field}\n{:#}", reply.body);
        reply.body["data"][field].clone()
    }

    /// Sends one mutation with its one input, and expects any answer.
    pub async fn try_mutate(&self, field: &str, input: Value, selection: &str) -> Reply {
        let (first, rest) = field.split_at(1);
        let kind = format!("{}{rest}Input", first.to_uppercase());
        let document =
            format!("mutation ($input: {kind}!) {{ {field}(input: $input) {{ {selection} }} }}");
        self.send(&document, json!({ "input": input })).await
    }

    /// Sends an operation that must succeed, and gives its data.
    pub async fn data(&self, query: &str, variables: Value) -> Value {
        let reply = self.send(query, variables).await;
        assert!(reply.errors().is_empty(), "{query}\n{:#}", reply.body);
        reply.body["data"].clone()
    }
}

impl Reply {
    /// The errors, none if there are none.
    pub fn errors(&self) -> Vec<Value> {
        self.body["errors"].as_array().cloned().unwrap_or_default()
    }

    /// The code of the first error.
    pub fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
    }

    /// How many statements the operation took.
    pub fn statements(&self) -> u64 {
        self.body["extensions"]["statements"].as_u64().unwrap_or_default()
    }
}

/// The code and path of each error in a payload, such as `INVALID birthDate`.
pub fn problems(payload: &Value) -> Vec<String> {
    let errors = payload["errors"].as_array().unwrap();
    let problem = |error: &Value| {
        let path: Vec<_> = error["field"].as_array().unwrap().iter().collect();
        let path: Vec<_> = path.iter().map(|step| step.as_str().unwrap()).collect();
        format!("{} {}", error["code"].as_str().unwrap(), path.join("."))
    };
    errors.iter().map(problem).collect()
}
