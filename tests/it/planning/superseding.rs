//! Newer syncs before older ones were sent, and the quantities before and after.

use serde_json::{Value, json};

use super::{push_again, stop_pushing};
use crate::support::history::{attempts, pick, pick_each, records, store_sku};
use crate::support::seed::{Catalogue, stock, stock_changes};
use crate::support::{TestApp, both};

both! {
    /// Of a hundred changes, one by one or in one batch, only the last is pushed; each of the others is skipped for the
    /// next.
    async fn only_the_newest_is_pushed(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        for available in 1..=10 {
            stock(&admin, "A", available).await;
        }
        let change = |available: i32| json!({ "warehouse": "w1", "sku": "A", "available": available, "reason": "ORDER_SYNCED" });
        stock_changes(&admin, (11..=100).map(change).collect()).await;

        let planned = records(&app.viewer()).await;
        let (last, skipped) = planned.split_last().unwrap();
        assert_eq!(pick(last, &["status", "quantityAfter", "supersededBy"]), json!(["PENDING", 100, null]));
        assert!(last["nextAttemptAt"].is_string(), "{last:#}");
        assert_eq!(skipped.len(), 99);
        for (record, next) in skipped.iter().zip(&planned[1..]) {
            assert_eq!(
                pick(record, &["status", "supersededBy.id", "attemptCount", "nextAttemptAt", "startedAt"]),
                json!(["SKIPPED", next["id"], 0, null, null])
            );
            assert!(record["finishedAt"].is_string(), "{record:#}");
        }
        let row = store_sku(&app.viewer(), "s1", "A").await;
        assert_eq!(pick(&row, &["lastSync.status", "lastSync.quantity", "pushedQuantity"]), json!(["PENDING", 100, null]));

        push_again(app).await;
        app.market().wait_for_quantity("s1-A", 100).await;
        app.settled().await;
        let sent = app.market().wait_until("the calls", |log| Some(log.sent("s1-A"))).await;
        assert_eq!(sent, [100], "nothing that was skipped was sent");
        let after = records(&app.viewer()).await;
        assert_eq!(after[99]["status"], "SUCCESS");
        let skipped_still: Vec<&Value> = after[..99].iter().map(|record| &record["status"]).collect();
        assert!(skipped_still.iter().all(|status| **status == "SKIPPED"), "a final status does not change");
        assert_eq!(attempts(&app.viewer(), &after[0]).await.len(), 0);
    }

    /// Before is what the record before it pushed, whatever was skipped in between; movement is the stock's.
    async fn before_is_what_was_pushed_last(app: &TestApp) {
        let admin = app.admin();
        Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1").sku("A")
            .store_sku("s1", "A", &[("A", 1)]).rule("most of it", json!({ "percent": 80 }))
            .make(&admin).await;
        stock(&admin, "A", 10).await;
        app.market().wait_for_quantity("s1-A", 8).await;
        app.settled().await;
        stop_pushing(app).await;
        let admin = app.admin();
        stock(&admin, "A", 20).await;
        stock(&admin, "A", 5).await;
        let row = store_sku(&admin, "s1", "A").await;
        admin.mutate("resync", "takenCount", json!({ "storeSkuIds": [row["id"]] })).await;
        assert_eq!(
            pick_each(&records(&app.viewer()).await, &["reason", "quantityBefore", "movement", "quantityAfter", "status"]),
            json!([
                ["STOCK_COUNTED", 0, 10, 8, "SUCCESS"],
                ["STOCK_COUNTED", 8, 10, 16, "SKIPPED"],
                ["STOCK_COUNTED", 8, -15, 4, "SKIPPED"],
                ["RESYNC", 8, 0, 4, "PENDING"],
            ])
        );
        push_again(app).await;
        app.market().wait_for_quantity("s1-A", 4).await;
    }

    /// Without a record before it, before is the stock that was available then.
    async fn before_is_the_stock_where_nothing_was_pushed_yet(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1").sku("A")
            .rule("half of it", json!({ "percent": 50 }))
            .make(&admin).await;
        stock(&admin, "A", 10).await;
        Catalogue::default().store_sku("s1", "A", &[("A", 1)]).make(&admin).await;
        stock(&admin, "A", 16).await;
        assert_eq!(
            pick_each(&records(&app.viewer()).await, &["reason", "quantityBefore", "movement", "quantityAfter"]),
            json!([["MAPPING_CHANGED", 10, 0, 5], ["STOCK_COUNTED", 10, 6, 8]])
        );
    }
}
