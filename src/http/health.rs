//! Health checks, the only routes that are open to everybody.
//!
//! Live says that the process runs and answers. It fails when that cannot be told any more, so what a restart does not
//! cure, such as a database that is away, is none of its business.
//!
//! Ready says that the process can do what its role asks for: its database answers, with the schema that this program
//! needs; its worker, where it has one, goes on; and it is not about to stop. Otherwise it is 503, and says why.
//!
//! # Not guaranteed
//!
//! - That the next call succeeds. Ready is about one moment.
//! - That a part which fails is seen here: it ends the whole process, see [`crate::app`].

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use super::Settings;
use crate::clock::Pulse;
use crate::db::Db;

/// How long the database may take to give a sign of life.
const PATIENCE: Duration = Duration::from_secs(2);

/// What readiness depends on.
struct Health {
    db: Db,
    shutdown: CancellationToken,
    worker: Option<Worker>,
}

/// A worker that readiness depends on.
#[derive(Debug, Clone)]
pub struct Worker {
    /// Beats as long as it goes on.
    pub pulse: Arc<Pulse>,
    /// Longest time between two beats.
    pub longest: Duration,
}

/// `/health/live` and `/health/ready` alone, for a process that answers no callers.
pub fn health_router(db: Db, settings: &Settings) -> Router {
    let health = Health {
        db,
        shutdown: settings.shutdown.clone(),
        worker: settings.worker.clone(),
    };
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(Arc::new(health))
}

async fn live() -> Response {
    status(StatusCode::OK, "ok")
}

async fn ready(State(health): State<Arc<Health>>) -> Response {
    if health.shutdown.is_cancelled() {
        return status(StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    let is_still = |worker: &Worker| worker.pulse.stands_still(worker.longest);
    if health.worker.as_ref().is_some_and(is_still) {
        return status(StatusCode::SERVICE_UNAVAILABLE, "the worker stands still");
    }
    match tokio::time::timeout(PATIENCE, health.db.pending_migrations()).await {
        Ok(Ok(pending)) if pending.is_empty() => status(StatusCode::OK, "ok"),
        Ok(Ok(_)) => status(StatusCode::SERVICE_UNAVAILABLE, "the schema of the database is behind"),
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
