//! The composition root: configuration in, running server out.
//!
//! [`App::start`] opens the database and makes the engine; nothing runs yet. [`App::run`] runs what the role asks for
//! until it is told to stop: the API on the listener, and the worker and the pruning beside it.
//!
//! # Guarantees
//!
//! - A stop is graceful: no new connection is taken, requests under way are answered, the worker finishes what it has
//!   in flight, and the database is closed. Whatever is not done [`GRACE`] later is dropped, and what was in flight
//!   is taken up again after its lease, so a stop ends within 15 seconds (with traces, one more). It is no failure, however often it is asked for.
//! - From the stop on no connection is taken, for the health checks neither: whoever asks whether the server is ready finds
//!   that it is not.
//! - A part that ends by itself stops the whole, with its error. A server without its worker does not linger on.

mod check;
mod encryption_key;
mod metrics;
mod parts;

pub use check::{check, check_values};

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use self::metrics::Metrics;
use tokio::net::TcpListener;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::http::{PersistedDocuments, Verifier};
use crate::sync::Engine;
use crate::sync::replicas::Replica;
use crate::sync::tail::Looks;

/// How long a stop may take.
pub const GRACE: Duration = Duration::from_secs(12);

/// How long telling other processes of the last changes may take after that.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// And how long closing the database.
const FAREWELL: Duration = Duration::from_secs(2);

/// A server that is ready to run.
#[derive(Debug)]
pub struct App {
    config: Config,
    engine: Engine,
    documents: Option<Arc<PersistedDocuments>>,
    /// Tells good tokens of the host ERP from others, where any are taken.
    tokens: Option<Arc<Verifier>>,
    /// Where Prometheus asks, where anything is measured.
    metrics: Option<Metrics>,
}

impl App {
    /// Checks the configuration and the list of documents, opens the database, brings its schema up to date and makes the engine.
    ///
    /// # Errors
    /// The configuration or the list of documents is not good, the encryption key or the keys of tokens cannot be had, or the
    /// database cannot be reached.
    pub async fn start(config: &Config) -> Result<Self> {
        let settings = config.database.settings();
        let db = async {
            let db = Db::connect(&settings).await?;
            db.migrate().await?;
            Ok(db)
        };
        // In the heap, as they are large.
        Box::pin(Self::on(config, db)).await
    }

    /// The same for a command, on a database that has to be there with its schema up to date: see [`Db::existing`].
    ///
    /// # Errors
    /// Those of [`App::start`], or the database is not there or behind.
    pub async fn open(config: &Config) -> Result<Self> {
        let settings = config.database.settings();
        Box::pin(Self::on(config, Db::existing(&settings))).await
    }

    async fn on(config: &Config, db: impl Future<Output = Result<Db>>) -> Result<Self> {
        config.validate()?;
        install_crypto_provider();
        // Before anything happens that is measured.
        let metrics = Metrics::begin(config).await?;
        // Before the database is touched. Who answers nobody need not have the file.
        let tokens = match config.server.role.answers() {
            true => config.jwt.verifier()?.map(Arc::new),
            false => None,
        };
        let documents = parts::documents(config).await?;
        let engine = parts::engine(config, db.await?).await?;
        Ok(Self {
            config: config.clone(),
            engine,
            documents,
            tokens,
            metrics,
        })
    }

    /// Everything that writes goes through it.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Where Prometheus finds its page, if it does.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref()?.address()
    }

    /// Runs until `cancel` is cancelled, and then stops gracefully.
    ///
    /// # Errors
    /// A part ended by itself.
    pub async fn run(self, listener: TcpListener, cancel: CancellationToken) -> Result<()> {
        // A child, so that a failing part can stop the others without cancelling what the caller does besides.
        let stop = cancel.child_token();
        let (config, engine) = (|| self.config.clone(), || self.engine.clone());
        let settings = parts::edge(
            &self.config,
            self.tokens.clone(),
            self.documents.clone(),
            &self.engine,
            stop.clone(),
        );
        let mut running = Running::default();
        running.start("http server", parts::serve(config(), settings, engine(), listener));
        if let Some(metrics) = self.metrics {
            running.start("metrics", metrics.serve(engine(), stop.clone()));
        }
        let looks = Looks::default();
        let replica = Replica::new(engine(), looks.clone());
        if self.engine.db().can_notify() {
            running.start("telling of changes", parts::tell(replica.clone(), stop.clone()));
            running.start("hearing of changes", parts::hear(replica.clone(), stop.clone()));
        }
        if self.config.server.role.answers() {
            running.start("tail of changes", parts::tail(config(), engine(), looks, stop.clone()));
        }
        // In every role, since it is the one that writes portions which plans them at once.
        running.start("planner", parts::plan(config(), engine(), stop.clone()));
        if self.config.server.role.works() {
            running.start("worker", parts::work(config(), engine(), stop.clone()));
            running.start("giving up", parts::expire(config(), engine(), stop.clone()));
            running.start("pruning", parts::prune(config(), engine(), stop.clone()));
            running.start("tallying", parts::tally(engine(), stop.clone()));
        }
        let result = running.until_stopped(&stop, GRACE).await;
        // Others find in the table what cannot be told any more.
        let _ = tokio::time::timeout(LAST_WORDS, replica.tell_rest()).await;
        close(&self.engine).await;
        result
    }
}

