//! One batch: some records of a round, from the call to the report.

mod outcome;

use std::collections::{BTreeSet, HashMap};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::{AttemptOutcome, FailureCode};
use entity::{listing, sync_attempt, sync_record};
use uuid::Uuid;

use self::outcome::{all_failed, call_end, is_success, listing_outcome, no_listing, no_report};
use super::finish::{RecordReport, Report, StoreEffect};
use super::turn::{Round, Turn};
use crate::clock::{self, now};
use crate::db::finish::Pause;
use crate::db::queue::Work;
use crate::domain::pace::CallEnd;
use crate::domain::text::cut;
use crate::domain::verdict::{ListingOutcome, is_settled};
use crate::error::Result;
use crate::marketplace::{CallReport, Connector, Failure, Item, ItemReport, StoreAccess};

/// Most bytes of a request or a reply that one attempt keeps.
const EVIDENCE: usize = 2_048;
/// The pause before results that could not be written are tried again; doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Records that are pushed by one call, or by several one after the other where they have too many listings for one.
pub(super) struct Batch<'t> {
    turn: &'t Turn<'t>,
    round: &'t Round,
    /// When the lease ends.
    until: DateTime<Utc>,
    records: Vec<sync_record::Model>,
    work: &'t Work,
}

/// One listing that is to be pushed for one record.
struct Task {
    record: Uuid,
    listing: listing::Model,
    item: Item,
}

/// What one call did for one listing.
struct Done {
    listing: Uuid,
    outcome: ListingOutcome,
    attempt: sync_attempt::Model,
}

/// Divides claimed records into batches of at most `most_records` records and, but for a record that has more by itself,
/// the listings of one call. Records are in one batch only when their listings can be in one call.
pub(super) fn split(
    records: &[sync_record::Model],
    work: &Work,
    connector: &dyn Connector,
    most_records: u64,
) -> Vec<Vec<sync_record::Model>> {
    let most_records = usize::try_from(most_records).unwrap_or(usize::MAX);
    let mut batches: Vec<Vec<sync_record::Model>> = Vec::new();
    // The batch that has room yet for these keys, and for how many listings.
    let mut open: HashMap<BTreeSet<&str>, (usize, usize)> = HashMap::new();
    for record in records {
        let listings = work
            .listings
            .get(&record.store_sku_id)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let keys: BTreeSet<&str> = listings.iter().map(|listing| connector.call_key(listing)).collect();
        let fits =
            |(batch, room): &&mut (usize, usize)| batches[*batch].len() < most_records && listings.len() <= *room;
        match open.get_mut(&keys).filter(fits) {
            Some((batch, room)) => {
                *room -= listings.len();
                batches[*batch].push(record.clone());
            }
            None => {
                let room = connector.limits().batch.saturating_sub(listings.len());
                open.insert(keys, (batches.len(), room));
                batches.push(vec![record.clone()]);
            }
        }
    }
    batches
}

impl<'t> Batch<'t> {
    /// Some records of a round.
    pub(super) fn new(turn: &'t Turn<'t>, round: &'t Round, records: Vec<sync_record::Model>, work: &'t Work) -> Self {
        Self {
            turn,
            round,
            until: round.until,
            records,
            work,
        }
    }

    /// Makes the calls and writes what came of them. Returns what each call came to.
    pub(super) async fn push(mut self) -> Result<Vec<CallEnd>> {
        let tasks = self.tasks();
        let mut done: HashMap<Uuid, Vec<Done>> = HashMap::new();
        let mut effect = StoreEffect::None;
        let mut ends = Vec::new();
        let connector = self.connector();
        let calls = tasks
            .chunk_by(|a, b| connector.call_key(&a.listing) == connector.call_key(&b.listing))
            .flat_map(|tasks| tasks.chunks(connector.limits().batch));
        for tasks in calls {
            if self.round.is_stopped.load(Ordering::Relaxed) {
                break;
            }
            // What was not sent stays in flight until it is reported below, or until the lease ends.
            let Some(report) = self.call(tasks).await? else {
                break;
            };
            let end = call_end(&report);
            outcome::count(&self.records, &report);
            outcome::trace(tasks, &self.records, self.work, &report);
            ends.push(end);
            effect = self.effect(&report, end);
            if effect.stops_the_store() {
                self.round.is_stopped.store(true, Ordering::Relaxed);
            }
            for (task, item) in tasks.iter().zip(report.items.clone()) {
                done.entry(task.record)
                    .or_default()
                    .push(self.done(task, item, &report));
            }
        }
        let store = self.round.access.store().await;
        let report = Report {
            records: self
                .records
                .iter()
                .map(|record| self.record_report(record, done.remove(&record.id)))
                .collect(),
            store,
            lease: self.turn.lease.id,
            effect,
        };
        self.write(&Arc::new(report)).await?;
        Ok(ends)
    }

