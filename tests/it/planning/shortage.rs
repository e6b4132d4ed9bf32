//! The shortage mark.

use serde_json::json;

use super::stop_pushing;
use crate::support::graphql::Client;
use crate::support::history::{failed_triggers, pick_each, records};
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

both! {
    /// What is marked short is not synced, nor what is made of it; when the mark is cleared, all of that is.
    async fn what_is_marked_short_waits_until_the_mark_is_cleared(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::least(app.market()).sku("B").store_sku("s1", "SET", &[("A", 1), ("B", 1)]).make(&admin).await;
        stock(&admin, "A", 5).await;
        stock(&admin, "B", 5).await;
        let before = records(&admin).await.len();
        mark(&admin, true).await;
        stock(&admin, "A", 4).await;
        stock(&admin, "B", 3).await;
        assert_eq!(records(&admin).await.len(), before, "nothing was synced");
        // The one store, in which nothing is made of B alone, is no fault: the set is.
        assert_eq!(
            pick_each(&failed_triggers(&admin).await, &["failureReason.code", "warehouseSku.sku", "storeSku", "movement"]),
            json!([
                ["MARKED_SHORT", "A", null, -1],
                ["MARKED_SHORT", "B", { "sku": "SET" }, -2],
            ])
        );

        mark(&admin, true).await;
        assert_eq!(records(&admin).await.len(), before);
        mark(&admin, false).await;
        mark(&admin, false).await;
        let mut cleared = records(&admin).await.split_off(before);
        cleared.sort_by_key(|record| record["storeSku"]["sku"].to_string());
        assert_eq!(
            pick_each(&cleared, &["storeSku.sku", "reason", "movement", "quantityAfter", "status"]),
            json!([["A", "SHORTAGE_CLEARED", 0, 4, "PENDING"], ["SET", "SHORTAGE_CLEARED", 0, 3, "PENDING"]])
        );
    }

    /// The mark shows, and a mark on an unknown SKU changes nothing.
    async fn the_mark_shows(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let unknown = json!({ "skus": ["A", "nope"], "isMarkedShort": true });
        assert_eq!(admin.refused("setShortageMark", unknown).await, [("skus.1".to_owned(), "NOT_FOUND".to_owned())]);
        let document = "{ warehouseSkus { nodes { isMarkedShort } } }";
        for is_marked in [false, true, false] {
            mark(&admin, is_marked).await;
            let data = app.viewer().query(document, json!({})).await;
            assert_eq!(data["warehouseSkus"]["nodes"], json!([{ "isMarkedShort": is_marked }]));
        }
    }
}

async fn mark(admin: &Client, is_marked_short: bool) {
    let input = json!({ "skus": ["A"], "isMarkedShort": is_marked_short });
    admin.mutate("setShortageMark", "warehouseSkus { sku }", input).await;
}
