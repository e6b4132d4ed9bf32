//! Newer changes, stops and crashes while a call is under way.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::history::{pick, pick_each, records};
use crate::support::marketplace::{Reply, Row};
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

both! {
    /// What is in flight shows as such; a newer quantity waits for its end, and an even newer one takes that one's place.
    async fn a_newer_quantity_waits_for_the_call(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let gate = app.market().hold_next_call(Reply::Rows);
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;
        stock(&admin, "A", 2).await;
        stock(&admin, "A", 3).await;
        let during = records(&app.viewer()).await;
        assert_eq!(
            pick_each(&during, &["status", "isInFlight", "quantityBefore", "quantityAfter", "supersededBy.id"]),
            json!([
                ["PENDING", true, 0, 1, null],
                ["SKIPPED", false, 1, 2, during[2]["id"]],
                ["PENDING", false, 1, 3, null],
            ])
        );
        assert_eq!(pick(&during[0], &["nextAttemptAt", "finishedAt"]), json!([null, null]));
        assert!(during[0]["startedAt"].is_string() && during[2]["nextAttemptAt"].is_string(), "{during:#?}");
        gate.open();
        app.settled().await;
        assert_eq!(pick_each(&records(&app.viewer()).await, &["status"]), json!([["SUCCESS"], ["SKIPPED"], ["SUCCESS"]]));
        let sent = app.market().wait_until("the calls", |log| Some(log.sent("s1-A"))).await;
        assert_eq!(sent, [1, 3]);
    }

    /// What would have to be tried again gives way to the newer quantity that came meanwhile.
    async fn a_failed_call_gives_way(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        app.market().next_row("s1-A", Row::error("TEMPORARY"));
        let gate = app.market().hold_next_call(Reply::Rows);
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;
        stock(&admin, "A", 2).await;
        gate.open();
        app.settled().await;
        let seen = records(&app.viewer()).await;
        assert_eq!(
            pick_each(&seen, &["status", "attemptCount", "supersededBy.id"]),
            json!([["SKIPPED", 1, seen[1]["id"]], ["SUCCESS", 1, null]])
        );
        let sent = app.market().wait_until("the calls", |log| Some(log.sent("s1-A"))).await;
        assert_eq!(sent, [1, 2]);
    }

    /// What was refused for good while a newer quantity waits stays refused, and the newer one is pushed.
    async fn a_refusal_stays_a_refusal(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        app.market().next_row("s1-A", Row::error("QUANTITY_REJECTED"));
        let gate = app.market().hold_next_call(Reply::Rows);
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;
        stock(&admin, "A", 2).await;
        gate.open();
        app.settled().await;
        assert_eq!(pick_each(&records(&app.viewer()).await, &["status"]), json!([["FAILED"], ["SUCCESS"]]));
    }

    /// A stop waits for the call that is under way; what is not sent yet is sent after the next start.
    async fn a_stop_finishes_what_is_in_flight(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let gate = app.market().hold_next_call(Reply::Rows);
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;
        stock(&admin, "A", 2).await;
        // The stop is asked for first, and the call ends while it waits.
        let stop = app.stop_server();
        let open = async { gate.open() };
        tokio::join!(stop, open);
        app.start_server(|_| {}).await;
        app.market().wait_for_quantity("s1-A", 2).await;
        app.settled().await;
        assert_eq!(pick_each(&records(&app.viewer()).await, &["status"]), json!([["SUCCESS"], ["SUCCESS"]]));
        assert_eq!(app.market().calls().len(), 2, "nothing was sent twice");
    }

    /// What was in flight when the server died is taken up again after its lease.
    async fn a_crash_loses_nothing(app: &TestApp) {
        app.restart(|config| {
            config.marketplace.call_timeout = Duration::from_millis(300);
            config.worker.lease = Duration::from_millis(500);
        })
        .await;
        let admin = app.admin();
        Catalogue::least(app.market()).sku("B").store_sku("s1", "B", &[("B", 1)]).make(&admin).await;
        let gate = app.market().hold_next_call(Reply::ApplyAndCut);
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;
        stock(&admin, "B", 1).await;
        app.kill_server();
        gate.open();
        app.market().wait_for_quantity("s1-A", 1).await;
        app.start_server(|_| {}).await;
        app.market().wait_for_quantity("s1-B", 1).await;
        app.settled().await;
        let seen: Vec<Value> = records(&app.viewer()).await;
        assert_eq!(pick_each(&seen, &["status", "attemptCount"]), json!([["SUCCESS", 1], ["SUCCESS", 1]]));
        let sent = app.market().wait_until("the calls", |log| Some(log.sent("s1-A"))).await;
        assert_eq!(sent, [1, 1], "the same quantity once more is the worst that happens");
    }
}
