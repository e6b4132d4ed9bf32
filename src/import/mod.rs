//! Importing the catalogue and the opening stock from CSV files.
//!
//! # Guarantees
//!
//! - The whole file is checked before anything is written. What is wrong is named by line and column: the form of
//!   every cell, codes that name nothing, what is given twice, listings that another store SKU has.
//! - It is imported in batches, each of which is taken whole or not at all. Importing a file again changes only what
//!   is different, so an import that was stopped half way is finished by running it again. Stock is counted anew by
//!   that, which triggers syncs again.
//! - A file of any size is imported in little memory: a batch, and the codes that were seen. What comes by standard input is
//!   kept in memory as a whole, since it is read twice.
//!
//! # Not guaranteed
//!
//! - That a checked file is imported whole: when the catalogue or the file is changed in between, a batch may be
//!   refused. The batches before it stay.
//! - A listing that moves between two store SKUs of one file is refused when they are more than a batch apart; import
//!   the two in files of their own.

mod kinds;
mod pass;
mod refusals;
mod sheet;
mod source;

use std::path::PathBuf;

use clap::ValueEnum;
use uuid::Uuid;

use crate::domain::text::counted;
use crate::error::Result;
use crate::sync::Engine;

/// What to import.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// What the file holds
    #[arg(value_enum)]
    pub kind: Kind,
    /// The CSV file: UTF-8, with a header; the columns may stand in any order. - stands for standard input
    pub file: PathBuf,
    /// What separates the cells: a character of ASCII, such as , or ;
    #[arg(long, default_value = ",", value_parser = delimiter)]
    pub delimiter: u8,
}

/// The kinds of files, with their columns; those in brackets may be left out.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// code, name, marketplace, [endpoint, signing_secret]
    Stores,
    /// code, name
    Warehouses,
    /// sku, name
    WarehouseSkus,
    /// store, sku, product_name, [variation_name, product_id, variant_id, location_id, component_sku,
    /// component_quantity]; several rows of one store SKU give it several listings and components
    StoreSkus,
    /// warehouse, sku, available, [reference]
    Stock,
}

/// What was imported. It is shown as a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// What the items are called.
    pub noun: &'static str,
    /// Items of the kind that was imported.
    pub items: u64,
    /// Rows of the file, without the header and blank ones.
    pub rows: u64,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let items = counted(self.items, singular(self.noun));
        write!(f, "imported {items} from {}", counted(self.rows, "row"))
    }
}

/// What one of the items that are called so is called.
fn singular(noun: &'static str) -> &'static str {
    noun.strip_suffix('s').unwrap_or(noun)
}

/// Imports a file into a merchant's catalogue.
///
/// # Errors
/// [`Error::Invalid`](crate::error::Error::Invalid) with the refused cells, up to 20 of them by line and column, and
/// last what became of the file; or what the engine said.
pub async fn run(engine: &Engine, merchant: Uuid, args: &Args) -> Result<Report> {
    match args.kind {
        Kind::Stores => pass::import::<kinds::Store>(engine, merchant, args).await,
        Kind::Warehouses => pass::import::<kinds::Warehouse>(engine, merchant, args).await,
        Kind::WarehouseSkus => pass::import::<kinds::WarehouseSku>(engine, merchant, args).await,
        Kind::StoreSkus => pass::import::<kinds::StoreSku>(engine, merchant, args).await,
        Kind::Stock => pass::import::<kinds::Stock>(engine, merchant, args).await,
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err("must be one character of ASCII".to_owned()),
    }
}
