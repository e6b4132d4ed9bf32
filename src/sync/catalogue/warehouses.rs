//! Warehouses and warehouse SKUs.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{warehouse, warehouse_sku};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::{MAX_ITEMS, WarehouseInput, WarehouseSkuInput};
use crate::clock;
use crate::db::catalogue;
use crate::domain::text;
use crate::error::Result;
use crate::sync::Engine;
use crate::sync::problems::{Problems, Seen, at_most};

impl Engine {
    /// Makes and renames warehouses, by their codes. Returns them in the order of the input.
    ///
    /// # Errors
    /// A problem of the input; then nothing is changed.
    pub async fn upsert_warehouses(
        &self,
        merchant: Uuid,
        warehouses: Vec<WarehouseInput>,
    ) -> Result<Vec<warehouse::Model>> {
        let given = Arc::new(checked_warehouses(&warehouses)?);
        self.db()
            .write(move |tx| {
                let given = Arc::clone(&given);
                Box::pin(async move { write_warehouses(tx, merchant, &given).await })
            })
            .await
    }

    /// Checks warehouses as [`Engine::upsert_warehouses`] would, and changes nothing.
    ///
    /// # Errors
    /// The problems of the input.
    pub fn check_warehouses(&self, warehouses: &[WarehouseInput]) -> Result<()> {
        checked_warehouses(warehouses).map(|_| ())
    }

    /// Makes and renames warehouse SKUs, by their codes. Returns them in the order of the input.
    ///
    /// # Errors
    /// A problem of the input; then nothing is changed.
    pub async fn upsert_warehouse_skus(
        &self,
        merchant: Uuid,
        warehouse_skus: Vec<WarehouseSkuInput>,
    ) -> Result<Vec<warehouse_sku::Model>> {
        let given = Arc::new(checked_warehouse_skus(&warehouse_skus)?);
        self.db()
            .write(move |tx| {
                let given = Arc::clone(&given);
                Box::pin(async move { write_warehouse_skus(tx, merchant, &given).await })
            })
            .await
    }

    /// Checks warehouse SKUs as [`Engine::upsert_warehouse_skus`] would, and changes nothing.
    ///
    /// # Errors
    /// The problems of the input.
    pub fn check_warehouse_skus(&self, warehouse_skus: &[WarehouseSkuInput]) -> Result<()> {
        checked_warehouse_skus(warehouse_skus).map(|_| ())
    }
}

/// The warehouses as they are to be stored.
fn checked_warehouses(warehouses: &[WarehouseInput]) -> Result<Vec<WarehouseInput>> {
    at_most("warehouses", warehouses.len(), MAX_ITEMS)?;
    let (mut problems, mut seen) = (Problems::default(), Seen::default());
    let mut checked = Vec::with_capacity(warehouses.len());
    for (at, given) in warehouses.iter().enumerate() {
        let path = format!("warehouses.{at}.code");
        let code = problems.code(&path, &given.code);
        seen.once(&mut problems, &path, code.clone(), &code);
        let name = problems.name(&format!("warehouses.{at}.name"), &given.name);
        checked.push(WarehouseInput { code, name });
    }
    problems.none()?;
    Ok(checked)
}

/// The warehouse SKUs as they are to be stored.
fn checked_warehouse_skus(warehouse_skus: &[WarehouseSkuInput]) -> Result<Vec<WarehouseSkuInput>> {
    at_most("warehouseSkus", warehouse_skus.len(), MAX_ITEMS)?;
    let (mut problems, mut seen) = (Problems::default(), Seen::default());
    let mut checked = Vec::with_capacity(warehouse_skus.len());
    for (at, given) in warehouse_skus.iter().enumerate() {
        let path = format!("warehouseSkus.{at}.sku");
        let sku = problems.code(&path, &given.sku);
        seen.once(&mut problems, &path, sku.clone(), &sku);
        let name = problems.text(&format!("warehouseSkus.{at}.name"), &given.name);
        checked.push(WarehouseSkuInput { sku, name });
    }
    problems.none()?;
    Ok(checked)
}

async fn write_warehouses(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    given: &[WarehouseInput],
) -> Result<Vec<warehouse::Model>> {
    catalogue::lock(tx, merchant).await?;
    let now = clock::now();
    let codes = || given.iter().map(|warehouse| warehouse.code.as_str());
    let by_code = |rows: Vec<warehouse::Model>| -> HashMap<String, warehouse::Model> {
        rows.into_iter().map(|row| (row.code.clone(), row)).collect()
    };
    let before = by_code(catalogue::warehouses(tx, merchant, codes()).await?);
    let changed = given
        .iter()
        .map(|given| (given, before.get(&given.code)))
        .filter(|(given, old)| old.is_none_or(|old| old.name != given.name))
        .map(|(given, old)| warehouse::Model {
            name: given.name.clone(),
            updated_at: now,
            ..old.cloned().unwrap_or_else(|| new_warehouse(merchant, given, now))
        });
    catalogue::upsert_warehouses(tx, changed.collect()).await?;
    let mut after = by_code(catalogue::warehouses(tx, merchant, codes()).await?);
    Ok(codes().filter_map(|code| after.remove(code)).collect())
}

async fn write_warehouse_skus(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    given: &[WarehouseSkuInput],
) -> Result<Vec<warehouse_sku::Model>> {
    catalogue::lock(tx, merchant).await?;
    let now = clock::now();
    let skus = || given.iter().map(|warehouse_sku| warehouse_sku.sku.as_str());
    let by_sku = |rows: Vec<warehouse_sku::Model>| -> HashMap<String, warehouse_sku::Model> {
        rows.into_iter().map(|row| (row.sku.clone(), row)).collect()
    };
    let before = by_sku(catalogue::warehouse_skus(tx, merchant, skus()).await?);
    let changed = given
        .iter()
        .map(|given| (given, before.get(&given.sku)))
        .filter(|(given, old)| old.is_none_or(|old| old.name != given.name))
        .map(|(given, old)| warehouse_sku::Model {
            name: given.name.clone(),
            search_text: text::searchable(&[&given.sku, &given.name]),
            updated_at: now,
            ..old.cloned().unwrap_or_else(|| new_warehouse_sku(merchant, given, now))
        });
    catalogue::upsert_warehouse_skus(tx, changed.collect()).await?;
    let mut after = by_sku(catalogue::warehouse_skus(tx, merchant, skus()).await?);
    Ok(skus().filter_map(|sku| after.remove(sku)).collect())
}

fn new_warehouse(merchant: Uuid, given: &WarehouseInput, now: DateTime<Utc>) -> warehouse::Model {
    warehouse::Model {
        merchant_id: merchant,
        id: Uuid::now_v7(),
        code: given.code.clone(),
        name: given.name.clone(),
        created_at: now,
        updated_at: now,
    }
}

fn new_warehouse_sku(merchant: Uuid, given: &WarehouseSkuInput, now: DateTime<Utc>) -> warehouse_sku::Model {
    warehouse_sku::Model {
        merchant_id: merchant,
        id: Uuid::now_v7(),
        sku: given.sku.clone(),
        name: given.name.clone(),
        search_text: text::searchable(&[&given.sku, &given.name]),
        is_marked_short: false,
        last_sync_status: None,
        last_sync_quantity: 0,
        last_sync_reason: None,
        last_sync_at: DateTime::UNIX_EPOCH,
        created_at: now,
        updated_at: now,
    }
}
