//! Warehouses and warehouse SKUs.

use uuid::Uuid;

use super::Item;
use crate::error::Result;
use crate::import::refusals::{Cell, Refusals};
use crate::import::sheet::{Column, Row};
use crate::sync::Engine;
use crate::sync::catalogue::{WarehouseInput, WarehouseSkuInput};

/// A row of warehouses.
pub(in crate::import) struct Warehouse {
    input: WarehouseInput,
    code: Cell,
    name: Cell,
}

impl Item for Warehouse {
    const COLUMNS: &'static [Column] = &[Column::needed("code"), Column::needed("name")];
    const NOUN: &'static str = "warehouses";

    fn read(row: &Row, _: &mut Refusals) -> Self {
        let (code, name) = (row.text("code").to_owned(), row.text("name").to_owned());
        Self {
            input: WarehouseInput { code, name },
            code: row.cell("code"),
            name: row.cell("name"),
        }
    }

    fn unique(&self) -> Vec<(String, Cell)> {
        vec![(self.input.code.clone(), self.code)]
    }

    fn cell(&self, field: &[String]) -> Cell {
        match field.first().map(String::as_str) {
            Some("name") => self.name,
            _ => self.code,
        }
    }

    async fn check(engine: &Engine, _: Uuid, items: &[Self]) -> Result<()> {
        let inputs: Vec<WarehouseInput> = items.iter().map(|item| item.input.clone()).collect();
        engine.check_warehouses(&inputs)
    }

    async fn write(engine: &Engine, merchant: Uuid, items: &[Self]) -> Result<()> {
        let inputs = items.iter().map(|item| item.input.clone()).collect();
        engine.upsert_warehouses(merchant, inputs).await.map(drop)
    }
}

/// A row of warehouse SKUs.
pub(in crate::import) struct WarehouseSku {
    input: WarehouseSkuInput,
    sku: Cell,
    name: Cell,
}

impl Item for WarehouseSku {
    const COLUMNS: &'static [Column] = &[Column::needed("sku"), Column::needed("name")];
    const NOUN: &'static str = "warehouse SKUs";

    fn read(row: &Row, _: &mut Refusals) -> Self {
        let (sku, name) = (row.text("sku").to_owned(), row.text("name").to_owned());
        Self {
            input: WarehouseSkuInput { sku, name },
            sku: row.cell("sku"),
            name: row.cell("name"),
        }
    }

    fn unique(&self) -> Vec<(String, Cell)> {
        vec![(self.input.sku.clone(), self.sku)]
    }

    fn cell(&self, field: &[String]) -> Cell {
        match field.first().map(String::as_str) {
            Some("name") => self.name,
            _ => self.sku,
        }
    }

    async fn check(engine: &Engine, _: Uuid, items: &[Self]) -> Result<()> {
        let inputs: Vec<WarehouseSkuInput> = items.iter().map(|item| item.input.clone()).collect();
        engine.check_warehouse_skus(&inputs)
    }

    async fn write(engine: &Engine, merchant: Uuid, items: &[Self]) -> Result<()> {
        let inputs = items.iter().map(|item| item.input.clone()).collect();
        engine.upsert_warehouse_skus(merchant, inputs).await.map(drop)
    }
}
