//! `/metrics`: the page that Prometheus reads.
//!
//! It is served on an address of its own and not beside the API, whose port is open to callers: what it tells is of all
//! merchants together, and asks for no key.
//!
//! # Guarantees
//!
//! - An answer within about [`PATIENCE`], also while the database is away: then it says so, and what is only known from the
//!   database is NaN.
//! - At most one reading of the database at a time and one in [`FRESH`], whoever asks how often.
//! - Nothing of a single merchant is on the page.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use entity::types::Marketplace;
use sea_orm::Iterable;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::clock::now;
use crate::db::Db;
use crate::db::status::{self, Status};
use crate::meter::{self, Page, Pool, Standing};
use crate::sync::Engine;

/// How long the database may take to say how things stand.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was read so recently is not read again.
const FRESH: Duration = Duration::from_secs(1);

/// How things stood in the database, and when; none before it was read.
type Known = Option<(Instant, Standing)>;

struct Metrics {
    engine: Engine,
    page: Page,
    known: watch::Sender<Known>,
    is_reading: AtomicBool,
}

/// `/metrics` alone.
pub fn metrics_router(engine: Engine, page: Page) -> Router {
    let metrics = Metrics {
        engine,
        page,
        known: watch::Sender::new(None),
        is_reading: AtomicBool::new(false),
    };
    Router::new().route("/metrics", get(show)).with_state(Arc::new(metrics))
}

async fn show(State(metrics): State<Arc<Metrics>>) -> Response {
    metrics.look().await;
    let headers = [
        (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, metrics.page.render()).into_response()
}

impl Metrics {
    /// Brings what is looked at up to date.
    async fn look(self: &Arc<Self>) {
        for pool in self.engine.db().pools() {
            pool.show();
        }
        if let Some(at) = self.engine.pulse().last() {
            meter::worker_looked(at);
        }
        let asked = Instant::now();
        let is_fresh = |known: &Known| known.as_ref().is_some_and(|(at, _)| *at + FRESH >= asked);
        let mut news = self.known.subscribe();
        if !is_fresh(&self.known.borrow()) {
            self.begin_to_read();
        }
        let is_up = timeout(PATIENCE, news.wait_for(is_fresh)).await.is_ok();
        let (age, standing) = match &*self.known.borrow() {
            Some((at, standing)) => (at.elapsed(), standing.clone()),
            None => (asked.elapsed(), shown(&Status::default())),
        };
        let standing = if is_up { standing } else { standing.unknown() };
        standing.show(is_up, age);
    }

    /// Reads in a task of its own, which whoever asked need not wait for; not while another one reads.
    fn begin_to_read(self: &Arc<Self>) {
        if self.is_reading.swap(true, Ordering::AcqRel) {
            return;
        }
        let metrics = Arc::clone(self);
        tokio::spawn(async move {
            let read = read(metrics.engine.db()).await;
            metrics.is_reading.store(false, Ordering::Release);
            match read {
                Ok(standing) => {
                    metrics.known.send_replace(Some((Instant::now(), standing)));
                }
                Err(error) => tracing::warn!(error = error.operator_text(), "could not read how things stand"),
            }
        });
    }
}

async fn read(db: &Db) -> crate::error::Result<Standing> {
    Pool::waited(db.wait_for_connection().await?);
    Ok(shown(&status::standing(db, now()).await?))
}

/// The form in which it is shown: with all marketplaces, also those for which nothing waits.
fn shown(status: &Status) -> Standing {
    let now = now();
    let queue = |marketplace: Marketplace| {
        let word = marketplace.word();
        let queue = status.queues.iter().find(|queue| queue.marketplace == word);
        let depths = queue.map_or([0, 0, 0], |queue| [queue.waiting, queue.in_flight, queue.retrying]);
        let oldest = queue.and_then(|queue| queue.oldest_unsent_at);
        let age = oldest
            .and_then(|oldest| (now - oldest).to_std().ok())
            .unwrap_or_default();
        (word, depths.map(number), age.as_secs_f64())
    };
    let (stores, leases) = (status.stores, status.leases);
    Standing {
        queues: Marketplace::iter().map(queue).collect(),
        backlog: number(status.backlog),
        stores: [
            ("connected", number(stores.connected)),
            ("paused", number(stores.paused)),
            ("reconnect_required", number(stores.reconnect_required)),
            ("not_connected", number(stores.not_connected)),
        ],
        leases: [("held", number(leases.held)), ("ended", number(leases.ended))],
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are no 2^53 rows")]
fn number(count: i64) -> f64 {
    count as f64
}
