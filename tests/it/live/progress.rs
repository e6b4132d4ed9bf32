//! `manualSyncProgress`.

use serde_json::{Value, json};

use crate::support::graphql::{each, text};
use crate::support::history::{pick, records};
use crate::support::marketplace::{Reply, Row};
use crate::support::seed::{Catalogue, stock_changes};
use crate::support::{TestApp, both};

const PROGRESS: &str = "subscription($id: ID!) { manualSyncProgress(id: $id) {
    id status finishedAt counts { total pending success partiallyFailed failed skipped } } }";
const COUNTS: [&str; 4] = ["counts.total", "counts.pending", "counts.success", "counts.failed"];

both! {
    /// From the state as it is, through every change, to the end; then the subscription is complete. Over both ways.
    async fn a_manual_sync_is_watched_to_its_end(app: &TestApp) {
        let admin = app.admin();
        let mut catalogue = Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1").rule("everything", json!({}));
        for sku in ["A", "B", "C"] {
            catalogue = catalogue.sku(sku).store_sku("s1", sku, &[(sku, 1)]);
        }
        catalogue.make(&admin).await;
        let change = |sku: &str| json!({ "warehouse": "w1", "sku": sku, "available": 5, "reason": "STOCK_COUNTED" });
        stock_changes(&admin, ["A", "B", "C"].map(change).to_vec()).await;
        app.settled().await;

        app.market().next_row("s1-B", Row::error("QUANTITY_REJECTED"));
        app.market().next_row("s1-C", Row::error("TEMPORARY"));
        let gate = app.market().hold_next_call(Reply::Rows);
        let rows = app.viewer().query("{ storeSkus { nodes { id } } }", json!({})).await;
        let ids = each(&rows["storeSkus"]["nodes"], |row| text(&row["id"]));
        let started = app.operator().mutate("resync", "takenCount manualSync { id }", json!({ "storeSkuIds": ids })).await;
        let id = started["manualSync"]["id"].clone();
        let mut events = app.viewer().events(PROGRESS, json!({ "id": id })).await;
        let mut socket = app.viewer().socket().await;
        socket.subscribe("p", PROGRESS, json!({ "id": id })).await;

        let first = [events.next().await, socket.next("p").await].map(progress_of);
        for state in &first {
            assert_eq!(pick(state, &COUNTS), json!([3, 3, 0, 0]));
            assert_eq!(pick(state, &["id", "status", "finishedAt"]), json!([id, "PENDING", null]));
        }
        gate.open();
        let mut over_events = vec![];
        while let Some(data) = events.next().await {
            over_events.push(progress_of(Some(data)));
        }
        let mut over_socket = vec![];
        while let Some(data) = socket.next("p").await {
            over_socket.push(progress_of(Some(data)));
        }
        for states in [&over_events, &over_socket] {
            let last = states.last().unwrap();
            assert_eq!(pick(last, &COUNTS), json!([3, 0, 2, 1]));
            assert_eq!(last["status"], "PARTIALLY_FAILED");
            assert!(last["finishedAt"].is_string(), "{last:#}");
            let pending: Vec<i64> = states.iter().map(|state| state["counts"]["pending"].as_i64().unwrap()).collect();
            assert!(pending.is_sorted_by(|earlier, later| earlier >= later), "it only goes forward: {pending:?}");
            assert!(states[..states.len() - 1].iter().all(|state| state["finishedAt"].is_null()), "{states:#?}");
        }
    }

    /// One that has finished is shown once, and the subscription is complete.
    async fn a_finished_one_is_shown_once(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let change = json!({ "warehouse": "w1", "sku": "A", "available": 5, "reason": "STOCK_COUNTED" });
        stock_changes(&admin, vec![change]).await;
        app.settled().await;
        let rule = records(&admin).await[0]["syncRule"]["id"].clone();
        let started = app.operator().mutate("syncRuleNow", "manualSync { id }", json!({ "syncRuleId": rule })).await;
        app.settled().await;
        let mut events = app.viewer().events(PROGRESS, json!({ "id": started["manualSync"]["id"] })).await;
        let only = progress_of(events.next().await);
        assert_eq!(pick(&only, &["status", "counts.success"]), json!(["SUCCESS", 1]));
        assert_eq!(events.next().await, None);
    }

    /// Another merchant's manual sync cannot be watched, and is not told from one that does not exist.
    async fn nobody_watches_another_merchants(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let rule = admin.query("{ syncRules { nodes { id } } }", json!({})).await;
        let rule = &rule["syncRules"]["nodes"][0]["id"];
        let started = admin.mutate("syncRuleNow", "manualSync { id }", json!({ "syncRuleId": rule })).await;
        let stranger = app.another_tenant().await;
        let answer = app.client(&stranger, entity::types::Role::Admin)
            .request(PROGRESS, &json!({ "id": started["manualSync"]["id"] }))
            .header("accept", "text/event-stream").send().await.unwrap();
        let body = answer.text().await.unwrap();
        assert!(body.contains("errors") && !body.contains("\"counts\""), "{body}");
    }
}

fn progress_of(event: Option<Value>) -> Value {
    let mut data = event.expect("the subscription goes on");
    data["manualSyncProgress"].take()
}
