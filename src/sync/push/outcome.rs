//! What calls come to: for the store, and for each listing.

use std::time::Instant;

use entity::sync_record;
use entity::types::{AttemptOutcome, FailureCode};

use super::Task;
use crate::clock::now;
use crate::db::queue::Work;
use crate::domain::pace::CallEnd;
use crate::domain::text::cut;
use crate::domain::verdict::ListingOutcome;
use crate::marketplace::{CallReport, Failure, Item, ItemReport, Outcome};
use crate::meter;
use crate::trace::{self, Push};

/// Most bytes of a marketplace's message that a record keeps.
const MESSAGE: usize = 500;

fn class(item: &ItemReport) -> AttemptOutcome {
    match &item.outcome {
        Outcome::Applied => AttemptOutcome::Applied,
        Outcome::Failed(failure) => failure.class,
    }
}

/// A success speaks for each item on its own, whatever they say.
pub(super) fn is_success(report: &CallReport) -> bool {
    report.refusal.is_none() && report.http_status.is_some_and(|status| (200..300).contains(&status))
}

/// The failure of a call that was refused as `class`, or the first of one whose items all failed as `class`.
pub(super) fn all_failed(report: &CallReport, class: AttemptOutcome) -> Option<&Failure> {
    if let Some(refusal) = &report.refusal {
        return Some(refusal).filter(|refusal| refusal.class == class);
    }
    let failures = || {
        report.items.iter().map(|item| match &item.outcome {
            Outcome::Applied => None,
            Outcome::Failed(failure) => Some(failure),
        })
    };
    failures()
        .next()
        .flatten()
        .filter(|_| failures().all(|failure| failure.is_some_and(|failure| failure.class == class)))
}

/// What a call came to. It failed when nobody can tell of any item whether it was taken, or when it was answered with a
/// passing fault of the whole store; an answer that refuses every item is an answer.
pub(super) fn call_end(report: &CallReport) -> CallEnd {
    // What was never sent says nothing of the store.
    let classes: Vec<AttemptOutcome> = match &report.refusal {
        Some(refusal) => vec![refusal.class],
        None => report.items.iter().map(class).collect(),
    };
    let says_nothing = |class| match class {
        AttemptOutcome::Ambiguous => true,
        AttemptOutcome::Transient => !is_success(report),
        _ => false,
    };
    if classes.contains(&AttemptOutcome::Throttled) {
        CallEnd::Throttled
    } else if classes.into_iter().all(says_nothing) {
        CallEnd::Failed
    } else {
        CallEnd::Answered
    }
}

/// Measures how long a call took that was made for these records, which are of one store.
pub(super) fn time(records: &[sync_record::Model], begun: Instant, report: &CallReport) {
    let outcome = match call_end(report) {
        CallEnd::Answered => "answered",
        CallEnd::Throttled => "throttled",
        CallEnd::Failed => "failed",
    };
    if let Some(record) = records.first() {
        meter::called(record.marketplace, outcome, begun);
    }
}

/// Counts what came of the listings, which are those of these records.
pub(super) fn count(records: &[sync_record::Model], report: &CallReport) {
    if let Some(record) = records.first() {
        meter::listings_pushed(record.marketplace, report.items.iter().map(class));
    }
}

/// Adds what came of the listings to the traces of their records.
pub(super) fn trace(tasks: &[Task], records: &[sync_record::Model], work: &Work, report: &CallReport) {
    for (task, item) in tasks.iter().zip(&report.items) {
        let Some(traceparent) = work.traces.get(&task.record) else {
            continue;
        };
        let push = Push {
            begun: report.started_at.into(),
            ended: report.finished_at.into(),
            marketplace: records
                .first()
                .map(|record| record.marketplace.word())
                .unwrap_or_default(),
            record: task.record.to_string(),
            outcome: class(item).word(),
            is_applied: matches!(item.outcome, Outcome::Applied),
            http_status: report.http_status,
        };
        trace::pushed(traceparent, push);
    }
}

pub(super) fn listing_outcome(outcome: Outcome) -> ListingOutcome {
    match outcome {
        Outcome::Applied => ListingOutcome {
            outcome: AttemptOutcome::Applied,
            code: None,
            message: None,
            retry_after: None,
            is_new: true,
        },
        Outcome::Failed(failure) => ListingOutcome {
            outcome: failure.class,
            code: Some(failure.code),
            message: Some(cut(&failure.message, MESSAGE)),
            retry_after: failure.retry_after,
            is_new: true,
        },
    }
}

/// The store SKU lost its last listing after the record was planned.
pub(super) fn no_listing() -> ListingOutcome {
    ListingOutcome {
        outcome: AttemptOutcome::Permanent,
        code: Some(FailureCode::NoListing),
        message: Some("the store SKU has no listing any more".to_owned()),
        retry_after: None,
        is_new: true,
    }
}

/// The report of a call of which nothing is known but why.
pub(super) fn no_report(items: &[Item], failure: &Failure) -> CallReport {
    let item = ItemReport {
        outcome: Outcome::Failed(failure.clone()),
        request: String::new(),
        response: None,
    };
    let at = now();
    CallReport {
        http_status: None,
        items: vec![item; items.len()],
        refusal: None,
        started_at: at,
        finished_at: at,
    }
}
