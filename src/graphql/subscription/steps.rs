//! The steps of records, as one subscriber sees them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use entity::sync_record;
use entity::types::SyncStatus;
use uuid::Uuid;

use super::outage::Outage;
use crate::clock::{self, now};
use crate::db::sync_record::Filter;
use crate::db::{
    self,
    changes::{self, Place},
};
use crate::domain::text;
use crate::error::{Error, ProblemCode, Result};
use crate::feed::{Batch, Change, Heard, Listener, Topic};
use crate::sync::Engine;

/// How far before a cursor is read again, for changes that were committed late.
const OVERLAP: TimeDelta = TimeDelta::seconds(5);
/// Records of one reading.
pub(super) const PAGE: u64 = 200;
/// Records whose version is remembered, to tell what was shown already.
const REMEMBERED: usize = 10_000;

/// One step of one record that matches.
pub(super) struct Step {
    /// The record as it is now.
    pub(super) record: sync_record::Model,
    /// The status after the step.
    pub(super) status: SyncStatus,
    /// The version after the step.
    pub(super) version: i32,
}

/// All that one subscriber is shown.
pub(super) struct Steps {
    engine: Engine,
    merchant: Uuid,
    filter: Filter,
    listener: Listener,
    /// When it began to remember what was shown.
    since: DateTime<Utc>,
    /// Everything before this place was shown, but for what was committed late.
    place: Place,
    is_behind: bool,
    outage: Outage,
    /// What was heard, and how much of it was read.
    heard: Option<(Arc<Batch>, usize)>,
    shown: HashMap<Uuid, i32>,
    ready: VecDeque<Step>,
}

impl Steps {
    /// From now on, or from a cursor.
    ///
    /// # Errors
    /// The cursor is not one of this subscription.
    pub(super) fn new(engine: Engine, merchant: Uuid, filter: Filter, after: Option<&str>) -> Result<Self> {
        // Listens before anything is read, so that no step falls in between.
        let listener = engine.feed().listen(merchant, topics(&filter));
        let place = match after {
            Some(cursor) => parse(cursor)?,
            None => (now(), Uuid::nil()),
        };
        let mut steps = Self {
            engine,
            merchant,
            filter,
            listener,
            since: now(),
            place,
            is_behind: false,
            outage: Outage::default(),
            heard: None,
            shown: HashMap::new(),
            ready: VecDeque::new(),
        };
        if after.is_some() {
            steps.fall_behind();
        }
        Ok(steps)
    }

