//! Results of pushes go into the history.
//!
//! # Guarantees
//!
//! - One transaction writes attempts, record, last sync, aggregates and manual sync, and only for records that the
//!   worker's lease still holds: what another worker took over in between is left alone.
//! - A record that would be tried again although a newer one waits is skipped instead, so an older quantity is never
//!   sent after a newer one.
//! - After a call whose effect is unknown, nothing is sent for the store SKU until that call cannot be applied any more.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::types::{AttemptOutcome, FailureCode, SyncStatus};
use entity::{store, sync_attempt, sync_record};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::Engine;
use super::held::Held;
use crate::chance;
use crate::clock::now;
use crate::db;
use crate::db::finish::Pause;
use crate::db::plan::Superseded;
use crate::db::snapshot::PendingRecord;
use crate::domain::status::has_run;
use crate::domain::verdict::{self, ListingOutcome, Policy, Situation, Verdict, is_settled};
use crate::error::Result;
use crate::feed::Change;
use crate::meter;

/// What came of one record in one round of calls.
#[derive(Debug, Clone)]
pub(super) struct RecordReport {
    /// The record as it was claimed.
    pub(super) record: sync_record::Model,
    /// The last outcome of each of its listings.
    pub(super) listings: Vec<ListingOutcome>,
    /// The evidence of this round; `retry_at` is filled in by the verdict.
    pub(super) attempts: Vec<sync_attempt::Model>,
}

/// What a round of calls means for the store as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StoreEffect {
    /// Nothing.
    None,
    /// Nothing is to be sent to it for a while.
    Pause(Pause),
    /// It takes calls again.
    Resume,
    /// It has to be connected again.
    Reconnect(FailureCode),
}

impl StoreEffect {
    /// Whether nothing more may be sent to the store for now.
    pub(super) fn stops_the_store(self) -> bool {
        matches!(self, Self::Pause(_) | Self::Reconnect(_))
    }
}

/// A round of calls for some records of one store.
#[derive(Debug)]
pub(super) struct Report {
    /// The store as it was read before the calls.
    pub(super) store: store::Model,
    /// The lease that the records were claimed under.
    pub(super) lease: Uuid,
    /// One for each record.
    pub(super) records: Vec<RecordReport>,
    /// What it means for the store.
    pub(super) effect: StoreEffect,
}

impl Engine {
    /// Writes a report, and tells listeners.
    ///
    /// # Errors
    /// What the database said; then nothing of it is written.
    pub(super) async fn finish(&self, report: &Arc<Report>, policy: Policy) -> Result<()> {
        let (report, marketplace) = (Arc::clone(report), report.store.marketplace);
        let changes = self
            .db()
            .write_in_background(move |tx| {
                let report = Arc::clone(&report);
                Box::pin(async move { write(tx, &report, &policy).await })
            })
            .await?;
        meter::finished(marketplace, changes.iter().map(|change| change.status));
        self.feed().publish(changes);
        Ok(())
    }
}

async fn write(tx: &DatabaseTransaction, report: &Report, policy: &Policy) -> Result<Vec<Change>> {
    let (merchant, now) = (report.store.merchant_id, now());
    let store_skus: Vec<Uuid> = report.records.iter().map(|pushed| pushed.record.store_sku_id).collect();
    let held = Held::lock(tx, merchant, &store_skus).await?;
    let mut results = Results::default();
    for pushed in &report.records {
        let of_sku = held.of(pushed.record.store_sku_id);
        let is_mine = |record: PendingRecord| record.id == pushed.record.id && record.lease == Some(report.lease);
        if of_sku.in_flight.is_some_and(is_mine) {
            results.add(pushed, policy, of_sku.unsent, now);
        }
    }
    results.write(tx, report, now).await?;
    held.stepped(tx, &results.changes).await?;
    match report.effect {
        StoreEffect::None => {}
        StoreEffect::Pause(pause) => db::finish::pause_store(tx, &report.store, &pause, now).await?,
        StoreEffect::Resume => db::finish::resume_store(tx, &report.store, now).await?,
        StoreEffect::Reconnect(code) => db::finish::require_reconnect(tx, &report.store, code, now).await?,
    }
    Ok(results.changes)
}

