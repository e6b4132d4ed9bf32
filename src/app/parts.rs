//! The parts of a server, each made from the configuration.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::encryption_key;
use crate::config::Config;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::feed::Feed;
use crate::marketplace::outgoing::Client;
use crate::sync::{Engine, prune, worker};

/// The engine on an open database.
pub(super) fn engine(config: &Config, db: Db) -> Result<Engine> {
    let cipher = encryption_key::cipher(config)?;
    let client = Client::new(config.marketplace.allow_private_endpoints)?;
    Ok(Engine::new(
        db,
        Feed::default(),
        config.retention.policy(),
        cipher,
        client,
    ))
}

/// Answers callers, or only health checks, until the stop; then finishes what is under way.
pub(super) fn serve(
    config: &Config,
    engine: &Engine,
    listener: TcpListener,
    stop: CancellationToken,
) -> impl Future<Output = Result<()>> + Send + 'static {
    let router = router(config, engine).into_make_service_with_connect_info::<SocketAddr>();
    async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await
            .map_err(Error::internal)
    }
}

fn router(_config: &Config, _engine: &Engine) -> Router {
    Router::new().route("/health/live", get(|| async { "ok" }))
}

/// Pushes what is due until the stop, then finishes what is in flight.
pub(super) async fn work(config: Config, engine: Engine, stop: CancellationToken) -> Result<()> {
    worker::run(engine, config.worker.settings(), stop).await;
    Ok(())
}

/// Deletes what is too old until the stop.
pub(super) async fn prune(config: Config, engine: Engine, stop: CancellationToken) -> Result<()> {
    prune::run(engine, config.retention.prune_interval, stop).await;
    Ok(())
}
