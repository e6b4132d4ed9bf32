//! The main job once, from end to end.

use serde_json::json;

use crate::support::history::{attempts, only_record, pick, store_sku};
use crate::support::seed::{Catalogue, stock_changes};
use crate::support::{TestApp, both};

both! {
    /// A stock change is planned, pushed, and seen in every place that shows it.
    async fn a_stock_change_reaches_the_marketplace_and_the_history(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let change = json!({
            "warehouse": "w1", "sku": "A", "available": 7, "reason": "STOCK_IN_PURCHASE", "reference": "PO-1",
        });
        stock_changes(&admin, vec![change]).await;
        app.market().wait_for_quantity("s1-A", 7).await;
        app.settled().await;

        let viewer = app.viewer();
        let record = only_record(&viewer).await;
        let columns = [
            "status", "reason", "reference", "marketplace", "store.code", "storeSku.sku", "warehouseSku.sku",
            "warehouse.code", "ruleName", "syncRule.name", "quantityBefore", "movement", "quantityAfter",
            "attemptCount", "isInFlight", "nextAttemptAt", "failureReason", "failureMessage", "manualSync",
        ];
        assert_eq!(
            pick(&record, &columns),
            json!([
                "SUCCESS", "STOCK_IN_PURCHASE", "PO-1", "SHOPEE", "s1", "A", "A", "w1", "everything", "everything",
                0, 7, 7, 1, false, null, null, null, null,
            ])
        );
        assert!(record["startedAt"].is_string() && record["finishedAt"].is_string(), "{record:#}");

        let attempts = attempts(&viewer, &record).await;
        assert_eq!(attempts.len(), 1);
        assert_eq!(
            pick(&attempts[0], &["attemptNumber", "outcome", "httpStatus", "productId", "failureReason", "retryAt"]),
            json!([1, "APPLIED", 200, "s1-A", null, null])
        );

        let row = store_sku(&viewer, "s1", "A").await;
        assert_eq!(
            pick(&row, &["pushedQuantity", "lastSync.status", "lastSync.quantity", "lastSync.reason", "syncRule.name"]),
            json!([7, "SUCCESS", 7, "STOCK_IN_PURCHASE", "everything"])
        );
        assert_eq!(row["lastSync"]["record"]["id"], record["id"]);
        let tab = "{ warehouseSkus { nodes { sku lastSync { status quantity } stockLevels { available warehouse { code } } }
            statusCounts { success failed } } failedTriggers { totalCount } manualSyncs { totalCount } }";
        let tabs = viewer.query(tab, json!({})).await;
        assert_eq!(
            tabs,
            json!({
                "warehouseSkus": {
                    "nodes": [{
                        "sku": "A", "lastSync": { "status": "SUCCESS", "quantity": 7 },
                        "stockLevels": [{ "available": 7, "warehouse": { "code": "w1" } }],
                    }],
                    "statusCounts": { "success": 1, "failed": 0 },
                },
                "failedTriggers": { "totalCount": 0 }, "manualSyncs": { "totalCount": 0 },
            })
        );
    }
}
