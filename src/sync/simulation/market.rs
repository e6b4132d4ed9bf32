//! A marketplace that does what the simulation says: call by call, and also after the caller has gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::types::{AttemptOutcome, FailureCode};
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use crate::clock::now;
use crate::marketplace::{CallReport, Connector, Failure, Item, ItemReport, Limits, Outcome, StoreAccess};

/// The longest call, and how long what was cut may still be applied after it.
pub(super) const LONGEST_CALL: Duration = Duration::from_secs(15);

/// The answer to a call.
pub(super) struct Answer {
    /// None where the connection was cut instead.
    pub(super) http_status: Option<u16>,
    /// One for each item; none stands for applied.
    pub(super) failures: Vec<Option<AttemptOutcome>>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Market {
    state: Mutex<State>,
    arrivals: mpsc::UnboundedSender<usize>,
}

/// What it holds.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Every call, in the order of arrival.
    pub(super) calls: Vec<Call>,
    /// What each listing shows.
    pub(super) shown: BTreeMap<String, Shown>,
    /// What will be applied later, whatever became of its call.
    pub(super) late: BTreeMap<(DateTime<Utc>, usize), Vec<Item>>,
    /// What must never happen, and did.
    pub(super) faults: Vec<String>,
    in_calls: BTreeSet<String>,
}

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    /// What it asks for.
    pub(super) items: Vec<Item>,
    /// When it came.
    pub(super) started_at: DateTime<Utc>,
    answer: Option<oneshot::Sender<Answer>>,
    /// What was decided while the caller stood still.
    decided: Option<Answer>,
    /// Whether the caller went away before the answer, and the simulation has not seen it yet.
    was_cut: bool,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an answer")
    }
}

/// What a listing shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    /// Units.
    pub(super) quantity: i32,
    sequence: i64,
}

impl Market {
    /// One whose calls are announced by their number.
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<usize>) {
        let (arrivals, arrived) = mpsc::unbounded_channel();
        let state = Mutex::default();
        (Self { state, arrivals }, arrived)
    }

    /// What it holds.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The calls that nothing was decided about, that came before `time`, and whose callers are still there.
    pub(super) fn undecided(&self, time: DateTime<Utc>) -> Vec<usize> {
        let state = self.state();
        let is_open = |call: &Call| call.answer.is_some() && call.decided.is_none() && call.started_at < time;
        (0..state.calls.len())
            .filter(|number| is_open(&state.calls[*number]))
            .collect()
    }

    /// Decides about a call: what is applied shows from now on. The caller hears of it by [`Market::send`].
    pub(super) fn decide(&self, number: usize, answer: Answer) {
        let mut state = self.state();
        let items = state.calls[number].items.clone();
        for (item, failure) in items.iter().zip(&answer.failures) {
            if failure.is_none() {
                state.apply(item);
            }
        }
        state.leave(&items);
        state.calls[number].decided = Some(answer);
    }

    /// Lets the caller hear what was decided.
    pub(super) fn send(&self, number: usize) {
        let mut state = self.state();
        let call = &mut state.calls[number];
        if let (Some(sender), Some(answer)) = (call.answer.take(), call.decided.take()) {
            // An error means that the caller has gone.
            let _ = sender.send(answer);
        }
    }

    /// The calls that were cut since this was asked last.
    pub(super) fn take_cut(&self) -> Vec<(usize, Vec<Item>)> {
        let mut state = self.state();
        let cut = state.calls.iter_mut().enumerate();
        let cut =
            cut.filter_map(|(number, call)| std::mem::take(&mut call.was_cut).then(|| (number, call.items.clone())));
        cut.collect()
    }

    /// Ends the connection of a call; whether it is applied is still open where nothing was decided.
    pub(super) fn cut(&self, number: usize) {
        let mut state = self.state();
        let call = &mut state.calls[number];
        call.was_cut = call.decided.is_none();
        call.answer = None;
        let items = call.items.clone();
        state.leave(&items);
    }
}

impl State {
    /// Makes a listing show a quantity.
    pub(super) fn apply(&mut self, item: &Item) {
        let new = Shown {
            quantity: item.quantity,
            sequence: item.sequence,
        };
        let old = self.shown.insert(item.product_id.clone(), new);
        if let Some(old) = old.filter(|old| old.sequence > item.sequence) {
            self.faults
                .push(format!("{} went back from {old:?} to {new:?}", item.product_id));
        }
    }

    /// Applies what is late and due.
    pub(super) fn apply_late(&mut self, now: DateTime<Utc>) {
        while let Some(entry) = self.late.first_entry().filter(|entry| entry.key().0 <= now) {
            for item in entry.remove() {
                self.apply(&item);
            }
        }
    }

    fn enter(&mut self, items: &[Item]) {
        for item in items {
            if !self.in_calls.insert(item.product_id.clone()) {
                self.faults.push(format!("{} is in two calls at once", item.product_id));
            }
        }
    }

    fn leave(&mut self, items: &[Item]) {
        for item in items {
            self.in_calls.remove(&item.product_id);
        }
    }
}

/// Notes that a caller went away before its answer.
struct Caller<'m> {
    market: &'m Market,
    number: usize,
}

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        let mut state = self.market.state();
        let call = &mut state.calls[self.number];
        if call.answer.take().is_some() {
            call.was_cut = call.decided.is_none();
            let items = call.items.clone();
            state.leave(&items);
        }
    }
}

impl Connector for Market {
    fn limits(&self) -> Limits {
        Limits {
            batch: 3,
            largest_quantity: i32::MAX,
            longest_call: LONGEST_CALL,
        }
    }

    fn try_out<'a>(&'a self, _store: &'a StoreAccess) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async { Ok(()) })
    }

    fn push<'a>(&'a self, _store: &'a StoreAccess, items: &'a [Item]) -> BoxFuture<'a, CallReport> {
        Box::pin(async move {
            let started_at = now();
            let (sender, answer) = oneshot::channel();
            let number = {
                let mut state = self.state();
                state.enter(items);
                state.calls.push(Call {
                    items: items.to_vec(),
                    started_at,
                    answer: Some(sender),
                    decided: None,
                    was_cut: false,
                });
                state.calls.len() - 1
            };
            let caller = Caller { market: self, number };
            // The simulation listens as long as it has workers.
            let _ = self.arrivals.send(number);
            let answer = answer.await.unwrap_or(Answer {
                http_status: None,
                failures: vec![Some(AttemptOutcome::Ambiguous); items.len()],
            });
            drop(caller);
            CallReport {
                http_status: answer.http_status,
                items: answer.failures.into_iter().map(report).collect(),
                refusal: None,
                started_at,
                finished_at: now(),
            }
        })
    }
}

fn report(failure: Option<AttemptOutcome>) -> ItemReport {
    let outcome = failure.map_or(Outcome::Applied, |class| {
        Outcome::Failed(Failure {
            class,
            code: FailureCode::MarketplaceError,
            message: "simulated".to_owned(),
            retry_after: None,
        })
    });
    ItemReport {
        outcome,
        request: String::new(),
        response: None,
    }
}
