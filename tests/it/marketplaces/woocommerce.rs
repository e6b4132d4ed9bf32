//! WooCommerce: rows of a batch fail inside a success, or are not taken without a word.

use serde_json::{Value, json};

use super::{connect, connection, make, make_skus, pushed, try_out};
use crate::support::history::{attempts, pick, pick_each, records};
use crate::support::platform::{Answer, Platform};
use crate::support::platforms::woocommerce::{PREFIX, Scripted, WooCommerce, error};
use crate::support::seed::{stock, stock_changes};
use crate::support::{TestApp, both};

const KEY: &str = "ck_0123456789abcdef0123456789abcdef01234567";
const SECRET: &str = "cs_76543210fedcba9876543210fedcba9876543210";

fn keys(site: &Platform<WooCommerce>) -> Value {
    let url = format!("{}{PREFIX}/", site.url());
    json!({ "woocommerce": { "siteUrl": url, "consumerKey": KEY, "consumerSecret": SECRET } })
}

fn site() -> WooCommerce {
    WooCommerce::new(KEY, SECRET)
}

/// A site and the store SKU `A` with the product 1.
async fn least(app: &TestApp) -> Platform<WooCommerce> {
    let site = Platform::start(site().with(1, 0)).await;
    make(app, "WOOCOMMERCE", keys(&site), json!([{ "productId": "1" }])).await;
    site
}

/// The classes of a record's attempts, oldest first.
async fn outcomes(app: &TestApp, record: &Value) -> Value {
    let attempts = attempts(&app.viewer(), record).await;
    attempts.iter().map(|attempt| attempt["outcome"].clone()).collect()
}

