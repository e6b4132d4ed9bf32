//! Stores that have to be connected again.

use serde_json::{Value, json};

use super::{connection, pushed};
use crate::support::history::{attempts, pick, pick_each, records_of};
use crate::support::marketplace::{Marketplace, Reply};
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

both! {
    /// After 401, 403 and 410 the record fails, and nothing more is sent until the store is connected again; then what
    /// waited is sent.
    async fn a_store_waits_to_be_connected_again(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).store("s2", "LAZADA", app.market()).store_sku("s2", "B", &[("B", 1)])
            .sku("B").rule("B", json!({ "priority": 1, "stores": ["s2"], "skus": ["B"] }))
            .make(&admin).await;
        for (round, status, code) in
            [(1, 401, "CREDENTIALS_REFUSED"), (2, 403, "CREDENTIALS_REFUSED"), (3, 410, "ENDPOINT_GONE")]
        {
            app.market().next_call(Reply::status(status));
            let record = pushed(app, 10 * round).await;
            assert_eq!(pick(&record, &["status", "failureReason.code", "attemptCount"]), json!(["FAILED", code, 1]));
            let attempts = attempts(&app.viewer(), &record).await;
            assert_eq!(pick_each(&attempts, &["outcome", "httpStatus", "retryAt"]), json!([["AUTH", status, null]]));
            assert_eq!(
                pick(&connection(app, "s1").await, &["status", "failureReason.code"]),
                json!(["RECONNECT_REQUIRED", code])
            );

            let calls = calls_to(app, "s1");
            stock(&admin, "A", 10 * round + 1).await;
            // The worker is busy with the other store, twice over, and has the time to do what it must not.
            for more in 0..2 {
                stock(&admin, "B", 10 * round + more).await;
                app.market().wait_for_quantity("s2-B", i64::from(10 * round + more)).await;
            }
            assert_eq!(calls_to(app, "s1"), calls, "nothing is sent");
            let waiting = records_of(&app.viewer(), "s1", "A").await.pop().unwrap();
            let shown = pick(&waiting, &["status", "isInFlight", "nextAttemptAt"]);
            assert_eq!(shown, json!(["PENDING", false, null]), "nobody knows when");

            connect(app, None).await;
            assert_eq!(connection(app, "s1").await["status"], "RECONNECT_REQUIRED", "a new name connects nothing");
            connect(app, Some(app.market())).await;
            assert_eq!(
                pick(&connection(app, "s1").await, &["status", "failureReason"]),
                json!(["CONNECTED", null])
            );
            app.market().wait_for_quantity("s1-A", i64::from(10 * round + 1)).await;
            app.settled().await;
        }
    }

    /// A store is moved to another endpoint with another secret: what comes is signed with that.
    async fn a_new_endpoint_and_secret_are_used_at_once(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        pushed(app, 1).await;
        let other = Marketplace::start().await;
        connect(app, Some(&other)).await;
        assert_eq!(connection(app, "s1").await["endpoint"], other.endpoint());
        assert_eq!(pushed(app, 2).await["status"], "SUCCESS");
        assert_eq!((app.market().quantity("s1-A"), other.quantity("s1-A")), (Some(1), Some(2)));
        other.check();
    }

    /// A connection that was renewed while the refusal was on its way is not called broken for it.
    async fn a_refusal_of_the_old_connection_does_not_break_the_new_one(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let other = Marketplace::start().await;
        let gate = app.market().hold_next_call(Reply::status(401));
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;
        connect(app, Some(&other)).await;
        gate.open();
        app.settled().await;
        assert_eq!(connection(app, "s1").await["status"], "CONNECTED");
        assert_eq!(pushed(app, 2).await["status"], "SUCCESS");
        other.check();
    }

    /// An endpoint or a secret of the wrong form is refused, and the secret is not shown.
    async fn a_connection_of_the_wrong_form_is_refused(app: &TestApp) {
        let secret = app.market().secret();
        for (endpoint, secret, path) in [
            ("ftp://example.com/stock", secret, "endpoint"),
            ("https://user:password@example.com/stock", secret, "endpoint"),
            ("not a url", secret, "endpoint"),
            ("https://example.com/stock", "hunter2", "signingSecret"),
            ("https://example.com/stock", "whsec_c2hvcnQ=", "signingSecret"),
        ] {
            let connection = json!({ "endpoint": endpoint, "signingSecret": secret });
            let store = json!({ "code": "s1", "name": "Store", "marketplace": "SHOPEE", "connection": connection });
            let refused = app.admin().refused("upsertStores", json!({ "stores": [store] })).await;
            assert_eq!(refused, [(format!("stores.0.connection.{path}"), "INVALID".to_owned())]);
        }
        let data = app.viewer().query("{ stores { totalCount } }", json!({})).await;
        assert_eq!(data["stores"]["totalCount"], 0);
    }
}

/// Gives the store `s1` again, with a connection to a marketplace or without one.
async fn connect(app: &TestApp, market: Option<&Marketplace>) {
    let connection: Value = market
        .map(|market| json!({ "endpoint": market.endpoint(), "signingSecret": market.secret() }))
        .unwrap_or_default();
    let store = json!({ "code": "s1", "name": "Renamed", "marketplace": "SHOPEE", "connection": connection });
    app.admin()
        .mutate("upsertStores", "stores { code }", json!({ "stores": [store] }))
        .await;
}

fn calls_to(app: &TestApp, store: &str) -> usize {
    app.market().calls().iter().filter(|call| call.store == store).count()
}
