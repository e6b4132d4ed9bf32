//! From a trigger to records and failed triggers.
//!
//! Planning happens inside the transaction that the trigger came in with, on a [`Snapshot`] that was read under lock,
//! in memory ([`planner`]); [`crate::db::plan`] then writes the whole plan.
//!
//! # Guarantees
//!
//! - Every trigger ends as records, as failed triggers, or both. The one exception: a change of rules or mappings
//!   triggers nothing for a store SKU of which no stock was ever reported, since there is no quantity to push yet.
//! - Every governed store SKU gets one record a trigger. Of the unsent ones only the newest stays pending; the others
//!   are skipped, also within one batch of triggers.
//! - The newest record's quantity is what the rule computes from the newest stock.

mod draft;
mod planner;

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::types::{FailureCode, SyncReason};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::backlog;
use crate::db;
use crate::db::snapshot::Snapshot;
use crate::domain::retention::Retention;
use crate::domain::rule;
use crate::error::Result;
use crate::feed::Change;
use crate::marketplace::Marketplaces;
use crate::meter;
use planner::Planner;

/// What holds for one act of planning.
#[derive(Debug, Clone)]
pub(super) struct Planning {
    /// The merchant.
    pub(super) merchant: Uuid,
    /// The time that all of it has.
    pub(super) now: DateTime<Utc>,
    /// How long history is kept.
    pub(super) retention: Retention,
    /// Which say how large a quantity their listings can show.
    pub(super) marketplaces: Marketplaces,
    /// Which syncs are planned at once, and which in portions.
    pub(super) sizes: backlog::Settings,
}

/// Why store SKUs are synced that no stock change concerns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cause {
    /// The reason that the records get.
    pub(super) reason: SyncReason,
    /// The manual action that they belong to.
    pub(super) manual_sync_id: Option<Uuid>,
}

/// A change of the available stock of one warehouse SKU in one warehouse.
#[derive(Debug, Clone)]
pub(super) struct StockTrigger {
    /// The warehouse SKU.
    pub(super) warehouse_sku: Uuid,
    /// The warehouse.
    pub(super) warehouse: Uuid,
    /// Units available after the change.
    pub(super) available: i32,
    /// Units more than before; negative for fewer.
    pub(super) movement: i32,
    /// Why the stock changed.
    pub(super) reason: SyncReason,
    /// The caller's reference.
    pub(super) reference: Option<String>,
}

/// What was planned, for the caller to report and to announce.
#[derive(Debug, Default)]
pub(super) struct Planned {
    /// The steps of the records, in order.
    pub(super) changes: Vec<Change>,
    /// New records, skipped ones included.
    pub(super) record_count: usize,
    /// Of these, how many are pending.
    pub(super) pending_count: usize,
    /// Failed triggers by their code.
    pub(super) failed: BTreeMap<FailureCode, i64>,
    /// Store SKUs that were left to the planner.
    pub(super) deferred_count: usize,
}

/// Plans a sync of each of these store SKUs, and writes it.
///
/// # Errors
/// What the database said.
#[tracing::instrument(name = "plan", skip_all)]
pub(super) async fn sync_store_skus(
    tx: &DatabaseTransaction,
    planning: &Planning,
    store_skus: &[Uuid],
    cause: &Cause,
) -> Result<Planned> {
    let _watch = meter::planning("store_skus");
    let snapshot = Snapshot::of_store_skus(tx, planning.merchant, store_skus).await?;
    let mut planner = Planner::new(planning, snapshot);
    for index in 0..planner.store_sku_count() {
        planner.sync(index, cause);
    }
    planner.write(tx).await
}

/// Plans stock changes of warehouse SKUs that the snapshot was read for, in their order, and writes it. The levels
/// themselves are the caller's to write; `snapshot` holds them as they were before the first change.
///
/// # Errors
/// What the database said.
#[tracing::instrument(name = "plan", skip_all)]
pub(super) async fn stock_changed(
    tx: &DatabaseTransaction,
    planning: &Planning,
    snapshot: Snapshot,
    triggers: &[StockTrigger],
) -> Result<Planned> {
    let _watch = meter::planning("stock_change");
    let mut planner = Planner::new(planning, snapshot);
    for trigger in triggers {
        planner.stock_changed(trigger);
    }
    planner.write(tx).await
}

/// Decides anew which rule governs each of these store SKUs, and returns those for which that is another one now, by
/// that rule. Under [`db::catalogue::lock`].
///
/// # Errors
/// What the database said.
pub(super) async fn governed_anew(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    store_skus: &[Uuid],
) -> Result<HashMap<Option<Uuid>, Vec<Uuid>>> {
    let candidates = db::rule::candidates(tx, merchant, store_skus).await?;
    let parts: HashSet<Uuid> = candidates.values().flat_map(|one| &one.parts).copied().collect();
    let parts: Vec<Uuid> = parts.into_iter().collect();
    let rules = db::rule::enabled(tx, merchant, &parts).await?;
    let mut by_rule: HashMap<Option<Uuid>, Vec<Uuid>> = HashMap::new();
    for store_sku in candidates.values() {
        let rule = rule::governing(&rules, store_sku.store, &store_sku.parts).map(|rule| rule.id);
        if rule != store_sku.rule {
            by_rule.entry(rule).or_default().push(store_sku.id);
        }
    }
    Ok(by_rule)
}