    /// Waits for the next step.
    pub(super) async fn next(&mut self) -> Result<Step> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Ok(step);
            }
            // In boxes, because a subscriber that listens, as most do all the time, needs no room for reading.
            let result = if self.is_behind {
                Box::pin(self.catch_up()).await
            } else if let Some((batch, read)) = self.heard.take() {
                Box::pin(self.read_heard(&batch, read)).await
            } else {
                match self.listener.next().await {
                    Heard::Changes(batch) => self.heard = Some((batch, 0)),
                    Heard::Gap => self.fall_behind(),
                }
                continue;
            };
            match result {
                Ok(()) => self.outage.over(),
                Err(error) => {
                    self.fall_behind();
                    self.outage.wait(&error).await;
                    if !error.is_unavailable() {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// What was heard and not shown is found in the table from now on.
    fn fall_behind(&mut self) {
        self.heard = None;
        if !self.is_behind {
            self.is_behind = true;
            self.place = (self.place.0 - OVERLAP, Uuid::nil());
        }
    }

    /// Reads the next records that changed since the place.
    async fn catch_up(&mut self) -> Result<()> {
        let rows = changes::since(self.engine.db(), self.merchant, &self.filter, self.place, PAGE).await?;
        self.is_behind = (rows.len() as u64) == PAGE;
        for row in rows {
            self.place = (row.updated_at, row.id);
            let (status, version) = (row.status, row.version);
            self.show(Step {
                record: row,
                status,
                version,
            });
        }
        Ok(())
    }

    /// Shows the next of the changes that were heard.
    async fn read_heard(&mut self, batch: &Arc<Batch>, read: usize) -> Result<()> {
        let next = batch.changes().len().min(read + PAGE as usize);
        let changes = &batch.changes()[read..next];
        if next < batch.changes().len() {
            self.heard = Some((Arc::clone(batch), next));
        }
        let new: Vec<&Change> = changes
            .iter()
            .filter(|change| self.is_new(change.record_id, change.version))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let rows = self.matching(batch, &new).await?;
        for change in new {
            if let Some(row) = rows.get(&change.record_id) {
                self.place = self.place.max((row.updated_at, row.id));
                self.show_up_to(change, row);
            }
        }
        Ok(())
    }

    /// The records of these changes that match, whatever the filter says about the status. As long as the filter is
    /// about the records alone, they are read once for all who hear of them.
    async fn matching(&self, batch: &Batch, changes: &[&Change]) -> Result<HashMap<Uuid, sync_record::Model>> {
        let (db, merchant) = (self.engine.db(), self.merchant);
        if self.filter.is_about_the_record_alone() {
            let read = |ids: Vec<Uuid>| async move { db::by_ids::<sync_record::Entity, _>(db, merchant, &ids).await };
            if let Some(records) = batch.records(read).await? {
                let found = changes.iter().filter_map(|change| records.get(&change.record_id));
                let matching = found.filter(|row| self.filter.takes_but_for_status(row));
                return Ok(matching.map(|row| (row.id, row.clone())).collect());
            }
        }
        let ids: Vec<Uuid> = changes.iter().map(|change| change.record_id).collect();
        changes::matching(db, merchant, &without_status(&self.filter), &ids).await
    }

    /// Shows a step, and before it those that were not heard: of another process only the newest is, and a record that
    /// is sent at once may be heard of before its making is. Every step but the last is PENDING.
    fn show_up_to(&mut self, change: &Change, row: &sync_record::Model) {
        let first = match self.shown.get(&row.id) {
            Some(shown) => shown + 1,
            None if row.created_at >= self.since => 1,
            None => change.version,
        };
        for version in first..=change.version {
            let status = if version == change.version {
                change.status
            } else {
                SyncStatus::Pending
            };
            if self.wants(status) {
                self.show(Step {
                    record: row.clone(),
                    status,
                    version,
                });
            }
        }
    }

    /// A filter on statuses is about the step; the row may be further already.
    fn wants(&self, status: SyncStatus) -> bool {
        self.filter
            .statuses
            .as_ref()
            .is_none_or(|wanted| wanted.contains(&status))
    }

    fn is_new(&self, record: Uuid, version: i32) -> bool {
        self.shown.get(&record).is_none_or(|shown| *shown < version)
    }

    fn show(&mut self, step: Step) {
        if self.is_new(step.record.id, step.version) {
            if self.shown.len() >= REMEMBERED {
                // What is shown twice is told by its version; of records from before, no steps are filled in.
                self.shown.clear();
                self.since = now();
            }
            self.shown.insert(step.record.id, step.version);
            self.ready.push_back(step);
        }
    }
}

/// What has to be listened to for a filter: of the lists that it has, the one that lets the least through. What it says
/// besides is asked of each record.
fn topics(filter: &Filter) -> Box<[Topic]> {
    fn each(ids: &[Uuid], topic: fn(Uuid) -> Topic) -> Box<[Topic]> {
        ids.iter().copied().map(topic).collect()
    }
    if let Some(ids) = &filter.store_skus {
        each(ids, Topic::StoreSku)
    } else if let Some(ids) = &filter.manual_syncs {
        each(ids, Topic::ManualSync)
    } else if let Some(ids) = &filter.stores {
        each(ids, Topic::Store)
    } else {
        [Topic::Everything].into()
    }
}

fn without_status(filter: &Filter) -> Filter {
    Filter {
        statuses: None,
        ..filter.clone()
    }
}

/// The cursor of a record that last changed at `at`.
pub(super) fn cursor(at: DateTime<Utc>, record: Uuid) -> String {
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&at.timestamp_micros().to_be_bytes());
    bytes[8..].copy_from_slice(record.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn parse(cursor: &str) -> Result<Place> {
    let place = || {
        let bytes: [u8; 24] = URL_SAFE_NO_PAD.decode(cursor).ok()?.try_into().ok()?;
        let (time, id) = bytes.split_first_chunk::<8>()?;
        let time = DateTime::from_timestamp_micros(i64::from_be_bytes(*time))?;
        clock::is_accepted(time).then_some(())?;
        Some((time.max(DateTime::UNIX_EPOCH), Uuid::from_slice(id).ok()?))
    };
    place().ok_or_else(|| {
        let message = format!("{} is not a cursor of this subscription", text::shown(cursor));
        Error::invalid("after", ProblemCode::Invalid, message)
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn cursors_come_back_as_what_they_were() {
        let (at, record) = (now(), Uuid::now_v7());
        assert!(matches!(parse(&cursor(at, record)), Ok(place) if place == (at, record)));
        assert!(parse(&cursor(at, record)[..10]).is_err());
        assert!(parse("").is_err());
        // 1969, and a year that has five digits.
        let at = |micros: i64| cursor(DateTime::from_timestamp_micros(micros).unwrap(), record);
        assert_eq!(parse(&at(-1)).unwrap().0, DateTime::UNIX_EPOCH);
        assert!(parse(&at(253_402_300_799_999_999)).is_ok());
        assert!(parse(&at(253_402_300_800_000_000)).is_err());
    }
}
