//! Keeps the demo's stock changing: orders, returns, purchases, transfers, counts, and now and then a flash sale.
//!
//! It is a client like any other: it reports changes through the engine, under idempotency keys, and knows no more of
//! the stock than what it is answered. Where a sale finds too little stock, a purchase is reported instead.

use std::time::Duration;

use entity::types::SyncReason;
use rand::Rng;
use rand::seq::IndexedRandom;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::catalogue::{JAKARTA, SURABAYA};
use crate::error::{Error, ProblemCode};
use crate::sync::Engine;
use crate::sync::trigger::{StockChange, StockQuantity};

/// Between two batches.
const PACE: Duration = Duration::from_millis(300);

/// One batch in so many is a flash sale: one SKU is sold many times in a row, and only the last quantity needs to be
/// pushed.
const FLASH_SALE_ODDS: u32 = 60;

/// Orders of a flash sale.
const FLASH_SALE_ORDERS: usize = 12;

/// Something that happens to stock.
struct Event {
    reason: SyncReason,
    /// Units: from and to.
    units: std::ops::RangeInclusive<i32>,
    /// What the units are: added, taken, or what a count found.
    effect: Effect,
    /// What the reference begins with.
    reference: &'static str,
    /// How often, relative to the others.
    weight: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Add,
    Take,
    Set,
    /// Taken in Jakarta, added in Surabaya.
    Move,
}

const fn event(
    weight: u32,
    reason: SyncReason,
    effect: Effect,
    units: std::ops::RangeInclusive<i32>,
    reference: &'static str,
) -> Event {
    Event {
        reason,
        units,
        effect,
        reference,
        weight,
    }
}

/// What happens, and how often: every reason that a warehouse has. Changed mappings are seen when the demo is set up.
const EVENTS: [Event; 14] = [
    event(30, SyncReason::OrderSynced, Effect::Take, 1..=3, "ORD"),
    event(18, SyncReason::StockOutSale, Effect::Take, 1..=2, "INV"),
    event(5, SyncReason::OrderMovedToPack, Effect::Take, 1..=1, "ORD"),
    event(5, SyncReason::OrderVoided, Effect::Add, 1..=2, "ORD"),
    event(2, SyncReason::VoidedOrderReverted, Effect::Take, 1..=1, "ORD"),
    event(4, SyncReason::StockInReturnScan, Effect::Add, 1..=1, "RTR"),
    event(2, SyncReason::StockInReturnManual, Effect::Add, 1..=2, "RTR"),
    event(6, SyncReason::StockInPurchase, Effect::Add, 10..=40, "PO"),
    event(3, SyncReason::StockInManual, Effect::Add, 1..=5, "ADJ"),
    event(3, SyncReason::StockOutManual, Effect::Take, 1..=4, "ADJ"),
    event(4, SyncReason::StockOutTransfer, Effect::Move, 2..=8, "TRF"),
    event(2, SyncReason::WarehouseChanged, Effect::Move, 1..=2, "ORD"),
    event(4, SyncReason::StockCounted, Effect::Set, 5..=60, "SO"),
    event(3, SyncReason::InventoryRefreshed, Effect::Set, 5..=60, "REF"),
];

/// Reports changes until `cancel` is cancelled. What goes wrong is logged, and the next batch is tried.
pub(super) async fn run(engine: Engine, merchant: Uuid, stocked: &[(String, &'static str)], cancel: CancellationToken) {
    let mut pace = tokio::time::interval(PACE);
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            _ = pace.tick() => {}
        }
        let changes = batch(&mut rand::rng(), stocked);
        if let Err(error) = report(&engine, merchant, changes).await {
            tracing::warn!(
                error = error.operator_text(),
                "the demo could not report a stock change"
            );
        }
    }
}

/// Reports a batch; where there is too little stock for it, a purchase of the same SKUs instead.
async fn report(engine: &Engine, merchant: Uuid, changes: Vec<StockChange>) -> Result<(), Error> {
    let purchase = purchase_of(&changes);
    match send(engine, merchant, changes).await {
        Err(Error::Invalid(problems))
            if problems
                .iter()
                .all(|problem| problem.code == ProblemCode::InsufficientStock) =>
        {
            send(engine, merchant, purchase).await
        }
        result => result,
    }
}

