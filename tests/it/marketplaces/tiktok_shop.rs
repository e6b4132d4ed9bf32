//! TikTok Shop, against its double.

use serde_json::{Value, json};
use stock_sync::config::{Config, Role};

use super::{connect, connection, make, make_skus, pushed, try_out};
use crate::support::graphql::text;
use crate::support::history::{attempts, pick, pick_each, records, records_of};
use crate::support::platform::{Answer, Platform};
use crate::support::platforms::tiktok_shop::{APP_SECRET, Next, TiktokShop};
use crate::support::seed::{stock, stock_changes};
use crate::support::{TestApp, both};

type Shop = Platform<TiktokShop>;

fn listing(product: &str, sku: &str, warehouse: &str) -> Value {
    json!({ "productId": product, "variantId": sku, "locationId": warehouse })
}

fn lead_to(url: &str, config: &mut Config) {
    config.marketplace.urls.tiktok_shop_url = url.to_owned();
    config.marketplace.urls.tiktok_shop_auth_url = url.to_owned();
}

/// A shop, and the server that knows where it is.
async fn start(app: &TestApp) -> Shop {
    let shop = Platform::start(TiktokShop::default()).await;
    let url = shop.url();
    app.restart(|config| lead_to(&url, config)).await;
    shop
}

/// A shop to which a store with these listings is connected.
async fn start_with(app: &TestApp, listings: Value) -> Shop {
    let shop = start(app).await;
    let connection = shop.double().connection();
    make(app, "TIKTOK_SHOP", connection, listings).await;
    shop
}

fn no_faults(shop: &Shop) {
    assert_eq!(shop.double().faults, Vec::<String>::new());
}

async fn attempts_of(app: &TestApp, record: &Value, paths: &[&str]) -> Value {
    pick_each(&attempts(&app.viewer(), record).await, paths)
}

