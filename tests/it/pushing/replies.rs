//! Answers to a whole call.

use std::time::Duration;

use serde_json::{Value, json};

use super::{connection, pushed};
use crate::support::history::{attempts, pick, pick_each, records};
use crate::support::marketplace::{Reply, Row};
use crate::support::seed::{Catalogue, stock, stock_changes};
use crate::support::{TestApp, both};

const RESULT: [&str; 4] = ["status", "attemptCount", "failureReason.code", "nextAttemptAt"];
const ATTEMPT: [&str; 3] = ["outcome", "failureReason.code", "httpStatus"];

both! {
    /// 204 says that everything succeeded; so does any other 2xx with results.
    async fn success_without_a_body(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        app.market().next_call(Reply::NoContent);
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "attemptCount"]), json!(["SUCCESS", 1]));
        let attempts = attempts(&app.viewer(), &record).await;
        assert_eq!(pick_each(&attempts, &["outcome", "httpStatus", "response"]), json!([["APPLIED", 204, null]]));
        assert_eq!(app.market().quantity("s1-A"), Some(5));
    }

    /// A redirect or a client error ends the record at once.
    async fn refusals_are_final(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        for (available, status) in [(1, 302), (2, 400), (3, 404), (4, 422)] {
            app.market().next_call(Reply::status(status));
            let record = pushed(app, available).await;
            assert_eq!(pick(&record, &RESULT), json!(["FAILED", 1, "REJECTED", null]), "{status}");
            let said = format!("HTTP {status}: scripted {status}");
            assert_eq!(record["failureMessage"], said);
            let attempts = attempts(&app.viewer(), &record).await;
            assert_eq!(pick_each(&attempts, &ATTEMPT), json!([["PERMANENT", "REJECTED", status]]));
            assert_eq!(
                pick(&attempts[0], &["message", "response", "retryAt"]),
                json!([said, format!("scripted {status}"), null])
            );
        }
        assert_eq!(app.market().calls().len(), 4, "none was tried again");
        assert_eq!(app.market().quantity("s1-A"), None);
    }

    /// A fault of the server's own is tried again, and each try costs one.
    async fn faults_are_tried_again(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        for (available, status) in [(1, 500), (2, 503), (3, 501), (4, 408)] {
            app.market().next_call(Reply::status(status));
            let record = pushed(app, available).await;
            assert_eq!(pick(&record, &RESULT), json!(["SUCCESS", 2, null, null]), "{status}");
            let attempts = attempts(&app.viewer(), &record).await;
            assert_eq!(
                pick_each(&attempts, &ATTEMPT),
                json!([["TRANSIENT", "MARKETPLACE_ERROR", status], ["APPLIED", null, 200]])
            );
            assert_eq!(pick_each(&attempts, &["attemptNumber"]), json!([[1], [2]]));
            assert!(attempts[0]["retryAt"].is_string() && attempts[1]["retryAt"].is_null(), "{attempts:#?}");
            assert_eq!(app.market().quantity("s1-A"), Some(available.into()));
        }
    }

    /// Being asked to slow down costs no attempt.
    async fn slowing_down_costs_no_attempt(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        let scripted = |status: u16, retry_after: Option<&str>| Reply::Status(status, retry_after.map(str::to_owned), String::new());
        for (available, status, retry_after) in [(1, 429, None), (2, 502, None), (3, 504, Some("0")), (4, 503, Some("0"))] {
            app.market().next_call(scripted(status, retry_after));
            app.market().next_call(scripted(status, retry_after));
            let record = pushed(app, available).await;
            assert_eq!(pick(&record, &RESULT), json!(["SUCCESS", 1, null, null]), "{status}");
            let attempts = attempts(&app.viewer(), &record).await;
            let throttled = json!(["THROTTLED", "THROTTLED", status]);
            assert_eq!(pick_each(&attempts, &ATTEMPT), json!([throttled, throttled, ["APPLIED", null, 200]]));
        }
    }

    /// Nothing at all is sent to a store that asked to slow down until its time has come; other stores go on.
    async fn a_store_that_asks_to_slow_down_is_left_alone(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).store("s2", "LAZADA", app.market()).store_sku("s2", "A", &[("A", 1)])
            .sku("B").store_sku("s1", "B", &[("B", 1)])
            .rule("only A", json!({ "priority": 1, "skus": ["A"], "stores": ["s2"] }))
            .make(&admin).await;
        app.market().next_call(Reply::slow_down(1));
        let change = |sku: &str| json!({ "warehouse": "w1", "sku": sku, "available": 3, "reason": "STOCK_COUNTED" });
        // B is in no store but s1, so this is the call that is slowed down.
        stock_changes(&admin, vec![change("B")]).await;
        app.market().wait_until("the answer", |log| log.calls.first()?.status).await;
        let paused = app.eventually("the pause", async || {
            let connection = connection(app, "s1").await;
            connection["pausedUntil"].is_string().then_some(connection)
        }).await;
        assert_eq!(paused["status"], "CONNECTED");
        stock_changes(&admin, vec![change("A")]).await;
        app.settled().await;

        let calls = app.market().calls();
        let slowed = calls[0].answered_at.unwrap();
        assert!(calls.iter().any(|call| call.store == "s2"), "the other store was not left alone");
        let after: Vec<Duration> = calls[1..].iter().filter(|call| call.store == "s1")
            .map(|call| call.received_at - slowed)
            .collect();
        assert!(!after.is_empty() && after.iter().all(|wait| *wait >= Duration::from_millis(990)), "{after:?}");
        assert_eq!((app.market().quantity("s1-A"), app.market().quantity("s1-B")), (Some(3), Some(3)));
    }

    /// Where it is unknown whether a quantity was applied it never counts as a success, is held back, and is sent again.
    async fn what_is_unknown_is_sent_again(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        let garbage = |body: &str| Reply::ApplyAndSay(body.to_owned());
        let unanswered = (json!(null), "NETWORK_ERROR");
        let garbled = (json!(200), "INVALID_REPLY");
        for (available, reply, (status, code)) in [
            (1, garbage("<html>fine</html>"), &garbled),
            (2, garbage("{}"), &garbled),
            (3, garbage(""), &garbled),
            (4, garbage(r#"{"results":[{"id":"another","status":"ok"}]}"#), &garbled),
            (5, Reply::Cut, &unanswered),
            (6, Reply::ApplyAndCut, &unanswered),
        ] {
            app.market().next_call(reply);
            let record = pushed(app, available).await;
            assert_eq!(pick(&record, &RESULT), json!(["SUCCESS", 2, null, null]));
            let attempts = attempts(&app.viewer(), &record).await;
            assert_eq!(pick_each(&attempts, &ATTEMPT), json!([["AMBIGUOUS", code, status], ["APPLIED", null, 200]]));
            let calls = app.market().calls();
            let [.., first, second] = calls.as_slice() else { panic!("two calls") };
            assert_eq!(first.items, second.items, "the same item with the same id and sequence");
            assert_ne!(first.webhook_id, second.webhook_id, "each call has an id of its own");
            let held = second.received_at - first.answered_at.unwrap();
            assert!(held >= app.config().worker.hold, "sent again after {held:?}");
        }
    }

    /// A reply that leaves an item out says nothing about that item, and all about the others.
    async fn an_item_that_is_left_out_is_unknown(app: &TestApp) {
        Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1").sku("A")
            .store_sku_with("s1", "A", &[("A", 1)], &json!([{ "productId": "p" }, { "productId": "q" }]))
            .rule("everything", json!({}))
            .make(&app.admin()).await;
        app.market().next_row("q", Row::Missing);
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &RESULT), json!(["SUCCESS", 2, null, null]));
        let attempts = attempts(&app.viewer(), &record).await;
        assert_eq!(
            pick_each(&attempts, &["productId", "outcome", "failureReason.code"]),
            json!([["p", "APPLIED", null], ["q", "AMBIGUOUS", "INVALID_REPLY"], ["q", "APPLIED", null]])
        );
    }

    /// While the effect of a call is unknown, a newer quantity waits too, so that the older cannot overtake it.
    async fn a_newer_quantity_waits_out_the_hold(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let gate = app.market().hold_next_call(Reply::Cut);
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;
        stock(&admin, "A", 2).await;
        gate.open();
        app.settled().await;
        let seen = records(&app.viewer()).await;
        assert_eq!(
            pick_each(&seen, &["quantityAfter", "status", "supersededBy.id"]),
            json!([[1, "SKIPPED", seen[1]["id"]], [2, "SUCCESS", null]])
        );
        let calls = app.market().calls();
        let held = calls[1].received_at - calls[0].answered_at.unwrap();
        assert!(held >= app.config().worker.hold, "sent after {held:?}");
        assert_eq!(calls.len(), 2);
    }

    /// An endpoint that nobody listens at is tried again until the attempts are used up.
    async fn no_connection(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}/stock", nobody.local_addr().unwrap());
        drop(nobody);
        let connection = json!({ "endpoint": endpoint, "signingSecret": app.market().secret() });
        let store = json!({ "code": "s1", "name": "Store", "marketplace": "SHOPEE", "connection": connection });
        admin.mutate("upsertStores", "__typename", json!({ "stores": [store] })).await;
        let record = pushed(app, 1).await;
        assert_eq!(pick(&record, &RESULT), json!(["FAILED", 4, "NETWORK_ERROR", null]));
        let attempts = attempts(&app.viewer(), &record).await;
        let one = json!(["TRANSIENT", "NETWORK_ERROR", null]);
        assert_eq!(pick_each(&attempts, &ATTEMPT), Value::Array(vec![one; 4]));
    }
}
