//! A repeated click is harmless.

use futures_util::future::join_all;
use serde_json::json;

use super::{STARTED, finished, store_sku_id, totals, world};
use crate::support::{TestApp, both};

both! {
    /// The same call under the same key starts nothing and gets the first one's manual sync, as it is by now.
    async fn a_repeat_gets_the_first_answer(app: &TestApp) {
        let rules = world(app).await;
        let (operator, id) = (app.operator(), store_sku_id(&app.viewer(), "s2", "B").await);
        for (mutation, input) in [
            ("resync", json!({ "storeSkuIds": [id], "idempotencyKey": "click" })),
            ("syncManually", json!({ "syncRuleId": rules[1], "idempotencyKey": "click" })),
            ("syncRuleNow", json!({ "syncRuleId": rules[0], "idempotencyKey": "click" })),
        ] {
            // Another mutation's key of the same text is another key.
            let first = operator.mutate(mutation, STARTED, input.clone()).await;
            assert_eq!(first["isReplay"], false, "{mutation}");
            let done = finished(app, &first["manualSync"]).await;
            let before = totals(&operator).await;
            let again = operator.mutate(mutation, STARTED, input).await;
            assert_eq!(again["isReplay"], true, "{mutation}");
            assert_eq!(again["takenCount"], first["takenCount"]);
            assert_eq!(again["leftOut"], first["leftOut"]);
            assert_eq!(again["manualSync"]["id"], first["manualSync"]["id"]);
            assert_eq!(again["manualSync"]["counts"], done["counts"]);
            assert_eq!(totals(&operator).await, before, "{mutation}");
        }
    }

    /// The key of another request is refused; a refused request does not use its key up.
    async fn a_key_is_good_for_one_request(app: &TestApp) {
        world(app).await;
        let (operator, id) = (app.operator(), store_sku_id(&app.viewer(), "s2", "B").await);
        let bad = json!({ "storeSkuIds": ["x"], "idempotencyKey": "click" });
        operator.refused("resync", bad).await;
        let filter = json!({ "filter": { "ids": [id] }, "idempotencyKey": "click" });
        let ids = json!({ "storeSkuIds": [id], "idempotencyKey": "click" });
        operator.mutate("resync", STARTED, ids).await;
        let before = totals(&operator).await;
        let reused = [("idempotencyKey".to_owned(), "IDEMPOTENCY_KEY_REUSED".to_owned())];
        assert_eq!(operator.refused("resync", filter).await, reused);
        assert_eq!(totals(&operator).await, before);
        app.settled().await;
    }

    /// A key belongs to its merchant.
    async fn another_merchants_key_is_another_key(app: &TestApp) {
        world(app).await;
        let input = json!({ "filter": { "search": "nothing" }, "idempotencyKey": "click" });
        let first = app.operator().mutate("resync", STARTED, input.clone()).await;
        let other = app.another_tenant().await;
        let theirs = app.client(&other, entity::types::Role::Operator).mutate("resync", STARTED, input).await;
        assert_eq!(theirs["isReplay"], false);
        assert_ne!(theirs["manualSync"]["id"], first["manualSync"]["id"]);
    }

    /// Of many calls with one key at the same time, one starts something and all get the same answer.
    async fn concurrent_clicks_start_one_action(app: &TestApp) {
        world(app).await;
        let (operator, id) = (app.operator(), store_sku_id(&app.viewer(), "s2", "B").await);
        let before = totals(&operator).await;
        let input = json!({ "storeSkuIds": [id], "idempotencyKey": "double click" });
        let clicks = (0..8).map(|_| operator.mutate("resync", STARTED, input.clone()));
        let payloads = join_all(clicks).await;
        let started = payloads.iter().filter(|payload| payload["isReplay"] == false).count();
        assert_eq!(started, 1);
        for payload in &payloads {
            assert_eq!(payload["manualSync"]["id"], payloads[0]["manualSync"]["id"]);
            assert_eq!(payload["takenCount"], 1);
        }
        assert_eq!(totals(&operator).await, [before[0] + 1, before[1] + 1, before[2]]);
        app.settled().await;
    }
}
