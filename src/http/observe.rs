//! Every request has an id, and is measured, on its way in and out.

use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry_http::HeaderExtractor;

use crate::meter::HttpRequest;
use crate::request_id::RequestId;
use crate::trace;

type Request = axum::http::Request<Body>;

/// The header that has the id, there and back.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The header that names the trace of who calls.
pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Gives the request its id, and tells it with the answer.
///
/// A good one that the caller gave is kept. One that is not is replaced without a word: an id is a help and no reason to refuse
/// somebody, and the answer says which one counts.
pub(super) async fn observed(request: Request, next: Next) -> Response {
    let measured = HttpRequest::begun(route(request.uri().path()));
    let given = request.headers().get(&HEADER);
    let id = given.and_then(|given| RequestId::read(given.as_bytes()));
    let id = id.unwrap_or_else(RequestId::fresh);
    let span = id.span();
    trace::asked(&span, &HeaderExtractor(request.headers()), route(request.uri().path()));
    let mut response = id.clone().scope(span.clone(), answered(request, next)).await;
    trace::answered(&span, response.status().as_u16());
    measured.answered(response.status().as_str());
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

async fn answered(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let (method, route) = (request.method().clone(), route(request.uri().path()));
    let response = next.run(request).await;
    let elapsed_ms = begun.elapsed().as_secs_f64() * 1_000.0;
    tracing::debug!(%method, route, status = response.status().as_u16(), elapsed_ms, "answered");
    response
}

/// The route in one of few words, whatever is asked for.
fn route(path: &str) -> &'static str {
    match path {
        "/graphql" => "graphql",
        "/graphql/stream" => "stream",
        "/health/live" | "/health/ready" => "health",
        _ => "other",
    }
}
