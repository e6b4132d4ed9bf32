//! Changes that other processes made, found in the table.
//!
//! The records that changed last are read, for the merchants that somebody listens for, and relayed to the listeners. It
//! is done at an interval; where [`super::replicas`] hears of the changes at once, only at a much longer one, to be on the
//! safe side, and besides when it is asked for a [`Look`].
//!
//! # Not guaranteed
//!
//! - Steps that follow each other between two readings: of those, only the last is told.
//! - Each step once: under load, one that was told already may come a second time with the same version.
//! - Nothing but what is new: who begins to listen may hear steps of other processes that are a few seconds old.
//! - What is committed more than [`OVERLAP`] after the time that the row bears, or bears the time of a clock that is so
//!   much behind, unless the process that wrote it is heard.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::sync_record;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Engine;
use crate::db::changes;
use crate::db::sync_record::Filter;
use crate::error::Result;
use crate::feed::{Change, Look};

/// How far back is read again, for changes that were committed late.
pub const OVERLAP: TimeDelta = TimeDelta::seconds(5);
/// Records of one statement.
const PAGE: u64 = 1_000;
/// So many times longer is the interval while other processes are heard.
const RARER: u32 = 6;
/// Time between two readings that were asked for, so that a flood of requests reads no more than polling does.
const SPACING: Duration = Duration::from_millis(500);

/// Where a reading is asked for. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Looks {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    wanted: Mutex<Look>,
    is_wanted: Notify,
    hears: AtomicBool,
}

impl Looks {
    /// Asks for a reading.
    pub fn ask(&self, look: Look) {
        if !look.is_empty() {
            self.lock().merge(look);
            self.inner.is_wanted.notify_one();
        }
    }

    /// Says whether other processes are heard; either way there may be something that was not.
    pub fn set_hears(&self, hears: bool) {
        self.inner.hears.store(hears, Ordering::Relaxed);
        self.ask(Look::at_everyone());
    }

    fn hears(&self) -> bool {
        self.inner.hears.load(Ordering::Relaxed)
    }

    async fn next(&self) -> Look {
        self.inner.is_wanted.notified().await;
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Look> {
        self.inner.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads at an interval and when it is asked to, until it is cancelled.
pub async fn run(engine: Engine, interval: Duration, looks: Looks, cancel: CancellationToken) {
    let mut tails: HashMap<Uuid, Tail> = HashMap::new();
    loop {
        let interval = match looks.hears() {
            true => interval.saturating_mul(RARER),
            false => interval,
        };
        let (look, rest) = tokio::select! {
            () = cancel.cancelled() => return,
            look = looks.next() => (look, SPACING),
            () = tokio::time::sleep(interval) => (Look::at_everyone(), Duration::ZERO),
        };
        read(&engine, &mut tails, &look).await;
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(rest) => {}
        }
    }
}

async fn read(engine: &Engine, tails: &mut HashMap<Uuid, Tail>, look: &Look) {
    let merchants = engine.feed().merchants();
    // Who listens again after nobody did starts anew.
    tails.retain(|merchant, tail| merchants.get(merchant) == Some(&tail.listened_since));
    for (merchant, since) in merchants {
        let from = look.at.get(&merchant);
        if from.is_none() && !look.at_everyone {
            continue;
        }
        let tail = tails.entry(merchant).or_insert_with(|| Tail::new(since));
        if let Err(error) = tail.read(engine, merchant, from.copied()).await {
            tracing::warn!(error = error.operator_text(), "could not read what changed");
        }
    }
}

/// How far the changes of one merchant were read.
struct Tail {
    listened_since: DateTime<Utc>,
    since: DateTime<Utc>,
    /// The version of each record that was relayed, as far back as is read again.
    relayed: HashMap<Uuid, (i32, DateTime<Utc>)>,
}

impl Tail {
    fn new(listened_since: DateTime<Utc>) -> Self {
        Self {
            listened_since,
            since: listened_since,
            relayed: HashMap::new(),
        }
    }

    /// Reads on from where it was, or from an earlier time.
    async fn read(&mut self, engine: &Engine, merchant: Uuid, from: Option<DateTime<Utc>>) -> Result<()> {
        let from = from.map_or(self.since, |from| from.min(self.since));
        let mut place = (from - OVERLAP, Uuid::nil());
        loop {
            let rows = changes::since(engine.db(), merchant, &Filter::default(), place, PAGE).await?;
            let new: Vec<Change> = rows.iter().filter(|row| self.is_new(row)).map(Change::of).collect();
            for row in &rows {
                self.relayed.insert(row.id, (row.version, row.updated_at));
                place = (row.updated_at, row.id);
            }
            self.since = self.since.max(place.0);
            engine.feed().relay(new);
            if (rows.len() as u64) < PAGE {
                break;
            }
        }
        let horizon = self.since - OVERLAP;
        self.relayed.retain(|_, (_, at)| *at >= horizon);
        Ok(())
    }

    fn is_new(&self, row: &sync_record::Model) -> bool {
        self.relayed
            .get(&row.id)
            .is_none_or(|(version, _)| *version < row.version)
    }
}
