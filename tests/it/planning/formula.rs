//! Quantities: percent, offset, rounding, sums over warehouses, and the sell-out threshold.

use serde_json::{Value, json};

use super::stop_pushing;
use crate::support::history::{pick, pick_each, records, records_of};
use crate::support::seed::{Catalogue, stock, stock_changes};
use crate::support::{TestApp, both};

/// Available units, percent, offset, rounding; the quantity that follows.
const CASES: [(i32, &str, i32, &str, i32); 20] = [
    (10, "100", 0, "DOWN", 10),
    (10, "80", 0, "DOWN", 8),
    (10, "100", 200, "DOWN", 210),
    (10, "150", 0, "DOWN", 15),
    (3, "33.33", 0, "DOWN", 0),
    (3, "33.33", 0, "UP", 1),
    (3, "33.33", 0, "NEAREST", 1),
    (5, "50", 0, "DOWN", 2),
    (5, "50", 0, "UP", 3),
    (5, "50", 0, "NEAREST", 3),
    (7, "50", -1, "NEAREST", 3),
    (9, "16.66", 0, "NEAREST", 1),
    // In binary fractions this is 56.99999999999999.
    (100, "57", 0, "DOWN", 57),
    // In binary fractions this is 110.00000000000001.
    (100, "110", 0, "UP", 110),
    (1, "0.01", 0, "UP", 1),
    (10, "0", 0, "UP", 0),
    (10, "100", -15, "DOWN", 0),
    (0, "100", 3, "DOWN", 3),
    (0, "2000", 0, "UP", 0),
    (i32::MAX, "100", 0, "DOWN", i32::MAX),
];

both! {
    /// round(available x percent + offset), never below 0, without binary fractions.
    async fn quantities_are_computed_exactly(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        let mut catalogue = Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1");
        for (index, (_, percent, offset, rounding, _)) in CASES.iter().enumerate() {
            let sku = format!("A{index:02}");
            let rule = json!({ "skus": [sku], "percent": percent, "offset": offset, "rounding": rounding });
            catalogue = catalogue.sku(&sku).store_sku("s1", &sku, &[(&sku, 1)]).rule(&sku, rule);
        }
        catalogue.make(&admin).await;
        let changes = CASES.iter().enumerate().map(|(index, case)| {
            json!({ "warehouse": "w1", "sku": format!("A{index:02}"), "available": case.0, "reason": "STOCK_COUNTED" })
        });
        stock_changes(&admin, changes.collect()).await;
        let records = records(&app.viewer()).await;
        let expected: Value = CASES.iter().enumerate()
            .map(|(index, case)| json!([format!("A{index:02}"), case.4, false]))
            .collect();
        assert_eq!(pick_each(&records, &["storeSku.sku", "quantityAfter", "isClamped"]), expected);
    }

    /// What exceeds the marketplace's range is cut to it, and the record says so.
    async fn a_quantity_beyond_the_range_is_cut_and_told(app: &TestApp) {
        let admin = app.admin();
        Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1").sku("A")
            .store_sku("s1", "A", &[("A", 1)]).rule("twenty times", json!({ "percent": "2000" }))
            .make(&admin).await;
        stock(&admin, "A", i32::MAX.unsigned_abs()).await;
        app.market().wait_for_quantity("s1-A", i64::from(i32::MAX)).await;
        let records = records(&app.viewer()).await;
        assert_eq!(pick(&records[0], &["quantityAfter", "isClamped"]), json!([i32::MAX, true]));
    }

    /// The available stock of the rule's warehouses is summed; that of others does not count.
    async fn warehouses_are_summed(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1").warehouse("w2").warehouse("w3")
            .sku("A").store_sku("s1", "A", &[("A", 2)])
            .rule("two warehouses", json!({ "warehouses": ["w1", "w2"] }))
            .make(&admin).await;
        for (warehouse, available) in [("w3", 100), ("w1", 3), ("w2", 5)] {
            let change = json!({ "warehouse": warehouse, "sku": "A", "available": available, "reason": "STOCK_COUNTED" });
            stock_changes(&admin, vec![change]).await;
        }
        let records = records(&app.viewer()).await;
        assert_eq!(
            pick_each(&records, &["warehouse.code", "movement", "quantityAfter"]),
            json!([["w1", 3, 1], ["w2", 5, 4]])
        );
    }

    /// Below the threshold only the exempt store keeps its quantity; without one, none does.
    async fn what_is_about_to_sell_out_is_shown_in_the_exempt_store_only(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::default().store("s1", "SHOPEE", app.market()).store("s2", "LAZADA", app.market()).warehouse("w1")
            .sku("A").store_sku("s1", "A", &[("A", 1)]).store_sku("s2", "A", &[("A", 1)])
            .sku("B").store_sku("s1", "B", &[("B", 1)]).store_sku("s2", "B", &[("B", 1)])
            .rule("exempt", json!({ "skus": ["A"], "sellOut": { "threshold": 10, "exemptStore": "s1" } }))
            .rule("none exempt", json!({ "skus": ["B"], "percent": 50, "offset": 1, "sellOut": { "threshold": 10 } }))
            .make(&admin).await;
        for (available, expected) in [(10, [10, 10, 6, 6]), (9, [9, 0, 0, 0]), (0, [0, 0, 0, 0]), (11, [11, 11, 6, 6])] {
            stock(&admin, "A", available).await;
            stock(&admin, "B", available).await;
            let mut quantities = Vec::new();
            for (store, sku) in [("s1", "A"), ("s2", "A"), ("s1", "B"), ("s2", "B")] {
                let records = records_of(&app.viewer(), store, sku).await;
                quantities.push(records.last().unwrap()["quantityAfter"].clone());
            }
            assert_eq!(json!(quantities), json!(expected), "{available} available");
        }
    }
}
