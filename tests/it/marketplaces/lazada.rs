//! Lazada, against its double.

use serde_json::{Value, json};
use stock_sync::config::{Config, Role};

use super::{connect, connection, make, make_skus, pushed, try_out};
use crate::support::graphql::text;
use crate::support::history::{attempts, pick, pick_each, records, records_of};
use crate::support::platform::{Answer, Platform};
use crate::support::platforms::lazada::{APP_SECRET, Lazada, Next};
use crate::support::seed::{stock, stock_changes};
use crate::support::{TestApp, both};

type Seller = Platform<Lazada>;

fn listing(item: &str, sku: &str, warehouse: &str) -> Value {
    json!({ "productId": item, "variantId": sku, "locationId": warehouse })
}

fn change(sku: &str, available: u32) -> Value {
    json!({ "warehouse": "w1", "sku": sku, "available": available, "reason": "STOCK_COUNTED" })
}

fn lead_to(url: &str, config: &mut Config) {
    (
        config.marketplace.urls.lazada_url,
        config.marketplace.urls.lazada_auth_url,
    ) = Lazada::urls(url);
}

/// A seller, and the server that knows where the platform is.
async fn start(app: &TestApp, settings: impl FnOnce(&mut Config)) -> Seller {
    let seller = Platform::start(Lazada::default()).await;
    let url = seller.url();
    app.restart(|config| {
        lead_to(&url, config);
        settings(config);
    })
    .await;
    seller
}

/// A seller to whose shop a store with these listings is connected.
async fn start_with(app: &TestApp, listings: Value) -> Seller {
    let seller = start(app, |_| ()).await;
    let connection = seller.double().connection();
    make(app, "LAZADA", connection, listings).await;
    seller
}

fn no_faults(seller: &Seller) {
    assert_eq!(seller.double().faults, Vec::<String>::new());
}

