//! The catalogue of these tests, and what its listings are to show, computed here and not by the server.

use std::collections::HashMap;

use serde_json::json;

use super::load::{Change, Ledger, Quantity};
use crate::support::TestApp;
use crate::support::seed::Catalogue;

/// In the store s3 the quantity is 0 below this available stock.
const SELL_OUT: i64 = 1_500;

/// The warehouses, whose stock is summed.
pub(super) const WAREHOUSES: [&str; 2] = ["w1", "w2"];

/// A warehouse SKU that no store has.
pub(super) const ORPHAN: &str = "ORPHAN";

/// So many warehouse SKUs, each in the stores s1, s2 (with two listings) and s3, and with the next one in a bundle in s4.
#[derive(Debug, Clone, Copy)]
pub(super) struct World {
    pub(super) skus: usize,
}

/// A store SKU.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct StoreSku {
    pub(super) store: &'static str,
    pub(super) sku: String,
    /// Warehouse SKUs, by number, and how many of each.
    pub(super) parts: Vec<(usize, u32)>,
    /// What the double calls its listings.
    pub(super) listings: Vec<String>,
}

/// The code of a warehouse SKU.
pub(super) fn code(sku: usize) -> String {
    format!("K{sku:03}")
}

impl World {
    pub(super) fn store_skus(&self) -> Vec<StoreSku> {
        let mut all = Vec::new();
        for sku in 0..self.skus {
            let name = code(sku);
            let single = |store: &'static str, listings: Vec<String>| StoreSku {
                store,
                sku: name.clone(),
                parts: vec![(sku, 1)],
                listings,
            };
            all.push(single("s1", vec![format!("s1-{name}")]));
            all.push(single("s2", vec![format!("s2-{name}/a"), format!("s2-{name}/b")]));
            all.push(single("s3", vec![format!("s3-{name}")]));
            all.push(StoreSku {
                store: "s4",
                sku: format!("SET-{name}"),
                parts: vec![(sku, 1), ((sku + 1) % self.skus, 2)],
                listings: vec![format!("s4-SET-{name}")],
            });
        }
        all
    }

    pub(super) async fn make(&self, app: &TestApp) {
        let market = app.market();
        let mut catalogue = Catalogue::default()
            .store("s1", "SHOPEE", market)
            .store("s2", "LAZADA", market)
            .store("s3", "TOKOPEDIA", market)
            .store("s4", "CUSTOM", market)
            .warehouse("w1")
            .warehouse("w2")
            .sku(ORPHAN)
            .rule("everything", json!({ "warehouses": WAREHOUSES }))
            .rule(
                "80 % and 3",
                json!({ "warehouses": WAREHOUSES, "priority": 5, "stores": ["s2"], "percent": 80, "offset": 3 }),
            )
            .rule(
                "an eighth",
                json!({ "warehouses": WAREHOUSES, "priority": 5, "stores": ["s3"], "percent": 12.5,
                    "rounding": "NEAREST", "sellOut": { "threshold": SELL_OUT } }),
            );
        for sku in 0..self.skus {
            catalogue = catalogue.sku(&code(sku));
        }
        for row in self.store_skus() {
            let codes: Vec<(String, u32)> = row.parts.iter().map(|(sku, each)| (code(*sku), *each)).collect();
            let parts: Vec<(&str, u32)> = codes.iter().map(|(sku, each)| (sku.as_str(), *each)).collect();
            let listings = row.listings.iter().map(|listing| match listing.split_once('/') {
                Some((product, variant)) => json!({ "productId": product, "variantId": variant }),
                None => json!({ "productId": listing }),
            });
            catalogue = catalogue.store_sku_with(row.store, &row.sku, &parts, &listings.collect());
        }
        catalogue.make(&app.admin()).await;
    }

    /// The newest quantity of each store SKU, by what was acknowledged.
    pub(super) fn desired(&self, ledger: &Ledger) -> HashMap<(&'static str, String), i64> {
        let available = self.available(ledger);
        let desired = |row: StoreSku| {
            let stock = row
                .parts
                .iter()
                .map(|(sku, each)| available[sku] / i64::from(*each))
                .min();
            let stock = stock.expect("it is made of something");
            let quantity = match row.store {
                "s2" => (stock * 80 + 3 * 100) / 100,
                "s3" if stock < SELL_OUT => 0,
                "s3" => (stock * 125 + 500) / 1_000,
                _ => stock,
            };
            ((row.store, row.sku), quantity)
        };
        self.store_skus().into_iter().map(desired).collect()
    }

    /// The available stock of each warehouse SKU, summed over the warehouses.
    fn available(&self, ledger: &Ledger) -> HashMap<usize, i64> {
        let mut levels: HashMap<(usize, &str), i64> = HashMap::new();
        for Change {
            sku,
            warehouse,
            quantity,
            ..
        } in &ledger.changes
        {
            let Some(sku) = sku else { continue };
            let level = levels.entry((*sku, warehouse)).or_default();
            match quantity {
                Quantity::Available(available) => *level = *available,
                Quantity::Delta(delta) => *level += delta,
            }
        }
        let mut available: HashMap<usize, i64> = HashMap::new();
        for ((sku, _), level) in levels {
            *available.entry(sku).or_default() += level;
        }
        available
    }
}
