//! One batch: some records of one store, from the claim to the report.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::{AttemptOutcome, FailureCode};
use entity::{listing, store, sync_attempt, sync_record};
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::Engine;
use super::finish::{Report, Round, StoreEffect};
use super::worker::Settings;
use crate::clock::now;
use crate::db::queue::{self, Claim, DueStore, Work};
use crate::domain::text::cut;
use crate::domain::verdict::{ListingOutcome, is_settled};
use crate::error::Result;
use crate::feed::Change;
use crate::marketplace::{CallReport, Failure, Item, ItemReport, Outcome, StoreAccess};

/// Most bytes of a request or a reply that one attempt keeps.
const EVIDENCE: usize = 2_048;
/// Most bytes of a marketplace's message that a record keeps.
const MESSAGE: usize = 500;

/// Claimed records, with all that pushing them needs.
pub(super) struct Batch<'w> {
    engine: &'w Engine,
    settings: &'w Settings,
    store: store::Model,
    lease: Uuid,
    records: Vec<sync_record::Model>,
    work: Work,
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

impl<'w> Batch<'w> {
    /// Claims what is due in a store; none when nothing is.
    pub(super) async fn claim(engine: &'w Engine, settings: &'w Settings, store: DueStore) -> Result<Option<Self>> {
        let found = store::Entity::find_by_id((store.merchant_id, store.store_id))
            .one(engine.db().reader())
            .await?;
        let Some(row) = found.filter(|row| row.paused_until.is_none_or(|until| until <= now())) else {
            return Ok(None);
        };
        let claimed_at = now();
        let claim = Claim {
            store,
            lease: Uuid::now_v7(),
            now: claimed_at,
            until: lease_end(settings, claimed_at),
            limit: settings.batch_size,
        };
        let records = engine
            .db()
            .write(move |tx| Box::pin(async move { queue::claim(tx, &claim).await }))
            .await?;
        if records.is_empty() {
            return Ok(None);
        }
        engine.feed().publish(records.iter().map(Change::of).collect());
        let work = queue::work(engine.db(), store.merchant_id, &records).await?;
        Ok(Some(Self {
            engine,
            settings,
            store: row,
            lease: claim.lease,
            records,
            work,
        }))
    }

    /// Makes the calls and writes what came of them.
    pub(super) async fn push(self) -> Result<()> {
        let tasks = self.tasks();
        let mut done: HashMap<Uuid, Vec<Done>> = HashMap::new();
        let mut effect = StoreEffect::None;
        let limits = self.engine.connector().limits();
        for tasks in tasks.chunks(limits.batch) {
            if effect != StoreEffect::None || !self.renew().await? {
                // What was not sent stays in flight until it is reported below, or until the lease ends.
                break;
            }
            let report = self.call(tasks).await;
            effect = self.effect(&report);
            for (task, item) in tasks.iter().zip(report.items.clone()) {
                done.entry(task.record)
                    .or_default()
                    .push(self.done(task, item, &report));
            }
        }
        let report = Report {
            rounds: self
                .records
                .iter()
                .map(|record| self.round(record, done.remove(&record.id)))
                .collect(),
            store: self.store,
            lease: self.lease,
            effect,
        };
        self.engine.finish(report, self.settings.policy).await
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
        tasks
    }

    /// Moves the end of the lease away, so that it outlasts the next call. Returns whether it still holds everything.
    async fn renew(&self) -> Result<bool> {
        let (merchant, lease, until) = (self.store.merchant_id, self.lease, lease_end(self.settings, now()));
        let ids: Vec<Uuid> = self.records.iter().map(|record| record.id).collect();
        let expected = ids.len() as u64;
        let held = self
            .engine
            .db()
            .write(move |tx| {
                let ids = ids.clone();
                Box::pin(async move { queue::renew(tx, merchant, lease, until, &ids).await })
            })
            .await?;
        Ok(held == expected)
    }

    async fn call(&self, tasks: &[Task]) -> CallReport {
        let items: Vec<Item> = tasks.iter().map(|task| task.item.clone()).collect();
        match self.access() {
            Some(access) => self.engine.connector().push(&access, &items).await,
            None => not_opened(&items),
        }
    }

    /// What the store is called with; none when its secret cannot be opened.
    fn access(&self) -> Option<StoreAccess> {
        let blob = self.store.credentials.as_deref()?;
        match self.engine.cipher().open(self.store.id, blob) {
            Ok(secret) => Some(StoreAccess {
                store_code: self.store.code.clone(),
                endpoint: self.store.endpoint.clone()?,
                secret,
            }),
            Err(error) => {
                tracing::error!(store = %self.store.id, error = error.operator_text(), "cannot push");
                None
            }
        }
    }

    /// What a call means for the store: all of its items have to say the same.
    fn effect(&self, report: &CallReport) -> StoreEffect {
        let failures = || {
            report.items.iter().map(|item| match &item.outcome {
                Outcome::Applied => None,
                Outcome::Failed(failure) => Some(failure),
            })
        };
        let all = |class| failures().all(|failure| failure.is_some_and(|failure| failure.class == class));
        let first = failures().next().flatten();
        match first {
            Some(failure) if all(AttemptOutcome::Auth) => StoreEffect::Reconnect(failure.code),
            Some(failure) if all(AttemptOutcome::Throttled) && !is_success(report) => {
                let wait = failure.retry_after.unwrap_or(self.settings.policy.throttled);
                StoreEffect::Pause(TimeDelta::from_std(wait).unwrap_or(TimeDelta::days(1)))
            }
            _ => StoreEffect::None,
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
            merchant_id: self.store.merchant_id,
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
    fn round(&self, record: &sync_record::Model, done: Option<Vec<Done>>) -> Round {
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
        Round {
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

/// A success speaks for each item on its own, whatever they say.
fn is_success(report: &CallReport) -> bool {
    report.http_status.is_some_and(|status| (200..300).contains(&status))
}

fn lease_end(settings: &Settings, from: DateTime<Utc>) -> DateTime<Utc> {
    from + TimeDelta::from_std(settings.lease).unwrap_or(TimeDelta::seconds(30))
}

fn listing_outcome(outcome: Outcome) -> ListingOutcome {
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
fn no_listing() -> ListingOutcome {
    ListingOutcome {
        outcome: AttemptOutcome::Permanent,
        code: Some(FailureCode::NoListing),
        message: Some("the store SKU has no listing any more".to_owned()),
        retry_after: None,
        is_new: true,
    }
}

/// The report of a call that could not be made because the store's secret cannot be opened.
fn not_opened(items: &[Item]) -> CallReport {
    let failure = Failure {
        class: AttemptOutcome::Transient,
        code: FailureCode::CredentialsRefused,
        message: "the store's credentials cannot be opened by this server".to_owned(),
        retry_after: None,
    };
    let item = ItemReport {
        outcome: Outcome::Failed(failure),
        request: String::new(),
        response: None,
    };
    let at = now();
    CallReport {
        http_status: None,
        items: vec![item; items.len()],
        started_at: at,
        finished_at: at,
    }
}
