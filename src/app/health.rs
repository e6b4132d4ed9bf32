//! What a process that only works answers: health checks, in the form that the API's have.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::db::Db;

/// How long the database may take to give a sign of life.
const PATIENCE: Duration = Duration::from_secs(2);

/// `/health/live` and `/health/ready`.
pub(super) fn router(db: Db, stop: CancellationToken) -> Router {
    Router::new()
        .route("/health/live", get(|| async { status(StatusCode::OK, "ok") }))
        .route("/health/ready", get(ready))
        .with_state((db, stop))
}

/// The process can work: its database answers, and it is not about to stop.
async fn ready(State((db, stop)): State<(Db, CancellationToken)>) -> (StatusCode, Json<Value>) {
    if stop.is_cancelled() {
        return status(StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match tokio::time::timeout(PATIENCE, db.ping()).await {
        Ok(Ok(())) => status(StatusCode::OK, "ok"),
        Ok(Err(error)) => {
            tracing::warn!(error = error.operator_text(), "not ready");
            status(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
        Err(_) => status(StatusCode::SERVICE_UNAVAILABLE, "the database is slow to answer"),
    }
}

fn status(code: StatusCode, word: &str) -> (StatusCode, Json<Value>) {
    (code, Json(json!({ "status": word })))
}
