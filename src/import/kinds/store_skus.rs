//! Store SKUs with their listings and components, on as many rows as the longer of the two lists needs.

use uuid::Uuid;

use super::{Item, whole_number};
use crate::error::{ProblemCode, Result};
use crate::import::refusals::{Cell, Refusals};
use crate::import::sheet::{Column, Row};
use crate::sync::Engine;
use crate::sync::catalogue::{ComponentInput, ListingInput, StoreSkuInput};

/// A store SKU. Rows that follow each other with the same store and SKU are one: a row adds a listing where its
/// `product_id` is not blank, and a component where its `component_sku` is not. What an earlier row said already may
/// be said again, and the names may be left blank after the first row. A file without the column `product_id` leaves
/// all listings as they are, one without `component_sku` all components.
pub(in crate::import) struct StoreSku {
    input: StoreSkuInput,
    store: Cell,
    sku: Cell,
    product_name: Cell,
    variation_name: Cell,
    listings: Vec<Cell>,
    components: Vec<Cell>,
}

impl Item for StoreSku {
    const COLUMNS: &'static [Column] = &[
        Column::needed("store"),
        Column::needed("sku"),
        Column::needed("product_name"),
        Column::optional("variation_name"),
        Column::optional("product_id"),
        Column::optional("variant_id"),
        Column::optional("location_id"),
        Column::optional("component_sku"),
        Column::optional("component_quantity"),
    ];
    const NOUN: &'static str = "store SKUs";

    fn read(row: &Row, refusals: &mut Refusals) -> Self {
        let mut item = Self {
            input: StoreSkuInput {
                store: row.text("store").to_owned(),
                sku: row.text("sku").to_owned(),
                product_name: row.text("product_name").to_owned(),
                variation_name: row.text("variation_name").to_owned(),
                listings: row.has("product_id").then(Vec::new),
                components: row.has("component_sku").then(Vec::new),
            },
            store: row.cell("store"),
            sku: row.cell("sku"),
            product_name: row.cell("product_name"),
            variation_name: row.cell("variation_name"),
            listings: Vec::new(),
            components: Vec::new(),
        };
        item.add_listing(row, refusals);
        item.add_component(row, refusals);
        item
    }

    fn absorb(&mut self, row: &Row, refusals: &mut Refusals) -> bool {
        if (row.text("store"), row.text("sku")) != (&self.input.store, &self.input.sku) {
            return false;
        }
        for (column, first) in [
            ("product_name", &self.input.product_name),
            ("variation_name", &self.input.variation_name),
        ] {
            let again = row.text(column);
            if !again.is_empty() && again != first {
                let message = format!("\"{again}\" differs from the first row of the store SKU, which has \"{first}\"");
                refusals.add(row.cell(column), ProblemCode::Invalid, message);
            }
        }
        self.add_listing(row, refusals);
        self.add_component(row, refusals);
        true
    }

    fn unique(&self) -> Vec<(String, Cell)> {
        let store = &self.input.store;
        let listings = self.input.listings.iter().flatten().zip(&self.listings);
        let listings = listings.map(|(listing, cell)| (format!("the listing {listing} in {store}"), *cell));
        std::iter::once((format!("{} in {store}", self.input.sku), self.sku))
            .chain(listings)
            .collect()
    }

    fn cell(&self, field: &[String]) -> Cell {
        let field: Vec<&str> = field.iter().map(String::as_str).collect();
        let part = |cells: &[Cell], at: &str, column: &'static str| {
            let cell = at.parse().ok().and_then(|at: usize| cells.get(at));
            cell.map_or(self.sku, |cell| Cell { column, ..*cell })
        };
        match field.as_slice() {
            ["store"] => self.store,
            ["productName"] => self.product_name,
            ["variationName"] => self.variation_name,
            ["listings", at, "variantId"] => part(&self.listings, at, "variant_id"),
            ["listings", at, "locationId"] => part(&self.listings, at, "location_id"),
            ["listings", at, ..] => part(&self.listings, at, "product_id"),
            ["components", at, "quantity"] => part(&self.components, at, "component_quantity"),
            ["components", at, ..] => part(&self.components, at, "component_sku"),
            _ => self.sku,
        }
    }

    async fn check(engine: &Engine, merchant: Uuid, items: &[Self]) -> Result<()> {
        let inputs = items.iter().map(|item| item.input.clone()).collect();
        engine.check_store_skus(merchant, inputs).await
    }

    async fn write(engine: &Engine, merchant: Uuid, items: &[Self]) -> Result<()> {
        let inputs = items.iter().map(|item| item.input.clone()).collect();
        engine.upsert_store_skus(merchant, inputs).await.map(drop)
    }
}

impl StoreSku {
    fn add_listing(&mut self, row: &Row, refusals: &mut Refusals) {
        let listing = ListingInput {
            product_id: row.text("product_id").to_owned(),
            variant_id: row.text("variant_id").to_owned(),
            location_id: row.text("location_id").to_owned(),
        };
        if listing.product_id.is_empty() {
            for column in ["variant_id", "location_id"] {
                if !row.text(column).is_empty() {
                    let message = format!("a listing needs a product_id beside its {column}");
                    refusals.add(row.cell("product_id"), ProblemCode::Required, message);
                }
            }
            return;
        }
        let listings = self.input.listings.get_or_insert_default();
        if !listings.contains(&listing) {
            listings.push(listing);
            self.listings.push(row.cell("product_id"));
        }
    }

    fn add_component(&mut self, row: &Row, refusals: &mut Refusals) {
        let sku = row.text("component_sku").to_owned();
        let quantity = match row.text("component_quantity") {
            "" => 1,
            _ => whole_number(row, "component_quantity", refusals),
        };
        if sku.is_empty() {
            if !row.text("component_quantity").is_empty() {
                let message = "a component needs a component_sku beside its quantity";
                refusals.add(row.cell("component_sku"), ProblemCode::Required, message);
            }
            return;
        }
        let components = self.input.components.get_or_insert_default();
        match components.iter().find(|component| component.sku == sku) {
            Some(first) if first.quantity == quantity => {}
            Some(first) => {
                let message = format!(
                    "{quantity} units of \"{sku}\", but {} in an earlier row",
                    first.quantity
                );
                refusals.add(row.cell("component_quantity"), ProblemCode::Taken, message);
            }
            None => {
                components.push(ComponentInput { sku, quantity });
                self.components.push(row.cell("component_sku"));
            }
        }
    }

    #[cfg(test)]
    pub(in crate::import) fn shown(&self) -> String {
        let StoreSkuInput {
            store,
            sku,
            product_name,
            ..
        } = &self.input;
        let listings = self
            .input
            .listings
            .as_ref()
            .map(|listings| listings.iter().map(ToString::to_string).collect());
        let component = |component: &ComponentInput| format!("{} {}", component.quantity, component.sku);
        let components = self
            .input
            .components
            .as_ref()
            .map(|components| components.iter().map(component).collect());
        let list = |list: Option<Vec<String>>| list.map_or("unchanged".to_owned(), |list| format!("{list:?}"));
        format!(
            "{store} {sku} {product_name:?} at {} of {}",
            list(listings),
            list(components)
        )
    }
}
