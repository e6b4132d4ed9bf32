//! The worker: gives stores that have something to push their turns.
//!
//! One loop looks for stores that have something due and gives each a place, in which a task serves its turn
//! ([`super::turn`]). The loop looks when it is woken and at a fixed interval besides, so a lost wake costs an interval,
//! never a record. Stores for which there was no place are remembered: when a place becomes free it is theirs without
//! another look, which takes the longer the more stores wait. So that looking does not take all the time, it is put off
//! after a wake while somebody waits for a place, in proportion to how long it took the last time and for a tenth of a
//! second at most.
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

/// Looking for work takes one part in so many of the time at most, while somebody waits for a place.
const REST_OF_LOOKING: u32 = 20;
/// What is put off is put off for this long at least, and at most: somebody else's work may have come.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
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
        look: Look::default(),
        stop: cancel.clone(),
    };
    while !cancel.is_cancelled() {
        worker.engine.pulse().beat();
        if worker.rest.is_over() {
            worker.serve().await;
        }
        let pause = worker.pause();
        tokio::select! {
            () = cancel.cancelled() => break,
            () = worker.engine.feed().work() => worker.look.is_wanted = true,
            () = tokio::time::sleep(pause) => worker.look.is_wanted = true,
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
    look: Look,
    stop: CancellationToken,
}

/// When it is looked for work.
#[derive(Debug)]
struct Look {
    /// Whether there may be work that the last look did not find.
    is_wanted: bool,
    /// Not before this, while somebody waits for a place anyway.
    next: Instant,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            is_wanted: true,
            next: Instant::now(),
        }
    }
}

impl Look {
    fn took(&mut self, time: Duration) {
        self.is_wanted = false;
        self.next = Instant::now() + (time * REST_OF_LOOKING).min(LONGEST_PAUSE);
    }
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
        let wait = FIRST_REST.saturating_mul(1 << self.failures.min(10)).min(LONGEST_REST);
        self.failures = if worked { 0 } else { self.failures + 1 };
        self.until = (!worked).then(|| Instant::now() + wait);
    }
}

impl Worker {
    /// How long there is nothing to do unless something happens.
    fn pause(&self) -> Duration {
        let longest = self.settings.poll_interval;
        if !self.look.is_wanted || self.places.is_full() || !self.rest.is_over() {
            return longest;
        }
        let left = self.look.next.saturating_duration_since(Instant::now());
        left.max(SHORTEST_PAUSE).min(longest)
    }

    /// Gives stores that have work to tasks, as far as there are places.
    async fn serve(&mut self) {
        if self.places.is_full() {
            return;
        }
        let may_look = self.look.is_wanted && self.look.next <= Instant::now();
        if (may_look || self.places.is_nobody_waiting()) && !self.look().await {
            return;
        }
        for store in self.places.give() {
            let (engine, settings, stop) = (self.engine.clone(), self.settings.clone(), self.stop.clone());
            let task = self
                .turns
                .spawn(async move { turn::serve(&engine, &settings, store, &stop).await });
            self.stores.insert(task.id(), store);
        }
    }

    /// Looks who has work. Returns whether it could.
    async fn look(&mut self) -> bool {
        let began = Instant::now();
        match due_stores(self.engine.db(), now()).await {
            Ok(due) => {
                self.places.wait(due);
                self.look.took(began.elapsed());
                true
            }
            Err(error) => {
                tracing::error!(error = error.operator_text(), "could not look for work");
                self.rest.after(false);
                false
            }
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
        // It may have left something.
        self.look.is_wanted = true;
        if let Some(store) = self.stores.remove(&id) {
            self.places.free(&store);
        }
    }
}
