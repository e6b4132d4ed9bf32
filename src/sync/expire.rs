//! What has waited for its store for too long is given up.
//!
//! A record that can be sent ends by its attempts and its age when it is ([`crate::domain::verdict`]). One whose store waits
//! to be connected, or is paused, is not sent; it ends here, once it is older than a push may get.
//!
//! # Not guaranteed
//!
//! The moment. It is looked for at an interval.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use entity::types::{ConnectionStatus, FailureCode, SyncStatus};
use entity::{store, sync_record};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Engine;
use super::held::Held;
use crate::clock::now;
use crate::db;
use crate::db::queue::{DueStore, held_stores, older_than};
use crate::domain::verdict::Verdict;
use crate::error::Result;
use crate::feed::Change;
use crate::meter;

/// Records of one transaction.
const BATCH: u64 = 200;

impl Engine {
    /// Gives up what is older than `max_age` and waits for its store. Returns how many records that were.
    ///
    /// # Errors
    /// What the database said; what was given up before stays so.
    pub async fn expire(&self, max_age: Duration) -> Result<usize> {
        let mut count = 0;
        for store in held_stores(self.db(), now()).await? {
            count += self.expire_store(store, max_age).await?;
        }
        Ok(count)
    }

    /// Gives up what waits for one store and is older than `max_age`. What waits for a store that is not connected any
    /// more is given up whatever its age, as nobody can tell whether it ever will be again.
    pub(super) async fn expire_store(&self, store: DueStore, max_age: Duration) -> Result<usize> {
        let mut count = 0;
        loop {
            let given_up = self.expire_some(store, max_age).await?;
            count += given_up;
            if given_up == 0 {
                return Ok(count);
            }
        }
    }

    async fn expire_some(&self, store: DueStore, max_age: Duration) -> Result<usize> {
        let waiting = waiting(self.db().reader(), store, max_age).await?;
        if waiting.records.is_empty() {
            return Ok(0);
        }
        let store_skus: Arc<[Uuid]> = waiting.records.iter().map(|record| record.store_sku_id).collect();
        let changes = self
            .db()
            .write(move |tx| {
                let store_skus = Arc::clone(&store_skus);
                Box::pin(async move { give_up(tx, store, &store_skus, max_age).await })
            })
            .await?;
        let count = changes.len();
        meter::given_up(count);
        self.feed().publish(changes);
        Ok(count)
    }
}

/// Unsent records that wait for a store for too long.
#[derive(Default)]
struct Waiting {
    records: Vec<sync_record::Model>,
    /// How long they may wait: not at all where the store is not connected.
    max_age: Duration,
}

async fn waiting<C: ConnectionTrait>(conn: &C, due: DueStore, max_age: Duration) -> Result<Waiting> {
    let store = db::find::<store::Entity, _>(conn, due.merchant_id, due.store_id).await?;
    let Some(store) = store else {
        return Ok(Waiting::default());
    };
    let now = now();
    let max_age = match store.connection_status {
        // Its worker sends what waits, or gives it up.
        ConnectionStatus::Connected if store.paused_until.is_none_or(|until| until <= now) => {
            return Ok(Waiting::default());
        }
        ConnectionStatus::NotConnected => Duration::ZERO,
        _ => max_age,
    };
    let age = TimeDelta::from_std(max_age).ok();
    let Some(oldest) = age.and_then(|age| now.checked_sub_signed(age)) else {
        return Ok(Waiting::default());
    };
    let records = older_than(conn, due, oldest, BATCH).await?;
    Ok(Waiting { records, max_age })
}

async fn give_up(
    tx: &DatabaseTransaction,
    store: DueStore,
    store_skus: &[Uuid],
    max_age: Duration,
) -> Result<Vec<Change>> {
    let (merchant, now) = (store.merchant_id, now());
    let held = Held::lock(tx, merchant, store_skus).await?;
    // Read again under lock: a newer one may have come, or the store may have been connected and a worker sends it.
    let waiting = waiting(tx, store, max_age).await?;
    let (mut changes, mut verdicts) = (Vec::new(), Vec::new());
    for record in &waiting.records {
        let unsent = held.of(record.store_sku_id).unsent;
        if unsent.is_none_or(|unsent| unsent.id != record.id) {
            continue;
        }
        let verdict = Verdict {
            status: SyncStatus::Failed,
            retry_at: None,
            attempt_count: record.attempt_count,
            failure: Some(why(record, waiting.max_age)),
            held_until: None,
        };
        verdicts.push((record.id, verdict));
        changes.push(Change {
            version: record.version + 1,
            status: SyncStatus::Failed,
            ..Change::of(record)
        });
    }
    db::finish::set_verdicts(tx, merchant, verdicts, now).await?;
    let ended: Vec<Uuid> = changes.iter().map(|change: &Change| change.record_id).collect();
    db::finish::set_pushed(tx, merchant, &ended, now).await?;
    let finished = changes
        .iter()
        .filter_map(|change| Some((change.manual_sync_id?, change.status)));
    db::progress::count_finished(tx, merchant, now, finished).await?;
    held.stepped(tx, &changes).await?;
    Ok(changes)
}

/// An age of zero stands for a store that is not connected.
fn why(record: &sync_record::Model, max_age: Duration) -> (FailureCode, String) {
    if max_age.is_zero() {
        return (FailureCode::StoreNotConnected, "the store was disconnected".to_owned());
    }
    let last = match &record.failure_message {
        Some(message) => format!("; the last attempt: {message}"),
        None => String::new(),
    };
    let message = format!(
        "gave up after waiting {} seconds for the store{last}",
        max_age.as_secs()
    );
    (FailureCode::WaitedTooLong, message)
}

/// Gives up at an interval until it is cancelled.
pub async fn run(engine: Engine, max_age: Duration, interval: Duration, cancel: CancellationToken) {
    loop {
        match engine.expire(max_age).await {
            Ok(0) => {}
            Ok(count) => tracing::warn!(
                count,
                "gave up records whose stores could not be pushed to for too long"
            ),
            Err(error) => tracing::error!(error = error.operator_text(), "could not give up what is too old"),
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(interval) => {}
        }
    }
}
