//! Retries as they show, and their end.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::pushed;
use crate::support::graphql::text;
use crate::support::history::{attempts, pick, pick_each, records, store_sku};
use crate::support::marketplace::{Reply, Row};
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

both! {
    /// What never heals is given up after the configured attempts, and says so; what comes later is pushed.
    async fn attempts_end(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        app.market().every_call(Reply::status(500));
        let record = pushed(app, 1).await;
        assert_eq!(
            pick(&record, &["status", "failureReason.code", "attemptCount", "nextAttemptAt", "failureMessage"]),
            json!(["FAILED", "MARKETPLACE_ERROR", 4, null, "gave up after 4 attempts: HTTP 500: scripted 500"])
        );
        assert!(record["failureReason"]["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{record:#}");
        let attempts = attempts(&app.viewer(), &record).await;
        assert_eq!(pick_each(&attempts, &["attemptNumber"]), json!([[1], [2], [3], [4]]));
        let promised: Vec<bool> = attempts.iter().map(|attempt| attempt["retryAt"].is_string()).collect();
        assert_eq!(promised, [true, true, true, false]);
        for (attempt, next) in attempts.iter().zip(&attempts[1..]) {
            assert!(time(&attempt["retryAt"]) <= time(&next["startedAt"]), "{attempts:#?}");
        }
        assert_eq!(app.market().calls().len(), 4);

        app.market().every_call(Reply::Rows);
        assert_eq!(pushed(app, 2).await["status"], "SUCCESS");
    }

    /// A record that waits for its next try says when that is and why; a newer sync takes its place.
    async fn a_waiting_retry_shows_and_gives_way(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        app.market().next_row("s1-A", Row::error_for("TEMPORARY", 600));
        stock(&admin, "A", 1).await;
        let waiting = app.eventually("the first try to fail", async || {
            let record = records(&app.viewer()).await.pop()?;
            (record["attemptCount"] == 1).then_some(record)
        }).await;
        assert_eq!(
            pick(&waiting, &["status", "isInFlight", "failureReason.code", "failureMessage", "finishedAt"]),
            json!(["PENDING", false, "MARKETPLACE_ERROR", "TEMPORARY: scripted TEMPORARY", null])
        );
        let next = time(&waiting["nextAttemptAt"]);
        assert!(next - time(&waiting["startedAt"]) >= TimeDelta::seconds(600), "{waiting:#}");
        let tried = attempts(&app.viewer(), &waiting).await;
        assert_eq!(time(&tried[0]["retryAt"]), next);
        let row = store_sku(&app.viewer(), "s1", "A").await;
        assert_eq!(pick(&row, &["lastSync.status", "pushedQuantity"]), json!(["PENDING", null]));

        stock(&admin, "A", 2).await;
        app.settled().await;
        let seen = records(&app.viewer()).await;
        assert_eq!(
            pick_each(&seen, &["status", "quantityAfter", "attemptCount", "nextAttemptAt", "supersededBy.id"]),
            json!([["SKIPPED", 1, 1, null, seen[1]["id"]], ["SUCCESS", 2, 1, null, null]])
        );
        assert_eq!(attempts(&app.viewer(), &seen[0]).await.len(), 1, "the evidence stays");
        let sent = app.market().wait_until("the calls", |log| Some(log.sent("s1-A"))).await;
        assert_eq!(sent, [1, 2]);
    }

    /// A record that is too old is given up, whatever is left of its attempts.
    async fn age_ends_a_record_too(app: &TestApp) {
        app.restart(|config| config.worker.retry_give_up = std::time::Duration::from_secs(5)).await;
        Catalogue::least(app.market()).make(&app.admin()).await;
        app.market().next_call(Reply::slow_down(60));
        let record = pushed(app, 1).await;
        assert_eq!(pick(&record, &["status", "failureReason.code", "attemptCount"]), json!(["FAILED", "THROTTLED", 0]));
        assert!(text(&record["failureMessage"]).starts_with("gave up"), "{record:#}");
    }

    /// The last sync of the store SKU and of its warehouse SKU follow the record to its end.
    async fn the_last_sync_follows(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).store("s2", "LAZADA", app.market()).store_sku("s2", "A", &[("A", 1)])
            .make(&admin).await;
        app.market().every_row("s2-A", Row::error("QUANTITY_REJECTED"));
        pushed(app, 4).await;
        let status = async |store: &str| store_sku(&app.viewer(), store, "A").await["lastSync"]["status"].clone();
        assert_eq!((status("s1").await, status("s2").await), (json!("SUCCESS"), json!("FAILED")));
        assert_eq!(aggregate(app).await, "PARTIALLY_FAILED");
        app.market().every_row("s2-A", Row::Ok);
        pushed(app, 5).await;
        assert_eq!(aggregate(app).await, "SUCCESS");
    }
}

/// The status of the last sync of the only warehouse SKU.
async fn aggregate(app: &TestApp) -> Value {
    let document = "{ warehouseSkus { nodes { lastSync { status } } } }";
    let data = app.viewer().query(document, json!({})).await;
    data["warehouseSkus"]["nodes"][0]["lastSync"]["status"].clone()
}

fn time(value: &Value) -> DateTime<Utc> {
    text(value).parse().expect("a time")
}
