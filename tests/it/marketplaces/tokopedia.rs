//! Tokopedia.

use serde_json::{Value, json};

use super::{assert_no_secrets, change, connect, connection, make, make_skus, pushed, store_id, try_out};
use crate::support::history::{attempts, pick, pick_each, records};
use crate::support::platform::{Answer, Platform};
use crate::support::platforms::tokopedia::{CLIENT_SECRET, SHOP_ID, Tokopedia, refusal};
use crate::support::seed::{stock, stock_changes};
use crate::support::{TestApp, both};

/// A server that calls a shop with the warehouses 11 and 12.
async fn open(app: &TestApp) -> Platform<Tokopedia> {
    let shop = Platform::start(Tokopedia::new(&["11", "12"])).await;
    app.restart(|config| {
        config.marketplace.urls.tokopedia_url = shop.url();
        config.marketplace.urls.tokopedia_auth_url = shop.url();
    })
    .await;
    shop
}

/// The store SKU `A`, in the warehouse 11.
async fn least(app: &TestApp) -> Platform<Tokopedia> {
    let shop = open(app).await;
    make(app, "TOKOPEDIA", Tokopedia::connection(), json!([listing("1", "11")])).await;
    shop
}

fn listing(product: &str, warehouse: &str) -> Value {
    json!({ "productId": product, "locationId": warehouse })
}

/// Reports the same stock of all of these at once.
async fn stock_of(app: &TestApp, skus: &[&str], quantity: u32) {
    let change =
        |sku: &&str| json!({ "warehouse": "w1", "sku": sku, "available": quantity, "reason": "STOCK_COUNTED" });
    stock_changes(&app.admin(), skus.iter().map(change).collect()).await;
    app.settled().await;
}

