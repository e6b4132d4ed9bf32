//! Opening stock: how much of each warehouse SKU was counted in each warehouse.

use std::collections::HashSet;

use entity::types::SyncReason;
use uuid::Uuid;

use super::{Item, whole_number};
use crate::db::catalogue;
use crate::domain::text;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::import::refusals::{Cell, Refusals};
use crate::import::sheet::{Column, Row};
use crate::sync::Engine;
use crate::sync::trigger::{StockChange, StockQuantity};

/// A row of counted stock.
pub(in crate::import) struct Stock {
    warehouse: String,
    sku: String,
    available: i32,
    reference: Option<String>,
    warehouse_cell: Cell,
    sku_cell: Cell,
    available_cell: Cell,
    reference_cell: Cell,
}

impl Item for Stock {
    const COLUMNS: &'static [Column] = &[
        Column::needed("warehouse"),
        Column::needed("sku"),
        Column::needed("available"),
        Column::optional("reference"),
    ];
    const NOUN: &'static str = "stock levels";

    fn read(row: &Row, refusals: &mut Refusals) -> Self {
        let available = whole_number(row, "available", refusals);
        if available < 0 {
            let message = format!("{available} is negative");
            refusals.add(row.cell("available"), ProblemCode::OutOfRange, message);
        }
        let reference = row.text("reference");
        if let Err(problem) = text::name("reference", reference) {
            refusals.add(row.cell("reference"), problem.code, problem.message);
        }
        Self {
            warehouse: row.text("warehouse").to_owned(),
            sku: row.text("sku").to_owned(),
            available,
            reference: (!reference.is_empty()).then(|| reference.to_owned()),
            warehouse_cell: row.cell("warehouse"),
            sku_cell: row.cell("sku"),
            available_cell: row.cell("available"),
            reference_cell: row.cell("reference"),
        }
    }

    fn unique(&self) -> Vec<(String, Cell)> {
        vec![(format!("{} in {}", self.sku, self.warehouse), self.sku_cell)]
    }

    fn cell(&self, field: &[String]) -> Cell {
        match field.first().map(String::as_str) {
            Some("warehouse") => self.warehouse_cell,
            Some("available" | "delta") => self.available_cell,
            Some("reference") => self.reference_cell,
            _ => self.sku_cell,
        }
    }

    async fn check(engine: &Engine, merchant: Uuid, items: &[Self]) -> Result<()> {
        let reader = engine.db().reader();
        let warehouses = distinct(items, |item| &item.warehouse);
        let warehouses = catalogue::warehouses(reader, merchant, warehouses).await?;
        let warehouses: HashSet<String> = warehouses.into_iter().map(|row| row.code).collect();
        let skus = distinct(items, |item| &item.sku);
        let skus = catalogue::warehouse_skus(reader, merchant, skus).await?;
        let skus: HashSet<String> = skus.into_iter().map(|row| row.sku).collect();
        let mut problems = Vec::new();
        for (at, item) in items.iter().enumerate() {
            if !warehouses.contains(&item.warehouse) {
                problems.push(unknown(at, "warehouse", "warehouse", &item.warehouse));
            }
            if !skus.contains(&item.sku) {
                problems.push(unknown(at, "sku", "warehouse SKU", &item.sku));
            }
        }
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Error::Invalid(problems)),
        }
    }

    async fn write(engine: &Engine, merchant: Uuid, items: &[Self]) -> Result<()> {
        let changes = items.iter().map(|item| StockChange {
            warehouse: item.warehouse.clone(),
            sku: item.sku.clone(),
            quantity: StockQuantity::Available(item.available),
            reason: SyncReason::StockCounted,
            reference: item.reference.clone(),
        });
        engine
            .record_stock_changes(merchant, changes.collect(), None)
            .await
            .map(drop)
    }
}

fn distinct(items: &[Stock], field: fn(&Stock) -> &String) -> HashSet<&str> {
    items.iter().map(|item| field(item).as_str()).collect()
}

fn unknown(at: usize, field: &str, what: &str, code: &str) -> Problem {
    let message = format!("there is no {what} \"{code}\"");
    Problem::new(&format!("changes.{at}.{field}"), ProblemCode::NotFound, message)
}
