//! Shopee.

use serde_json::{Value, json};

use super::{assert_no_secrets, change, connect, connection, make, make_skus, pushed, store_id, try_out};
use crate::support::history::{attempts, pick, pick_each, records};
use crate::support::platform::{Answer, Platform};
use crate::support::platforms::shopee::{PARTNER_ID, PARTNER_KEY, SHOP_ID, Shopee, error};
use crate::support::seed::{stock, stock_changes};
use crate::support::{TestApp, both};

/// A server that calls this shop.
async fn open(app: &TestApp, shop: Shopee) -> Platform<Shopee> {
    let shop = Platform::start(shop).await;
    app.restart(|config| config.marketplace.urls.shopee_url = shop.url())
        .await;
    shop
}

/// A shop without locations that sells item 1 without variants; `A` is listed as it.
async fn least(app: &TestApp) -> Platform<Shopee> {
    let shop = open(app, Shopee::new(&[(1, &[0])], &[])).await;
    let connection = shop.double().connection();
    make(app, "SHOPEE", connection, json!([{ "productId": "1" }])).await;
    shop
}

fn outcome(record: &Value) -> Value {
    pick(record, &["status", "failureReason.code", "failureMessage"])
}

both! {
    /// One item in a call, with at most 50 entries; a model's locations, and an item without variants.
    async fn quantities_reach_items_models_and_locations(app: &TestApp) {
        let models: Vec<u64> = (1..=30).collect();
        let shop = open(app, Shopee::new(&[(1000, &models), (2000, &[0])], &["IDA", "IDB"])).await;
        let mut listings = vec![json!({ "productId": "2000", "locationId": "IDB" })];
        for (model, location) in models.iter().flat_map(|model| [(model, "IDA"), (model, "IDB")]) {
            listings.push(json!({ "productId": "1000", "variantId": model.to_string(), "locationId": location }));
        }
        let connection = shop.double().connection();
        make(app, "SHOPEE", connection, json!(listings)).await;

        let record = pushed(app, 7).await;
        assert_eq!(pick(&record, &["status", "quantityAfter", "isClamped"]), json!(["SUCCESS", 7, false]), "{record:#}");
        let double = shop.double();
        double.check();
        let shown = |model| (double.stock(1000, model, "IDA"), double.stock(1000, model, "IDB"));
        assert!(models.iter().all(|model| shown(*model) == (Some(7), Some(7))));
        assert_eq!(double.stock(2000, 0, "IDB"), Some(7));
        let mut updates = double.updates.clone();
        updates.sort_unstable();
        assert_eq!(updates, [1, 10, 50]);
    }

    /// Each row has its own outcome. What Shopee has no form for is not sent, and keeps nothing else from being sent.
    async fn a_refused_row_leaves_the_others_alone(app: &TestApp) {
        let shop = open(app, Shopee::new(&[(1, &[1, 2])], &[])).await;
        let listing = |variant: &str| json!({ "productId": "1", "variantId": variant });
        let connection = shop.double().connection();
        make_skus(app, "SHOPEE", connection, &[
            ("A", json!([listing("1"), listing("3"), listing("red")])),
            ("B", json!([{ "productId": "tea" }])),
            ("C", json!([{ "productId": "9" }])),
        ]).await;
        for (sku, status, code, message) in [
            ("A", "PARTIALLY_FAILED", "VARIANT_NOT_FOUND", "error_param: wrong model_id"),
            ("B", "FAILED", "LISTING_NOT_FOUND", "the product id \"tea\" is not a number, as Shopee's are"),
            ("C", "FAILED", "LISTING_NOT_FOUND", "product.error_item_not_found: Product not found"),
        ] {
            stock(&app.admin(), sku, 4).await;
            app.settled().await;
            let record = records(&app.viewer()).await.pop().unwrap();
            assert_eq!(outcome(&record), json!([status, code, message]));
        }
        let first = attempts(&app.viewer(), &records(&app.viewer()).await[0]).await;
        let mut sent = pick_each(&first, &["variantId", "outcome", "request"]);
        sent.as_array_mut().unwrap().sort_by_key(ToString::to_string);
        let request = |model: u32| {
            format!(r#"{{"item_id":1,"stock_list":[{{"model_id":{model},"seller_stock":[{{"stock":4}}]}}]}}"#)
        };
        assert_eq!(sent, json!([
            ["1", "APPLIED", request(1)], ["3", "PERMANENT", request(3)], ["red", "PERMANENT", ""],
        ]));
        let double = shop.double();
        double.check();
        assert_eq!(double.stock(1, 1, ""), Some(4));
        assert_eq!(double.updates, [2, 1], "nothing was sent for the item without a number");
    }

    /// `error_auth` about an item is about the item alone. Promotions and holidays are tried again.
    async fn a_business_error_does_not_stop_the_store(app: &TestApp) {
        let shop = least(app).await;
        for answer in [
            error(403, "error_auth", "Stock should be larger than reserved stock"),
            error(200, "product.error_holiday_mode_change_stock", "on holiday"),
        ] {
            shop.double().script.push_back(answer);
        }
        let record = pushed(app, 4).await;
        assert_eq!(pick(&record, &["status", "attemptCount"]), json!(["SUCCESS", 3]));
        let attempts = attempts(&app.viewer(), &record).await;
        assert_eq!(pick_each(&attempts, &["outcome", "failureReason.code"]), json!([
            ["DEFERRED", "STOCK_RESERVED"], ["DEFERRED", "HOLIDAY_MODE"], ["APPLIED", null],
        ]));
        shop.double().script.push_back(error(403, "error_auth", "Lack of location_id"));
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "failureReason.code"]), json!(["FAILED", "LOCATION_REQUIRED"]));
        assert_eq!(connection(app).await["status"], "CONNECTED");
        let double = shop.double();
        double.check();
        assert_eq!(double.renewals, 0);
    }

    /// The limit of a second costs no attempt; the limit of a day stops the store until 00:00 UTC+8.
    async fn shopee_says_when_to_come_back(app: &TestApp) {
        let shop = least(app).await;
        shop.double().script.push_back(error(200, "error_rate_limit", "too fast"));
        let record = pushed(app, 4).await;
        assert_eq!(pick(&record, &["status", "attemptCount"]), json!(["SUCCESS", 1]));
        let outcomes = pick_each(&attempts(&app.viewer(), &record).await, &["outcome"]);
        assert_eq!(outcomes, json!([["THROTTLED"], ["APPLIED"]]));

        shop.double().script.push_back(error(200, "error_limit", "no more calls today"));
        stock(&app.admin(), "A", 5).await;
        let stopped = app.eventually("the store to be stopped", async || {
            let shown = connection(app).await;
            shown["pausedUntil"].is_string().then_some(shown)
        }).await;
        assert_eq!(pick(&stopped, &["status", "pauseReason.code"]), json!(["CONNECTED", "DAILY_LIMIT"]));
        let until: chrono::DateTime<chrono::Utc> = stopped["pausedUntil"].as_str().unwrap().parse().unwrap();
        // The clock went on between the reply and the pause.
        let past_midnight = (until.timestamp() + 8 * 3600).rem_euclid(86_400);
        assert!(past_midnight < 60 && until > chrono::Utc::now(), "{until}");
        let record = records(&app.viewer()).await.pop().unwrap();
        assert_eq!(pick(&record, &["status", "failureReason.code"]), json!(["PENDING", "DAILY_LIMIT"]));
        assert_eq!(shop.double().updates.len(), 3);
        change(app, "resumeStore", json!({ "storeId": store_id(app).await })).await;
    }

    /// However many servers and calls find the token refused, it is renewed once, and the new one is the one that is stored.
    async fn a_token_that_ended_is_renewed_once(app: &TestApp) {
        let shop = open(app, Shopee::new(&[(1, &[0]), (2, &[0]), (3, &[0]), (4, &[0])], &[])).await;
        let listing = |item: u32| json!([{ "productId": item.to_string() }]);
        let connection = shop.double().connection();
        let skus = [("A", listing(1)), ("B", listing(2)), ("C", listing(3)), ("D", listing(4))];
        make_skus(app, "SHOPEE", connection, &skus).await;
        let other = app.replica(|config| config.marketplace.urls.shopee_url = shop.url()).await;
        for (quantity, renewals) in [(5, 1), (6, 2)] {
            shop.double().is_expired = true;
            let change = |sku: &str| json!({ "warehouse": "w1", "sku": sku, "available": quantity, "reason": "STOCK_COUNTED" });
            stock_changes(&app.admin(), ["A", "B", "C", "D"].map(change).to_vec()).await;
            app.settled().await;
            let double = shop.double();
            double.check();
            assert_eq!(double.renewals, renewals);
            assert!((1..=4).all(|item| double.stock(item, 0, "") == Some(quantity)));
        }
        let records = records(&app.viewer()).await;
        assert!(records.iter().all(|record| record["status"] == "SUCCESS"), "{records:#?}");
        other.stop().await;
        // What is stored is what is used.
        app.restart(|config| config.marketplace.urls.shopee_url = shop.url()).await;
        let refusals = shop.double().refusals;
        assert_eq!(pushed(app, 9).await["status"], "SUCCESS");
        let double = shop.double();
        double.check();
        assert_eq!((double.renewals, double.refusals), (2, refusals));
    }

    /// A token that is about to end is renewed before it is used; so is the next one, which lives no longer.
    async fn a_token_is_renewed_before_it_ends(app: &TestApp) {
        let shop = open(app, Shopee::new(&[(1, &[0])], &[])).await;
        shop.double().life = 299;
        let mut connection = shop.double().connection();
        connection["shopee"]["accessTokenExpiresAt"] = json!(chrono::Utc::now() + chrono::TimeDelta::seconds(299));
        make(app, "SHOPEE", connection, json!([{ "productId": "1" }])).await;
        assert_eq!(pushed(app, 5).await["status"], "SUCCESS");
        shop.double().life = 14_400;
        assert_eq!(pushed(app, 6).await["status"], "SUCCESS");
        assert_eq!(pushed(app, 7).await["status"], "SUCCESS");
        let double = shop.double();
        double.check();
        assert_eq!((double.renewals, double.refusals), (2, 0));
    }

    /// Where the refresh token is refused as well, nothing is sent until the store is connected again.
    async fn a_refused_renewal_stops_the_store(app: &TestApp) {
        let shop = least(app).await;
        shop.double().revoke();
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "failureReason.code"]), json!(["FAILED", "CREDENTIALS_REFUSED"]));
        assert_eq!(
            pick(&connection(app).await, &["status", "failureReason.code"]),
            json!(["RECONNECT_REQUIRED", "CREDENTIALS_REFUSED"])
        );
        let access = shop.double().access_token();
        let refresh = shop.double().refresh_token();
        assert_no_secrets(app, &[&access, &refresh, PARTNER_KEY]).await;
        let refusals = shop.double().refusals;
        stock(&app.admin(), "A", 6).await;
        stock(&app.admin(), "A", 7).await;
        assert_eq!(shop.double().refusals, refusals);

        shop.double().admit();
        let good = shop.double().connection();
        assert_eq!(connect(app, good).await["userErrors"], json!([]));
        app.settled().await;
        let double = shop.double();
        double.check();
        assert_eq!((double.refusals, double.stock(1, 0, ""), double.updates.len()), (refusals, Some(7), 1));
    }

    /// A code that is in no table is shown as it came and tried three times; a success that cannot be read is none, and
    /// a network that fails is tried again.
    async fn unclear_answers_are_tried_again(app: &TestApp) {
        let shop = least(app).await;
        let unknown = || error(200, "product.error_new", "Something new");
        shop.double().script.extend([unknown(), unknown(), unknown()]);
        let record = pushed(app, 4).await;
        let message = "gave up after 3 attempts: product.error_new: Something new";
        assert_eq!(outcome(&record), json!(["FAILED", "UNRECOGNISED", message]));
        assert_eq!(shop.double().updates.len(), 3);

        let whole = r#"{"error":"","response":{"success_list":[{"model_id":0,"stock":5}]}}"#;
        shop.double().script.extend([
            Answer::text(200, &whole[..whole.len() - 1]),
            Answer::text(200, r#"{"error":"","response":{"success_list":[{"model_id":8,"stock":5}]}}"#),
            error(500, "error_server", "Something wrong, try later"),
        ]);
        let record = pushed(app, 5).await;
        assert_eq!(record["status"], "SUCCESS");
        let attempts = attempts(&app.viewer(), &record).await;
        assert_eq!(pick_each(&attempts, &["outcome", "failureReason.code"]), json!([
            ["AMBIGUOUS", "INVALID_REPLY"], ["AMBIGUOUS", "INVALID_REPLY"], ["TRANSIENT", "MARKETPLACE_ERROR"], ["APPLIED", null],
        ]));
        assert_eq!(shop.double().stock(1, 0, ""), Some(5));
    }

    /// A test says what is wrong; bad keys are named, and no secret is shown.
    async fn a_connection_is_made_and_tried_out(app: &TestApp) {
        let shop = least(app).await;
        let shown = connection(app).await;
        assert_eq!(
            pick(&shown, &["status", "connector", "account", "endpoint"]),
            json!(["CONNECTED", "SHOPEE", SHOP_ID.to_string(), format!("{}/", shop.url())])
        );
        assert_eq!(try_out(app).await["isWorking"], true);
        shop.double().is_expired = true;
        assert_eq!(try_out(app).await["isWorking"], true);
        assert_eq!(shop.double().renewals, 1);
        shop.double().check();

        let mut wrong = shop.double().connection();
        wrong["shopee"]["partnerKey"] = json!("wrong-partner-key");
        assert_eq!(connect(app, wrong).await["userErrors"], json!([]));
        assert_eq!(
            pick(&try_out(app).await, &["isWorking", "failureReason.code", "failureMessage"]),
            json!([false, "SIGNATURE_REFUSED", "error_sign: Wrong sign ***"])
        );
        let bad = json!({ "shopee": {
            "partnerId": "me", "partnerKey": "", "shopId": SHOP_ID.to_string(), "accessToken": "secret-token", "refreshToken": " ",
        } });
        let payload = connect(app, bad).await;
        let errors = payload["userErrors"].as_array().unwrap();
        let fields: Vec<&str> = errors.iter().filter_map(|error| error["field"][2].as_str()).collect();
        assert_eq!(fields, ["partnerKey", "refreshToken", "partnerId"]);
        assert!(!payload.to_string().contains("secret-token"));
        let elsewhere = json!({ "tokopedia": {
            "fsId": "1", "clientId": PARTNER_ID.to_string(), "clientSecret": "x", "shopId": "1",
        } });
        let payload = connect(app, elsewhere).await;
        assert_eq!(payload["userErrors"][0]["field"], json!(["connection", "tokopedia"]));
    }
}