async fn send(engine: &Engine, merchant: Uuid, changes: Vec<StockChange>) -> Result<(), Error> {
    let key = Uuid::now_v7().to_string();
    engine
        .record_stock_changes(merchant, changes, Some(key))
        .await
        .map(|_| ())
}

fn purchase_of(changes: &[StockChange]) -> Vec<StockChange> {
    let mut purchases: Vec<StockChange> = Vec::new();
    for change in changes {
        let is_there = |other: &StockChange| other.sku == change.sku && other.warehouse == change.warehouse;
        if !purchases.iter().any(is_there) {
            purchases.push(StockChange {
                quantity: StockQuantity::Delta(20),
                reason: SyncReason::StockInPurchase,
                reference: Some(reference("PO", &mut rand::rng())),
                ..change.clone()
            });
        }
    }
    purchases
}

/// What happens next.
fn batch(rng: &mut impl Rng, stocked: &[(String, &'static str)]) -> Vec<StockChange> {
    let Some((sku, warehouse)) = stocked.choose(rng) else {
        return Vec::new();
    };
    if rng.random_ratio(1, FLASH_SALE_ODDS) {
        return flash_sale(rng, sku, warehouse);
    }
    let Ok(event) = EVENTS.choose_weighted(rng, |event| event.weight) else {
        return Vec::new();
    };
    let units = rng.random_range(event.units.clone());
    let reference = Some(reference(event.reference, rng));
    let change = |warehouse: &str, reason, quantity| StockChange {
        warehouse: warehouse.to_owned(),
        sku: sku.clone(),
        quantity,
        reason,
        reference: reference.clone(),
    };
    match event.effect {
        Effect::Add => vec![change(warehouse, event.reason, StockQuantity::Delta(units))],
        Effect::Take => vec![change(warehouse, event.reason, StockQuantity::Delta(-units))],
        Effect::Set => vec![change(warehouse, event.reason, StockQuantity::Available(units))],
        Effect::Move => {
            let arrival = match event.reason {
                SyncReason::StockOutTransfer => SyncReason::StockInTransfer,
                other => other,
            };
            vec![
                change(JAKARTA, event.reason, StockQuantity::Delta(-units)),
                change(SURABAYA, arrival, StockQuantity::Delta(units)),
            ]
        }
    }
}

/// Order after order for one SKU.
fn flash_sale(rng: &mut impl Rng, sku: &str, warehouse: &str) -> Vec<StockChange> {
    let orders = (0..FLASH_SALE_ORDERS).map(|_| StockChange {
        warehouse: warehouse.to_owned(),
        sku: sku.to_owned(),
        quantity: StockQuantity::Delta(-1),
        reason: SyncReason::OrderSynced,
        reference: Some(reference("FLASH", rng)),
    });
    orders.collect()
}

fn reference(kind: &str, rng: &mut impl Rng) -> String {
    format!("{kind}-{:06}", rng.random_range(0..1_000_000))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::SeedableRng;

    use super::*;

    #[test]
    fn every_reason_of_a_warehouse_comes_up() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        let stocked = [("A".to_owned(), JAKARTA), ("B".to_owned(), SURABAYA)];
        let changes: Vec<StockChange> = (0..3_000).flat_map(|_| batch(&mut rng, &stocked)).collect();
        let reasons: HashSet<SyncReason> = changes.iter().map(|change| change.reason).collect();
        assert_eq!(reasons.len(), EVENTS.len() + 1, "{reasons:?}");
        assert!(
            changes
                .iter()
                .any(|change| matches!(change.quantity, StockQuantity::Available(_)))
        );
        assert!(changes.iter().all(|change| change.reference.is_some()));
    }

    #[test]
    fn a_purchase_names_each_sku_once() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        assert_eq!(purchase_of(&flash_sale(&mut rng, "A", JAKARTA)).len(), 1);
    }
}
