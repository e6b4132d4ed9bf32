//! What the marketplace saw, and what its listings show.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Instant;

use super::protocol::{Item, Push};

/// One call that was signed well.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The `webhook-id`.
    pub(crate) webhook_id: String,
    /// The path that it came to.
    pub(crate) path: String,
    /// The store's code.
    pub(crate) store: String,
    /// What it asked to apply.
    pub(crate) items: Vec<Item>,
    /// The body as it came.
    pub(crate) body: String,
    /// When it was there.
    pub(crate) received_at: Instant,
    /// When its answer was decided.
    pub(crate) answered_at: Option<Instant>,
    /// The status of its answer; none while there is none, and none when the connection was cut.
    pub(crate) status: Option<u16>,
}

/// Everything since the start.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// The calls, in the order in which they came.
    pub(crate) calls: Vec<Call>,
    /// What each listing shows, by [`Item::listing`].
    pub(crate) quantities: HashMap<String, i64>,
    /// What should not have come: bad signatures, bad bodies, overlapping calls, older quantities after newer ones.
    pub(crate) faults: Vec<String>,
    in_flight: HashSet<String>,
    sequences: HashMap<String, i64>,
}

impl Log {
    /// A call came in; its number.
    pub(super) fn begin(&mut self, path: &str, push: Push) -> usize {
        let number = self.calls.len();
        for item in &push.items {
            let listing = item.listing();
            let newest = self.sequences.entry(listing.clone()).or_default();
            if item.sequence < *newest {
                self.faults.push(format!(
                    "call {number}: {listing} got sequence {} after {newest}",
                    item.sequence
                ));
            }
            *newest = item.sequence.max(*newest);
            if !self.in_flight.insert(listing.clone()) {
                self.faults
                    .push(format!("call {number}: {listing} is in two calls at once"));
            }
        }
        self.calls.push(Call {
            webhook_id: push.webhook_id,
            path: path.to_owned(),
            store: push.store,
            items: push.items,
            body: push.body,
            received_at: Instant::now(),
            answered_at: None,
            status: None,
        });
        number
    }

    /// A call was answered, or cut.
    pub(super) fn end(&mut self, number: usize, status: Option<u16>, now: Instant) {
        let call = &mut self.calls[number];
        call.answered_at = Some(now);
        call.status = status;
        for item in &call.items {
            self.in_flight.remove(&item.listing());
        }
    }

    pub(super) fn apply(&mut self, item: &Item) {
        self.quantities.insert(item.listing(), item.quantity);
    }

    /// The calls that a listing was in.
    pub(crate) fn calls_for(&self, listing: &str) -> Vec<&Call> {
        self.calls
            .iter()
            .filter(|call| call.items.iter().any(|item| item.listing() == listing))
            .collect()
    }

    /// The quantities that a listing was sent, in the order of the calls.
    pub(crate) fn sent(&self, listing: &str) -> Vec<i64> {
        self.calls
            .iter()
            .flat_map(|call| &call.items)
            .filter(|item| item.listing() == listing)
            .map(|item| item.quantity)
            .collect()
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} calls, faults {:?}", self.calls.len(), self.faults)?;
        for (number, call) in self.calls.iter().enumerate().rev().take(20) {
            let items: Vec<String> = call
                .items
                .iter()
                .map(|item| format!("{}={}", item.listing(), item.quantity))
                .collect();
            writeln!(f, "  {number} {}: {} -> {:?}", call.store, items.join(" "), call.status)?;
        }
        Ok(())
    }
}
