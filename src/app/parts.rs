//! The parts of a server, each made from the configuration.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::encryption_key;
use crate::config::Config;
use crate::db::{self, Db};
use crate::error::{Error, ProblemCode, Result};
use crate::feed::Feed;
use crate::http::{Documents, PersistedDocuments, Settings};
use crate::marketplace::Marketplaces;
use crate::marketplace::outgoing::Client;
use crate::sync::replicas::Replica;
use crate::sync::tail::Looks;
use crate::sync::{Engine, backlog, expire, prune, tail, tally, worker};
use crate::{graphql, http};

/// The engine on an open database.
pub(super) async fn engine(config: &Config, db: Db) -> Result<Engine> {
    let stored = db::store::any_sealed(&db).await?;
    let cipher = encryption_key::cipher(config, stored.as_ref())?;
    let marketplaces = Marketplaces::new(Client::new(config.marketplace.calls())?, config.marketplace.addresses());
    let retention = config.retention.policy();
    Ok(Engine::new(
        db,
        Feed::default(),
        retention,
        cipher,
        marketplaces,
        config.planning.settings(),
    ))
}

/// The list of documents that alone may be executed, where there is one.
pub(super) async fn documents(config: &Config) -> Result<Option<Arc<PersistedDocuments>>> {
    let http = &config.http;
    let Some(file) = http.persisted_documents.as_ref() else {
        return Ok(None);
    };
    let json = std::fs::read(file).map_err(|error| {
        let message = format!("{} cannot be read: {error}", file.display());
        Error::invalid("--persisted-documents", ProblemCode::Invalid, message)
    })?;
    let limits = http.settings(CancellationToken::new()).limits;
    let validator = graphql::validator();
    let documents = PersistedDocuments::read(&json, &limits, http.introspection, &validator).await?;
    tracing::info!(documents = documents.count(), "only documents on the list are executed");
    Ok(Some(Arc::new(documents)))
}

/// A worker that does not look for work for so long, beyond what it may wait for the database and for work, stands still.
const STANDSTILL: Duration = Duration::from_secs(30);

/// The settings of the edge, which stops when `stop` is cancelled.
pub(super) fn edge(
    config: &Config,
    tokens: Option<Arc<http::Verifier>>,
    documents: Option<Arc<PersistedDocuments>>,
    engine: &Engine,
    stop: CancellationToken,
) -> Settings {
    let worker = http::Worker {
        pulse: Arc::clone(engine.pulse()),
        longest: STANDSTILL + config.database.patience + config.worker.poll_interval,
    };
    let mut settings = Settings {
        tokens,
        worker: Some(worker).filter(|_| config.server.role.works()),
        ..config.http.settings(stop)
    };
    if let Some(documents) = documents {
        settings.documents = Documents::Listed(documents);
    }
    settings
}

/// Answers callers, or only health checks, until the stop; then finishes what is under way.
pub(super) async fn serve(config: Config, settings: Settings, engine: Engine, listener: TcpListener) -> Result<()> {
    let stop = settings.shutdown.clone();
    let sockets = settings.sockets.clone();
    let router = match config.server.role.answers() {
        true => {
            let schema = graphql::served(engine.clone());
            http::router(schema, engine.db().clone(), settings)
        }
        false => http::health_router(engine.db().clone(), &settings),
    };
    http::serve(listener, router, config.http.connections(), stop).await;
    // Whoever was upgraded is no connection of the server's any more.
    sockets.close();
    sockets.wait().await;
    Ok(())
}

/// Pushes what is due until the stop, then finishes what is in flight.
pub(super) async fn work(config: Config, engine: Engine, stop: CancellationToken) -> Result<()> {
    worker::run(engine, config.worker.settings(), stop).await;
    Ok(())
}

/// Plans what is in the backlog until the stop, then finishes the portion that is under way.
pub(super) async fn plan(config: Config, engine: Engine, stop: CancellationToken) -> Result<()> {
    backlog::run(engine, config.worker.poll_interval, stop).await;
    Ok(())
}

/// Tells live listeners what other processes changed, until the stop.
pub(super) async fn tail(config: Config, engine: Engine, looks: Looks, stop: CancellationToken) -> Result<()> {
    tail::run(engine, config.server.live_poll_interval, looks, stop).await;
    Ok(())
}

/// Tells other processes what this one changed, until the stop.
pub(super) async fn tell(replica: Replica, stop: CancellationToken) -> Result<()> {
    replica.tell(stop).await;
    Ok(())
}

/// Hears what other processes changed, until the stop.
pub(super) async fn hear(replica: Replica, stop: CancellationToken) -> Result<()> {
    replica.hear(stop).await;
    Ok(())
}

/// How often records are looked for that have waited for their store for too long, at most.
const EXPIRE_INTERVAL: Duration = Duration::from_secs(60);

/// Gives up what has waited for its store for too long, until the stop.
pub(super) async fn expire(config: Config, engine: Engine, stop: CancellationToken) -> Result<()> {
    let max_age = config.worker.retry_give_up;
    let interval = EXPIRE_INTERVAL.min(max_age / 2).max(config.worker.poll_interval);
    expire::run(engine, max_age, interval, stop).await;
    Ok(())
}

/// Deletes what is too old until the stop.
pub(super) async fn prune(config: Config, engine: Engine, stop: CancellationToken) -> Result<()> {
    prune::run(engine, config.retention.prune_interval, stop).await;
    Ok(())
}

/// How often the tally of records is summed up.
const TALLY_INTERVAL: Duration = Duration::from_secs(10);

/// Keeps the tally of records short until the stop.
pub(super) async fn tally(engine: Engine, stop: CancellationToken) -> Result<()> {
    tally::run(engine, TALLY_INTERVAL, stop).await;
    Ok(())
}
