//! A stock change comes in.
//!
//! # Guarantees
//!
//! - A batch is taken whole or not at all; when it was acknowledged, its levels, its records and its failed triggers
//!   are committed.
//! - A batch that is repeated under its idempotency key changes nothing and gets the first answer.
//!
//! # Not guaranteed
//!
//! An order between batches that are sent at the same time: two absolute quantities for the same level race.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::types::SyncReason;
use sea_orm::DatabaseTransaction;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Engine;
use super::plan::{self, Planned, StockTrigger};
use super::problems::{Problems, at_most};
use crate::clock::now;
use crate::db;
use crate::db::idempotency::Request;
use crate::db::snapshot::Snapshot;
use crate::error::{ProblemCode, Result};

/// Most changes in one batch.
pub const MAX_CHANGES: usize = 1_000;

/// A reported change of the available stock of one warehouse SKU in one warehouse.
#[derive(Debug, Clone)]
pub struct StockChange {
    /// Code of the warehouse.
    pub warehouse: String,
    /// Code of the warehouse SKU.
    pub sku: String,
    /// What happened to the stock.
    pub quantity: StockQuantity,
    /// Why it happened.
    pub reason: SyncReason,
    /// The caller's reference, such as an order number.
    pub reference: Option<String>,
}

/// What happened to the stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockQuantity {
    /// So many units are available now.
    Available(i32),
    /// So many units more are available; negative for fewer.
    Delta(i32),
}

/// What became of a batch that was taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Accepted {
    /// Changes that were taken: all that were sent.
    pub change_count: usize,
    /// Records that were made, superseded ones included.
    pub record_count: usize,
    /// Failed triggers that were made.
    pub failed_trigger_count: i64,
    /// Whether the batch had been taken before, so that nothing was changed now.
    #[serde(skip)]
    pub is_replay: bool,
}

impl Engine {
    /// Takes stock changes, in their order: sets the levels and plans the syncs that they trigger.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::error::Error::Invalid) when any change is at fault; then none was taken.
    pub async fn record_stock_changes(
        &self,
        merchant: Uuid,
        changes: Vec<StockChange>,
        idempotency_key: Option<String>,
    ) -> Result<Accepted> {
        let changes = Arc::new(check(changes)?);
        let request = idempotency_key
            .map(|key| Request::new(merchant, "recordStockChanges", &key, &fingerprint(&changes)))
            .transpose()?;
        let engine = self.clone();
        let (accepted, planned) = self
            .db()
            .write(move |tx| {
                let (engine, changes, request) = (engine.clone(), Arc::clone(&changes), request.clone());
                Box::pin(async move { engine.take_once(tx, merchant, &changes, request.as_ref()).await })
            })
            .await?;
        self.announce(planned);
        Ok(accepted)
    }

    async fn take_once(
        &self,
        tx: &DatabaseTransaction,
        merchant: Uuid,
        changes: &[StockChange],
        request: Option<&Request>,
    ) -> Result<(Accepted, Planned)> {
        let now = now();
        if let Some(request) = request
            && let Some(accepted) = request.take::<Accepted>(tx, now).await?
        {
            return Ok((
                Accepted {
                    is_replay: true,
                    ..accepted
                },
                Planned::default(),
            ));
        }
        let planned = self.take(tx, merchant, changes, now).await?;
        let accepted = Accepted {
            change_count: changes.len(),
            record_count: planned.record_count,
            failed_trigger_count: planned.failed.values().sum(),
            is_replay: false,
        };
        if let Some(request) = request {
            request.answer(tx, &accepted).await?;
        }
        Ok((accepted, planned))
    }

    async fn take(
        &self,
        tx: &DatabaseTransaction,
        merchant: Uuid,
        changes: &[StockChange],
        now: DateTime<Utc>,
    ) -> Result<Planned> {
        let places = resolve(tx, merchant, changes).await?;
        let mut warehouse_skus: Vec<Uuid> = places.iter().map(|place| place.0).collect();
        warehouse_skus.sort_unstable();
        warehouse_skus.dedup();
        let snapshot = Snapshot::of_warehouse_skus(tx, merchant, &warehouse_skus).await?;
        let triggers = triggers(&snapshot, changes, &places)?;
        let levels: BTreeMap<(Uuid, Uuid), i32> = triggers
            .iter()
            .map(|trigger| ((trigger.warehouse_sku, trigger.warehouse), trigger.available))
            .collect();
        db::stock::set(tx, merchant, now, levels).await?;
        plan::stock_changed(tx, &self.planning(merchant, now), snapshot, &triggers).await
    }
}