both! {
    /// One warehouse in a call, with at most 100 rows; listings of one SKU in one warehouse are one row.
    async fn quantities_reach_skus_and_warehouses(app: &TestApp) {
        let shop = open(app).await;
        let names: Vec<String> = (0..120).map(|number| format!("SKU-{number:03}")).collect();
        let listings = |sku: &str| json!([listing(sku, "11"), listing(&format!("{sku}-twin"), "11"), listing(sku, "12")]);
        let mut skus: Vec<(&str, Value)> = names.iter().map(|name| (name.as_str(), listings(name))).collect();
        skus.push(("plain", json!([{ "productId": "5" }])));
        make_skus(app, "TOKOPEDIA", Tokopedia::connection(), &skus).await;
        let all: Vec<&str> = skus.iter().map(|(name, _)| *name).collect();
        stock_of(app, &all, 7).await;

        let records = records(&app.viewer()).await;
        assert!(records.iter().all(|record| record["status"] == "SUCCESS"), "{records:#?}");
        let double = shop.double();
        double.check();
        assert!(names.iter().all(|sku| double.stock(sku, "11") == Some(7) && double.stock(sku, "12") == Some(7)));
        assert_eq!(double.stock("plain", ""), Some(7));
        assert_eq!(double.renewals, 1, "the first token is got when it is needed");
        assert!(double.updates.iter().any(|(_, skus)| skus.len() > 1), "rows are sent together");
    }

    /// A row that was refused or came too soon says nothing of its siblings.
    async fn rows_fail_alone(app: &TestApp) {
        let shop = open(app).await;
        let long = "L".repeat(51);
        let skus = ["busy", "good", "unknown", "odd", "lost", &long];
        let listings = |sku: &str| json!([listing(sku, if sku == "lost" { "north" } else { "11" })]);
        let made: Vec<(&str, Value)> = skus.iter().map(|sku| (*sku, listings(sku))).collect();
        make_skus(app, "TOKOPEDIA", Tokopedia::connection(), &made).await;
        // The first call is refused, which what is not sent does not hide.
        assert_eq!(try_out(app).await["isWorking"], true);
        shop.double().is_expired = true;
        shop.double().refused.extend([
            ("busy".to_owned(), ("ERR_TOO_MANY_REQUEST", 2)),
            ("unknown".to_owned(), ("Invalid SKU.", 1)),
            ("odd".to_owned(), ("Odd.", usize::MAX)),
        ]);
        stock_of(app, &skus, 4).await;
        let records = records(&app.viewer()).await;
        for (sku, expected) in skus.iter().zip([
            json!(["SUCCESS", null, null, 1]),
            json!(["SUCCESS", null, null, 1]),
            json!(["FAILED", "LISTING_NOT_FOUND", "Invalid SKU.", 1]),
            json!(["FAILED", "UNRECOGNISED", "gave up after 3 attempts: Odd.", 3]),
            json!(["FAILED", "LOCATION_NOT_FOUND",
                "the location id \"north\" is not a number, as Tokopedia's warehouse ids are", 1]),
            json!(["FAILED", "LISTING_NOT_FOUND", "the SKU has more than 50 characters, which Tokopedia does not take", 1]),
        ]) {
            let record = records.iter().find(|record| record["storeSku"]["sku"] == *sku).unwrap();
            assert_eq!(pick(record, &["status", "failureReason.code", "failureMessage", "attemptCount"]), expected, "{sku}");
        }
        let busy = records.iter().find(|record| record["storeSku"]["sku"] == "busy").unwrap();
        let tries = attempts(&app.viewer(), busy).await;
        assert_eq!(
            pick_each(&tries, &["outcome", "request"]),
            json!([
                ["THROTTLED", r#"[{"sku":"busy","new_stock":4}]"#],
                ["THROTTLED", r#"[{"sku":"busy","new_stock":4}]"#],
                ["APPLIED", r#"[{"sku":"busy","new_stock":4}]"#],
            ])
        );
        assert_eq!(pick(&connection(app).await, &["status", "pausedUntil"]), json!(["CONNECTED", null]));
        assert_eq!(shop.double().renewals, 2);
        shop.double().check();
        assert!(shop.double().updates.iter().all(|(warehouse, skus)| warehouse == "11" && !skus.contains(&long)));
    }

    /// 429 stops the store for as long as the rate limit says, and costs no attempt.
    async fn the_rate_limit_is_kept(app: &TestApp) {
        let shop = least(app).await;
        let slow = Answer::text(429, "").with("x-ratelimit-reset-after", "-0.000000");
        shop.double().script.push_back(slow.with("x-ratelimit-full-reset-after", "3600.5"));
        stock(&app.admin(), "A", 5).await;
        let stopped = app.eventually("the store to be stopped", async || {
            let shown = connection(app).await;
            shown["pausedUntil"].is_string().then_some(shown)
        }).await;
        let until: chrono::DateTime<chrono::Utc> = stopped["pausedUntil"].as_str().unwrap().parse().unwrap();
        let wait = until - chrono::Utc::now();
        assert!((3_000..=3_601).contains(&wait.num_seconds()), "{wait}");
        let id = json!({ "storeId": store_id(app).await });
        change(app, "resumeStore", id).await;
        let record = records(&app.viewer()).await.pop().unwrap();
        assert_eq!(pick(&record, &["status", "attemptCount"]), json!(["PENDING", 0]));
        assert_eq!(shop.double().updates.len(), 1);
    }

    /// However many servers find the token refused, there is one new one, and it is the one that is stored.
    async fn a_token_that_ended_is_renewed_once(app: &TestApp) {
        let shop = open(app).await;
        let skus = [("A", "11"), ("B", "12"), ("C", "11"), ("D", "12")].map(|(sku, at)| (sku, json!([listing(sku, at)])));
        make_skus(app, "TOKOPEDIA", Tokopedia::connection(), &skus).await;
        let other = app
            .replica(|config| {
                config.marketplace.urls.tokopedia_url = shop.url();
                config.marketplace.urls.tokopedia_auth_url = shop.url();
            })
            .await;
        for (quantity, renewals) in [(5, 1), (6, 2)] {
            stock_of(app, &["A", "B", "C", "D"], quantity).await;
            let mut double = shop.double();
            double.check();
            assert_eq!(double.renewals, renewals);
            assert_eq!(double.stock("D", "12"), Some(i64::from(quantity)));
            double.is_expired = true;
        }
        other.stop().await;
        assert_eq!(try_out(app).await["isWorking"], true);
        assert_eq!(shop.double().renewals, 3);
        assert_eq!(pushed(app, 8).await["status"], "SUCCESS");
        assert_eq!(shop.double().renewals, 3);
        shop.double().check();
    }

    /// Where no token is given any more, nothing is sent until the store is connected again.
    async fn a_refused_client_stops_the_store(app: &TestApp) {
        let shop = least(app).await;
        assert_eq!(pushed(app, 4).await["status"], "SUCCESS");
        shop.double().revoke();
        let record = pushed(app, 5).await;
        assert_eq!(
            pick(&record, &["status", "failureReason.code", "failureMessage"]),
            json!(["FAILED", "CREDENTIALS_REFUSED", "invalid_client: unknown client Basic ***"])
        );
        assert_eq!(connection(app).await["status"], "RECONNECT_REQUIRED");
        let token = shop.double().access_token();
        assert_no_secrets(app, &[&token, CLIENT_SECRET]).await;
        let refusals = shop.double().refusals;
        stock(&app.admin(), "A", 6).await;
        stock(&app.admin(), "A", 7).await;
        shop.double().admit();
        let mut with_token = Tokopedia::connection();
        with_token["tokopedia"]["accessToken"] = json!(token);
        assert_eq!(connect(app, with_token).await["userErrors"], json!([]));
        app.settled().await;
        let double = shop.double();
        double.check();
        assert_eq!((double.refusals, double.updates.len(), double.stock("A", "11")), (refusals, 2, Some(7)));
        assert_eq!(double.renewals, 1, "the token that was given is used");
    }

    /// A success that cannot be read, or whose counts do not agree, is none; a refusal in no table is shown as it came.
    async fn unclear_answers_are_tried_again(app: &TestApp) {
        let shop = least(app).await;
        let miscounted = json!({ "header": {}, "data": { "failed_rows": 1, "failed_rows_data": [], "succeed_rows": 0 } });
        shop.double().script.extend([
            Answer::text(200, r#"{"header":{"messages":"ok"},"data":{"failed_rows":0,"fai"#),
            Answer::json(200, &miscounted),
            refusal(200, "0", "We had a problem with our server. Try again later."),
        ]);
        let record = pushed(app, 4).await;
        assert_eq!(record["status"], "SUCCESS");
        let tries = attempts(&app.viewer(), &record).await;
        assert_eq!(pick_each(&tries, &["outcome", "failureReason.code"]), json!([
            ["AMBIGUOUS", "INVALID_REPLY"], ["AMBIGUOUS", "INVALID_REPLY"], ["TRANSIENT", "MARKETPLACE_ERROR"], ["APPLIED", null],
        ]));
        let unknown = || refusal(400, "INV-9", "Not today");
        shop.double().script.extend([unknown(), unknown(), unknown()]);
        let record = pushed(app, 5).await;
        assert_eq!(
            pick(&record, &["status", "failureReason.code", "failureMessage"]),
            json!(["FAILED", "UNRECOGNISED", "gave up after 3 attempts: INV-9: Not today"])
        );
        assert_eq!(connection(app).await["status"], "CONNECTED");
    }

    /// A test gets a token where there is none; bad keys are named.
    async fn a_connection_is_made_and_tried_out(app: &TestApp) {
        let shop = least(app).await;
        assert_eq!(
            pick(&connection(app).await, &["connector", "account", "endpoint"]),
            json!(["TOKOPEDIA", SHOP_ID.to_string(), format!("{}/", shop.url())])
        );
        assert_eq!(try_out(app).await["isWorking"], true);
        assert_eq!(shop.double().renewals, 1);
        shop.double().revoke();
        assert_eq!(
            pick(&try_out(app).await, &["isWorking", "failureReason.code"]),
            json!([false, "CREDENTIALS_REFUSED"])
        );
        assert_eq!(connection(app).await["status"], "CONNECTED", "a test changes nothing");
        let bad = json!({ "tokopedia": {
            "fsId": "", "clientId": "c", "clientSecret": "hidden-secret", "shopId": "mine", "accessToken": "a\nb",
        } });
        let payload = connect(app, bad).await;
        let errors = payload["userErrors"].as_array().unwrap();
        let fields: Vec<&str> = errors.iter().filter_map(|error| error["field"][2].as_str()).collect();
        assert_eq!(fields, ["fsId", "shopId", "accessToken"]);
        assert!(!payload.to_string().contains("hidden-secret"));
        shop.double().check();
    }
}
