//! `/health/live` and `/health/ready` say what is so.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use sea_orm::ConnectionTrait;
use stock_sync::clock::Pulse;
use stock_sync::http::{Settings, Worker, health_router};
use tower::ServiceExt;

use crate::support::{TestApp, both};

/// The status and the body that a router with these settings answers.
async fn asked(app: &TestApp, settings: &Settings, path: &str) -> (u16, String) {
    let router = health_router(app.db().clone(), settings);
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

both! {
    /// A database whose schema is older than the program, as after a restore under a running server, is not ready.
    async fn a_schema_that_is_behind_is_not_ready(app: &TestApp) {
        let ready = app.stranger().url("/health/ready");
        let status = async || reqwest::get(&ready).await.unwrap().status().as_u16();
        assert_eq!(status().await, 200);
        let newest = "version = (SELECT MAX(version) FROM seaql_migrations)";
        let forget = format!("CREATE TABLE kept AS SELECT * FROM seaql_migrations WHERE {newest}");
        app.db().reader().execute_unprepared(&forget).await.unwrap();
        app.db().reader().execute_unprepared(&format!("DELETE FROM seaql_migrations WHERE {newest}")).await.unwrap();
        let (code, body) = asked(app, &Settings::default(), "/health/ready").await;
        assert!(code == 503 && body.contains("behind"), "{body}");
        assert_eq!(status().await, 503);
        let live = reqwest::get(app.stranger().url("/health/live")).await.unwrap();
        assert_eq!(live.status(), 200);
        app.db().reader().execute_unprepared("INSERT INTO seaql_migrations SELECT * FROM kept").await.unwrap();
        assert_eq!(status().await, 200);
    }

    /// A worker that stands still, and a process that stops, are not ready; both live.
    async fn a_still_worker_and_a_stop_are_not_ready(app: &TestApp) {
        let pulse = Arc::new(Pulse::default());
        let with = |longest| Settings {
            worker: Some(Worker { pulse: Arc::clone(&pulse), longest }),
            ..Settings::default()
        };
        // One that has not begun yet, and one that goes on.
        assert_eq!(asked(app, &with(Duration::ZERO), "/health/ready").await.0, 200);
        pulse.beat();
        assert_eq!(asked(app, &with(Duration::from_secs(60)), "/health/ready").await.0, 200);
        let (code, body) = asked(app, &with(Duration::ZERO), "/health/ready").await;
        assert!(code == 503 && body.contains("worker"), "{body}");
        assert_eq!(asked(app, &with(Duration::ZERO), "/health/live").await.0, 200);

        let settings = Settings::default();
        settings.shutdown.cancel();
        let (code, body) = asked(app, &settings, "/health/ready").await;
        assert!(code == 503 && body.contains("stopping"), "{body}");
        assert_eq!(asked(app, &settings, "/health/live").await.0, 200);
    }

    /// The worker of a server that runs beats, so what readiness looks at is not asleep; that of a server without one does not.
    async fn a_running_worker_beats(app: &TestApp) {
        let beaten = async || loop {
            if let Some(at) = app.engine().pulse().last() {
                return at;
            }
            tokio::task::yield_now().await;
        };
        let first = beaten().await;
        while beaten().await <= first {
            tokio::task::yield_now().await;
        }
        app.restart(|config| config.server.role = stock_sync::config::Role::Api).await;
        assert_eq!(app.engine().pulse().last(), None);
    }
}
