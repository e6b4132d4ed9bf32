//! Bundles, and what changes when the mapping does.

use serde_json::{Value, json};

use super::stop_pushing;
use crate::support::graphql::Client;
use crate::support::history::{failed_triggers, pick, pick_each, records};
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

both! {
    /// A bundle has as many units as its scarcest component allows, and moves with each of them.
    async fn a_bundle_is_limited_by_its_scarcest_component(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1").sku("A").sku("B")
            .store_sku("s1", "SET", &[("A", 2), ("B", 3)]).rule("everything", json!({}))
            .make(&admin).await;
        stock(&admin, "A", 9).await;
        stock(&admin, "B", 7).await;
        stock(&admin, "B", 100).await;
        stock(&admin, "A", 1).await;
        let records = records(&app.viewer()).await;
        assert_eq!(
            pick_each(&records, &["warehouseSku.sku", "movement", "quantityAfter"]),
            json!([["A", 9, 0], ["B", 7, 2], ["B", 93, 4], ["A", -8, 0]])
        );
    }

    /// One change in a component that several store SKUs share makes a record for each of them.
    async fn a_shared_component_moves_everything_made_of_it(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::default().store("s1", "SHOPEE", app.market()).store("s2", "TIKTOK_SHOP", app.market())
            .warehouse("w1").sku("A")
            .store_sku("s1", "ONE", &[("A", 1)]).store_sku("s1", "DOZEN", &[("A", 12)]).store_sku("s2", "ONE", &[("A", 1)])
            .rule("everything", json!({}))
            .make(&admin).await;
        stock(&admin, "A", 30).await;
        let mut seen = records(&app.viewer()).await;
        seen.sort_by_key(|record| pick(record, &["store.code", "storeSku.sku"]).to_string());
        assert_eq!(
            pick_each(&seen, &["store.code", "storeSku.sku", "marketplace", "quantityAfter"]),
            json!([["s1", "DOZEN", "SHOPEE", 2], ["s1", "ONE", "SHOPEE", 30], ["s2", "ONE", "TIKTOK_SHOP", 30]])
        );
    }

    /// A changed mapping or listing is planned anew; the same one again is not.
    async fn a_changed_mapping_is_planned_anew(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::least(app.market()).sku("B").make(&admin).await;
        stock(&admin, "A", 10).await;
        stock(&admin, "B", 3).await;
        assert_eq!(failed_triggers(&admin).await.len(), 1, "nothing is mapped to B yet");

        map(&admin, json!({ "components": [{ "sku": "A", "quantity": 2 }] })).await;
        map(&admin, json!({ "components": [{ "sku": "A", "quantity": 2 }] })).await;
        map(&admin, json!({ "components": [{ "sku": "A", "quantity": 2 }, { "sku": "B", "quantity": 1 }] })).await;
        map(&admin, json!({ "listings": [{ "productId": "s1-A" }] })).await;
        map(&admin, json!({ "listings": [{ "productId": "s1-A" }, { "productId": "new" }] })).await;
        map(&admin, json!({ "productName": "Another name" })).await;
        let records = records(&app.viewer()).await;
        assert_eq!(
            pick_each(&records, &["reason", "movement", "quantityAfter", "warehouseSku.sku", "warehouse"]),
            json!([
                ["STOCK_COUNTED", 10, 10, "A", { "code": "w1" }],
                ["MAPPING_CHANGED", 0, 5, "A", null],
                ["MAPPING_CHANGED", 0, 3, "B", null],
                ["MAPPING_CHANGED", 0, 3, "B", null],
            ])
        );
    }

    /// What nothing is made of any more shows no last sync, and what something is made of now shows that.
    async fn a_mapping_takes_its_last_sync_along(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::least(app.market()).sku("B").make(&admin).await;
        stock(&admin, "A", 10).await;
        let document = "{ warehouseSkus(orderBy: { field: SKU, direction: ASC }) { nodes { sku lastSync { status quantity } } } }";
        let shown = async || pick_each(
            admin.query(document, json!({})).await["warehouseSkus"]["nodes"].as_array().unwrap(),
            &["sku", "lastSync"],
        );
        let pending = json!({ "status": "PENDING", "quantity": 10 });
        assert_eq!(shown().await, json!([["A", pending], ["B", null]]));
        map(&admin, json!({ "components": [{ "sku": "B", "quantity": 1 }] })).await;
        assert_eq!(shown().await, json!([["A", null], ["B", pending]]));
    }

    /// A store SKU that comes after its stock was reported gets its quantity at once.
    async fn a_new_store_sku_gets_its_quantity_at_once(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        stock(&admin, "A", 8).await;
        Catalogue::default().store("s2", "LAZADA", app.market()).store_sku("s2", "LATE", &[("A", 4)]).make(&admin).await;
        app.market().wait_for_quantity("s2-LATE", 2).await;
    }
}

/// Gives the store SKU `A` of `s1` again, with something changed.
async fn map(admin: &Client, changes: Value) {
    let mut store_sku = json!({ "store": "s1", "sku": "A", "productName": "Product A" });
    let Value::Object(changes) = changes else {
        panic!("the changes are an object");
    };
    store_sku.as_object_mut().unwrap().extend(changes);
    let input = json!({ "storeSkus": [store_sku] });
    admin.mutate("upsertStoreSkus", "storeSkus { sku }", input).await;
}
