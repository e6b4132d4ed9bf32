//! Connections: made, tried out, paused, resumed and ended.

use serde_json::json;

use super::{change, connect, connection, pushed, store_id, try_out};
use crate::support::history::{pick, records};
use crate::support::marketplace::Reply;
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

fn custom(app: &TestApp) -> serde_json::Value {
    json!({ "custom": { "endpoint": app.market().endpoint(), "signingSecret": app.market().secret() } })
}

async fn make(app: &TestApp) {
    Catalogue::least(app.market()).make(&app.admin()).await;
}

both! {
    /// A store of any marketplace can be connected by an endpoint of the merchant's own.
    async fn a_store_is_connected_and_pushed_to(app: &TestApp) {
        Catalogue::default()
            .unconnected_store("s1", "LAZADA")
            .warehouse("w1")
            .sku("A")
            .store_sku("s1", "A", &[("A", 1)])
            .rule("everything", json!({}))
            .make(&app.admin())
            .await;
        let payload = connect(app, custom(app)).await;
        assert_eq!(payload["userErrors"], json!([]));
        let shown = &payload["store"]["connection"];
        assert_eq!(
            pick(shown, &["status", "connector", "account", "isPaused"]),
            json!(["CONNECTED", "CUSTOM", null, false])
        );
        assert_eq!(shown["endpoint"], app.market().endpoint());
        assert_eq!(pushed(app, 5).await["status"], "SUCCESS");
    }

    /// Every bad field is named, no secret is shown, and nothing is changed.
    async fn a_bad_connection_is_refused(app: &TestApp) {
        make(app).await;
        let before = connection(app).await;
        let bad = json!({ "custom": { "endpoint": "", "signingSecret": "hunter2" } });
        let payload = connect(app, bad).await;
        let errors = payload["userErrors"].as_array().expect("a list");
        let fields: Vec<_> = errors.iter().map(|error| error["field"].clone()).collect();
        assert_eq!(
            json!(fields),
            json!([["connection", "custom", "endpoint"], ["connection", "custom", "signingSecret"]])
        );
        assert!(!payload.to_string().contains("hunter2"), "{payload}");
        let bad = json!({ "custom": { "endpoint": "ftp://x", "signingSecret": app.market().secret() } });
        let payload = connect(app, bad).await;
        assert_eq!(payload["userErrors"][0]["field"], json!(["connection", "custom", "endpoint"]));
        assert_eq!(connection(app).await, before);
    }

    /// An unknown store is a problem of the input.
    async fn an_unknown_store_is_not_found(app: &TestApp) {
        for mutation in ["disconnectStore", "pauseStore", "resumeStore"] {
            let payload = change(app, mutation, json!({ "storeId": "nonsense" })).await;
            assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND", "{mutation}");
        }
    }

    /// A paused store gets nothing until it is resumed; then the newest quantity alone.
    async fn a_pause_holds_everything_back(app: &TestApp) {
        make(app).await;
        let id = json!({ "storeId": store_id(app).await });
        let paused = change(app, "pauseStore", id.clone()).await;
        assert_eq!(
            pick(&paused["store"]["connection"], &["status", "isPaused", "pausedUntil", "pauseReason.code"]),
            json!(["CONNECTED", true, null, "PAUSED_BY_HAND"])
        );
        stock(&app.admin(), "A", 5).await;
        stock(&app.admin(), "A", 6).await;
        let waiting = records(&app.viewer()).await;
        let shown: Vec<_> = waiting.iter().map(|record| pick(record, &["status", "failureReason.code"])).collect();
        assert_eq!(json!(shown), json!([["SKIPPED", null], ["PENDING", "PAUSED_BY_HAND"]]));
        let resumed = change(app, "resumeStore", id).await;
        assert_eq!(resumed["store"]["connection"]["isPaused"], false);
        app.settled().await;
        assert_eq!(app.market().quantity("s1-A"), Some(6));
        assert_eq!(app.market().calls().len(), 1);
    }

    /// What waits for a store that is disconnected fails at once, and what comes later never becomes a sync.
    async fn a_disconnected_store_gets_nothing_more(app: &TestApp) {
        make(app).await;
        let id = json!({ "storeId": store_id(app).await });
        change(app, "pauseStore", id.clone()).await;
        stock(&app.admin(), "A", 5).await;
        let ended = change(app, "disconnectStore", id.clone()).await;
        assert_eq!(
            pick(&ended["store"]["connection"], &["status", "connector", "endpoint", "isPaused"]),
            json!(["NOT_CONNECTED", null, null, false])
        );
        let ended = records(&app.viewer()).await;
        assert_eq!(
            pick(&ended[0], &["status", "failureReason.code", "failureMessage"]),
            json!(["FAILED", "STORE_NOT_CONNECTED", "the store was disconnected"])
        );
        stock(&app.admin(), "A", 6).await;
        assert_eq!(records(&app.viewer()).await.len(), 1);
        let paused = change(app, "pauseStore", id).await;
        assert_eq!(paused["userErrors"][0]["field"], json!(["storeId"]));
        assert_eq!(app.market().calls().len(), 0);
    }

    /// A test says whether the store works, and changes nothing.
    async fn a_connection_is_tried_out(app: &TestApp) {
        make(app).await;
        assert_eq!(pick(&try_out(app).await, &["isWorking", "failureReason", "userErrors"]), json!([true, null, []]));
        app.market().next_call(Reply::status(401));
        assert_eq!(
            pick(&try_out(app).await, &["isWorking", "failureReason.code"]),
            json!([false, "CREDENTIALS_REFUSED"])
        );
        assert_eq!(connection(app).await["status"], "CONNECTED");
        assert_eq!(records(&app.viewer()).await, Vec::<serde_json::Value>::new());
        let id = json!({ "storeId": store_id(app).await });
        change(app, "disconnectStore", id).await;
        assert_eq!(
            pick(&try_out(app).await, &["isWorking", "failureReason.code"]),
            json!([false, "STORE_NOT_CONNECTED"])
        );
    }
}