/// Whether a reason is one of a stock change; the others are this server's own words for what it did itself.
fn is_of_stock(reason: SyncReason) -> bool {
    use SyncReason as R;
    !matches!(
        reason,
        R::ManualSync | R::SyncNow | R::Resync | R::RuleChanged | R::ShortageCleared
    )
}

fn check(changes: Vec<StockChange>) -> Result<Vec<StockChange>> {
    at_most("changes", changes.len(), MAX_CHANGES)?;
    let mut problems = Problems::default();
    if changes.is_empty() {
        problems.add("changes", ProblemCode::Required, "at least one change is needed");
    }
    let checked = changes
        .into_iter()
        .enumerate()
        .map(|(index, change)| {
            let path = |field: &str| format!("changes.{index}.{field}");
            if let StockQuantity::Available(available @ ..0) = change.quantity {
                problems.add(
                    &path("available"),
                    ProblemCode::OutOfRange,
                    format!("{available} is negative"),
                );
            }
            if !is_of_stock(change.reason) {
                let message = format!("{} is not a reason of a stock change", change.reason.word());
                problems.add(&path("reason"), ProblemCode::Invalid, message);
            }
            StockChange {
                warehouse: problems.code(&path("warehouse"), &change.warehouse),
                sku: problems.code(&path("sku"), &change.sku),
                reference: change
                    .reference
                    .map(|reference| problems.text(&path("reference"), &reference))
                    .filter(|reference| !reference.is_empty()),
                ..change
            }
        })
        .collect();
    problems.none()?;
    Ok(checked)
}

/// A text that is the same for the same changes only.
fn fingerprint(changes: &[StockChange]) -> String {
    changes.iter().fold(String::new(), |mut text, change| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{change:?}");
        text
    })
}

/// The warehouse SKU and the warehouse that each change names.
async fn resolve(tx: &DatabaseTransaction, merchant: Uuid, changes: &[StockChange]) -> Result<Vec<(Uuid, Uuid)>> {
    let (skus, warehouses) = (
        changes.iter().map(|change| change.sku.as_str()),
        changes.iter().map(|change| change.warehouse.as_str()),
    );
    let (skus, warehouses) = db::catalogue::ids_by_code(tx, merchant, skus, warehouses).await?;
    let mut problems = Problems::default();
    let mut places = Vec::with_capacity(changes.len());
    for (index, change) in changes.iter().enumerate() {
        let (sku, warehouse) = (skus.get(&change.sku), warehouses.get(&change.warehouse));
        if sku.is_none() {
            problems.unknown(&format!("changes.{index}.sku"), "warehouse SKU", &change.sku);
        }
        if warehouse.is_none() {
            problems.unknown(&format!("changes.{index}.warehouse"), "warehouse", &change.warehouse);
        }
        places.extend(sku.copied().zip(warehouse.copied()));
    }
    problems.none()?;
    Ok(places)
}

/// The stock before and after each change, in their order.
fn triggers(snapshot: &Snapshot, changes: &[StockChange], places: &[(Uuid, Uuid)]) -> Result<Vec<StockTrigger>> {
    let mut levels: BTreeMap<(Uuid, Uuid), i32> = BTreeMap::new();
    let mut problems = Problems::default();
    let mut triggers = Vec::with_capacity(changes.len());
    for (index, (change, place)) in changes.iter().zip(places).enumerate() {
        let level = levels
            .entry(*place)
            .or_insert_with(|| snapshot.stock.get(place).copied().unwrap_or(0));
        match after(*level, change.quantity) {
            Ok(available) => {
                triggers.push(StockTrigger {
                    warehouse_sku: place.0,
                    warehouse: place.1,
                    available,
                    movement: available - *level,
                    reason: change.reason,
                    reference: change.reference.clone(),
                });
                *level = available;
            }
            Err((code, message)) => problems.add(&format!("changes.{index}.delta"), code, message),
        }
    }
    problems.none()?;
    Ok(triggers)
}

fn after(level: i32, quantity: StockQuantity) -> Result<i32, (ProblemCode, String)> {
    match quantity {
        StockQuantity::Available(available) => Ok(available),
        StockQuantity::Delta(delta) => match level.checked_add(delta) {
            Some(available @ 0..) => Ok(available),
            Some(_) => {
                let message = format!("{delta} would take the available stock of {level} below zero");
                Err((ProblemCode::InsufficientStock, message))
            }
            None => {
                let message = format!("{delta} would take the available stock of {level} above {}", i32::MAX);
                Err((ProblemCode::OutOfRange, message))
            }
        },
    }
}
