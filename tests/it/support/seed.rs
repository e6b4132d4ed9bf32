//! A small catalogue, built through the public mutations.

use serde_json::{Value, json};

use super::graphql::Client;
use super::marketplace::Marketplace;

/// What is to be made, in the order in which one needs the other.
#[derive(Debug, Default, Clone)]
pub(crate) struct Catalogue {
    stores: Vec<Value>,
    warehouses: Vec<Value>,
    warehouse_skus: Vec<Value>,
    store_skus: Vec<Value>,
    rules: Vec<Value>,
}

impl Catalogue {
    /// The least that syncs: the connected store `s1`, the warehouse `w1`, the warehouse SKU `A`, the store SKU `A` in
    /// `s1` with the listing `s1-A`, and the rule `everything` with 100 %.
    pub(crate) fn least(market: &Marketplace) -> Self {
        Self::default()
            .store("s1", "SHOPEE", market)
            .warehouse("w1")
            .sku("A")
            .store_sku("s1", "A", &[("A", 1)])
            .rule("everything", json!({}))
    }

    /// A store that pushes to the marketplace double.
    pub(crate) fn store(mut self, code: &str, marketplace: &str, market: &Marketplace) -> Self {
        self.stores.push(json!({
            "code": code, "name": format!("Store {code}"), "marketplace": marketplace,
            "connection": { "endpoint": market.endpoint(), "signingSecret": market.secret() },
        }));
        self
    }

    /// A store without a connection.
    pub(crate) fn unconnected_store(mut self, code: &str, marketplace: &str) -> Self {
        let store = json!({ "code": code, "name": format!("Store {code}"), "marketplace": marketplace });
        self.stores.push(store);
        self
    }

    /// A warehouse.
    pub(crate) fn warehouse(mut self, code: &str) -> Self {
        let warehouse = json!({ "code": code, "name": format!("Warehouse {code}") });
        self.warehouses.push(warehouse);
        self
    }

    /// A warehouse SKU.
    pub(crate) fn sku(mut self, sku: &str) -> Self {
        self.warehouse_skus
            .push(json!({ "sku": sku, "name": format!("Article {sku}") }));
        self
    }

    /// A store SKU with one listing, called by [`listing`], made of warehouse SKUs and how many of each.
    pub(crate) fn store_sku(self, store: &str, sku: &str, components: &[(&str, u32)]) -> Self {
        let listing = json!({ "productId": listing(store, sku) });
        self.store_sku_with(store, sku, components, &json!([listing]))
    }

    /// A store SKU with listings of the test's own.
    pub(crate) fn store_sku_with(
        mut self,
        store: &str,
        sku: &str,
        components: &[(&str, u32)],
        listings: &Value,
    ) -> Self {
        let components: Vec<Value> = components
            .iter()
            .map(|(sku, quantity)| json!({ "sku": sku, "quantity": quantity }))
            .collect();
        self.store_skus.push(json!({
            "store": store, "sku": sku, "productName": format!("Product {sku}"), "variationName": "",
            "listings": listings, "components": components,
        }));
        self
    }

    /// A rule for all stores and SKUs and the warehouse `w1`, with 100 %, unless `changes` says otherwise.
    pub(crate) fn rule(mut self, name: &str, changes: Value) -> Self {
        let mut rule = json!({ "name": name, "warehouses": ["w1"], "percent": 100 });
        let Value::Object(changes) = changes else {
            panic!("the changes of a rule are an object");
        };
        for (field, value) in changes {
            rule[field] = value;
        }
        self.rules.push(rule);
        self
    }

    /// Makes everything; the ids of the rules, in the order in which they were named.
    pub(crate) async fn make(self, admin: &Client) -> Vec<String> {
        upsert(admin, "upsertStores", "stores", self.stores).await;
        upsert(admin, "upsertWarehouses", "warehouses", self.warehouses).await;
        upsert(admin, "upsertWarehouseSkus", "warehouseSkus", self.warehouse_skus).await;
        // The rules come before what they govern: a rule for thousands of store SKUs that are there already has the planner
        // sync them in the background, beside what a test waits for.
        let mut ids = Vec::with_capacity(self.rules.len());
        for rule in self.rules {
            let payload = admin.mutate("createSyncRule", "syncRule { id }", rule).await;
            ids.push(super::graphql::text(&payload["syncRule"]["id"]));
        }
        upsert(admin, "upsertStoreSkus", "storeSkus", self.store_skus).await;
        ids
    }
}

/// What the double calls the one listing of a store SKU that [`Catalogue::store_sku`] made.
pub(crate) fn listing(store: &str, sku: &str) -> String {
    format!("{store}-{sku}")
}

/// Reports that so much of a warehouse SKU lies in `w1`, as a count.
pub(crate) async fn stock(admin: &Client, sku: &str, available: u32) {
    let change = json!({ "warehouse": "w1", "sku": sku, "available": available, "reason": "STOCK_COUNTED" });
    stock_changes(admin, vec![change]).await;
}

/// Reports stock changes.
pub(crate) async fn stock_changes(admin: &Client, changes: Vec<Value>) -> Value {
    admin
        .mutate("recordStockChanges", "__typename", json!({ "changes": changes }))
        .await
}

async fn upsert(admin: &Client, mutation: &str, field: &str, items: Vec<Value>) {
    for chunk in items.chunks(1_000) {
        admin.mutate(mutation, "__typename", json!({ field: chunk })).await;
    }
}
