//! The worker: claims what is due, pushes it, and writes what came back.
//!
//! One loop looks for stores that have something to push and gives each to a task; a store is pushed to by one task of
//! a process at a time, batch after batch. The loop looks when it is woken and at a fixed interval besides, so a lost
//! wake costs an interval, never a record.
//!
//! # Guarantees
//!
//! - A record is sent only while the worker's lease holds it, and every call is shorter than what is left of the lease.
//! - No marketplace is called inside a transaction.
//! - When it is told to stop it claims nothing more and finishes what is in flight.
//!
//! # Not guaranteed
//!
//! Exactly-once pushes: a worker that dies between the call and its result leaves the record to be pushed again, with
//! the same quantity.

use std::collections::HashSet;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::push::Batch;
use crate::clock::now;
use crate::db::queue::{DueStore, due_stores};
use crate::domain::verdict::Policy;
use crate::error::Result;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Most stores that are pushed to at the same time.
    pub concurrency: usize,
    /// Most records that are claimed at once.
    pub batch_size: u64,
    /// How long a claim holds without being renewed; longer than the longest call.
    pub lease: Duration,
    /// How long until it looks for work when nobody wakes it.
    pub poll_interval: Duration,
    /// When a failed push is tried again.
    pub policy: Policy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: 16,
            batch_size: 50,
            lease: Duration::from_secs(30),
            poll_interval: Duration::from_millis(500),
            policy: Policy::default(),
        }
    }
}

/// Batches that a task pushes for one store before it lets other stores have its place.
const BATCHES_IN_A_ROW: usize = 4;

/// Works until it is cancelled, then finishes what is in flight.
pub async fn run(engine: Engine, settings: Settings, cancel: CancellationToken) {
    let mut worker = Worker {
        engine,
        settings,
        tasks: JoinSet::new(),
        busy: HashSet::new(),
    };
    while !cancel.is_cancelled() {
        let has_room = worker.look().await;
        tokio::select! {
            () = cancel.cancelled() => break,
            () = worker.engine.feed().work(), if has_room => {}
            () = tokio::time::sleep(worker.settings.poll_interval) => {}
            Some(ended) = worker.tasks.join_next() => worker.ended(ended),
        }
    }
    while let Some(ended) = worker.tasks.join_next().await {
        worker.ended(ended);
    }
}

struct Worker {
    engine: Engine,
    settings: Settings,
    tasks: JoinSet<DueStore>,
    busy: HashSet<DueStore>,
}

impl Worker {
    /// Gives stores that have work to tasks. Returns whether there is room for more.
    async fn look(&mut self) -> bool {
        if self.busy.len() >= self.settings.concurrency {
            return false;
        }
        let due = match due_stores(self.engine.db(), now()).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(error = error.operator_text(), "could not look for work");
                return false;
            }
        };
        for store in due {
            if self.busy.len() >= self.settings.concurrency {
                return false;
            }
            if self.busy.insert(store) {
                let (engine, settings) = (self.engine.clone(), self.settings.clone());
                self.tasks.spawn(async move {
                    if let Err(error) = push_store(&engine, &settings, store).await {
                        let error = error.operator_text();
                        tracing::error!(store = %store.store_id, error, "could not push; the lease will end");
                    }
                    store
                });
            }
        }
        true
    }

    fn ended(&mut self, ended: std::result::Result<DueStore, tokio::task::JoinError>) {
        match ended {
            Ok(store) => {
                self.busy.remove(&store);
            }
            Err(error) => {
                // Which store it was is lost with the task; what is still running is taken up by the lease's end.
                tracing::error!(%error, "a push ended early");
                self.busy.clear();
            }
        }
    }
}

/// Pushes what is due in one store, a few batches in a row.
async fn push_store(engine: &Engine, settings: &Settings, store: DueStore) -> Result<()> {
    engine.rescue(store).await?;
    for _ in 0..BATCHES_IN_A_ROW {
        match Batch::claim(engine, settings, store).await? {
            Some(batch) => batch.push().await?,
            None => break,
        }
    }
    Ok(())
}