/// Makes ring the provider of TLS for this process. Harmless to repeat; needed before the first connection.
pub fn install_crypto_provider() {
    // An error means that there is a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The parts that run, by name.
#[derive(Default)]
struct Running {
    parts: JoinSet<(&'static str, Result<()>)>,
}

impl Running {
    fn start(&mut self, name: &'static str, part: impl Future<Output = Result<()>> + Send + 'static) {
        self.parts.spawn(async move { (name, part.await) });
    }

    /// Waits for the stop, or for a part that ends before it, and then no longer than `grace` for the rest.
    async fn until_stopped(mut self, stop: &CancellationToken, grace: Duration) -> Result<()> {
        let first = tokio::select! {
            // The stop first: a part that has already obeyed it did not end by itself.
            biased;
            () = stop.cancelled() => Ok(()),
            Some(ended) = self.parts.join_next() => Err(ended_early(ended)),
        };
        stop.cancel();
        if tokio::time::timeout(grace, self.all_ended()).await.is_err() {
            tracing::warn!(unfinished = self.parts.len(), "gave up waiting for parts to stop");
            self.parts.shutdown().await;
        }
        first
    }

    async fn all_ended(&mut self) {
        while let Some(ended) = self.parts.join_next().await {
            match ended {
                Ok((_, Ok(()))) => {}
                Ok((name, Err(error))) => {
                    tracing::error!(part = name, error = error.operator_text(), "failed while stopping");
                }
                Err(error) => tracing::error!(%error, "a part panicked while stopping"),
            }
        }
    }
}

fn ended_early(ended: Result<(&'static str, Result<()>), JoinError>) -> Error {
    match ended {
        Ok((name, Ok(()))) => Error::internal(format!("the {name} ended by itself")),
        Ok((name, Err(error))) => Error::internal(format!("the {name} failed: {}", error.operator_text())),
        Err(error) => Error::internal(format!("a part of the server panicked: {error}")),
    }
}

async fn close(engine: &Engine) {
    match tokio::time::timeout(FAREWELL, engine.db().clone().close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(error = error.operator_text(), "could not close the database"),
        Err(_) => tracing::warn!("gave up waiting for the database to close"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[tokio::test]
    async fn a_stop_waits_for_the_parts_but_not_for_ever() {
        let stop = CancellationToken::new();
        let mut running = Running::default();
        running.start("stubborn", std::future::pending());
        let obedient = stop.clone();
        running.start("obedient", async move {
            obedient.cancelled().await;
            Ok(())
        });
        stop.cancel();
        running.until_stopped(&stop, Duration::from_millis(20)).await.unwrap();
    }

    #[tokio::test]
    async fn a_part_that_has_obeyed_the_stop_did_not_fail() {
        for _ in 0..50 {
            let stop = CancellationToken::new();
            let mut running = Running::default();
            running.start("obedient", async { Ok(()) });
            stop.cancel();
            tokio::task::yield_now().await;
            running.until_stopped(&stop, GRACE).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_part_that_ends_stops_the_whole() {
        let stop = CancellationToken::new();
        let mut running = Running::default();
        running.start("worker", async { Err(Error::internal("no disk")) });
        let other = stop.clone();
        running.start("http server", async move {
            other.cancelled().await;
            Ok(())
        });
        let error = running.until_stopped(&stop, GRACE).await.unwrap_err();
        assert_eq!(error.operator_text(), "the worker failed: no disk");
    }
}
