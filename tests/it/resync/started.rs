//! What is started, and what is told about it.

use serde_json::{Value, json};

use super::{STARTED, finished, id_of, records, store_sku_id, totals, world};
use crate::support::graphql::text;
use crate::support::marketplace::{Reply, Row};
use crate::support::{TestApp, both};

both! {
    /// A resync is a new record; what failed before stays as it was.
    async fn chosen_store_skus_are_pushed_again(app: &TestApp) {
        world(app).await;
        let operator = app.operator();
        let (a, b) = (store_sku_id(&operator, "s1", "A").await, store_sku_id(&operator, "s2", "B").await);
        let of_a = "query($id: ID!) { node(id: $id) { ... on StoreSku { lastSync { status quantity reason }
                    syncRecords { nodes { id status finishedAt failureReason { code } } } } } }";
        let before = operator.query(of_a, json!({ "id": a })).await;
        assert_eq!(before["node"]["lastSync"]["status"], "FAILED");
        app.market().every_row("s1-A", Row::Ok);

        // Both are in one call each; the progress is seen before they are answered.
        let gates = [app.market().hold_next_call(Reply::Rows), app.market().hold_next_call(Reply::Rows)];
        let payload = operator.mutate("resync", STARTED, json!({ "storeSkuIds": [a, b] })).await;
        let sync = &payload["manualSync"];
        assert_eq!((&payload["takenCount"], &payload["leftOutCount"]), (&json!(2), &json!(0)));
        assert_eq!((&payload["isReplay"], &payload["leftOut"]), (&json!(false), &json!([])));
        assert_eq!((&sync["kind"], &sync["requestedBy"]), (&json!("RESYNC"), &json!("operator")));
        assert_eq!((&sync["status"], &sync["finishedAt"]), (&json!("PENDING"), &Value::Null));
        assert_eq!(sync["counts"], counts(2, 2, 0, 0, 0));

        gates.iter().for_each(crate::support::marketplace::Gate::open);
        let done = finished(app, sync).await;
        assert_eq!((&done["status"], &done["counts"]), (&json!("SUCCESS"), &counts(2, 0, 2, 0, 0)));
        assert_eq!(records(&operator, sync).await, ["s1/A SUCCESS 10", "s2/B SUCCESS 20"]);
        assert_eq!(app.market().quantity("s1-A"), Some(10));

        let after = operator.query(of_a, json!({ "id": a })).await;
        let last = json!({ "status": "SUCCESS", "quantity": 10, "reason": "RESYNC" });
        assert_eq!(after["node"]["lastSync"], last);
        assert_eq!(after["node"]["syncRecords"]["nodes"][1], before["node"]["syncRecords"]["nodes"][0]);
    }

    /// A filter takes all that match and says of each other why it was left out; each is a failed trigger too.
    async fn a_filter_takes_everything_that_matches(app: &TestApp) {
        world(app).await;
        let (operator, before) = (app.operator(), totals(&app.viewer()).await);
        let failed = json!({ "filter": { "statusIn": ["FAILED"] } });
        let payload = operator.mutate("resync", STARTED, failed).await;
        let done = finished(app, &payload["manualSync"]).await;
        assert_eq!((&done["status"], &done["counts"]), (&json!("FAILED"), &counts(1, 0, 0, 0, 1)));
        assert_eq!(records(&operator, &done).await, ["s1/A FAILED 10"]);

        // Of C no stock is known, and s3 is not connected.
        let payload = operator.mutate("resync", STARTED, json!({ "filter": {} })).await;
        assert_eq!((&payload["takenCount"], &payload["leftOutCount"]), (&json!(4), &json!(2)));
        let mut left_out = crate::support::graphql::each(&payload["leftOut"], |left_out| {
            format!("{} {}", left_out["count"], text(&left_out["failureReason"]["code"]))
        });
        left_out.sort();
        assert_eq!(left_out, ["1 STOCK_UNKNOWN", "1 STORE_NOT_CONNECTED"]);
        assert_eq!(payload["manualSync"]["leftOut"], payload["leftOut"]);
        let done = finished(app, &payload["manualSync"]).await;
        assert_eq!((&done["status"], &done["counts"]), (&json!("PARTIALLY_FAILED"), &counts(4, 0, 3, 0, 1)));
        let triggers = json!({ "ids": [payload["manualSync"]["id"]] });
        let document = "query($ids: [ID!]) { failedTriggers(filter: { manualSyncIds: $ids }) { nodes { movement reason } } }";
        let triggers = operator.query(document, triggers).await;
        let one = json!({ "movement": 0, "reason": "RESYNC" });
        assert_eq!(triggers["failedTriggers"]["nodes"], json!([one, one]));
        assert_eq!(totals(&operator).await, [before[0] + 2, before[1] + 5, before[2] + 2]);
    }

    /// A filter that nothing matches is an action all the same: one that caused nothing.
    async fn nothing_that_matches_is_no_error(app: &TestApp) {
        world(app).await;
        let input = json!({ "filter": { "search": "no such thing" } });
        let payload = app.operator().mutate("resync", STARTED, input).await;
        let sync = &payload["manualSync"];
        assert_eq!((&payload["takenCount"], &sync["status"]), (&json!(0), &json!("SKIPPED")));
        assert!(sync["finishedAt"].is_string(), "{sync}");
    }

    /// A manual sync takes what is in the rule, the stores and of the SKUs, as far as each is given.
    async fn a_manual_sync_takes_what_meets_all_that_is_given(app: &TestApp) {
        let rules = world(app).await;
        let operator = app.operator();
        let (s1, s2) = (id_of(&operator, "stores", "code", "s1").await, id_of(&operator, "stores", "code", "s2").await);
        let a = id_of(&operator, "warehouseSkus", "sku", "A").await;
        for (input, expected) in [
            (json!({ "storeIds": [s2] }), vec!["s2/A SUCCESS 10", "s2/B SUCCESS 20"]),
            (json!({ "warehouseSkuIds": [a] }), vec!["s1/A FAILED 10", "s2/A SUCCESS 10"]),
            (json!({ "storeIds": [s1, s2], "warehouseSkuIds": [a] }), vec!["s1/A FAILED 10", "s2/A SUCCESS 10"]),
            (json!({ "syncRuleId": rules[1], "warehouseSkuIds": [a] }), vec!["s2/A SUCCESS 10"]),
            (json!({ "syncRuleId": rules[0], "storeIds": [s2] }), vec![]),
        ] {
            let payload = operator.mutate("syncManually", STARTED, input.clone()).await;
            let sync = &payload["manualSync"];
            assert_eq!(sync["kind"], "MANUAL_SYNC");
            finished(app, sync).await;
            assert_eq!(records(&operator, sync).await, expected, "{input}");
        }
    }

    /// Sync now takes everything that the rule governs, and nothing that another rule does.
    async fn sync_now_takes_the_whole_rule(app: &TestApp) {
        let rules = world(app).await;
        let operator = app.operator();
        let payload = operator.mutate("syncRuleNow", STARTED, json!({ "syncRuleId": rules[0] })).await;
        let sync = &payload["manualSync"];
        assert_eq!((&sync["kind"], &sync["syncRule"]["name"]), (&json!("SYNC_NOW"), &json!("one")));
        assert_eq!((&payload["takenCount"], &payload["leftOutCount"]), (&json!(2), &json!(1)));
        finished(app, sync).await;
        assert_eq!(records(&operator, sync).await, ["s1/A FAILED 10", "s1/B SUCCESS 20"]);
    }

    /// Two resyncs of what is not sent yet: the first is skipped, and counted as such.
    async fn a_newer_action_supersedes_an_older_one(app: &TestApp) {
        world(app).await;
        let operator = app.operator();
        let b = store_sku_id(&operator, "s2", "B").await;
        let gate = app.market().hold_next_call(Reply::Rows);
        let input = json!({ "storeSkuIds": [b] });
        let sent = operator.mutate("resync", STARTED, input.clone()).await;
        app.market().wait_until("the held call", |log| log.calls.last().filter(|call| call.answered_at.is_none()).map(drop)).await;
        let waiting = operator.mutate("resync", STARTED, input.clone()).await;
        let newest = operator.mutate("resync", STARTED, input).await;
        let skipped = finished(app, &waiting["manualSync"]).await;
        let expected = json!({ "total": 1, "pending": 0, "success": 0, "partiallyFailed": 0, "failed": 0, "skipped": 1 });
        assert_eq!((&skipped["status"], &skipped["counts"]), (&json!("SKIPPED"), &expected));
        gate.open();
        for payload in [sent, newest] {
            assert_eq!(finished(app, &payload["manualSync"]).await["status"], "SUCCESS");
        }
    }
}

fn counts(total: i64, pending: i64, success: i64, partially_failed: i64, failed: i64) -> Value {
    json!({ "total": total, "pending": pending, "success": success, "partiallyFailed": partially_failed,
            "failed": failed, "skipped": 0 })
}
