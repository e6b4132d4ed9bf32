//! `syncStatusChanged`.

use serde_json::{Value, json};
use stock_sync::config::Role;

use crate::support::graphql::text;
use crate::support::history::{pick, store_sku};
use crate::support::live::Events;
use crate::support::marketplace::{Reply, Row};
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

const STEPS: &str = "subscription($filter: SyncRecordFilter, $after: String) {
    syncStatusChanged(filter: $filter, after: $after) {
        status version cursor at
        record { id status quantityAfter reason store { code } storeSku { sku } warehouseSku { sku } syncRule { name } }
    } }";

both! {
    /// Over server-sent events, each step of a record in its order, with the record and what it links to.
    async fn each_step_over_server_sent_events(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let mut events = app.viewer().events(STEPS, json!({})).await;
        app.market().next_call(Reply::status(500));
        stock(&admin, "A", 3).await;
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push(step_of(events.next().await));
        }
        let steps: Value = seen.iter().map(|step| pick(step, &["status", "version"])).collect();
        // Made, sent, to be tried again, sent again, done.
        assert_eq!(steps, json!([["PENDING", 1], ["PENDING", 2], ["PENDING", 3], ["PENDING", 4], ["SUCCESS", 5]]));
        let links = ["record.store.code", "record.storeSku.sku", "record.warehouseSku.sku", "record.syncRule.name"];
        for step in &seen {
            assert_eq!(pick(step, &links), json!(["s1", "A", "A", "everything"]));
            assert_eq!(pick(step, &["record.id", "record.quantityAfter"]), json!([seen[0]["record"]["id"], 3]));
        }
        assert_eq!(seen[4]["record"]["status"], "SUCCESS");
    }

    /// Over one WebSocket, several subscriptions that each see what their filter lets through and nothing else.
    async fn filters_over_one_web_socket(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).store("s2", "LAZADA", app.market()).store_sku("s2", "A", &[("A", 1)])
            .make(&admin).await;
        let mut socket = app.viewer().socket().await;
        let row = store_sku(&admin, "s2", "A").await;
        socket.subscribe("s2", STEPS, json!({ "filter": { "storeSkuIds": [row["id"]] } })).await;
        socket.subscribe("final", STEPS, json!({ "filter": { "statusIn": ["SUCCESS", "FAILED"] } })).await;
        socket.subscribe("lazada failed", STEPS, json!({ "filter": { "statusIn": ["FAILED"], "marketplaceIn": ["LAZADA"] } })).await;
        socket.settle().await;
        app.market().next_row("s2-A", Row::error("QUANTITY_REJECTED"));
        stock(&admin, "A", 3).await;

        let mut s2 = Vec::new();
        for _ in 0..3 {
            s2.push(step_of(socket.next("s2").await));
        }
        let steps: Value = s2.iter().map(|step| pick(step, &["status", "version", "record.store.code"])).collect();
        assert_eq!(steps, json!([["PENDING", 1, "s2"], ["PENDING", 2, "s2"], ["FAILED", 3, "s2"]]));

        let mut ends = [step_of(socket.next("final").await), step_of(socket.next("final").await)]
            .map(|step| pick(&step, &["record.store.code", "status"]));
        ends.sort_by_key(Value::to_string);
        assert_eq!(ends, [json!(["s1", "SUCCESS"]), json!(["s2", "FAILED"])]);
        let failed = step_of(socket.next("lazada failed").await);
        assert_eq!(pick(&failed, &["status", "record.id"]), json!(["FAILED", s2[0]["record"]["id"]]));

        socket.unsubscribe("final").await;
        stock(&admin, "A", 4).await;
        let next = step_of(socket.next("s2").await);
        assert_eq!(pick(&next, &["status", "version", "record.quantityAfter"]), json!(["PENDING", 1, 4]));
    }

    /// A superseded record's last step comes before the first step of the one that took its place.
    async fn superseding_comes_in_order(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let mut events = app.viewer().events(STEPS, json!({})).await;
        let gate = app.market().hold_next_call(Reply::Rows);
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;
        stock(&admin, "A", 2).await;
        stock(&admin, "A", 3).await;
        let mut seen = Vec::new();
        for _ in 0..5 {
            let step = step_of(events.next().await);
            seen.push(pick(&step, &["record.quantityAfter", "status", "version"]));
        }
        assert_eq!(
            json!(seen),
            json!([[1, "PENDING", 1], [1, "PENDING", 2], [2, "PENDING", 1], [2, "SKIPPED", 2], [3, "PENDING", 1]])
        );
        gate.open();
        let mut rest = Vec::new();
        for _ in 0..3 {
            let step = step_of(events.next().await);
            rest.push(pick(&step, &["record.quantityAfter", "status", "version"]));
        }
        assert_eq!(json!(rest), json!([[1, "SUCCESS", 3], [3, "PENDING", 2], [3, "SUCCESS", 3]]));
    }

    /// The steps that another process made are all there too, in their order.
    async fn each_step_of_another_process(app: &TestApp) {
        app.restart(|config| config.server.role = Role::Api).await;
        let worker = app.replica(|config| config.server.role = Role::Worker).await;
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let mut events = app.viewer().events(STEPS, json!({})).await;
        app.market().next_row("s1-A", Row::error("QUANTITY_REJECTED"));
        stock(&admin, "A", 3).await;
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(pick(&step_of(events.next().await), &["status", "version"]));
        }
        assert_eq!(json!(seen), json!([["PENDING", 1], ["PENDING", 2], ["FAILED", 3]]));
        worker.stop().await;
    }

    /// After a break, a subscriber that names the last cursor misses nothing for good; one that names none starts now.
    async fn a_subscriber_comes_back_to_where_it_was(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let mut events = app.viewer().events(STEPS, json!({})).await;
        stock(&admin, "A", 1).await;
        let cursor = text(&until_success(&mut events, 1).await["cursor"]);
        drop(events);

        stock(&admin, "A", 2).await;
        app.settled().await;
        let mut resumed = app.viewer().events(STEPS, json!({ "after": cursor })).await;
        let missed = until_success(&mut resumed, 2).await;
        assert_eq!(missed["version"], 3);
        let mut socket = app.viewer().socket().await;
        socket.subscribe("resumed", STEPS, json!({ "after": cursor })).await;
        socket.subscribe("fresh", STEPS, json!({})).await;
        socket.settle().await;
        stock(&admin, "A", 3).await;
        until_success(&mut resumed, 3).await;
        let first = step_of(socket.next("fresh").await);
        assert_eq!(pick(&first, &["record.quantityAfter", "version"]), json!([3, 1]));
        let mut seen = Vec::new();
        while seen.last() != Some(&json!([3, "SUCCESS"])) {
            let step = step_of(socket.next("resumed").await);
            seen.push(pick(&step, &["record.quantityAfter", "status"]));
        }
        assert!(seen.contains(&json!([2, "SUCCESS"])), "{seen:?}");
    }

    /// A cursor that is none is refused, and says so.
    async fn a_cursor_of_something_else_is_refused(app: &TestApp) {
        let answer = app.viewer().request(STEPS, &json!({ "after": "nonsense" }))
            .header("accept", "text/event-stream").send().await.unwrap();
        let body = answer.text().await.unwrap();
        assert!(body.contains("is not a cursor of this subscription") && !body.contains("syncStatusChanged\":{"), "{body}");
    }
}

/// The next step of an event that came.
fn step_of(event: Option<Value>) -> Value {
    let mut data = event.expect("the subscription goes on");
    data["syncStatusChanged"].take()
}

/// Goes on to the successful end of the record with this quantity.
async fn until_success(events: &mut Events, quantity: i64) -> Value {
    loop {
        let step = step_of(events.next().await);
        if pick(&step, &["status", "record.quantityAfter"]) == json!(["SUCCESS", quantity]) {
            return step;
        }
    }
}
