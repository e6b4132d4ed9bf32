//! Shopify: all or nothing within a call, by cost.

use serde_json::{Value, json};

use super::{change, connect, connection, make, make_skus, pushed, store_id, try_out};
use crate::support::history::{attempts, pick, pick_each, records, records_of};
use crate::support::platform::{Answer, Platform};
use crate::support::platforms::shopify::{Scripted, Shopify, error, throttled};
use crate::support::seed::{stock, stock_changes};
use crate::support::{TestApp, both};

const TOKEN: &str = "shpat_0123456789abcdef0123456789abcdef";

async fn start(app: &TestApp, shop: Shopify) -> Platform<Shopify> {
    let shop = Platform::start(shop).await;
    app.restart(|config| config.marketplace.urls.shopify_url = shop.url())
        .await;
    shop
}

fn keys() -> Value {
    json!({ "shopify": { "shopDomain": "Demo.myshopify.com", "accessToken": TOKEN } })
}

#[expect(clippy::needless_pass_by_value, reason = "numbers and texts alike")]
fn listing(item: impl ToString, location: impl ToString) -> Value {
    json!({ "productId": "P", "variantId": item.to_string(), "locationId": location.to_string() })
}

/// A shop and the store SKU `A` with the item 1 at the location 7.
async fn least(app: &TestApp) -> Platform<Shopify> {
    let shop = start(app, Shopify::new(TOKEN).stocks(1, 7)).await;
    make(app, "SHOPIFY", keys(), json!([listing(1, 7)])).await;
    shop
}

/// The classes of a record's attempts, oldest first.
async fn outcomes(app: &TestApp, record: &Value) -> Value {
    let attempts = attempts(&app.viewer(), record).await;
    attempts.iter().map(|attempt| attempt["outcome"].clone()).collect()
}

