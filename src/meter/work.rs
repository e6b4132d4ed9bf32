//! What the engine does: plans, pushes, rescues, deletes.

use std::collections::BTreeMap;
use std::time::Instant;

use ::metrics::{counter, histogram};
use entity::types::{AttemptOutcome, FailureCode, Marketplace, SyncStatus};
use sea_orm::Iterable;

use super::catalogue::{
    DELETED, FAILED_TRIGGERS, FINISHED, GIVEN_UP, PLANNED, PLANNING_TIME, PUSH_TIME, PUSHES, RESCUES, RETRIES,
    WRITE_WAIT,
};
use super::is_on;

/// What retention deletes from.
const DELETED_FROM: [&str; 6] = [
    "sync_record",
    "failed_trigger",
    "manual_sync",
    "idempotency_key",
    "sync_trace",
    BEYOND_LIMIT,
];

/// Records of which there are newer ones than are kept.
pub const BEYOND_LIMIT: &str = "records_beyond_limit";

/// Counters that are zero, and not missing, before they count.
pub(super) fn begin() {
    for marketplace in Marketplace::iter() {
        counter!(RETRIES.name, "marketplace" => marketplace.word()).absolute(0);
        for status in [
            SyncStatus::Success,
            SyncStatus::PartiallyFailed,
            SyncStatus::Failed,
            SyncStatus::Skipped,
        ] {
            counter!(FINISHED.name, "marketplace" => marketplace.word(), "status" => status.word()).absolute(0);
        }
    }
    for what in DELETED_FROM {
        counter!(DELETED.name, "what" => what).absolute(0);
    }
    for status in [SyncStatus::Pending, SyncStatus::Skipped] {
        counter!(PLANNED.name, "status" => status.word()).absolute(0);
    }
}

/// Measures something until it is dropped, where anything is measured.
#[must_use]
pub struct Watch(Option<(&'static str, Instant)>);

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some((what, begun)) = self.0 {
            histogram!(PLANNING_TIME.name, "what" => what).record(begun.elapsed().as_secs_f64());
        }
    }
}

/// One act of planning begins, and ends when this is dropped.
pub fn planning(what: &'static str) -> Watch {
    Watch(is_on().then(|| (what, Instant::now())))
}

/// A plan was committed: new records, pending ones among them, and failed triggers by code.
pub fn planned(records: usize, pending: usize, failed: &BTreeMap<FailureCode, i64>) {
    if !is_on() {
        return;
    }
    for (status, number) in [
        (SyncStatus::Pending, pending),
        (SyncStatus::Skipped, records.saturating_sub(pending)),
    ] {
        counter!(PLANNED.name, "status" => status.word()).increment(number as u64);
    }
    for (code, number) in failed {
        counter!(FAILED_TRIGGERS.name, "code" => code.word()).increment(number.unsigned_abs());
    }
}

/// A call to a marketplace, which began then, has come to this.
pub fn called(marketplace: Marketplace, outcome: &'static str, begun: Instant) {
    if is_on() {
        let time = begun.elapsed().as_secs_f64();
        histogram!(PUSH_TIME.name, "marketplace" => marketplace.word(), "outcome" => outcome).record(time);
    }
}

/// A call did this for each of its listings.
pub fn listings_pushed(marketplace: Marketplace, classes: impl Iterator<Item = AttemptOutcome>) {
    if !is_on() {
        return;
    }
    let mut numbers: BTreeMap<AttemptOutcome, u64> = BTreeMap::new();
    for class in classes {
        *numbers.entry(class).or_default() += 1;
    }
    for (class, number) in numbers {
        let outcome = if class == AttemptOutcome::Applied {
            "applied"
        } else {
            "failed"
        };
        let labels = [
            ("marketplace", marketplace.word()),
            ("outcome", outcome.to_owned()),
            ("class", class.word()),
        ];
        counter!(PUSHES.name, &labels).increment(number);
    }
}

/// Results were committed: what each record is now.
pub fn finished(marketplace: Marketplace, statuses: impl Iterator<Item = SyncStatus>) {
    if !is_on() {
        return;
    }
    let mut numbers: BTreeMap<SyncStatus, u64> = BTreeMap::new();
    for status in statuses {
        *numbers.entry(status).or_default() += 1;
    }
    for (status, number) in numbers {
        match status {
            SyncStatus::Pending => counter!(RETRIES.name, "marketplace" => marketplace.word()),
            ended => counter!(FINISHED.name, "marketplace" => marketplace.word(), "status" => ended.word()),
        }
        .increment(number);
    }
}

/// So many records were given up.
pub fn given_up(number: usize) {
    if is_on() {
        counter!(GIVEN_UP.name).increment(number as u64);
    }
}

/// So many records were taken over from a worker that did not come back.
pub fn rescued(number: usize) {
    if is_on() {
        counter!(RESCUES.name).increment(number as u64);
    }
}

/// Retention deleted so many rows.
pub fn deleted(what: &'static str, number: u64) {
    if is_on() {
        counter!(DELETED.name, "what" => what).increment(number);
    }
}

/// A write transaction has begun, which was asked for then.
pub fn write_begun(asked: Instant) {
    if is_on() {
        histogram!(WRITE_WAIT.name).record(asked.elapsed().as_secs_f64());
    }
}
