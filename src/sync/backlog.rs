//! Large syncs are planned portion by portion, so that nobody waits long for his turn to write.
//!
//! A sync of a few store SKUs is planned in the transaction that it came in with. Of a larger one that transaction only
//! writes which store SKUs are wanted, in portions. Each server has one planner, which plans one portion of each
//! merchant in turn, each in a short transaction of its own. Between two portions whoever waits to write gets its turn:
//! SQLite's only writer is given out in the order in which it was asked for, and PostgreSQL's locks go with the
//! transaction.
//!
//! # Guarantees
//!
//! - What was acknowledged is planned, each store SKU once: a portion goes in the transaction that plans it.
//! - The oldest portion of a merchant comes first. One that a process died on, or that could not be planned, stays.
//! - The quantity is computed from the stock as it is when the portion is planned, under the locks of all planning, so
//!   a stock change that came in between is never undone.
//! - A manual sync is PENDING until its last portion is planned, and its counts add up all the time.
//!
//! # Not guaranteed
//!
//! - That two portions of a merchant are planned one after the other: several processes may plan one each.
//! - That a portion that fails does not hold up the merchant's later ones. Those of other merchants are not held up.

use std::time::Duration;

use entity::planning_backlog;
use sea_orm::DatabaseTransaction;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Engine;
use super::manual::{add_left_out, count};
use super::plan::{self, Cause, Planned, Planning};
use crate::clock::now;
use crate::db::{backlog, progress};
use crate::error::Result;

/// How large syncs are planned.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Most store SKUs that are planned in the transaction that they came in with.
    pub at_once: usize,
    /// Store SKUs of one portion of a larger sync; at least 1.
    pub portion: usize,
    /// How long a manual sync waits for its last portion before it is answered as it stands.
    pub patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            at_once: 1_000,
            portion: 100,
            patience: Duration::from_secs(5),
        }
    }
}

/// The planner's side of an engine: how it plans, and who wakes whom.
#[derive(Debug)]
pub(super) struct Backlog {
    pub(super) settings: Settings,
    /// Whoever wrote portions wakes the planner of this process.
    work: Notify,
    /// The planner tells those who wait that it planned another portion.
    planned: watch::Sender<u64>,
}

impl Backlog {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            work: Notify::new(),
            planned: watch::Sender::new(0),
        }
    }

    /// Tells the planner of this process that there may be portions. Kept until it asks.
    pub(super) fn wake(&self) {
        self.work.notify_one();
    }
}

/// Plans a sync of each of these store SKUs, or leaves it to the planner where they are many.
///
/// # Errors
/// What the database said.
pub(super) async fn sync_or_defer(
    tx: &DatabaseTransaction,
    planning: &Planning,
    store_skus: &[Uuid],
    cause: &Cause,
) -> Result<Planned> {
    if store_skus.len() <= planning.sizes.at_once {
        return plan::sync_store_skus(tx, planning, store_skus, cause).await;
    }
    let store_skus = backlog::in_order(tx, planning.merchant, store_skus).await?;
    defer(tx, planning, &store_skus, cause).await
}

/// Leaves a sync of these store SKUs to the planner, in this order.
///
/// # Errors
/// What the database said.
pub(super) async fn defer(
    tx: &DatabaseTransaction,
    planning: &Planning,
    store_skus: &[Uuid],
    cause: &Cause,
) -> Result<Planned> {
    let portions = store_skus.chunks(planning.sizes.portion);
    let portions = portions.map(|portion| planning_backlog::Model {
        merchant_id: planning.merchant,
        id: Uuid::now_v7(),
        manual_sync_id: cause.manual_sync_id,
        reason: cause.reason,
        store_sku_ids: portion.iter().flat_map(Uuid::as_bytes).copied().collect(),
        created_at: planning.now,
    });
    backlog::add(tx, portions.collect()).await?;
    Ok(Planned {
        deferred_count: store_skus.len(),
        ..Planned::default()
    })
}

/// Plans what is in the backlog until it is cancelled: when it is woken, and at an interval besides, for what others
/// left behind.
pub async fn run(engine: Engine, interval: Duration, cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        if engine.plan_one_each(&cancel).await {
            continue;
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = engine.backlog().work.notified() => {}
            () = tokio::time::sleep(interval) => {}
        }
    }
}