both! {
    /// 300 listings take two calls at least; ids are numbers or global ids, and each has its own location.
    async fn many_listings_are_set_by_few_calls(app: &TestApp) {
        let mut shop = Shopify::new(TOKEN);
        let mut skus = Vec::new();
        for sku in 0..6_u64 {
            let mut listings = Vec::new();
            for item in (sku * 25)..(sku * 25 + 25) {
                shop = shop.stocks(item + 1, 7).stocks(item + 1, 8);
                listings.push(listing(item + 1, "gid://shopify/Location/7"));
                listings.push(listing(format!("gid://shopify/InventoryItem/{}", item + 1), 8));
            }
            skus.push((format!("S{sku}"), json!(listings)));
        }
        let shop = start(app, shop).await;
        let skus: Vec<(&str, Value)> = skus.iter().map(|(sku, listings)| (sku.as_str(), listings.clone())).collect();
        make_skus(app, "SHOPIFY", keys(), &skus).await;
        assert_eq!(
            pick(&connection(app).await, &["status", "connector", "account", "endpoint"]),
            json!(["CONNECTED", "SHOPIFY", "demo.myshopify.com", format!("{}/", shop.url())])
        );
        let changes = (0..6).map(|sku| {
            json!({ "warehouse": "w1", "sku": format!("S{sku}"), "available": sku + 1, "reason": "STOCK_COUNTED" })
        });
        stock_changes(&app.admin(), changes.collect()).await;
        app.settled().await;
        let shop = shop.double();
        for sku in 0..6_u64 {
            for item in (sku * 25)..(sku * 25 + 25) {
                let expected = i64::try_from(sku + 1).unwrap();
                assert_eq!((shop.level(item + 1, 7), shop.level(item + 1, 8)), (expected, expected));
            }
        }
        assert!(shop.calls().len() >= 2, "{:?}", shop.calls());
        assert_eq!(shop.calls().iter().sum::<usize>(), 300);
        shop.check();
    }

    /// A refused row keeps the others of its call from being applied; they are sent again without it.
    async fn what_was_not_applied_for_anothers_sake_is_sent_again(app: &TestApp) {
        let shop = start(app, Shopify::new(TOKEN).stocks(1, 7).stocks(2, 7).stocks(3, 8)).await;
        let bad = json!([listing(2, 7), listing(1, 8), listing(9, 7)]);
        make_skus(app, "SHOPIFY", keys(), &[("A", json!([listing(1, 7)])), ("B", bad)]).await;
        let change = |sku| json!({ "warehouse": "w1", "sku": sku, "available": 5, "reason": "STOCK_COUNTED" });
        stock_changes(&app.admin(), vec![change("A"), change("B")]).await;
        app.settled().await;
        let good = records_of(&app.viewer(), "s1", "A").await.remove(0);
        assert_eq!(pick(&good, &["status", "failureReason"]), json!(["SUCCESS", null]));
        let mixed = records_of(&app.viewer(), "s1", "B").await.remove(0);
        assert_eq!(
            pick(&mixed, &["status", "failureReason.code", "failureMessage"]),
            json!([
                "PARTIALLY_FAILED",
                "LOCATION_NOT_FOUND",
                "ITEM_NOT_STOCKED_AT_LOCATION: The specified inventory item is not stocked at the location."
            ])
        );
        let tried = attempts(&app.viewer(), &mixed).await;
        assert_eq!(
            pick_each(&tried, &["variantId", "outcome", "failureReason.code"]),
            json!([
                ["2", "TRANSIENT", "MARKETPLACE_ERROR"],
                ["1", "PERMANENT", "LOCATION_NOT_FOUND"],
                ["9", "PERMANENT", "VARIANT_NOT_FOUND"],
                ["2", "APPLIED", null]
            ])
        );
        let shop = shop.double();
        assert_eq!((shop.level(1, 7), shop.level(2, 7)), (5, 5));
        shop.check();
    }

    /// A listing that lacks what Shopify needs fails alone, and no call is made for it.
    async fn a_listing_that_cannot_be_sent_fails_alone(app: &TestApp) {
        let shop = start(app, Shopify::new(TOKEN).stocks(1, 7)).await;
        let bad = json!([
            { "productId": "1" },
            { "productId": "P", "variantId": "1" },
            listing("gid://shopify/ProductVariant/1", 7),
            listing(1, "main"),
        ]);
        make_skus(app, "SHOPIFY", keys(), &[("A", bad), ("B", json!([listing(1, 7), { "productId": "Q", "variantId": "1" }]))])
            .await;
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "failureReason.code", "attemptCount"]), json!(["FAILED", "VARIANT_REQUIRED", 1]));
        let tried = attempts(&app.viewer(), &record).await;
        assert_eq!(
            pick_each(&tried, &["failureReason.code", "httpStatus", "request"]),
            json!([
                ["VARIANT_REQUIRED", null, ""],
                ["LOCATION_REQUIRED", null, ""],
                ["VARIANT_NOT_FOUND", null, ""],
                ["LOCATION_NOT_FOUND", null, ""]
            ])
        );
        assert_eq!(shop.double().calls(), Vec::<usize>::new());
        stock(&app.admin(), "B", 6).await;
        app.settled().await;
        let mixed = records_of(&app.viewer(), "s1", "B").await.remove(0);
        assert_eq!(pick(&mixed, &["status", "failureReason.code"]), json!(["PARTIALLY_FAILED", "LOCATION_REQUIRED"]));
        {
            let double = shop.double();
        assert_eq!((double.level(1, 7), double.calls().to_vec()), (6, vec![1]));
        }
        shop.double().check();
    }

    /// A call that costs more than is left waits until it can be paid, which costs no attempt.
    async fn a_throttled_call_waits_for_its_cost(app: &TestApp) {
        let shop = least(app).await;
        let by_status = Answer::json(429, &json!({ "errors": "Throttled" })).with("retry-after", "0");
        shop.double().next_calls([Scripted::Answer(throttled()), Scripted::Answer(by_status)]);
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "attemptCount"]), json!(["SUCCESS", 1]));
        assert_eq!(outcomes(app, &record).await, json!(["THROTTLED", "THROTTLED", "APPLIED"]));
        assert_eq!(shop.double().level(1, 7), 5);
        shop.double().check();
    }

    /// A token is not renewed: when it is refused, the store waits for the merchant, and nothing more is sent.
    async fn a_refused_token_ends_the_calls(app: &TestApp) {
        let shop = least(app).await;
        shop.double().revoke();
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "failureReason.code"]), json!(["FAILED", "CREDENTIALS_REFUSED"]));
        let now = connection(app).await;
        assert_eq!(pick(&now, &["status", "failureReason.code"]), json!(["RECONNECT_REQUIRED", "CREDENTIALS_REFUSED"]));
        stock(&app.admin(), "A", 6).await;
        assert_eq!(shop.double().calls(), Vec::<usize>::new());
        // Another token, and what is new is sent.
        let mut keys = keys();
        keys["shopify"]["accessToken"] = json!("another");
        assert_eq!(connect(app, keys).await["userErrors"], json!([]));
        let record = pushed(app, 7).await;
        assert_eq!(record["status"], "SUCCESS");
        assert_eq!(shop.double().level(1, 7), 7);
    }

    /// A code that is not in the table is shown as it came and tried three times, of a row and of a whole call.
    async fn an_unknown_code_is_tried_three_times(app: &TestApp) {
        let shop = least(app).await;
        shop.double().fail(1, "BRAND_NEW", "What is this?");
        let record = pushed(app, 5).await;
        assert_eq!(
            pick(&record, &["status", "failureReason.code", "failureMessage", "attemptCount"]),
            json!(["FAILED", "UNRECOGNISED", "gave up after 3 attempts: BRAND_NEW: What is this?", 3])
        );
        assert_eq!(shop.double().calls(), [1, 1, 1]);
        let answers = (0..3).map(|_| Scripted::Answer(error("No idea", "NEWER_STILL")));
        shop.double().next_calls(answers);
        let record = pushed(app, 6).await;
        assert_eq!(
            pick(&record, &["failureReason.code", "failureMessage"]),
            json!(["UNRECOGNISED", "gave up after 3 attempts: NEWER_STILL: No idea"])
        );
        shop.double().check();
    }

    /// A reply that is cut is no success, though the quantity was applied; it is sent again under another key.
    async fn a_reply_that_cannot_be_read_is_no_success(app: &TestApp) {
        let shop = least(app).await;
        shop.double().next_calls([Scripted::Cut(60), Scripted::Answer(Answer::text(200, "{}"))]);
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "attemptCount"]), json!(["SUCCESS", 3]));
        assert_eq!(outcomes(app, &record).await, json!(["AMBIGUOUS", "AMBIGUOUS", "APPLIED"]));
        {
            let double = shop.double();
        assert_eq!((double.level(1, 7), double.calls().len()), (5, 2));
        }
        shop.double().check();
    }

    /// More than Shopify can show is shown as its most.
    async fn a_quantity_is_clamped(app: &TestApp) {
        let shop = least(app).await;
        let record = pushed(app, 2_000_000_000).await;
        assert_eq!(
            pick(&record, &["status", "quantityAfter", "isClamped"]),
            json!(["SUCCESS", 1_000_000_000, true])
        );
        assert_eq!(shop.double().level(1, 7), 1_000_000_000);
        shop.double().check();
    }

    /// A connection can be tried out; bad keys are refused by field; a token is shown nowhere, though Shopify repeats it.
    async fn a_token_is_never_shown(app: &TestApp) {
        let shop = least(app).await;
        assert_eq!(pick(&try_out(app).await, &["isWorking", "failureReason"]), json!([true, null]));
        let echo = || Scripted::Answer(error(&format!("Not with {TOKEN}"), "ACCESS_DENIED"));
        shop.double().next_calls([echo()]);
        let tried = try_out(app).await;
        assert_eq!(
            pick(&tried, &["isWorking", "failureReason.code", "failureMessage"]),
            json!([false, "PERMISSION_MISSING", "ACCESS_DENIED: Not with ***"])
        );
        assert_eq!(shop.double().calls(), Vec::<usize>::new());
        shop.double().next_calls([echo()]);
        let record = pushed(app, 5).await;
        let shown = json!([attempts(&app.viewer(), &record).await, records(&app.viewer()).await, connection(app).await]);
        assert!(shown.to_string().contains("Not with ***"), "{shown:#}");
        assert!(!shown.to_string().contains(TOKEN), "{shown:#}");
        let bad = json!({ "shopify": { "shopDomain": "example.com/.myshopify.com", "accessToken": "two words" } });
        let refused = connect(app, bad).await;
        let fields: Value = refused["userErrors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
        assert_eq!(fields, json!([["connection", "shopify", "shopDomain"], ["connection", "shopify", "accessToken"]]));
        assert!(!refused.to_string().contains("two words"), "{refused}");
        let ended = change(app, "disconnectStore", json!({ "storeId": store_id(app).await })).await;
        assert_eq!(ended["store"]["connection"]["account"], Value::Null);
        shop.double().check();
    }
}
