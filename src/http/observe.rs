//! Every request is measured on its way in and out.

use axum::middleware::Next;
use axum::response::Response;

use crate::meter::HttpRequest;

type Request = axum::http::Request<axum::body::Body>;

/// Measures a request from its head to the head of its answer.
pub(super) async fn observed(request: Request, next: Next) -> Response {
    let measured = HttpRequest::begun(route(request.uri().path()));
    let response = next.run(request).await;
    measured.answered(response.status().as_str());
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