/// What a report comes to, before it is written.
#[derive(Default)]
struct Results {
    attempts: Vec<sync_attempt::Model>,
    verdicts: Vec<(Uuid, Verdict)>,
    /// Records that give way to a newer one instead of being tried again.
    superseded: Vec<Superseded>,
    /// Records that have run, and so are what their store SKUs were pushed last.
    run: Vec<Uuid>,
    /// How the records of manual syncs ended.
    finished: Vec<(Uuid, SyncStatus)>,
    /// Store SKUs of calls that may still be applied, and until when.
    held: Vec<Uuid>,
    held_until: Option<DateTime<Utc>>,
    changes: Vec<Change>,
}

impl Results {
    fn add(&mut self, pushed: &RecordReport, policy: &Policy, newer: Option<PendingRecord>, now: DateTime<Utc>) {
        let record = &pushed.record;
        let situation = Situation {
            attempt_count: record.attempt_count,
            created_at: record.created_at,
            now,
            random: chance::fraction(),
        };
        let verdict = verdict::decide(policy, situation, &pushed.listings);
        let newer = newer.filter(|_| verdict.status == SyncStatus::Pending);
        let status = newer.map_or(verdict.status, |_| SyncStatus::Skipped);
        self.attempts.extend(evidence(pushed, &verdict, status));
        if verdict.held_until.is_some() {
            self.held.push(record.store_sku_id);
            self.held_until = self.held_until.max(verdict.held_until);
        }
        if has_run(status) {
            self.run.push(record.id);
            self.finished.extend(record.manual_sync_id.map(|id| (id, status)));
        }
        if let Some(newer) = newer {
            self.superseded.push(Superseded {
                record: record.into(),
                by: newer.id,
            });
        }
        self.verdicts.push((record.id, verdict));
        self.changes.push(Change {
            version: record.version + 1,
            status,
            ..Change::of(record)
        });
    }

    async fn write(&mut self, tx: &DatabaseTransaction, report: &Report, now: DateTime<Utc>) -> Result<()> {
        let merchant = report.store.merchant_id;
        let attempts = std::mem::take(&mut self.attempts);
        if let Some(until) = self.held_until {
            // Whichever store SKU has got one of the listings in the meantime is held as well.
            let unclear = attempts
                .iter()
                .filter(|attempt| attempt.outcome == AttemptOutcome::Ambiguous);
            let owners = db::finish::present_owners(tx, merchant, report.store.id, unclear).await?;
            self.held.extend(owners);
            db::finish::hold(tx, merchant, &self.held, until).await?;
        }
        db::finish::insert_attempts(tx, attempts).await?;
        let gives_way: HashSet<Uuid> = self.superseded.iter().map(|superseded| superseded.record.id).collect();
        let (given_way, verdicts) = std::mem::take(&mut self.verdicts)
            .into_iter()
            .partition(|(id, _): &(Uuid, Verdict)| gives_way.contains(id));
        db::finish::set_verdicts(tx, merchant, verdicts, now).await?;
        db::finish::note_attempts(tx, merchant, given_way).await?;
        db::plan::skip(tx, merchant, now, &self.superseded).await?;
        db::finish::set_pushed(tx, merchant, &self.run, now).await?;
        db::progress::count_finished(tx, merchant, now, self.finished.drain(..)).await
    }
}

fn evidence(pushed: &RecordReport, verdict: &Verdict, status: SyncStatus) -> Vec<sync_attempt::Model> {
    let mut attempts = pushed.attempts.clone();
    for attempt in &mut attempts {
        let is_open = status == SyncStatus::Pending && !is_settled(attempt.outcome);
        attempt.retry_at = verdict.retry_at.filter(|_| is_open);
    }
    attempts
}
