//! The worker: gives stores that have something to push their turns.
//!
//! One loop looks for stores that have something due and gives each a place, in which a task serves its turn
//! ([`super::turn`]). The loop looks when it is woken and at a fixed interval besides, so a lost wake costs an interval,
//! never a record.
//!
//! # Guarantees
//!
//! - A record is sent only while the worker's lease holds it, and every call is over before the lease ends.
//! - No marketplace is called inside a transaction.
//! - No merchant gets more than its share of the places, and of those that wait the one with the fewest places is next:
//!   what one merchant has to push does not keep another's waiting.
//! - When it is told to stop it claims nothing more and finishes what is in flight.
//!
//! # Not guaranteed
//!
//! Exactly-once pushes: a worker that dies between the call and its result leaves the record to be pushed again, with
//! the same quantity.

mod places;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use self::places::Places;
use super::{Engine, turn};
use crate::clock::now;
use crate::db::queue::{DueStore, due_stores};
use crate::domain::pace::Probing;
use crate::domain::verdict::Policy;
use crate::error::Result;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Most stores that are pushed to at the same time.
    pub concurrency: usize,
    /// Most of them that are one merchant's.
    pub concurrency_per_merchant: usize,
    /// Most calls to one store at the same time; how many there really are is learnt from its answers.
    pub calls_per_store: u32,
    /// Most records in one call.
    pub batch_size: u64,
    /// How long a claim holds without being renewed: at least as long as a call and the hold after it.
    pub lease: Duration,
    /// How long until it looks for work when nobody wakes it.
    pub poll_interval: Duration,
    /// When a failed push is tried again.
    pub policy: Policy,
    /// When a store that keeps failing is tried again.
    pub probing: Probing,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: 64,
            concurrency_per_merchant: 16,
            calls_per_store: 4,
            batch_size: 50,
            lease: Duration::from_secs(30),
            poll_interval: Duration::from_millis(500),
            policy: Policy::default(),
            probing: Probing::default(),
        }
    }
}

/// How long a worker rests after the database failed it: at first, which doubles with every further time, and at most.
const FIRST_REST: Duration = Duration::from_millis(50);
const LONGEST_REST: Duration = Duration::from_secs(5);

/// Works until it is cancelled, then finishes what is in flight.
pub async fn run(engine: Engine, settings: Settings, cancel: CancellationToken) {
    let mut worker = Worker {
        places: Places::new(settings.concurrency, settings.concurrency_per_merchant),
        engine,
        settings,
        turns: JoinSet::new(),
        stores: HashMap::new(),
        rest: Rest::default(),
        stop: cancel.clone(),
    };
    while !cancel.is_cancelled() {
        worker.engine.pulse().beat();
        if worker.rest.is_over() {
            worker.look().await;
        }
        tokio::select! {
            () = cancel.cancelled() => break,
            () = worker.engine.feed().work() => {}
            () = tokio::time::sleep(worker.settings.poll_interval) => {}
            Some(ended) = worker.turns.join_next_with_id() => worker.ended(ended),
        }
    }
    while let Some(ended) = worker.turns.join_next_with_id().await {
        worker.ended(ended);
    }
}

struct Worker {
    engine: Engine,
    settings: Settings,
    places: Places,
    turns: JoinSet<Result<()>>,
    /// Which store each task serves.
    stores: HashMap<Id, DueStore>,
    rest: Rest,
    stop: CancellationToken,
}

/// Keeps a worker whose database is full or away from trying again at once.
#[derive(Debug, Default)]
struct Rest {
    failures: u32,
    until: Option<Instant>,
}

impl Rest {
    fn is_over(&self) -> bool {
        self.until.is_none_or(|until| until <= Instant::now())
    }

    fn after(&mut self, worked: bool) {
        self.failures = if worked { 0 } else { self.failures + 1 };
        let wait = FIRST_REST.saturating_mul(1 << self.failures.min(10)).min(LONGEST_REST);
        self.until = (!worked).then(|| Instant::now() + wait);
    }
}

impl Worker {
    /// Gives stores that have work to tasks, as far as there are places.
    async fn look(&mut self) {
        if self.places.is_full() {
            return;
        }
        let due = match due_stores(self.engine.db(), now()).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(error = error.operator_text(), "could not look for work");
                self.rest.after(false);
                return;
            }
        };
        for store in self.places.give(due) {
            let (engine, settings, stop) = (self.engine.clone(), self.settings.clone(), self.stop.clone());
            let task = self
                .turns
                .spawn(async move { turn::serve(&engine, &settings, store, &stop).await });
            self.stores.insert(task.id(), store);
        }
    }

    fn ended(&mut self, ended: Result<(Id, Result<()>), JoinError>) {
        let id = match ended {
            Ok((id, served)) => {
                self.rest.after(served.is_ok());
                if let Err(error) = served {
                    let error = error.operator_text();
                    tracing::error!(store = ?self.stores.get(&id), error, "could not push; the lease will end");
                }
                id
            }
            Err(error) => {
                tracing::error!(%error, "a turn ended early; its lease will end");
                error.id()
            }
        };
        if let Some(store) = self.stores.remove(&id) {
            self.places.free(&store);
        }
    }
}
