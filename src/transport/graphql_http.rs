//! `/graphql` over HTTP, by the GraphQL-over-HTTP draft (https://graphql.github.io/graphql-over-http/).

use std::sync::Arc;

use axum::body::BodyDataStream;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use graphql::{ErrorCode, Executor, GraphqlRequest, OperationKind};
use uuid::Uuid;

use super::event_stream::EventStream;
use super::media_type::MediaType;
use super::refusal::Refused;
use super::request::{self, Asked};
use super::signing_in::{bearer, chosen_clinic, sign_in};
use super::{answer, cors};
use crate::gateway::Gateway;
use crate::operation::{self, Caller, Finished, Prepared};

/// Answers one request.
pub async fn handle<E: Executor>(
    State(gateway): State<Arc<Gateway<E>>>,
    request: Request,
) -> Response {
    let request_id = Uuid::now_v7();
    let (parts, body) = request.into_parts();
    let media_type = MediaType::negotiate(&parts.headers);
    let mut body = body.into_data_stream();
    let answered = match media_type {
        Some(media_type) => answer(gateway, &parts, &mut body, request_id, media_type).await,
        None => Err(not_acceptable()),
    };
    let mut response = answered.unwrap_or_else(|refused| {
        // Who took too long is not waited for any longer.
        if refused.code != ErrorCode::RequestTimeout {
            request::discard(body);
        }
        answer::refused(refused, request_id, media_type.unwrap_or(MediaType::Json))
    });
    if let Ok(id) = HeaderValue::from_str(&request_id.to_string()) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

fn not_acceptable() -> Refused {
    Refused::new(
        StatusCode::NOT_ACCEPTABLE,
        ErrorCode::NotAcceptable,
        "Accept `application/graphql-response+json`, `application/json` or `text/event-stream`.",
    )
}

async fn answer<E: Executor>(
    gateway: Arc<Gateway<E>>,
    parts: &Parts,
    body: &mut BodyDataStream,
    request_id: Uuid,
    media_type: MediaType,
) -> Result<Response, Refused> {
    cors::refuse_other_origins(&parts.headers, &gateway.settings.origins)?;
    let asked = request::read(parts, body, &gateway.settings).await?;
    let token = bearer(&parts.headers)?;
    let network = gateway.settings.trusted_proxies.caller(&parts.extensions, &parts.headers);
    let clinic = chosen_clinic(&parts.headers);
    let signed_in = sign_in(&gateway, token, clinic, network, request_id).await?;
    let network = network.map(|address| address.to_string());
    let caller = Caller { actor: signed_in.actor, request_id, network };
    let exchange = Exchange { gateway, caller, token, is_safe: parts.method == Method::GET };

    let key = idempotency_key(&parts.headers)?;
    match (asked, media_type) {
        (Asked::One(request), MediaType::EventStream) => {
            exchange.stream(request.with_key(key), signed_in.expires_at).await
        }
        (Asked::One(request), _) => {
            let finished = exchange.run(request.with_key(key)).await?;
            Ok(answer::finished(&finished, media_type))
        }
        (Asked::Batch(_), MediaType::EventStream) => Err(Refused::bad_request(
            "A batch is answered at once. Send each operation that you want a stream of by itself.",
        )),
        (Asked::Batch(_), _) if key.is_some() => Err(Refused::bad_request(
            "`Idempotency-Key` is for one operation. In a batch, put `idempotencyKey` into each input.",
        )),
        (Asked::Batch(requests), _) => {
            let mut answers = Vec::with_capacity(requests.len());
            for request in requests {
                answers.push(exchange.run(request).await?);
            }
            Ok(answer::batch(&answers, media_type))
        }
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let mut keys = headers.get_all("idempotency-key").iter();
    match (keys.next(), keys.next()) {
        (None, _) => Ok(None),
        (Some(key), None) => key.to_str().map(|key| Some(key.to_owned())).map_err(|_| {
            Refused::bad_request("`Idempotency-Key` may hold only visible ASCII characters.")
        }),
        (Some(_), Some(_)) => Err(Refused::bad_request("There are two `Idempotency-Key` headers.")),
    }
}

/// A request whose caller is known.
struct Exchange<'r, E> {
    gateway: Arc<Gateway<E>>,
    caller: Caller,
    token: Option<&'r str>,
    /// Whether it came by a method that changes nothing.
    is_safe: bool,
}

impl<E: Executor> Exchange<'_, E> {
    /// Runs a query or a mutation to its end.
    async fn run(&self, request: GraphqlRequest) -> Result<Finished, Refused> {
        let prepared = match operation::prepare(&self.gateway, self.caller.clone(), request) {
            Ok(prepared) => prepared,
            Err(finished) => return Ok(*finished),
        };
        self.refuse_by_get(&prepared, |kind| kind != OperationKind::Query)?;
        let finished = prepared.run(&self.gateway).await;
        if let (true, Some(token)) = (finished.membership_ended, self.token) {
            self.gateway.authenticator.forget(token).await;
        }
        Ok(finished)
    }

    /// Answers any operation as a stream of events.
    async fn stream(
        self,
        request: GraphqlRequest,
        expires_at: Option<i64>,
    ) -> Result<Response, Refused> {
        let request_id = self.caller.request_id;
        let begun = match operation::prepare(&self.gateway, self.caller.clone(), request) {
            Ok(prepared) => {
                self.refuse_by_get(&prepared, |kind| kind == OperationKind::Mutation)?;
                prepared.begin(&self.gateway).await
            }
            Err(finished) => operation::Begun::Finished(*finished),
        };
        let token = self.token.map(str::to_owned);
        let stream = EventStream { gateway: self.gateway, token, expires_at, request_id };
        Ok(stream.of(begun).await)
    }

    /// A `GET` changes nothing: browsers and caches send it whenever they like.
    fn refuse_by_get(
        &self,
        prepared: &Prepared,
        is_refused: fn(OperationKind) -> bool,
    ) -> Result<(), Refused> {
        if self.is_safe && is_refused(prepared.kind()) {
            return Err(Refused::method(
                "POST",
                "Only queries are executed by GET, and nothing was executed. Send others as POST.",
            ));
        }
        Ok(())
    }
}