    /// Writes what came of the calls. While the database is away, and the lease still holds, it is tried again, so that
    /// what was pushed need not be pushed a second time.
    async fn write(&self, report: &Arc<Report>) -> Result<()> {
        let mut pause = FIRST_PAUSE;
        loop {
            let written = self.turn.engine.finish(report, self.turn.settings.policy).await;
            match written {
                Err(error) if error.is_unavailable() && now() + pause < self.until => {
                    tracing::warn!(error = error.operator_text(), "could not write results yet");
                    clock::wait(pause).await;
                    pause *= 2;
                }
                written => return written,
            }
        }
    }

    /// The listings that have not taken their record's quantity yet, and have not refused it for good.
    fn tasks(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        for record in &self.records {
            let Some((sku, offset)) = self.work.skus.get(&record.store_sku_id) else {
                continue;
            };
            for listing in self.work.listings.get(&record.store_sku_id).into_iter().flatten() {
                if self.work.outcome(record.id, listing.id).is_some_and(is_settled) {
                    continue;
                }
                let item = Item {
                    id: format!("{}-{}", record.id.simple(), listing.position),
                    sku: sku.clone(),
                    product_id: listing.product_id.clone(),
                    variant_id: listing.variant_id.clone(),
                    location_id: listing.location_id.clone(),
                    quantity: record.quantity_after,
                    sequence: offset + record.seq,
                };
                tasks.push(Task {
                    record: record.id,
                    listing: listing.clone(),
                    item,
                });
            }
        }
        let connector = self.connector();
        tasks.sort_by(|a, b| connector.call_key(&a.listing).cmp(connector.call_key(&b.listing)));
        tasks
    }

