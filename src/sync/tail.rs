//! Changes that other processes made reach the listeners of this one.
//!
//! At an interval the records that changed last are read, for the merchants that somebody listens for, and published
//! in the feed. What this process published itself comes a second time with the same version; listeners know it by that.
//!
//! # Not guaranteed
//!
//! Steps that follow each other within the interval: of those, only the last is seen.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::sync_record;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Engine;
use crate::clock::now;
use crate::db::changes;
use crate::db::sync_record::Filter;
use crate::error::Result;
use crate::feed::Change;

/// How far back is read again, for changes that were committed late.
const OVERLAP: TimeDelta = TimeDelta::seconds(5);
/// Records of one statement.
const PAGE: u64 = 1_000;

/// Reads at an interval until it is cancelled.
pub async fn run(engine: Engine, interval: Duration, cancel: CancellationToken) {
    let mut tails: HashMap<Uuid, Tail> = HashMap::new();
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(interval) => {}
        }
        let merchants = engine.feed().merchants();
        tails.retain(|merchant, _| merchants.contains(merchant));
        for merchant in merchants {
            let tail = tails.entry(merchant).or_insert_with(Tail::new);
            if let Err(error) = tail.read(&engine, merchant).await {
                tracing::warn!(error = error.operator_text(), "could not read what changed");
            }
        }
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

    async fn read(&mut self, engine: &Engine, merchant: Uuid) -> Result<()> {
        let mut place = (self.since - OVERLAP, Uuid::nil());
        loop {
            let rows = changes::since(engine.db(), merchant, &Filter::default(), place, PAGE).await?;
            let new: Vec<Change> = rows.iter().filter(|row| self.is_new(row)).map(Change::of).collect();
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
