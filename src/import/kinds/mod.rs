//! The kinds of files: their columns, and what their rows are.

mod stock;
mod store_skus;
mod stores;
mod warehouses;

pub(super) use stock::Stock;
pub(super) use store_skus::StoreSku;
pub(super) use stores::Store;
pub(super) use warehouses::{Warehouse, WarehouseSku};

use uuid::Uuid;

use super::refusals::{Cell, Refusals};
use super::sheet::{Column, Row};
use crate::error::{ProblemCode, Result};
use crate::sync::Engine;

/// What one row, or several rows that follow each other, say.
pub(super) trait Item: Sized {
    /// The columns of the file.
    const COLUMNS: &'static [Column];
    /// What the items are called, for the report.
    const NOUN: &'static str;

    /// The item that starts with this row.
    fn read(row: &Row, refusals: &mut Refusals) -> Self;

    /// Takes a further row in; false when it belongs to another item.
    fn absorb(&mut self, _row: &Row, _refusals: &mut Refusals) -> bool {
        false
    }

    /// What may be in the file once only, as people read it, and where it stands.
    fn unique(&self) -> Vec<(String, Cell)>;

    /// The cell of the input field that the engine calls so, below the item.
    fn cell(&self, field: &[String]) -> Cell;

    /// Asks the engine whether it would take the items; changes nothing.
    async fn check(engine: &Engine, merchant: Uuid, items: &[Self]) -> Result<()>;

    /// Hands the items to the engine.
    async fn write(engine: &Engine, merchant: Uuid, items: &[Self]) -> Result<()>;
}

/// A whole number; 0 beside a refusal where the cell holds none.
fn whole_number(row: &Row, column: &'static str, refusals: &mut Refusals) -> i32 {
    let text = row.text(column);
    text.parse().unwrap_or_else(|_| {
        let message = format!("\"{text}\" is not a whole number that can be taken");
        refusals.add(row.cell(column), ProblemCode::Invalid, message);
        0
    })
}