both! {
    /// Products go by the hundred, variations by their product.
    async fn many_listings_are_set_by_few_calls(app: &TestApp) {
        let mut shop = site();
        let mut skus = Vec::new();
        for sku in 0..3_u64 {
            let ids = (sku * 60 + 1)..=(sku * 60 + 60);
            shop = ids.clone().fold(shop, |shop, id| shop.with(id, 0));
            let listings: Vec<Value> = ids.map(|id| json!({ "productId": id.to_string() })).collect();
            skus.push((format!("S{sku}"), json!(listings)));
        }
        let variations = [(500, 1), (501, 1), (500, 2), (501, 2), (500, 3)];
        shop = variations.iter().fold(shop, |shop, (product, id)| shop.with(*product, *id)).with(499, 0);
        let mut listings: Vec<Value> = variations
            .iter()
            .map(|(product, id)| json!({ "productId": product.to_string(), "variantId": id.to_string() }))
            .collect();
        listings.push(json!({ "productId": "499" }));
        skus.push(("S3".to_owned(), json!(listings)));
        let site = Platform::start(shop).await;
        let skus: Vec<(&str, Value)> = skus.iter().map(|(sku, listings)| (sku.as_str(), listings.clone())).collect();
        make_skus(app, "WOOCOMMERCE", keys(&site), &skus).await;
        let address = format!("{}{PREFIX}", site.url());
        let now = connection(app).await;
        assert_eq!(
            pick(&now, &["status", "connector", "endpoint", "account"]),
            json!(["CONNECTED", "WOOCOMMERCE", address, address.trim_start_matches("http://")])
        );
        let changes = (0..4).map(|sku| {
            json!({ "warehouse": "w1", "sku": format!("S{sku}"), "available": sku + 1, "reason": "STOCK_COUNTED" })
        });
        stock_changes(&app.admin(), changes.collect()).await;
        app.settled().await;
        let all = records(&app.viewer()).await;
        assert_eq!(pick_each(&all, &["status", "attemptCount"]), json!([["SUCCESS", 1], ["SUCCESS", 1], ["SUCCESS", 1], ["SUCCESS", 1]]));
        let site = site.double();
        for sku in 0..3_u64 {
            for id in (sku * 60 + 1)..=(sku * 60 + 60) {
                assert_eq!(site.stock(id, 0), i64::try_from(sku + 1).unwrap());
            }
        }
        assert!(variations.iter().all(|(product, id)| site.stock(*product, *id) == 4) && site.stock(499, 0) == 4);
        let mut of_variations: Vec<_> = site.calls().iter().filter(|(product, _)| *product > 0).copied().collect();
        of_variations.sort_unstable();
        assert_eq!(of_variations, [(500, 3), (501, 2)]);
        assert!(site.calls().iter().all(|(_, rows)| *rows <= 100), "{:?}", site.calls());
        site.check();
    }

    /// Each row has an outcome of its own: refused, not taken, or taken.
    async fn rows_fail_inside_a_success(app: &TestApp) {
        let mut shop = site().with(1, 0).with(2, 0).with(5, 1);
        shop.keep(2);
        let site = Platform::start(shop).await;
        let listings = json!([
            { "productId": "1" },
            { "productId": "2" },
            { "productId": "3" },
            { "productId": "5", "variantId": "1" },
            { "productId": "5", "variantId": "2" },
        ]);
        make(app, "WOOCOMMERCE", keys(&site), listings).await;
        let record = pushed(app, 5).await;
        assert_eq!(
            pick(&record, &["status", "failureReason.code", "failureMessage", "attemptCount"]),
            json!(["PARTIALLY_FAILED", "QUANTITY_NOT_TAKEN", "5 was sent, and the listing shows -1", 1])
        );
        let mut tried = attempts(&app.viewer(), &record).await;
        tried.sort_by_key(|attempt| (attempt["productId"].to_string(), attempt["variantId"].to_string()));
        assert_eq!(
            pick_each(&tried, &["productId", "variantId", "outcome", "failureReason.code", "httpStatus"]),
            json!([
                ["1", null, "APPLIED", null, 200],
                ["2", null, "PERMANENT", "QUANTITY_NOT_TAKEN", 200],
                ["3", null, "PERMANENT", "LISTING_NOT_FOUND", 200],
                ["5", "1", "APPLIED", null, 200],
                ["5", "2", "PERMANENT", "VARIANT_NOT_FOUND", 200]
            ])
        );
        {
            let double = site.double();
        assert_eq!((double.stock(1, 0), double.stock(5, 1)), (5, 5));
        }
        site.double().check();
    }

    /// A listing that cannot be sent fails alone, and no call is made for it.
    async fn a_listing_that_cannot_be_sent_fails_alone(app: &TestApp) {
        let site = Platform::start(site().with(1, 0)).await;
        let bad = json!([
            { "productId": "shirt" },
            { "productId": "1", "variantId": "red" },
            { "productId": "1", "locationId": "main" },
        ]);
        let mixed = json!([{ "productId": "1" }, { "productId": "shoe" }]);
        make_skus(app, "WOOCOMMERCE", keys(&site), &[("A", bad), ("B", mixed)]).await;
        let record = pushed(app, 5).await;
        assert_eq!(record["status"], "FAILED");
        let mut codes: Vec<String> = attempts(&app.viewer(), &record)
            .await
            .iter()
            .map(|attempt| attempt["failureReason"]["code"].to_string())
            .collect();
        codes.sort();
        assert_eq!(codes, ["\"LISTING_NOT_FOUND\"", "\"LOCATION_NOT_FOUND\"", "\"VARIANT_NOT_FOUND\""]);
        assert_eq!(site.double().calls(), []);
        stock(&app.admin(), "B", 6).await;
        app.settled().await;
        let mixed = records(&app.viewer()).await.pop().unwrap();
        assert_eq!(pick(&mixed, &["status", "failureReason.code"]), json!(["PARTIALLY_FAILED", "LISTING_NOT_FOUND"]));
        {
            let double = site.double();
        assert_eq!((double.stock(1, 0), double.calls().to_vec()), (6, vec![(0, 1)]));
        }
        site.double().check();
    }

    /// A site that asks for time gets it, which costs no attempt; one that is down is tried again.
    async fn a_busy_site_is_called_again(app: &TestApp) {
        let site = least(app).await;
        site.double().next_calls([
            Scripted::Answer(Answer::text(429, "slow down").with("retry-after", "0")),
            Scripted::Answer(Answer::text(503, "<html>maintenance")),
            Scripted::Answer(Answer::text(404, "<html>not here")),
        ]);
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "attemptCount"]), json!(["SUCCESS", 3]));
        assert_eq!(outcomes(app, &record).await, json!(["THROTTLED", "TRANSIENT", "TRANSIENT", "APPLIED"]));
        assert_eq!(site.double().stock(1, 0), 5);
        site.double().check();
    }

    /// A wrong secret is a wrong signature: the store waits for the merchant, and nothing more is sent.
    async fn a_refused_signature_ends_the_calls(app: &TestApp) {
        let site = least(app).await;
        site.double().change_secret();
        let record = pushed(app, 5).await;
        assert_eq!(pick(&record, &["status", "failureReason.code"]), json!(["FAILED", "SIGNATURE_REFUSED"]));
        let now = connection(app).await;
        assert_eq!(pick(&now, &["status", "failureReason.code"]), json!(["RECONNECT_REQUIRED", "SIGNATURE_REFUSED"]));
        stock(&app.admin(), "A", 6).await;
        assert_eq!(site.double().calls(), []);
        let mut keys = keys(&site);
        keys["woocommerce"]["consumerSecret"] = json!("cs_another");
        assert_eq!(connect(app, keys).await["userErrors"], json!([]));
        assert_eq!(pushed(app, 7).await["status"], "SUCCESS");
        assert_eq!(site.double().stock(1, 0), 7);
    }

    /// A site that has moved is not followed: the merchant has to say where it is.
    async fn a_site_that_moved_is_not_followed(app: &TestApp) {
        let site = least(app).await;
        let moved = Answer::text(301, "").with("location", "https://example.com/x?oauth_signature=abc");
        site.double().next_calls([Scripted::Answer(moved)]);
        let record = pushed(app, 5).await;
        assert_eq!(
            pick(&record, &["failureReason.code", "failureMessage"]),
            json!([
                "ENDPOINT_GONE",
                "HTTP 301: the site sends calls on to https://example.com/x; connect it with that address"
            ])
        );
        assert_eq!(connection(app).await["status"], "RECONNECT_REQUIRED");
        site.double().check();
    }

    /// A code that is not in the table is shown as it came and tried three times.
    async fn an_unknown_code_is_tried_three_times(app: &TestApp) {
        let site = least(app).await;
        site.double().fail(1, "some_plugin_error", "Plugin says no");
        let record = pushed(app, 5).await;
        assert_eq!(
            pick(&record, &["status", "failureReason.code", "failureMessage", "attemptCount"]),
            json!(["FAILED", "UNRECOGNISED", "gave up after 3 attempts: some_plugin_error: Plugin says no", 3])
        );
        assert_eq!(site.double().calls(), [(0, 1); 3]);
        site.double().check();
    }

    /// A reply that is cut, or that leaves a listing out, is no success for what it does not show.
    async fn a_reply_that_cannot_be_read_is_no_success(app: &TestApp) {
        let site = Platform::start(site().with(1, 0).with(2, 0)).await;
        make(app, "WOOCOMMERCE", keys(&site), json!([{ "productId": "1" }, { "productId": "2" }])).await;
        site.double().next_calls([Scripted::Cut(30), Scripted::OneShort]);
        let record = pushed(app, 2_000_000_000).await;
        assert_eq!(
            pick(&record, &["status", "attemptCount", "quantityAfter", "isClamped"]),
            json!(["SUCCESS", 3, 2_000_000_000, false])
        );
        assert_eq!(
            outcomes(app, &record).await,
            json!(["AMBIGUOUS", "AMBIGUOUS", "APPLIED", "AMBIGUOUS", "APPLIED"])
        );
        assert_eq!(site.double().calls(), [(0, 2), (0, 2), (0, 1)]);
        {
            let double = site.double();
        assert_eq!((double.stock(1, 0), double.stock(2, 0)), (2_000_000_000, 2_000_000_000));
        }
        site.double().check();
    }

    /// A connection can be tried out, for writing too; no key is shown anywhere, though a site repeats it.
    async fn no_key_is_ever_shown(app: &TestApp) {
        let site = least(app).await;
        assert_eq!(pick(&try_out(app).await, &["isWorking", "failureReason"]), json!([true, null]));
        let echo = error(403, "woocommerce_rest_cannot_batch", &format!("Not with {KEY} and {SECRET}"));
        site.double().next_calls([Scripted::Answer(echo.clone())]);
        let tried = try_out(app).await;
        assert_eq!(
            pick(&tried, &["isWorking", "failureReason.code", "failureMessage"]),
            json!([false, "PERMISSION_MISSING", "woocommerce_rest_cannot_batch: Not with *** and ***"])
        );
        site.double().next_calls([Scripted::Answer(echo)]);
        let record = pushed(app, 5).await;
        let shown = json!([attempts(&app.viewer(), &record).await, records(&app.viewer()).await, connection(app).await]).to_string();
        assert!(shown.contains("Not with *** and ***"), "{shown}");
        assert!(!shown.contains(KEY) && !shown.contains(SECRET) && !shown.contains("oauth_signature"), "{shown}");
        assert_eq!(site.double().calls(), []);
        site.double().read_only();
        assert_eq!(try_out(app).await["failureReason"]["code"], "PERMISSION_MISSING");
        let bad = json!({ "woocommerce": { "siteUrl": "https://example.com/?page_id=3", "consumerKey": "c k", "consumerSecret": "" } });
        let refused = connect(app, bad).await;
        let fields: Value = refused["userErrors"].as_array().unwrap().iter().map(|error| error["field"][2].clone()).collect();
        assert_eq!(fields, json!(["consumerSecret", "siteUrl", "consumerKey"]));
        site.double().check();
    }
}