impl Engine {
    /// Plans the oldest portion of each merchant. Returns whether there was one.
    async fn plan_one_each(&self, cancel: &CancellationToken) -> bool {
        let merchants = match backlog::merchants(self.db().reader()).await {
            Ok(merchants) => merchants,
            Err(error) => {
                tracing::error!(
                    error = error.operator_text(),
                    "could not look for what is to be planned"
                );
                return false;
            }
        };
        let mut has_planned = false;
        for merchant in merchants {
            if cancel.is_cancelled() {
                return false;
            }
            match self.plan_oldest(merchant).await {
                Ok(is_planned) => has_planned |= is_planned,
                Err(error) => {
                    let error = error.operator_text();
                    tracing::error!(%merchant, error, "could not plan a portion; it stays");
                }
            }
        }
        has_planned
    }

    async fn plan_oldest(&self, merchant: Uuid) -> Result<bool> {
        let engine = self.clone();
        let planned = self
            .db()
            .write(move |tx| {
                let planning = engine.planning(merchant, now());
                Box::pin(async move { plan_portion(tx, &planning).await })
            })
            .await?;
        let Some((planned, manual_sync)) = planned else {
            return Ok(false);
        };
        self.announce(planned);
        if let Some(manual_sync) = manual_sync {
            // What was left out of it is a step of no record.
            self.feed().tell_progress(merchant, manual_sync);
        }
        self.backlog().planned.send_modify(|number| *number += 1);
        Ok(true)
    }

    /// Waits until all of a manual sync is planned, but no longer than the settings say.
    pub(super) async fn wait_for_plan(&self, merchant: Uuid, manual_sync: Uuid) -> Result<()> {
        /// What another process planned is seen at the latest after so long.
        const LOOK_AGAIN: Duration = Duration::from_millis(250);
        let mut planned = self.backlog().planned.subscribe();
        let waiting = async {
            while backlog::is_left(self.db().reader(), merchant, manual_sync).await? {
                // Neither end of the wait says whether it was this manual sync's portion, so both look again.
                let _ = tokio::time::timeout(LOOK_AGAIN, planned.changed()).await;
            }
            Ok(())
        };
        let patience = self.backlog().settings.patience;
        tokio::time::timeout(patience, waiting).await.unwrap_or(Ok(()))
    }
}

/// Plans the merchant's oldest portion; none when there is none that nobody else is planning. Returns its manual sync, too.
async fn plan_portion(tx: &DatabaseTransaction, planning: &Planning) -> Result<Option<(Planned, Option<Uuid>)>> {
    let Some(portion) = backlog::take(tx, planning.merchant).await? else {
        return Ok(None);
    };
    let store_skus = store_skus(&portion);
    let cause = Cause {
        reason: portion.reason,
        manual_sync_id: portion.manual_sync_id,
    };
    let planned = plan::sync_store_skus(tx, planning, &store_skus, &cause).await?;
    if let Some(manual_sync) = portion.manual_sync_id {
        let missing = store_skus.len().saturating_sub(planned.pending_count);
        leave_out(tx, planning, manual_sync, missing, &planned).await?;
    }
    let manual_sync = portion.manual_sync_id;
    backlog::remove(tx, portion).await?;
    Ok(Some((planned, manual_sync)))
}

fn store_skus(portion: &planning_backlog::Model) -> Vec<Uuid> {
    let (ids, _) = portion.store_sku_ids.as_chunks::<16>();
    ids.iter().copied().map(Uuid::from_bytes).collect()
}

/// Takes the store SKUs that got no record out of the counts of their manual sync, and names the reasons.
async fn leave_out(
    tx: &DatabaseTransaction,
    planning: &Planning,
    manual_sync: Uuid,
    missing: usize,
    planned: &Planned,
) -> Result<()> {
    if missing == 0 {
        return Ok(());
    }
    let Some(mut row) = progress::lock(tx, planning.merchant, manual_sync).await? else {
        return Ok(());
    };
    row.left_out = add_left_out(&row, &planned.failed)?;
    progress::leave_out(tx, row, count(missing), planning.now).await
}
