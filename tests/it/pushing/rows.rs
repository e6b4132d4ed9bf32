//! Answers for single listings, and partial failures.

use std::time::Duration;

use serde_json::json;

use super::pushed;
use crate::support::history::{attempts, pick, pick_each, records_of};
use crate::support::marketplace::{Reply, Row};
use crate::support::seed::{Catalogue, stock, stock_changes};
use crate::support::{TestApp, both};

both! {
    /// Codes that a listing is refused for good with.
    async fn refused_listings_are_final(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        for (available, code, shown) in [
            (1, "LISTING_NOT_FOUND", "LISTING_NOT_FOUND"),
            (2, "QUANTITY_REJECTED", "QUANTITY_REJECTED"),
            (3, "E_4711", "REJECTED"),
        ] {
            app.market().next_row("s1-A", Row::error(code));
            let record = pushed(app, available).await;
            assert_eq!(
                pick(&record, &["status", "failureReason.code", "failureReason.stage", "attemptCount"]),
                json!(["FAILED", shown, "PUSH", 1])
            );
            assert_eq!(record["failureMessage"], format!("{code}: scripted {code}"), "word for word");
            let attempts = attempts(&app.viewer(), &record).await;
            assert_eq!(pick_each(&attempts, &["outcome", "failureReason.code"]), json!([["PERMANENT", shown]]));
        }
        assert_eq!(app.market().calls().len(), 3);
    }

    /// Codes that a listing is tried again after.
    async fn listings_that_can_heal_are_tried_again(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        for (available, code, outcome, shown, costs) in [
            (1, "LISTING_LOCKED", "DEFERRED", "LISTING_LOCKED", 2),
            (2, "THROTTLED", "THROTTLED", "THROTTLED", 1),
            (3, "TEMPORARY", "TRANSIENT", "MARKETPLACE_ERROR", 2),
        ] {
            app.market().next_row("s1-A", Row::error(code));
            let record = pushed(app, available).await;
            assert_eq!(
                pick(&record, &["status", "failureReason", "failureMessage", "attemptCount"]),
                json!(["SUCCESS", null, null, costs])
            );
            let attempts = attempts(&app.viewer(), &record).await;
            assert_eq!(
                pick_each(&attempts, &["outcome", "failureReason.code", "httpStatus"]),
                json!([[outcome, shown, 200], ["APPLIED", null, 200]])
            );
        }
    }

    /// A listing that says when to come back is not called before.
    async fn retry_after_of_a_listing_is_kept(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        for (available, code) in [(1, "LISTING_LOCKED"), (2, "THROTTLED"), (3, "TEMPORARY")] {
            app.market().next_row("s1-A", Row::error_for(code, 1));
            assert_eq!(pushed(app, available).await["status"], "SUCCESS");
            let calls = app.market().calls();
            let [.., first, second] = calls.as_slice() else { panic!("two calls") };
            let wait = second.received_at - first.answered_at.unwrap();
            assert!(wait >= Duration::from_millis(990), "{code}: {wait:?}");
        }
    }

    /// Of several listings only those that are still open are sent again; the record ends as all of them do together.
    async fn only_open_listings_are_sent_again(app: &TestApp) {
        let listings = json!([
            { "productId": "p", "variantId": "good" },
            { "productId": "p", "variantId": "gone" },
            { "productId": "p", "variantId": "busy", "locationId": "l1" },
        ]);
        Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1").sku("A")
            .store_sku_with("s1", "A", &[("A", 1)], &listings).rule("everything", json!({}))
            .make(&app.admin()).await;
        app.market().next_row("p/gone", Row::error("LISTING_NOT_FOUND"));
        app.market().next_row("p/busy/l1", Row::error("TEMPORARY"));
        let record = pushed(app, 5).await;
        assert_eq!(
            pick(&record, &["status", "failureReason.code", "attemptCount"]),
            json!(["PARTIALLY_FAILED", "LISTING_NOT_FOUND", 2])
        );

        let calls = app.market().calls();
        let sent: Vec<Vec<String>> = calls.iter()
            .map(|call| call.items.iter().map(|item| item.listing()).collect())
            .collect();
        assert_eq!(sent, [vec!["p/good", "p/gone", "p/busy/l1"], vec!["p/busy/l1"]]);
        assert_eq!(calls[0].items[2], calls[1].items[0], "the same id, quantity and sequence");
        let attempts = attempts(&app.viewer(), &record).await;
        assert_eq!(
            pick_each(&attempts, &["attemptNumber", "variantId", "locationId", "outcome"]),
            json!([
                [1, "good", null, "APPLIED"], [1, "gone", null, "PERMANENT"], [1, "busy", "l1", "TRANSIENT"],
                [2, "busy", "l1", "APPLIED"],
            ])
        );
        assert_eq!(attempts.iter().filter(|attempt| attempt["retryAt"].is_string()).count(), 1);

        let again = pushed(app, 6).await;
        assert_eq!(again["status"], "SUCCESS", "the next quantity goes to all listings again");
        assert_eq!(app.market().calls()[2].items.len(), 3);
    }

    /// All refused is FAILED, some is PARTIALLY_FAILED.
    async fn listings_decide_the_status_together(app: &TestApp) {
        Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1").sku("A")
            .store_sku_with("s1", "A", &[("A", 1)], &json!([{ "productId": "p" }, { "productId": "q" }]))
            .rule("everything", json!({}))
            .make(&app.admin()).await;
        app.market().next_row("p", Row::error("QUANTITY_REJECTED"));
        app.market().next_row("q", Row::error("LISTING_NOT_FOUND"));
        assert_eq!(pushed(app, 1).await["status"], "FAILED");
        app.market().every_row("q", Row::error("TEMPORARY"));
        let tired = pushed(app, 2).await;
        assert_eq!(
            pick(&tired, &["status", "failureReason.code", "attemptCount"]),
            json!(["PARTIALLY_FAILED", "MARKETPLACE_ERROR", 4])
        );
        assert_eq!(tired["failureMessage"], "gave up after 4 attempts: TEMPORARY: scripted TEMPORARY");
        assert_eq!(pushed(app, 3).await["status"], "PARTIALLY_FAILED");
    }

    /// One listing's trouble is no other's: neither in the same call nor in the store.
    async fn other_store_skus_are_not_concerned(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).sku("B").store_sku("s1", "B", &[("B", 1)]).make(&admin).await;
        // The first call is held, so that both of the others are in one.
        let gate = app.market().hold_next_call(Reply::Rows);
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;
        app.market().next_row("s1-A", Row::Ok);
        app.market().next_row("s1-A", Row::error_for("THROTTLED", 600));
        let change = |sku: &str| json!({ "warehouse": "w1", "sku": sku, "available": 2, "reason": "STOCK_COUNTED" });
        stock_changes(&admin, vec![change("A"), change("B")]).await;
        gate.open();
        app.market().wait_for_quantity("s1-B", 2).await;
        let pending = app.eventually("the refusal", async || {
            let last = records_of(&app.viewer(), "s1", "A").await.pop()?;
            last["failureReason"].is_object().then_some(last)
        }).await;
        assert_eq!(
            pick(&pending, &["status", "failureReason.code", "attemptCount", "isInFlight"]),
            json!(["PENDING", "THROTTLED", 0, false])
        );
        stock(&admin, "B", 3).await;
        app.market().wait_for_quantity("s1-B", 3).await;
        let answered = app.market().wait_until("three answers", |log| {
            let statuses: Vec<u16> = log.calls.iter().filter_map(|call| call.status).collect();
            (statuses.len() >= 3).then_some(statuses)
        }).await;
        assert_eq!(answered, [200, 200, 200]);
    }
}
