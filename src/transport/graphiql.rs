//! GraphiQL, from the binary itself: the page asks no other host for anything.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use graphql::Executor;

use super::assets::Assets;
use crate::gateway::Gateway;

const NOT_BUILT: &str = "<!doctype html><title>Atrium</title><p>This gateway was built without \
    GraphiQL. Run <code>script/setup</code>, which builds the folder <code>web/</code>, and build \
    the gateway again. The API is at <code>/graphql</code>.</p>";

/// The page's own addresses are relative to its folder.
pub async fn redirect() -> Redirect {
    Redirect::permanent("/graphiql/")
}

/// The page.
pub async fn page<E: Executor>(State(gateway): State<Arc<Gateway<E>>>) -> Response {
    if !gateway.settings.graphiql {
        return StatusCode::NOT_FOUND.into_response();
    }
    match Assets::get("index.html") {
        Some(page) => Html(page.data.into_owned()).into_response(),
        None => Html(NOT_BUILT).into_response(),
    }
}

/// The demo's tokens for the role switcher; in development only.
pub async fn session<E: Executor>(State(gateway): State<Arc<Gateway<E>>>) -> Response {
    match &gateway.settings.session {
        Some(session) => axum::Json(session.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A script, style or font of the page. Their names change with their content.
pub async fn asset<E: Executor>(
    State(gateway): State<Arc<Gateway<E>>>,
    Path(path): Path<String>,
) -> Response {
    let asset = gateway.settings.graphiql.then(|| Assets::get(&path)).flatten();
    let Some(asset) = asset else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = asset.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(&path)));
    if path.starts_with("assets/") {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        headers.insert(CACHE_CONTROL, forever);
    }
    response
}

/// Module scripts and workers run only with the right type.
fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("ttf") => "font/ttf",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        _ => "text/plain; charset=utf-8",
    }
}
