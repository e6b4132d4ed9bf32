//! Stock changes as they come in: reasons, counts and movements, what is refused, what is repeated.

use serde_json::{Value, json};

use super::stop_pushing;
use crate::support::graphql::each;
use crate::support::history::{pick_each, records};
use crate::support::seed::{Catalogue, stock, stock_changes};
use crate::support::{TestApp, both};

const STOCK_REASONS: [&str; 16] = [
    "ORDER_SYNCED",
    "STOCK_IN_MANUAL",
    "STOCK_IN_RETURN_SCAN",
    "STOCK_IN_RETURN_MANUAL",
    "STOCK_IN_TRANSFER",
    "STOCK_IN_PURCHASE",
    "STOCK_OUT_MANUAL",
    "STOCK_OUT_SALE",
    "STOCK_OUT_TRANSFER",
    "ORDER_VOIDED",
    "VOIDED_ORDER_REVERTED",
    "MAPPING_CHANGED",
    "WAREHOUSE_CHANGED",
    "ORDER_MOVED_TO_PACK",
    "INVENTORY_REFRESHED",
    "STOCK_COUNTED",
];
const OWN_REASONS: [&str; 5] = ["MANUAL_SYNC", "SYNC_NOW", "RESYNC", "RULE_CHANGED", "SHORTAGE_CLEARED"];

