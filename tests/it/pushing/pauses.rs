//! Stores that keep failing, and what has waited for its store for too long.

use std::time::Duration;

use serde_json::{Value, json};

use super::connection;
use crate::support::graphql::text;
use crate::support::history::{pick, pick_each, records, records_of};
use crate::support::marketplace::Reply;
use crate::support::seed::{Catalogue, listing, stock, stock_changes};
use crate::support::{TestApp, both};

const SKUS: usize = 12;

both! {
    /// After ten failed calls in a row the store is paused, its records say so and cost no attempts; connecting it again
    /// ends the pause at once.
    async fn a_store_that_keeps_failing_is_paused_until_it_is_connected_again(app: &TestApp) {
        app.restart(|config| {
            config.worker.retry_attempts = 100;
            config.worker.probe_base = Duration::from_secs(3_600);
            config.worker.probe_cap = Duration::from_secs(3_600);
        })
        .await;
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        app.market().every_call(Reply::status(500));
        stock(&admin, "A", 1).await;
        let paused = app
            .eventually("the pause", async || {
                let connection = connection(app, "s1").await;
                (connection["pauseReason"]["code"] == "STORE_PAUSED").then_some(connection)
            })
            .await;
        assert_eq!(paused["status"], "CONNECTED");
        assert_eq!(app.market().calls().len(), 10);

        let waiting = records(&app.viewer()).await.remove(0);
        assert_eq!(pick(&waiting, &["status", "attemptCount", "failureReason.code"]), json!(["PENDING", 10, "STORE_PAUSED"]));
        assert_eq!(waiting["nextAttemptAt"], paused["pausedUntil"], "nothing is sent before the pause is over");
        stock(&admin, "A", 2).await;
        let newest = records(&app.viewer()).await.pop().unwrap();
        assert_eq!(pick(&newest, &["status", "attemptCount", "failureReason.code"]), json!(["PENDING", 0, "STORE_PAUSED"]));

        app.market().every_call(Reply::Rows);
        Catalogue::default().store("s1", "SHOPEE", app.market()).make(&admin).await;
        app.market().wait_for_quantity("s1-A", 2).await;
        app.settled().await;
        let connection = connection(app, "s1").await;
        assert_eq!(pick(&connection, &["pausedUntil", "pauseReason"]), json!([null, null]));
    }

    /// A paused store is probed with single records; when one succeeds, everything that waits is sent, and the pause ends.
    async fn a_paused_store_is_probed_with_single_records(app: &TestApp) {
        app.restart(|config| config.worker.retry_attempts = 100).await;
        let admin = app.admin();
        let catalogue = (0..SKUS).fold(Catalogue::least(app.market()), |catalogue, sku| {
            let sku = format!("B{sku}");
            catalogue.sku(&sku).store_sku("s1", &sku, &[(&sku, 1)])
        });
        catalogue.make(&admin).await;
        app.market().every_call(Reply::status(503));
        let change = |sku| json!({ "warehouse": "w1", "sku": format!("B{sku}"), "available": 5, "reason": "STOCK_COUNTED" });
        stock_changes(&admin, (0..SKUS).map(change).collect()).await;
        let calls = app.market().wait_for_calls(15).await;
        let sizes: Vec<usize> = calls[10..].iter().map(|call| call.items.len()).collect();
        assert!(sizes.iter().all(|size| *size == 1), "the probes had {sizes:?} items");

        app.market().every_call(Reply::Rows);
        app.settled().await;
        for sku in 0..SKUS {
            assert_eq!(app.market().quantity(&listing("s1", &format!("B{sku}"))), Some(5));
        }
        let connection = connection(app, "s1").await;
        assert_eq!(pick(&connection, &["pausedUntil", "pauseReason"]), json!([null, null]));
    }

    /// When a store asks to slow down, what was claimed for further calls is not sent either, and costs no attempt.
    async fn asked_to_slow_down_nothing_more_is_sent(app: &TestApp) {
        let admin = app.admin();
        let many = |sku: &str| -> Vec<Value> {
            (0..60).map(|number| json!({ "productId": format!("{sku}-{number}") })).collect()
        };
        Catalogue::default()
            .store("s1", "SHOPEE", app.market())
            .warehouse("w1")
            .sku("A")
            .store_sku_with("s1", "A", &[("A", 1)], &json!(many("A")))
            .store_sku_with("s1", "B", &[("A", 1)], &json!(many("B")))
            .rule("everything", json!({}))
            .make(&admin)
            .await;
        app.market().next_call(Reply::slow_down(3_600));
        stock(&admin, "A", 1).await;
        let waiting = app
            .eventually("both records to wait", async || {
                let records = records(&app.viewer()).await;
                let waits = |record: &Value| record["startedAt"].is_string() && record["isInFlight"] == false;
                records.iter().all(waits).then_some(records)
            })
            .await;
        assert_eq!(app.market().calls().len(), 1);
        let wait = json!(["PENDING", 0, "THROTTLED"]);
        assert_eq!(pick_each(&waiting, &["status", "attemptCount", "failureReason.code"]), json!([wait, wait]));
        let paused = connection(app, "s1").await;
        assert_eq!(paused["pauseReason"]["code"], "THROTTLED");
        let until = text(&paused["pausedUntil"]);
        assert!(waiting.iter().all(|record| text(&record["nextAttemptAt"]) >= until), "{waiting:#?} {paused:#}");
    }

    /// A marketplace that refuses everything with a clear answer is not failing.
    async fn a_store_that_refuses_is_not_paused(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        app.market().every_call(Reply::status(400));
        for quantity in 0..12 {
            stock(&admin, "A", quantity).await;
            app.settled().await;
        }
        assert_eq!(connection(app, "s1").await["pauseReason"], json!(null));
        assert_eq!(records(&app.viewer()).await.len(), 12);
    }

    /// What waits for its store for longer than a push may take fails, with a remedy, sent or not; what came after goes on.
    async fn waiting_for_a_store_ends_by_age(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).sku("B").store_sku("s1", "B", &[("B", 1)]).make(&admin).await;
        app.market().next_call(Reply::status(401));
        stock(&admin, "A", 1).await;
        app.settled().await;
        stock(&admin, "B", 1).await;
        app.restart(|config| config.worker.retry_give_up = Duration::from_millis(100)).await;
        app.settled().await;
        let given_up = records_of(&app.viewer(), "s1", "B").await.remove(0);
        assert_eq!(
            pick(&given_up, &["status", "attemptCount", "failureReason.code"]),
            json!(["FAILED", 0, "WAITED_TOO_LONG"])
        );
        assert!(given_up["finishedAt"].is_string() && given_up["startedAt"].is_null(), "{given_up:#}");

        app.restart(|_| {}).await;
        let admin = app.admin();
        Catalogue::default().store("s1", "SHOPEE", app.market()).make(&admin).await;
        stock(&admin, "B", 2).await;
        app.settled().await;
        let seen = records_of(&app.viewer(), "s1", "B").await;
        assert_eq!(
            pick_each(&seen, &["status", "quantityBefore", "quantityAfter"]),
            json!([["FAILED", 0, 1], ["SUCCESS", 1, 2]])
        );
    }
}
