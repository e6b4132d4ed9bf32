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
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use self::places::Places;
use super::{Engine, turn};
use crate::clock::now;
use crate::db::queue::{DueStore, due_stores};
use crate::domain::pace::Probing;
use crate::domain::verdict::Policy;

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

/// Works until it is cancelled, then finishes what is in flight.
pub async fn run(engine: Engine, settings: Settings, cancel: CancellationToken) {
    let mut worker = Worker {
        places: Places::new(settings.concurrency, settings.concurrency_per_merchant),
        engine,
        settings,
        turns: JoinSet::new(),
        stores: HashMap::new(),
        stop: cancel.clone(),
    };
    while !cancel.is_cancelled() {
        worker.look().await;
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
    turns: JoinSet<()>,
    /// Which store each task serves.
    stores: HashMap<Id, DueStore>,
    stop: CancellationToken,
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
                return;
            }
        };
        for store in self.places.give(due) {
            let (engine, settings, stop) = (self.engine.clone(), self.settings.clone(), self.stop.clone());
            let task = self.turns.spawn(async move {
                if let Err(error) = turn::serve(&engine, &settings, store, &stop).await {
                    let error = error.operator_text();
                    tracing::error!(store = %store.store_id, error, "could not push; the lease will end");
                }
            });
            self.stores.insert(task.id(), store);
        }
    }

    fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
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