both! {
    /// Every reason of a stock change makes a record that shows it; the server's own reasons are refused; all of them
    /// are listed with their texts.
    async fn every_reason_is_kept(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let changes = STOCK_REASONS.iter().enumerate().map(|(index, reason)| {
            json!({ "warehouse": "w1", "sku": "A", "available": index + 1, "reason": reason, "reference": format!("R{index}") })
        });
        stock_changes(&admin, changes.collect()).await;
        let records = records(&app.viewer()).await;
        let expected: Value = (1..).zip(STOCK_REASONS)
            .map(|(quantity, reason)| json!([reason, format!("R{}", quantity - 1), 1, quantity]))
            .collect();
        assert_eq!(pick_each(&records, &["reason", "reference", "movement", "quantityAfter"]), expected);

        for reason in OWN_REASONS {
            let change = json!({ "warehouse": "w1", "sku": "A", "delta": 1, "reason": reason });
            assert_eq!(refused(app, json!([change])).await, [("changes.0.reason".to_owned(), "INVALID".to_owned())]);
        }

        let mut all: Vec<&str> = STOCK_REASONS.into_iter().chain(OWN_REASONS).collect();
        all.sort_unstable();
        let data = admin.query("{ syncReasons { reason label explanation } }", json!({})).await;
        let mut listed = each(&data["syncReasons"], |reason| {
            assert_ne!((&reason["label"], &reason["explanation"]), (&json!(""), &json!("")));
            reason["reason"].as_str().unwrap().to_owned()
        });
        listed.sort_unstable();
        assert_eq!(listed, all);
    }

    /// A count sets the stock and a movement adds to it, within a batch one after the other.
    async fn counts_and_movements_add_up(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        stock(&admin, "A", 10).await;
        let step = |field: &str, value: i32| json!({ "warehouse": "w1", "sku": "A", field: value, "reason": "STOCK_OUT_SALE" });
        let payload = admin.mutate(
            "recordStockChanges",
            "changeCount recordCount failedTriggerCount isReplay",
            json!({ "changes": [step("delta", -3), step("delta", 5), step("available", 2), step("delta", -2)] }),
        ).await;
        assert_eq!(
            (&payload["changeCount"], &payload["recordCount"], &payload["failedTriggerCount"], &payload["isReplay"]),
            (&json!(4), &json!(4), &json!(0), &json!(false))
        );
        let records = records(&app.viewer()).await;
        assert_eq!(
            pick_each(&records, &["movement", "quantityAfter"]),
            json!([[10, 10], [-3, 7], [5, 12], [-10, 2], [-2, 0]])
        );
        assert_eq!(available(app).await, json!([0]));
    }

    /// A batch with anything wrong is refused whole, with a path to each fault.
    async fn a_batch_is_taken_whole_or_not_at_all(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        stock(&admin, "A", 5).await;
        let good = json!({ "warehouse": "w1", "sku": "A", "available": 9, "reason": "STOCK_COUNTED" });
        let with = |changes: Value| {
            let mut change = good.clone();
            change.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            change
        };
        let delta = |delta: i64| with(json!({ "available": null, "delta": delta }));
        for (changes, faults) in [
            (json!([good, delta(-10)]), json!([["changes.1.delta", "INSUFFICIENT_STOCK"]])),
            (json!([good, delta(i64::from(i32::MAX))]), json!([["changes.1.delta", "OUT_OF_RANGE"]])),
            (json!([good, with(json!({ "available": -1 }))]), json!([["changes.1.available", "OUT_OF_RANGE"]])),
            (json!([good, with(json!({ "delta": 1 }))]), json!([["changes.1.delta", "INVALID"]])),
            (json!([good, with(json!({ "available": null }))]), json!([["changes.1.available", "INVALID"]])),
            (
                json!([with(json!({ "sku": "nope" })), good, with(json!({ "warehouse": "nope" }))]),
                json!([["changes.0.sku", "NOT_FOUND"], ["changes.2.warehouse", "NOT_FOUND"]]),
            ),
            (json!([good, with(json!({ "sku": " " }))]), json!([["changes.1.sku", "REQUIRED"]])),
            (json!([with(json!({ "reference": "x".repeat(501) }))]), json!([["changes.0.reference", "TOO_LONG"]])),
            (json!([]), json!([["changes", "REQUIRED"]])),
            (json!(vec![good.clone(); 1_001]), json!([["changes", "TOO_MANY"]])),
        ] {
            assert_eq!(json!(refused(app, changes).await), faults);
        }
        assert_eq!(available(app).await, json!([5]), "nothing of a refused batch was taken");
        assert_eq!(records(&admin).await.len(), 1);
    }

    /// A character that PostgreSQL keeps in no text is refused, and is no error of the server's.
    async fn a_text_that_cannot_be_kept_is_no_error(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let change = json!({ "warehouse": "w1", "sku": "A\u{0}", "available": 1, "reason": "STOCK_COUNTED" });
        assert_eq!(refused(app, json!([change])).await, [("changes.0.sku".to_owned(), "INVALID".to_owned())]);
    }

    /// The largest batch is taken; with its idempotency key it is taken once, and the key is good for nothing else.
    async fn a_repeated_batch_changes_nothing(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let change = json!({ "warehouse": "w1", "sku": "A", "delta": 1, "reason": "STOCK_IN_MANUAL" });
        let batch = json!({ "changes": vec![change.clone(); 1_000], "idempotencyKey": "batch-1" });
        let fields = "changeCount recordCount failedTriggerCount isReplay";
        let first = admin.mutate("recordStockChanges", fields, batch.clone()).await;
        let mut again = admin.mutate("recordStockChanges", fields, batch).await;
        assert_eq!(again["isReplay"], json!(true));
        again["isReplay"] = json!(false);
        assert_eq!(first, again);
        assert_eq!((&first["changeCount"], &first["recordCount"]), (&json!(1_000), &json!(1_000)));
        assert_eq!(available(app).await, json!([1_000]));

        let other = json!({ "changes": [change], "idempotencyKey": "batch-1" });
        let errors = admin.refused("recordStockChanges", other).await;
        assert_eq!(errors, [("idempotencyKey".to_owned(), "IDEMPOTENCY_KEY_REUSED".to_owned())]);
        assert_eq!(available(app).await, json!([1_000]));
    }
}

async fn refused(app: &TestApp, changes: Value) -> Vec<(String, String)> {
    app.admin()
        .refused("recordStockChanges", json!({ "changes": changes }))
        .await
}

/// What is reported of the warehouse SKU `A`.
async fn available(app: &TestApp) -> Value {
    let data = app
        .viewer()
        .query("{ warehouseSkus { nodes { stockLevels { available } } } }", json!({}))
        .await;
    let levels = &data["warehouseSkus"]["nodes"][0]["stockLevels"];
    json!(each(levels, |level| level["available"].clone()))
}
