//! Triggers that could not become a sync: each of them is kept with its reason, none vanishes.

use serde_json::{Value, json};

use crate::support::graphql::{Client, each, text};
use crate::support::history::{failed_triggers, pick, pick_each, records, store_sku};
use crate::support::seed::{Catalogue, stock, stock_changes};
use crate::support::{TestApp, both};

both! {
    /// No enabled rule covers the SKU.
    async fn not_in_any_rule(app: &TestApp) {
        let admin = app.admin();
        Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1")
            .sku("A").store_sku("s1", "A", &[("A", 1)]).sku("B")
            .rule("off", json!({ "isEnabled": false })).rule("other", json!({ "skus": ["B"] }))
            .make(&admin).await;
        let change = json!({ "warehouse": "w1", "sku": "A", "delta": 3, "reason": "STOCK_IN_MANUAL", "reference": "R-1" });
        let counts = json!([0, 1]);
        assert_eq!(pick(&report(&admin, change).await, &["recordCount", "failedTriggerCount"]), counts);
        expect(&admin, "NOT_IN_ANY_RULE", json!(["A", "w1", null, null, null, "STOCK_IN_MANUAL", "R-1", 3])).await;
    }

    /// A rule covers a store in which nothing is mapped to the SKU; where something is, it is synced all the same.
    async fn no_store_sku_mapping(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).store("s2", "LAZADA", app.market()).make(&admin).await;
        stock(&admin, "A", 3).await;
        app.market().wait_for_quantity("s1-A", 3).await;
        expect(&admin, "NO_STORE_SKU_MAPPING", json!(["A", "w1", "s2", null, "everything", "STOCK_COUNTED", null, 3])).await;
    }

    /// The stock changed in a warehouse that the governing rule does not use.
    async fn warehouse_not_in_rule(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).warehouse("w2").make(&admin).await;
        let change = json!({ "warehouse": "w2", "sku": "A", "available": 3, "reason": "STOCK_COUNTED" });
        report(&admin, change).await;
        expect(&admin, "WAREHOUSE_NOT_IN_RULE", json!(["A", "w2", "s1", "A", "everything", "STOCK_COUNTED", null, 3])).await;
    }

    /// The store SKU has no listing to write to.
    async fn no_listing(app: &TestApp) {
        let admin = app.admin();
        Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1").sku("A")
            .store_sku_with("s1", "A", &[("A", 1)], &json!([])).rule("everything", json!({}))
            .make(&admin).await;
        stock(&admin, "A", 3).await;
        expect(&admin, "NO_LISTING", json!(["A", "w1", "s1", "A", "everything", "STOCK_COUNTED", null, 3])).await;
    }

    /// The store was never connected.
    async fn store_not_connected(app: &TestApp) {
        let admin = app.admin();
        Catalogue::default().unconnected_store("s1", "SHOPEE").warehouse("w1").sku("A")
            .store_sku("s1", "A", &[("A", 1)]).rule("everything", json!({}))
            .make(&admin).await;
        stock(&admin, "A", 3).await;
        expect(&admin, "STORE_NOT_CONNECTED", json!(["A", "w1", "s1", "A", "everything", "STOCK_COUNTED", null, 3])).await;
    }

    /// The SKU carries the shortage mark.
    async fn marked_short(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        admin.mutate("setShortageMark", "__typename", json!({ "skus": ["A"], "isMarkedShort": true })).await;
        stock(&admin, "A", 3).await;
        expect(&admin, "MARKED_SHORT", json!(["A", "w1", null, null, null, "STOCK_COUNTED", null, 3])).await;
    }

    /// A person asked for a sync of something whose stock nobody ever reported.
    async fn stock_unknown(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let row = store_sku(&admin, "s1", "A").await;
        let started = admin.mutate(
            "resync",
            "takenCount leftOutCount leftOut { count failureReason { code } } manualSync { id status finishedAt }",
            json!({ "storeSkuIds": [row["id"]] }),
        ).await;
        assert_eq!(
            pick(&started, &["takenCount", "leftOutCount", "leftOut", "manualSync.status"]),
            json!([0, 1, [{ "count": 1, "failureReason": { "code": "STOCK_UNKNOWN" } }], "SKIPPED"])
        );
        assert!(started["manualSync"]["finishedAt"].is_string(), "{started:#}");
        expect(&admin, "STOCK_UNKNOWN", json!(["A", null, "s1", "A", "everything", "RESYNC", null, 0])).await;
        let failed = failed_triggers(&admin).await;
        assert_eq!(failed[0]["manualSync"]["id"], started["manualSync"]["id"]);
    }

    /// A person asked for a sync of something that no rule covers, whatever is known of its stock.
    async fn a_resync_without_a_rule(app: &TestApp) {
        let admin = app.admin();
        Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1").sku("A")
            .store_sku("s1", "A", &[("A", 1)])
            .make(&admin).await;
        let row = store_sku(&admin, "s1", "A").await;
        admin.mutate("resync", "takenCount", json!({ "storeSkuIds": [row["id"]] })).await;
        expect(&admin, "NOT_IN_ANY_RULE", json!(["A", null, "s1", "A", null, "RESYNC", null, 0])).await;
    }

    /// The summary counts by reason, the most common first, and leads to the triggers behind each.
    async fn the_summary_counts_by_reason(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).warehouse("w2").sku("B").store_sku("s1", "B", &[("B", 1)])
            .rule("nobody's", json!({ "isEnabled": false }))
            .make(&admin).await;
        admin.mutate("setShortageMark", "__typename", json!({ "skus": ["B"], "isMarkedShort": true })).await;
        let change = |warehouse: &str, sku: &str| json!({ "warehouse": warehouse, "sku": sku, "delta": 1, "reason": "ORDER_VOIDED" });
        let changes = vec![change("w2", "A"), change("w1", "B"), change("w2", "A"), change("w2", "A"), change("w1", "B")];
        stock_changes(&admin, changes).await;
        let document = "{ failureReasons { code title remedy isRetryable count lastOccurredAt failedTriggers { totalCount } } }";
        let data = app.viewer().query(document, json!({})).await;
        let counted: Vec<Value> = each(&data["failureReasons"], |reason| {
            assert!(!text(&reason["title"]).is_empty() && !text(&reason["remedy"]).is_empty(), "{reason}");
            pick(reason, &["code", "count", "failedTriggers.totalCount"])
        });
        let counted: Vec<Value> = counted.into_iter().filter(|reason| reason[1] != 0).collect();
        assert_eq!(json!(counted), json!([["WAREHOUSE_NOT_IN_RULE", 3, 3], ["MARKED_SHORT", 2, 2]]));
        assert_eq!(records(&admin).await, Vec::<Value>::new());
    }
}

async fn report(admin: &Client, change: Value) -> Value {
    let input = json!({ "changes": [change] });
    admin
        .mutate("recordStockChanges", "recordCount failedTriggerCount", input)
        .await
}

/// There is one failed trigger: with this code, and with this warehouse SKU, warehouse, store, store SKU, rule, reason,
/// reference and movement.
async fn expect(client: &Client, code: &str, expected: Value) {
    let failed = failed_triggers(client).await;
    let [trigger] = failed.as_slice() else {
        panic!("there should be one failed trigger: {failed:#?}");
    };
    assert_eq!(
        pick(trigger, &["failureReason.code", "failureReason.stage"]),
        json!([code, "TRIGGER"])
    );
    let link = |field: &str, name: &str| trigger[field].get(name).cloned().unwrap_or_default();
    let mut seen = vec![
        link("warehouseSku", "sku"),
        link("warehouse", "code"),
        link("store", "code"),
        link("storeSku", "sku"),
        link("syncRule", "name"),
    ];
    let plain = pick_each(&failed, &["reason", "reference", "movement"]);
    seen.extend(plain[0].as_array().unwrap().clone());
    assert_eq!(json!(seen), expected);
}
