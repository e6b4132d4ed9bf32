//! Health checks, the only routes that are open to everybody.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Edge;

/// How long the database may take to give a sign of life.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process runs.
pub(super) async fn live() -> Response {
    status(StatusCode::OK, "ok")
}

/// The process can take requests: its database answers, and it is not about to stop.
pub(super) async fn ready<E>(State(edge): State<Arc<Edge<E>>>) -> Response {
    if edge.settings.shutdown.is_cancelled() {
        return status(StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match tokio::time::timeout(PATIENCE, edge.db.ping()).await {
        Ok(Ok(())) => status(StatusCode::OK, "ok"),
        Ok(Err(error)) => {
            tracing::warn!(error = error.operator_text(), "not ready");
            status(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
        Err(_) => status(StatusCode::SERVICE_UNAVAILABLE, "the database is slow to answer"),
    }
}

fn status(code: StatusCode, word: &str) -> Response {
    let body = serde_json::json!({ "status": word }).to_string();
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (code, headers, body).into_response()
}
