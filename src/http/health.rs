//! Health checks, the only routes that are open to everybody.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use crate::db::Db;

/// How long the database may take to give a sign of life.
const PATIENCE: Duration = Duration::from_secs(2);

/// What readiness depends on.
struct Health {
    db: Db,
    shutdown: CancellationToken,
}

/// `/health/live` and `/health/ready` alone, for a process that answers no callers.
///
/// Live says that the process runs. Ready says that its database answers and that it is not about to stop, with
/// status 200 or 503.
pub fn health_router(db: Db, shutdown: CancellationToken) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(Arc::new(Health { db, shutdown }))
}

async fn live() -> Response {
    status(StatusCode::OK, "ok")
}

async fn ready(State(health): State<Arc<Health>>) -> Response {
    if health.shutdown.is_cancelled() {
        return status(StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match tokio::time::timeout(PATIENCE, health.db.ping()).await {
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