both! {
    /// One call for each product, with all SKUs of it, and all warehouses of a SKU in one entry.
    async fn quantities_reach_every_warehouse(app: &TestApp) {
        let shop = start(app).await;
        let skus = [
            ("A", json!([listing("1", "10", "7"), listing("2", "20", "7"), listing("1", "10", "8")])),
            ("B", json!([listing("1", "11", "")])),
        ];
        let connection = shop.double().connection();
        make_skus(app, "TIKTOK_SHOP", connection, &skus).await;
        let change = |sku, available| json!({ "warehouse": "w1", "sku": sku, "available": available, "reason": "STOCK_COUNTED" });
        stock_changes(&app.admin(), vec![change("A", 5), change("B", 0)]).await;
        app.settled().await;
        let records = records(&app.viewer()).await;
        assert_eq!(pick_each(&records, &["status", "attemptCount"]), json!([["SUCCESS", 1], ["SUCCESS", 1]]));
        for (product, sku, warehouse, quantity) in [("1", "10", "7", 5), ("1", "10", "8", 5), ("2", "20", "7", 5), ("1", "11", "", 0)] {
            assert_eq!(shop.double().quantity(product, sku, warehouse), Some(quantity), "{product} {sku} {warehouse}");
        }
        let record = records_of(&app.viewer(), "s1", "A").await.remove(0);
        let kept = attempts(&app.viewer(), &record).await;
        let sent = json!({ "id": "10", "inventory": [{ "warehouse_id": "8", "quantity": 5 }] });
        let requests: Vec<Value> = kept.iter().map(|attempt| text(&attempt["request"]).parse().unwrap()).collect();
        assert!(requests.contains(&sent), "{requests:#?}");
        let updates = shop.double().updates.clone();
        let entries = updates.iter().flat_map(|(_, body)| body["skus"].as_array().unwrap());
        let of_ten: Vec<&Value> = entries.filter(|sku| sku["id"] == "10").collect();
        assert_eq!(of_ten.len(), 1, "{updates:#?}");
        assert_eq!(pick_each(of_ten[0]["inventory"].as_array().unwrap(), &["warehouse_id"]), json!([["7"], ["8"]]));
        no_faults(&shop);
    }

    /// A refused SKU fails with all of its warehouses, and leaves its siblings alone.
    async fn a_refused_sku_fails_alone(app: &TestApp) {
        let listings = json!([listing("1", "10", "7"), listing("1", "11", "7"), listing("1", "10", "8")]);
        let shop = start_with(app, listings).await;
        let message = "The SKU must have a valid warehouse";
        shop.double().refused.insert("10", (12_019_022, message));
        let record = pushed(app, 5).await;
        assert_eq!(
            pick(&record, &["status", "failureReason.code", "failureMessage", "attemptCount"]),
            json!(["PARTIALLY_FAILED", "LOCATION_NOT_FOUND", format!("12019022: {message}"), 1])
        );
        let mut outcomes = attempts(&app.viewer(), &record).await;
        outcomes.sort_by_key(|attempt| text(&attempt["variantId"]) + &text(&attempt["locationId"]));
        assert_eq!(
            pick_each(&outcomes, &["outcome", "httpStatus", "failureReason.code"]),
            json!([["PERMANENT", 200, "LOCATION_NOT_FOUND"], ["PERMANENT", 200, "LOCATION_NOT_FOUND"], ["APPLIED", 200, null]])
        );
        assert_eq!(shop.double().quantity("1", "11", "7"), Some(5));
        shop.double().refused.insert("11", (12_052_048, "You can't edit other sellers' products"));
        let record = pushed(app, 6).await;
        assert_eq!(record["status"], "FAILED");
        assert_eq!(shop.double().updates.len(), 2, "nothing is tried again");
        no_faults(&shop);
    }

    /// A listing that cannot be sent fails alone; where there is no other, no call is made.
    async fn a_listing_without_the_ids_is_not_sent(app: &TestApp) {
        let skus = [
            ("A", json!([listing("1", "10", "7"), listing("1", "", "")])),
            ("B", json!([listing("../../../x", "10", "")])),
            ("C", json!([listing("3", "30", "here")])),
        ];
        let shop = start(app).await;
        let connection = shop.double().connection();
        make_skus(app, "TIKTOK_SHOP", connection, &skus).await;
        for (sku, status, code) in [
            ("A", "PARTIALLY_FAILED", "VARIANT_REQUIRED"),
            ("B", "FAILED", "LISTING_NOT_FOUND"),
            ("C", "FAILED", "LOCATION_NOT_FOUND"),
        ] {
            stock(&app.admin(), sku, 5).await;
            app.settled().await;
            let record = records_of(&app.viewer(), "s1", sku).await.remove(0);
            assert_eq!(pick(&record, &["status", "failureReason.code", "attemptCount"]), json!([status, code, 1]));
        }
        assert_eq!(shop.double().calls, 1);
        assert_eq!(shop.double().quantity("1", "10", "7"), Some(5));
        no_faults(&shop);
    }

    /// Asked to slow down, by code or by status, it comes back later, which costs no attempt.
    async fn throttling_costs_no_attempt(app: &TestApp) {
        let shop = start_with(app, json!([listing("1", "10", "7")])).await;
        let too_many = TiktokShop::failure(200, 36_009_002, "Too many requests");
        let by_status = Answer::text(429, "slow down").with("retry-after", 1);
        shop.double().next.extend([Next::Say(too_many), Next::Say(by_status)]);
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "attemptCount"]), json!(["SUCCESS", 1]));
        assert_eq!(
            attempts_of(app, &record, &["outcome", "httpStatus"]).await,
            json!([["THROTTLED", 200], ["THROTTLED", 429], ["APPLIED", 200]])
        );
        no_faults(&shop);
    }

    /// A token that was refused is renewed once, whichever server and whichever call it was refused to; its refresh token
    /// works once.
    async fn a_token_is_renewed_once_for_all_servers(app: &TestApp) {
        let shop = start(app).await;
        let skus = ["A", "B", "C", "D"].map(|sku| (sku, json!([listing(&format!("{}", u32::from(sku.as_bytes()[0])), "10", "7")])));
        let given = shop.double().connection();
        make_skus(app, "TIKTOK_SHOP", given, &skus).await;
        let url = shop.url();
        let worker = |config: &mut Config| {
            lead_to(&url, config);
            config.server.role = Role::Worker;
        };
        let replicas = [app.replica(worker).await, app.replica(worker).await];
        for round in 1..=4_u32 {
            let change = |sku| json!({ "warehouse": "w1", "sku": sku, "available": round, "reason": "STOCK_COUNTED" });
            stock_changes(&app.admin(), ["A", "B", "C", "D"].map(change).to_vec()).await;
            app.settled().await;
            assert_eq!(shop.double().renewals, usize::try_from(round - 1).unwrap());
            for sku in ["A", "B", "C", "D"] {
                let product = u32::from(sku.as_bytes()[0]).to_string();
                assert_eq!(shop.double().quantity(&product, "10", "7"), Some(i64::from(round)));
            }
            shop.double().expire();
        }
        let all = records(&app.viewer()).await;
        assert!(all.iter().all(|record| record["status"] == "SUCCESS" && record["attemptCount"] == 1), "{all:#?}");
        assert_eq!(connection(app).await["status"], "CONNECTED");
        for replica in replicas {
            replica.stop().await;
        }
        no_faults(&shop);
    }

    /// A token whose end is near is renewed before anything is sent with it.
    async fn a_token_is_renewed_before_its_end(app: &TestApp) {
        let shop = start(app).await;
        let mut given = shop.double().connection();
        given["tiktokShop"]["accessTokenExpiresAt"] = json!((chrono::Utc::now() + chrono::TimeDelta::minutes(4)).to_rfc3339());
        make(app, "TIKTOK_SHOP", given, json!([listing("1", "10", "7")])).await;
        for available in [5, 6] {
            assert_eq!(pushed(app, available).await["status"], "SUCCESS");
        }
        let double = shop.double();
        // The new end is far away, so the second push renews nothing.
        assert_eq!((double.renewals, double.updates.len(), double.calls), (1, 2, 3));
        drop(double);
        no_faults(&shop);
    }

    /// Where the token cannot be renewed, nothing more is sent until the store is connected again. What the platform
    /// repeats of the token is shown to nobody.
    async fn a_refused_renewal_waits_for_the_merchant(app: &TestApp) {
        let shop = start_with(app, json!([listing("1", "10", "7")])).await;
        let old = shop.double().tokens();
        shop.double().expire();
        shop.double().is_revoked = true;
        let record = pushed(app, 5).await;
        assert_eq!(
            pick(&record, &["status", "failureReason.code", "failureMessage", "attemptCount"]),
            json!(["FAILED", "CREDENTIALS_REFUSED", "36004005: can not find related auth record", 1])
        );
        let shown = connection(app).await;
        assert_eq!(pick(&shown, &["status", "failureReason.code", "account"]), json!(["RECONNECT_REQUIRED", "CREDENTIALS_REFUSED", "7000001"]));
        let calls = shop.double().calls;
        assert_eq!(calls, 2, "a push and a renewal");
        stock(&app.admin(), "A", 6).await;
        let tried = try_out(app).await;
        assert_eq!(pick(&tried, &["isWorking", "failureReason.code"]), json!([false, "CREDENTIALS_REFUSED"]));
        assert_eq!(shop.double().calls, calls + 2, "the test and its renewal");
        // Without a refresh token nothing is renewed, and the refusal of the push is shown.
        let mut again = shop.double().connection();
        again["tiktokShop"]["refreshToken"] = Value::Null;
        again["tiktokShop"]["accessToken"] = json!(old.0);
        assert_eq!(connect(app, again).await["userErrors"], json!([]));
        app.settled().await;
        let record = records(&app.viewer()).await.pop().unwrap();
        assert_eq!(pick(&record, &["status", "failureMessage"]), json!(["FAILED", "105002: Expired credentials: ***"]));
        let kept = attempts(&app.viewer(), &record).await;
        let seen = json!([records(&app.viewer()).await, kept, tried, shown]).to_string();
        for secret in [old.0.as_str(), &old.1, APP_SECRET] {
            assert!(!seen.contains(secret), "{secret} in {seen}");
        }
        shop.double().access_token = "tts-access-token-new".to_owned();
        let good = shop.double().connection();
        assert_eq!(connect(app, good).await["userErrors"], json!([]));
        assert_eq!(pushed(app, 7).await["status"], "SUCCESS");
        no_faults(&shop);
    }

    /// A code that no table has is shown as it came and tried three times.
    async fn an_unknown_code_is_tried_three_times(app: &TestApp) {
        let shop = start_with(app, json!([listing("1", "10", "7")])).await;
        shop.double().refused.insert("10", (4_711, "Something new"));
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "failureReason.code", "attemptCount"]), json!(["FAILED", "UNRECOGNISED", 3]));
        assert!(text(&record["failureMessage"]).ends_with("4711: Something new"), "{record:#}");
        assert_eq!(shop.double().updates.len(), 3);
        no_faults(&shop);
    }

    /// A reply that cannot be read is no success: the newest quantity is pushed until one can be.
    async fn a_reply_that_cannot_be_read_is_no_success(app: &TestApp) {
        let shop = start_with(app, json!([listing("1", "10", "7")])).await;
        shop.double().next.extend([
            Next::ApplyAndSay(Answer::text(200, r#"{"code":0,"data":{"err"#)),
            Next::Say(Answer::text(200, "<html>all is well</html>")),
            Next::Say(Answer::text(500, "oh")),
        ]);
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "attemptCount"]), json!(["SUCCESS", 4]));
        assert_eq!(
            attempts_of(app, &record, &["outcome", "failureReason.code"]).await,
            json!([["AMBIGUOUS", "INVALID_REPLY"], ["AMBIGUOUS", "INVALID_REPLY"], ["TRANSIENT", "MARKETPLACE_ERROR"], ["APPLIED", null]])
        );
        no_faults(&shop);
    }

    /// No more is shown than the platform takes.
    async fn quantities_end_at_the_largest(app: &TestApp) {
        let shop = start_with(app, json!([listing("1", "10", "7")])).await;
        let record = pushed(app, 100_000).await;
        assert_eq!(pick(&record, &["status", "quantityAfter", "isClamped"]), json!(["SUCCESS", 99_999, true]));
        assert_eq!(pushed(app, 99_999).await["isClamped"], false);
        assert_eq!(shop.double().quantity("1", "10", "7"), Some(99_999));
        no_faults(&shop);
    }

    /// A test finds a wrong secret, a shop that the app has no access to, and a token that has run out, which it renews.
    async fn a_connection_is_tried_out(app: &TestApp) {
        let shop = start_with(app, json!([listing("1", "10", "7")])).await;
        assert_eq!(pick(&try_out(app).await, &["isWorking", "failureReason"]), json!([true, null]));
        shop.double().expire();
        assert_eq!(pick(&try_out(app).await, &["isWorking", "failureReason"]), json!([true, null]));
        assert_eq!(shop.double().renewals, 1);
        assert_eq!(shop.double().updates, []);
        let good = shop.double().connection();
        for (field, value, code) in [("appSecret", "another secret", "SIGNATURE_REFUSED"), ("shopCipher", "ROW_other", "SHOP_NOT_LINKED")] {
            let mut wrong = good.clone();
            wrong["tiktokShop"][field] = json!(value);
            wrong["tiktokShop"]["refreshToken"] = Value::Null;
            assert_eq!(connect(app, wrong).await["userErrors"], json!([]));
            assert_eq!(pick(&try_out(app).await, &["isWorking", "failureReason.code"]), json!([false, code]), "{field}");
        }
        let blank = json!({ "tiktokShop": {
            "appKey": " ", "appSecret": "", "shopId": "7", "shopCipher": "c", "accessToken": "a\nb", "refreshToken": "",
        } });
        let errors = connect(app, blank).await["userErrors"].clone();
        let fields = pick_each(errors.as_array().unwrap(), &["field", "code"]);
        let at = |field: &str, code: &str| json!([["connection", "tiktokShop", field], code]);
        assert_eq!(
            fields,
            json!([at("appKey", "REQUIRED"), at("appSecret", "REQUIRED"), at("refreshToken", "REQUIRED"), at("accessToken", "INVALID")])
        );
        no_faults(&shop);
    }
}