both! {
    /// Texts of the merchant's reach the platform as they are; the warehouses of a SKU are one entry.
    async fn quantities_reach_every_warehouse(app: &TestApp) {
        let hostile = "</WarehouseCode><Quantity>9&\"'";
        let listings = json!([listing("1", "10", "a"), listing("2", "20", ""), listing("1", "10", hostile)]);
        let seller = start_with(app, listings).await;
        assert_eq!(connection(app).await["endpoint"], format!("{}/co.id/rest", seller.url()));
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "attemptCount"]), json!(["SUCCESS", 1]));
        for (item, sku, warehouse) in [("1", "10", "a"), ("1", "10", hostile), ("2", "20", "")] {
            assert_eq!(seller.double().quantity(item, sku, warehouse), Some(5), "{item} {sku} {warehouse}");
        }
        assert_eq!(seller.double().payloads.len(), 1);
        let kept = attempts(&app.viewer(), &record).await;
        let sent = "<Sku><ItemId>2</ItemId><SkuId>20</SkuId><SellableQuantity>5</SellableQuantity></Sku>";
        assert!(kept.iter().any(|attempt| attempt["request"] == sent), "{kept:#?}");
        no_faults(&seller);
    }

    /// No call has more than 50 SKUs, however many are due.
    async fn calls_have_at_most_50_skus(app: &TestApp) {
        let seller = start(app, |config| config.worker.batch_size = 200).await;
        let names: Vec<String> = (100..170).map(|sku| sku.to_string()).collect();
        let skus: Vec<(&str, Value)> = names.iter().map(|name| (name.as_str(), json!([listing("1", name, "")]))).collect();
        let given = seller.double().connection();
        make_skus(app, "LAZADA", given, &skus).await;
        stock_changes(&app.admin(), names.iter().map(|name| change(name, 3)).collect()).await;
        app.settled().await;
        for name in &names {
            assert_eq!(seller.double().quantity("1", name, ""), Some(3), "{name}");
        }
        let sizes: Vec<usize> = seller.double().payloads.iter().map(|payload| payload.matches("<Sku>").count()).collect();
        assert_eq!((sizes.iter().sum::<usize>(), sizes.len()), (70, 2), "{sizes:?}");
        no_faults(&seller);
    }

    /// A SKU that is refused for good fails with its own reason; what was in the call with it is pushed again without it.
    async fn a_refused_sku_does_not_take_the_others_with_it(app: &TestApp) {
        let seller = start(app, |_| ()).await;
        let skus = [("A", json!([listing("1", "10", "")])), ("B", json!([listing("1", "11", "")]))];
        let given = seller.double().connection();
        make_skus(app, "LAZADA", given, &skus).await;
        seller.double().refused.insert("10", "SELLER_SKU_UNHEARD_OF: no such thing");
        stock_changes(&app.admin(), vec![change("A", 5), change("B", 6)]).await;
        app.settled().await;
        let refused = records_of(&app.viewer(), "s1", "A").await.remove(0);
        assert_eq!(pick(&refused, &["status", "failureReason.code", "attemptCount"]), json!(["FAILED", "UNRECOGNISED", 3]));
        assert!(text(&refused["failureMessage"]).ends_with("501: SELLER_SKU_UNHEARD_OF: no such thing"), "{refused:#}");
        let other = records_of(&app.viewer(), "s1", "B").await.remove(0);
        assert_eq!(other["status"], "SUCCESS");
        let kept = attempts(&app.viewer(), &other).await;
        assert_eq!(pick(&kept[0], &["outcome", "failureReason.code"]), json!(["AMBIGUOUS", "INVALID_REPLY"]));
        assert_eq!(seller.double().quantity("1", "11", ""), Some(6));
        no_faults(&seller);
    }

    /// A campaign's lock is waited out; of two listings the free one takes its quantity meanwhile.
    async fn a_campaign_is_waited_out(app: &TestApp) {
        let seller = start_with(app, json!([listing("1", "10", ""), listing("2", "20", "")])).await;
        let locked = "THD_IC_ERR_F_IC_ABILITY_PG_004:THD_IC_ERR_F_IC_ABILITY_PG_004";
        seller.double().refused.insert("10", locked);
        stock(&app.admin(), "A", 5).await;
        let waiting = app.eventually("the first try", async || {
            let record = records(&app.viewer()).await.pop()?;
            (record["attemptCount"].as_i64() >= Some(1)).then_some(record)
        }).await;
        assert_eq!(pick(&waiting, &["status", "failureReason.isRetryable"]), json!(["PENDING", true]));
        let kept = attempts(&app.viewer(), &waiting).await;
        let of_locked = kept.iter().find(|attempt| attempt["variantId"] == "10").unwrap();
        assert_eq!(
            pick(of_locked, &["outcome", "failureReason.code", "message"]),
            json!(["DEFERRED", "PROMOTION_LOCKED", format!("501: {locked}")])
        );
        seller.double().refused.clear();
        app.settled().await;
        assert_eq!(records(&app.viewer()).await.pop().unwrap()["status"], "SUCCESS");
        assert_eq!(seller.double().quantity("1", "10", ""), Some(5));
        assert_eq!(seller.double().quantity("2", "20", ""), Some(5));
        no_faults(&seller);
    }

    /// Calls that are too many wait for as long as the platform says, which costs no attempt.
    async fn throttling_costs_no_attempt(app: &TestApp) {
        let seller = start_with(app, json!([listing("1", "10", "")])).await;
        let ban = Lazada::failure("ApiCallLimit", "Api access frequency exceeds the limit. this ban will last 1 seconds");
        let busy = Lazada::failure("901", "Limit service request speed in server side temporarily.");
        seller.double().next.extend([Next::Say(ban), Next::Say(busy)]);
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "attemptCount"]), json!(["SUCCESS", 1]));
        let kept = attempts(&app.viewer(), &record).await;
        assert_eq!(pick_each(&kept, &["outcome"]), json!([["THROTTLED"], ["THROTTLED"], ["APPLIED"]]));
        let time = |value: &Value| text(value).parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        assert!(time(&kept[1]["startedAt"]) - time(&kept[0]["finishedAt"]) >= chrono::TimeDelta::seconds(1), "{kept:#?}");
        no_faults(&seller);
    }

    /// A token that was refused is renewed once, whichever server it was refused to; its refresh token works once.
    async fn a_token_is_renewed_once_for_all_servers(app: &TestApp) {
        let seller = start(app, |config| config.worker.batch_size = 1).await;
        let names = ["10", "11", "12", "13"];
        let skus = names.map(|name| (name, json!([listing("1", name, "")])));
        let given = seller.double().connection();
        make_skus(app, "LAZADA", given, &skus).await;
        let url = seller.url();
        let worker = |config: &mut Config| {
            lead_to(&url, config);
            config.server.role = Role::Worker;
            config.worker.batch_size = 1;
        };
        let replicas = [app.replica(worker).await, app.replica(worker).await];
        for round in 1..=4_u32 {
            stock_changes(&app.admin(), names.map(|name| change(name, round)).to_vec()).await;
            app.settled().await;
            assert_eq!(seller.double().renewals, usize::try_from(round - 1).unwrap());
            assert!(seller.double().shown.values().all(|quantity| *quantity == i64::from(round)));
            seller.double().expire();
        }
        let all = records(&app.viewer()).await;
        assert!(all.iter().all(|record| record["status"] == "SUCCESS" && record["attemptCount"] == 1), "{all:#?}");
        for replica in replicas {
            replica.stop().await;
        }
        no_faults(&seller);
    }

    /// Where the token cannot be renewed, nothing more is sent until the store is connected again. What the platform
    /// repeats of the token is shown to nobody.
    async fn a_refused_renewal_waits_for_the_merchant(app: &TestApp) {
        let seller = start_with(app, json!([listing("1", "10", "")])).await;
        let old = seller.double().tokens();
        seller.double().expire();
        seller.double().is_revoked = true;
        let record = pushed(app, 5).await;
        assert_eq!(
            pick(&record, &["status", "failureReason.code", "attemptCount"]),
            json!(["FAILED", "CREDENTIALS_REFUSED", 1])
        );
        let shown = connection(app).await;
        assert_eq!(pick(&shown, &["status", "account"]), json!(["RECONNECT_REQUIRED", "1001"]));
        let calls = seller.double().calls;
        assert_eq!(calls, 2, "a push and a renewal");
        stock(&app.admin(), "A", 6).await;
        assert_eq!(seller.double().calls, calls);
        let mut again = seller.double().connection();
        again["lazada"]["refreshToken"] = Value::Null;
        again["lazada"]["accessToken"] = json!(old.0);
        assert_eq!(connect(app, again).await["userErrors"], json!([]));
        app.settled().await;
        assert_eq!(seller.double().calls, calls + 1, "there is nothing to renew with");
        let record = records(&app.viewer()).await.pop().unwrap();
        assert!(text(&record["failureMessage"]).ends_with("invalid or expired: ***"), "{record:#}");
        let kept = attempts(&app.viewer(), &record).await;
        let seen = json!([records(&app.viewer()).await, kept, shown]).to_string();
        for secret in [old.0.as_str(), &old.1, APP_SECRET] {
            assert!(!seen.contains(secret), "{secret} in {seen}");
        }
        seller.double().access_token = "lzd-access-token-new".to_owned();
        let good = seller.double().connection();
        assert_eq!(connect(app, good).await["userErrors"], json!([]));
        assert_eq!(pushed(app, 7).await["status"], "SUCCESS");
        no_faults(&seller);
    }

    /// A reply that cannot be read is no success: the newest quantity is pushed until one can be.
    async fn a_reply_that_cannot_be_read_is_no_success(app: &TestApp) {
        let seller = start_with(app, json!([listing("1", "10", "")])).await;
        seller.double().next.extend([
            Next::ApplyAndSay(Answer::text(200, r#"{"code":"0","da"#)),
            Next::Say(Answer::text(200, "<html>all is well</html>")),
            Next::Say(Lazada::failure("ServiceTimeout", "Service timeout")),
        ]);
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "attemptCount"]), json!(["SUCCESS", 4]));
        let kept = attempts(&app.viewer(), &record).await;
        assert_eq!(
            pick_each(&kept, &["outcome", "failureReason.code"]),
            json!([["AMBIGUOUS", "INVALID_REPLY"], ["AMBIGUOUS", "INVALID_REPLY"], ["AMBIGUOUS", "TIMED_OUT"], ["APPLIED", null]])
        );
        no_faults(&seller);
    }

    /// A listing that cannot be sent fails alone; where there is no other, no call is made.
    async fn a_listing_without_the_ids_is_not_sent(app: &TestApp) {
        let seller = start(app, |_| ()).await;
        let skus = [
            ("A", json!([listing("1", "10", ""), listing("1", "", "")])),
            ("B", json!([listing("1", "<SkuId>", "")])),
        ];
        let given = seller.double().connection();
        make_skus(app, "LAZADA", given, &skus).await;
        for (sku, status, code) in [("A", "PARTIALLY_FAILED", "VARIANT_REQUIRED"), ("B", "FAILED", "VARIANT_NOT_FOUND")] {
            stock(&app.admin(), sku, 5).await;
            app.settled().await;
            let record = records_of(&app.viewer(), "s1", sku).await.remove(0);
            assert_eq!(pick(&record, &["status", "failureReason.code", "attemptCount"]), json!([status, code, 1]));
        }
        assert_eq!(seller.double().calls, 1);
        assert_eq!(seller.double().quantity("1", "10", ""), Some(5));
        no_faults(&seller);
    }

    /// A test finds a wrong secret and a token that has run out, which it renews; a country that there is not is refused.
    async fn a_connection_is_tried_out(app: &TestApp) {
        let seller = start_with(app, json!([listing("1", "10", "")])).await;
        assert_eq!(pick(&try_out(app).await, &["isWorking", "failureReason"]), json!([true, null]));
        seller.double().expire();
        assert_eq!(pick(&try_out(app).await, &["isWorking", "failureReason"]), json!([true, null]));
        assert_eq!(seller.double().renewals, 1);
        assert_eq!(seller.double().payloads, Vec::<String>::new());
        let good = seller.double().connection();
        let mut wrong = good.clone();
        wrong["lazada"]["appSecret"] = json!("another secret");
        wrong["lazada"]["refreshToken"] = Value::Null;
        assert_eq!(connect(app, wrong).await["userErrors"], json!([]));
        assert_eq!(pick(&try_out(app).await, &["isWorking", "failureReason.code"]), json!([false, "SIGNATURE_REFUSED"]));
        for region in ["co.uk", "evil.example/x?", ""] {
            let mut wrong = good.clone();
            wrong["lazada"]["region"] = json!(region);
            let errors = connect(app, wrong).await["userErrors"].clone();
            assert_eq!(errors[0]["field"], json!(["connection", "lazada", "region"]), "{region}");
        }
        no_faults(&seller);
    }
}