    fn connector(&self) -> &'t dyn Connector {
        self.turn.engine.marketplaces().of(self.round.connector)
    }

    /// Sees to it that the lease outlasts a call of this length. Returns whether it does.
    async fn has_time(&mut self, longest_call: Duration) -> Result<bool> {
        // Right after the claim there is all the time of the lease but for moments, which a call hardly ever needs.
        let needed = longest_call.mul_f64(0.9);
        if (self.call_deadline() - now()).to_std().is_ok_and(|left| left >= needed) {
            return Ok(true);
        }
        let ids: Vec<Uuid> = self.records.iter().map(|record| record.id).collect();
        let renewed = self.turn.renew(&ids).await?;
        self.until = renewed.unwrap_or(self.until);
        Ok(renewed.is_some())
    }

    /// When a call has to be over: what it may still apply after that is applied before the lease ends.
    fn call_deadline(&self) -> DateTime<Utc> {
        let hold = TimeDelta::from_std(self.turn.settings.policy.hold).unwrap_or(TimeDelta::zero());
        self.until - hold
    }

    /// One call; none when the lease does not hold for it any more. Where the store's token is refused, it is renewed and
    /// the call is made once more.
    async fn call(&mut self, tasks: &[Task]) -> Result<Option<CallReport>> {
        let items: Vec<Item> = tasks.iter().map(|task| task.item.clone()).collect();
        let engine = self.turn.engine;
        let (round, longest) = (self.round, self.connector().limits().longest_call);
        if !self.has_time(longest).await? {
            return Ok(None);
        }
        let access = match round.access.get(engine).await {
            Ok(access) => access,
            Err(failure) => return Ok(Some(no_report(&items, &failure))),
        };
        let Some(report) = self.call_with(&access, &items).await? else {
            return Ok(None);
        };
        if all_failed(&report, AttemptOutcome::Auth).is_none() || !self.has_time(longest).await? {
            return Ok(Some(report));
        }
        match round.access.after(engine, &access).await {
            None => Ok(Some(report)),
            Some(Err(failure)) => Ok(Some(no_report(&items, &failure))),
            Some(Ok(renewed)) => self.call_with(&renewed, &items).await,
        }
    }

    async fn call_with(&mut self, access: &StoreAccess, items: &[Item]) -> Result<Option<CallReport>> {
        let connector = self.connector();
        if !self.has_time(connector.limits().longest_call).await? {
            return Ok(None);
        }
        let begun = Instant::now();
        let report = before(self.call_deadline(), connector.push(access, items)).await;
        let report = report.unwrap_or_else(|| {
            let message = "the call was not over before the worker's lease";
            no_report(
                items,
                &Failure {
                    class: AttemptOutcome::Ambiguous,
                    code: FailureCode::TimedOut,
                    message: message.to_owned(),
                    retry_after: None,
                },
            )
        });
        outcome::time(&self.records, begun, &report);
        Ok(Some(report))
    }

    /// What a call means for the store: all of its items have to say the same.
    fn effect(&self, report: &CallReport, end: CallEnd) -> StoreEffect {
        let pace = self.turn.learn(end);
        if let Some(failure) = all_failed(report, AttemptOutcome::Auth) {
            return StoreEffect::Reconnect(failure.code);
        }
        if let Some(failure) = all_failed(report, AttemptOutcome::Throttled).filter(|_| !is_success(report)) {
            let wait = failure.retry_after.unwrap_or(self.turn.settings.policy.throttled);
            return pause(wait, failure.code);
        }
        match pace.probe_after(&self.turn.settings.probing) {
            Some(wait) => pause(wait, FailureCode::StorePaused),
            None if end == CallEnd::Answered && self.round.was_paused => StoreEffect::Resume,
            None => StoreEffect::None,
        }
    }

    fn done(&self, task: &Task, item: ItemReport, report: &CallReport) -> Done {
        let attempt_number = self
            .records
            .iter()
            .find(|record| record.id == task.record)
            .map_or(1, |record| record.attempt_count + 1);
        let outcome = listing_outcome(item.outcome);
        let attempt = sync_attempt::Model {
            merchant_id: self.turn.lease.store.merchant_id,
            id: Uuid::now_v7(),
            sync_record_id: task.record,
            listing_id: task.listing.id,
            product_id: task.listing.product_id.clone(),
            variant_id: task.listing.variant_id.clone(),
            location_id: task.listing.location_id.clone(),
            attempt_number,
            outcome: outcome.outcome,
            failure_code: outcome.code,
            message: outcome.message.clone(),
            http_status: report.http_status.map(i32::from),
            request: cut(&item.request, EVIDENCE),
            response: item.response.map(|response| cut(&response, EVIDENCE)),
            retry_at: None,
            started_at: report.started_at,
            finished_at: report.finished_at,
        };
        Done {
            listing: task.listing.id,
            outcome,
            attempt,
        }
    }

    /// The last outcome of each listing of a record: of this round, or of an earlier one.
    fn record_report(&self, record: &sync_record::Model, done: Option<Vec<Done>>) -> RecordReport {
        let mut done = done.unwrap_or_default();
        let listings = self
            .work
            .listings
            .get(&record.store_sku_id)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut outcomes: Vec<ListingOutcome> = listings
            .iter()
            .map(|listing| match done.iter().find(|done| done.listing == listing.id) {
                Some(done) => done.outcome.clone(),
                None => self.earlier(record.id, listing.id),
            })
            .collect();
        if outcomes.is_empty() {
            outcomes.push(no_listing());
        }
        let attempts = done.drain(..).map(|done| done.attempt).collect();
        RecordReport {
            record: record.clone(),
            listings: outcomes,
            attempts,
        }
    }

    fn earlier(&self, record: Uuid, listing: Uuid) -> ListingOutcome {
        match self.work.tried.get(&(record, listing)) {
            Some(attempt) => ListingOutcome {
                outcome: attempt.outcome,
                code: attempt.failure_code,
                message: attempt.message.clone(),
                retry_after: None,
                is_new: false,
            },
            // Its turn did not come: an earlier call of the batch stopped the store.
            None => ListingOutcome {
                outcome: AttemptOutcome::Throttled,
                code: Some(FailureCode::Throttled),
                message: Some("not sent: the store was stopped by another call".to_owned()),
                retry_after: None,
                is_new: false,
            },
        }
    }
}

fn pause(wait: Duration, reason: FailureCode) -> StoreEffect {
    let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::days(1));
    StoreEffect::Pause(Pause {
        until: now() + wait,
        reason,
    })
}

/// The output of a future, unless the time comes first. Nothing of it is done from then on: the clock is read before
/// every step, so that a process that was stopped in the middle does not go on where it left off.
async fn before<F: Future>(deadline: DateTime<Utc>, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let in_time = poll_fn(|cx| match now() >= deadline {
        true => Poll::Ready(None),
        false => future.as_mut().poll(cx).map(Some),
    });
    let left = (deadline - now()).to_std().unwrap_or_default();
    tokio::time::timeout(left, in_time).await.ok().flatten()
}
