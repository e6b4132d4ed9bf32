//! Results of pushes go into the history.
//!
//! # Guarantees
//!
//! - One transaction writes attempts, record, last sync, aggregates and manual sync, and only for records that the
//!   worker's lease still holds: what another worker took over in between is left alone.
//! - A record that would be tried again although a newer one waits is skipped instead, so an older quantity is never
//!   sent after a newer one.
//! - After a call whose effect is unknown, nothing is sent for the store SKU until that call cannot be applied any more.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::{AttemptOutcome, FailureCode, SyncStatus};
use entity::{store, store_sku, sync_attempt, sync_record};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::Engine;
use crate::clock::now;
use crate::db::plan::Superseded;
use crate::db::snapshot::{Pending, PendingRecord, lock_parts, pending};
use crate::db::{self, lock};
use crate::domain::status::has_run;
use crate::domain::verdict::{self, ListingOutcome, Policy, Situation, Verdict, is_settled};
use crate::error::Result;
use crate::feed::Change;

/// What came of one record in one round of calls.
#[derive(Debug, Clone)]
pub(super) struct Round {
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
    /// It asked to slow down for so long.
    Pause(TimeDelta),
    /// It has to be connected again.
    Reconnect(FailureCode),
}

/// A round of calls for some records of one store.
#[derive(Debug)]
pub(super) struct Report {
    /// The store as it was read before the calls.
    pub(super) store: store::Model,
    /// The lease that the records were claimed under.
    pub(super) lease: Uuid,
    /// One for each record.
    pub(super) rounds: Vec<Round>,
    /// What it means for the store.
    pub(super) effect: StoreEffect,
}

/// The rows that writing a report works on, under lock.
struct Held {
    merchant: Uuid,
    now: DateTime<Utc>,
    store_skus: HashMap<Uuid, store_sku::Model>,
    pending: HashMap<Uuid, Pending>,
}

impl Engine {
    /// Writes a report, and tells listeners.
    pub(super) async fn finish(&self, report: Report, policy: Policy) -> Result<()> {
        let report = std::sync::Arc::new(report);
        let changes = self
            .db()
            .write(move |tx| {
                let report = std::sync::Arc::clone(&report);
                Box::pin(async move { write(tx, &report, &policy).await })
            })
            .await?;
        self.feed().publish(changes);
        Ok(())
    }
}

async fn write(tx: &DatabaseTransaction, report: &Report, policy: &Policy) -> Result<Vec<Change>> {
    let (merchant, now) = (report.store.merchant_id, now());
    let store_skus: Vec<Uuid> = report.rounds.iter().map(|round| round.record.store_sku_id).collect();
    let parts = lock_parts(tx, merchant, &store_skus).await?;
    let rows = lock::store_skus(tx, merchant, &store_skus).await?;
    let ids: Vec<Uuid> = report.rounds.iter().map(|round| round.record.id).collect();
    let mine = db::finish::held(tx, merchant, report.lease, &ids).await?;
    let held = Held {
        merchant,
        now,
        store_skus: rows.into_iter().map(|row| (row.id, row)).collect(),
        pending: pending(tx, merchant, &store_skus).await?,
    };
    let mut changes = Vec::with_capacity(mine.len());
    let mut finished = Vec::new();
    for round in report.rounds.iter().filter(|round| mine.contains(&round.record.id)) {
        let status = held.write_round(tx, round, policy).await?;
        if has_run(status)
            && let Some(manual_sync) = round.record.manual_sync_id
        {
            finished.push((manual_sync, status));
        }
        changes.push(Change {
            version: round.record.version + 1,
            status,
            ..Change::of(&round.record)
        });
    }
    db::progress::count_finished(tx, merchant, now, finished.into_iter()).await?;
    db::aggregate::refresh_warehouse_skus(tx, merchant, &parts).await?;
    match report.effect {
        StoreEffect::None => {}
        StoreEffect::Pause(wait) => {
            db::finish::pause_store(tx, merchant, report.store.id, now + wait, now).await?;
        }
        StoreEffect::Reconnect(code) => db::finish::require_reconnect(tx, &report.store, code, now).await?,
    }
    Ok(changes)
}

impl Held {
    async fn write_round(&self, tx: &DatabaseTransaction, round: &Round, policy: &Policy) -> Result<SyncStatus> {
        let record = &round.record;
        let situation = Situation {
            attempt_count: record.attempt_count,
            created_at: record.created_at,
            now: self.now,
            random: rand::random(),
        };
        let verdict = verdict::decide(policy, situation, &round.listings);
        let newer = self
            .pending
            .get(&record.store_sku_id)
            .and_then(|pending| pending.unsent);
        let will_retry = verdict.status == SyncStatus::Pending && newer.is_none();
        db::finish::insert_attempts(tx, self.evidence(round, &verdict, will_retry)).await?;
        let status = match newer {
            Some(newer) if verdict.status == SyncStatus::Pending => {
                self.skip(tx, record, &verdict, newer).await?;
                SyncStatus::Skipped
            }
            _ => {
                db::finish::set_verdict(tx, self.merchant, record.id, &verdict, self.now).await?;
                verdict.status
            }
        };
        if let Some(until) = verdict.held_until {
            self.hold(tx, round, until).await?;
        }
        if has_run(status)
            && let Some(store_sku) = self.store_skus.get(&record.store_sku_id)
        {
            db::finish::set_pushed(tx, store_sku, record, status, self.now).await?;
        }
        Ok(status)
    }

    /// Holds the record's store SKU, and whichever store SKU has got one of its listings in the meantime.
    async fn hold(&self, tx: &DatabaseTransaction, round: &Round, until: DateTime<Utc>) -> Result<()> {
        let unclear = round
            .attempts
            .iter()
            .filter(|attempt| attempt.outcome == AttemptOutcome::Ambiguous);
        let mut held = db::finish::present_owners(tx, self.merchant, round.record.store_id, unclear).await?;
        held.push(round.record.store_sku_id);
        for store_sku in held {
            db::finish::hold(tx, self.merchant, store_sku, until).await?;
        }
        Ok(())
    }

    fn evidence(&self, round: &Round, verdict: &Verdict, will_retry: bool) -> Vec<sync_attempt::Model> {
        let mut attempts = round.attempts.clone();
        for attempt in &mut attempts {
            let is_open = will_retry && !is_settled(attempt.outcome);
            attempt.retry_at = verdict.retry_at.filter(|_| is_open);
        }
        attempts
    }

    async fn skip(
        &self,
        tx: &DatabaseTransaction,
        record: &sync_record::Model,
        verdict: &Verdict,
        newer: PendingRecord,
    ) -> Result<()> {
        db::finish::set_attempt_count(tx, self.merchant, record.id, verdict).await?;
        db::plan::skip(
            tx,
            self.merchant,
            self.now,
            &[Superseded {
                record: record.into(),
                by: newer.id,
            }],
        )
        .await
    }
}
