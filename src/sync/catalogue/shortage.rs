//! The shortage mark.

use std::collections::HashMap;
use std::sync::Arc;

use entity::types::SyncReason;
use entity::warehouse_sku;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::{MAX_ITEMS, lock_skus};
use crate::clock::now;
use crate::db::catalogue;
use crate::error::Result;
use crate::sync::Engine;
use crate::sync::backlog::sync_or_defer;
use crate::sync::plan::{Cause, Planned, Planning};
use crate::sync::problems::{Problems, Seen, at_most};

impl Engine {
    /// Puts the shortage mark on warehouse SKUs, by their codes, or takes it off. Where it is taken off, every store
    /// SKU that is made of the warehouse SKU is planned anew; where it is put on, what is already on its way is not
    /// called back. Returns the warehouse SKUs in the order of the input.
    ///
    /// # Errors
    /// A problem of the input; then nothing is changed.
    pub async fn set_shortage_mark(
        &self,
        merchant: Uuid,
        skus: Vec<String>,
        is_marked_short: bool,
    ) -> Result<Vec<warehouse_sku::Model>> {
        let skus = Arc::new(checked(&skus)?);
        let engine = self.clone();
        let (rows, planned) = self
            .db()
            .write(move |tx| {
                let (planning, skus) = (engine.planning(merchant, now()), Arc::clone(&skus));
                Box::pin(async move { write(tx, &planning, &skus, is_marked_short).await })
            })
            .await?;
        self.announce(planned);
        Ok(rows)
    }
}

fn checked(skus: &[String]) -> Result<Vec<String>> {
    at_most("skus", skus.len(), MAX_ITEMS)?;
    let (mut problems, mut seen) = (Problems::default(), Seen::default());
    let mut checked = Vec::with_capacity(skus.len());
    for (at, sku) in skus.iter().enumerate() {
        let path = format!("skus.{at}");
        let sku = problems.code(&path, sku);
        seen.once(&mut problems, &path, sku.clone(), &sku);
        checked.push(sku);
    }
    problems.none()?;
    Ok(checked)
}

async fn write(
    tx: &DatabaseTransaction,
    planning: &Planning,
    skus: &[String],
    is_marked_short: bool,
) -> Result<(Vec<warehouse_sku::Model>, Planned)> {
    catalogue::lock(tx, planning.merchant).await?;
    let before = existing(tx, planning.merchant, skus).await?;
    let changed: Vec<Uuid> = before
        .iter()
        .filter(|row| row.is_marked_short != is_marked_short)
        .map(|row| row.id)
        .collect();
    let concerned = match is_marked_short {
        true => Vec::new(),
        false => catalogue::made_of(tx, planning.merchant, &changed).await?,
    };
    lock_skus(tx, planning.merchant, &concerned, changed.iter().copied()).await?;
    catalogue::mark_short(tx, planning.merchant, &changed, is_marked_short, planning.now).await?;
    let cause = Cause {
        reason: SyncReason::ShortageCleared,
        manual_sync_id: None,
    };
    let planned = sync_or_defer(tx, planning, &concerned, &cause).await?;
    // Planning moves the last sync, so the rows are read again.
    Ok((existing(tx, planning.merchant, skus).await?, planned))
}

/// The warehouse SKUs in the order of their codes; a problem where there is none.
async fn existing(tx: &DatabaseTransaction, merchant: Uuid, skus: &[String]) -> Result<Vec<warehouse_sku::Model>> {
    let rows = catalogue::warehouse_skus(tx, merchant, skus.iter().map(String::as_str)).await?;
    let mut by_sku: HashMap<String, warehouse_sku::Model> =
        rows.into_iter().map(|row| (row.sku.clone(), row)).collect();
    let mut problems = Problems::default();
    let mut found = Vec::with_capacity(skus.len());
    for (at, sku) in skus.iter().enumerate() {
        match by_sku.remove(sku) {
            Some(row) => found.push(row),
            None => problems.unknown(&format!("skus.{at}"), "warehouse SKU", sku),
        }
    }
    problems.none()?;
    Ok(found)
}
