//! Changes that other processes made reach the listeners of this one.
//!
//! At an interval the records that changed last are read, for the merchants that somebody listens for, and published
//! in the feed, but for what this process published itself.
//!
//! # Not guaranteed
//!
//! - Steps that follow each other within the interval: of those, only the last is published.
//! - Each step once: under load, what this process published may come a second time with the same version.
//! - Nothing but what is new: who begins to listen may hear steps of other processes that are a few seconds old.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use entity::sync_record;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Engine;
use crate::clock::now;
use crate::db::changes;
use crate::db::sync_record::Filter;
use crate::error::Result;
use crate::feed::{Change, Overheard};

/// How far back is read again, for changes that were committed late.
const OVERLAP: TimeDelta = TimeDelta::seconds(5);
/// How long it is remembered what this process published; longer than the overlap.
const MEMORY: Duration = Duration::from_secs(10);
/// Records of one statement.
const PAGE: u64 = 1_000;

/// Reads at an interval until it is cancelled.
pub async fn run(engine: Engine, interval: Duration, cancel: CancellationToken) {
    let mut tails: HashMap<Uuid, Tail> = HashMap::new();
    let mut own = Own::new(engine.feed().overhear());
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(interval) => {}
        }
        own.refresh();
        let merchants = engine.feed().merchants();
        tails.retain(|merchant, _| merchants.contains(merchant));
        for merchant in merchants {
            let tail = tails.entry(merchant).or_insert_with(Tail::new);
            if let Err(error) = tail.read(&engine, merchant, &mut own).await {
                tracing::warn!(error = error.operator_text(), "could not read what changed");
            }
        }
    }
}

/// What this process published lately.
struct Own {
    heard: Overheard,
    versions: HashMap<Uuid, (i32, Instant)>,
}

impl Own {
    fn new(heard: Overheard) -> Self {
        let versions = HashMap::new();
        Self { heard, versions }
    }

    /// Hears what was published since it was asked last, and forgets what is old.
    fn refresh(&mut self) {
        let now = Instant::now();
        while let Some(batch) = self.heard.take() {
            let changes = batch.iter().map(|change| (change.record_id, (change.version, now)));
            self.versions.extend(changes);
        }
        self.versions.retain(|_, (_, heard)| now - *heard < MEMORY);
    }

    fn has(&self, row: &sync_record::Model) -> bool {
        let version = self.versions.get(&row.id);
        version.is_some_and(|(version, _)| *version >= row.version)
    }
}

/// How far the changes of one merchant were read.
struct Tail {
    since: DateTime<Utc>,
    /// The version of each record that was published, as far back as is read again.
    published: HashMap<Uuid, (i32, DateTime<Utc>)>,
}

impl Tail {
    fn new() -> Self {
        Self {
            since: now(),
            published: HashMap::new(),
        }
    }

    async fn read(&mut self, engine: &Engine, merchant: Uuid, own: &mut Own) -> Result<()> {
        let mut place = (self.since - OVERLAP, Uuid::nil());
        loop {
            let rows = changes::since(engine.db(), merchant, &Filter::default(), place, PAGE).await?;
            // After the rows were read, so that it holds all of them that were published by then.
            own.refresh();
            let new = rows.iter().filter(|row| self.is_new(row) && !own.has(row));
            let new: Vec<Change> = new.map(Change::of).collect();
            for row in &rows {
                self.published.insert(row.id, (row.version, row.updated_at));
                place = (row.updated_at, row.id);
            }
            self.since = self.since.max(place.0);
            engine.feed().publish(new);
            if (rows.len() as u64) < PAGE {
                break;
            }
        }
        let horizon = self.since - OVERLAP;
        self.published.retain(|_, (_, at)| *at >= horizon);
        Ok(())
    }

    fn is_new(&self, row: &sync_record::Model) -> bool {
        self.published
            .get(&row.id)
            .is_none_or(|(version, _)| *version < row.version)
    }
}
