//! What the merchant of a simulation has.

use entity::types::{Marketplace, Rounding};

use super::world::World;
use crate::sync::catalogue::{
    ComponentInput, ConnectionInput, ListingInput, StoreInput, StoreSkuInput, WarehouseInput, WarehouseSkuInput,
};
use crate::sync::rules::RuleInput;

/// The stores and SKUs; each SKU is in each store.
pub(super) const STORES: [&str; 2] = ["s1", "s2"];
pub(super) const SKUS: [&str; 4] = ["A", "B", "C", "D"];
/// Listings of each SKU in each store; D's are more than one call takes.
const LISTINGS: [usize; 4] = [1, 2, 1, 4];

impl World {
    /// Makes the stores, the SKUs and a rule for all of them.
    pub(super) async fn make(&mut self) {
        let (engine, merchant) = (self.engine, self.merchant);
        let stores = STORES.map(|code| StoreInput {
            code: code.to_owned(),
            name: code.to_owned(),
            marketplace: Marketplace::Shopee,
            connection: Some(ConnectionInput {
                endpoint: "http://127.0.0.1:9/".to_owned(),
                signing_secret: "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".into(),
            }),
        });
        engine
            .upsert_stores(merchant, stores.to_vec())
            .await
            .expect("good stores");
        let warehouse = WarehouseInput {
            code: "w".to_owned(),
            name: "w".to_owned(),
        };
        engine
            .upsert_warehouses(merchant, vec![warehouse])
            .await
            .expect("a good warehouse");
        let skus = SKUS.map(|sku| WarehouseSkuInput {
            sku: sku.to_owned(),
            name: sku.to_owned(),
        });
        engine
            .upsert_warehouse_skus(merchant, skus.to_vec())
            .await
            .expect("good SKUs");
        let each = STORES
            .iter()
            .flat_map(|store| SKUS.iter().map(move |sku| (*store, *sku)));
        let store_skus = each.map(|(store, sku)| self.store_sku(store, sku)).collect();
        engine.upsert_store_skus(merchant, store_skus).await.expect("good SKUs");
        let rule = RuleInput {
            name: "everything".to_owned(),
            is_enabled: true,
            priority: 0,
            stores: None,
            skus: None,
            warehouses: vec!["w".to_owned()],
            percent_hundredths: 10_000,
            offset: 0,
            rounding: Rounding::Down,
            sell_out: None,
        };
        engine.create_rule(merchant, rule).await.expect("a good rule");
    }

    /// A store SKU with the listings that it has now.
    pub(super) fn store_sku(&self, store: &str, sku: &'static str) -> StoreSkuInput {
        let listing = |product_id| ListingInput {
            product_id,
            variant_id: String::new(),
            location_id: String::new(),
        };
        StoreSkuInput {
            store: store.to_owned(),
            sku: sku.to_owned(),
            product_name: sku.to_owned(),
            variation_name: String::new(),
            listings: Some(self.listings_of(store, sku).into_iter().map(listing).collect()),
            components: Some(vec![ComponentInput {
                sku: sku.to_owned(),
                quantity: 1,
            }]),
        }
    }

    /// Every listing with the SKU that it is of now.
    pub(super) fn listings(&self) -> Vec<(String, &'static str)> {
        let each = STORES
            .iter()
            .flat_map(|store| SKUS.iter().map(move |sku| (*store, *sku)));
        each.flat_map(|(store, sku)| self.listings_of(store, sku).into_iter().map(move |id| (id, sku)))
            .collect()
    }

    fn listings_of(&self, store: &str, sku: &'static str) -> Vec<String> {
        let count = SKUS.iter().position(|each| *each == sku).map_or(0, |at| LISTINGS[at]);
        let mut listings: Vec<String> = (0..count).map(|number| format!("{store}-{sku}-{number}")).collect();
        if self.wanders.get(store) == Some(&sku) {
            listings.push(format!("{store}-wanderer"));
        }
        listings
    }
}
