//! Secrets of stores are in nothing that the server says or keeps.

use entity::types::Role;
use serde_json::{Value, json};

use crate::support::graphql::{Client, text};
use crate::support::platform::{Answer, Double, Platform, Request};
use crate::support::program::Process;
use crate::support::seed::{Catalogue, stock};
use crate::support::state::State;
use crate::support::{TestApp, both};

/// What every secret has in it.
const MARK: &str = "hush";
/// The same as it looks at the beginning of a text in base64.
const MARK_IN_BASE64: &str = "aHVzaC";
/// A good key of CUSTOM; after `whsec_` it is base64.
const WHSEC: &str = "whsec_hush+hus/hushhushhushhushhushhus";

/// A platform that refuses everything, and repeats all that it was called with.
#[derive(Default)]
struct Echo {
    stores: Vec<String>,
}

impl Double for Echo {
    fn answer(&mut self, request: &Request) -> Answer {
        let said = format!(
            "{} {:?} {:?} {}",
            request.path,
            request.query,
            request.headers,
            request.text()
        );
        self.stores.push(said.clone());
        let body = json!({
            "error": "error_param", "code": "12019022", "message": said, "errors": [{ "message": said }],
            "data": { "errors": [{ "code": 1, "message": said }] }, "detail": said,
        });
        Answer::json(200, &body)
    }
}

/// Every way to connect a store: its marketplace, and the connection.
fn connections(url: &str) -> Vec<(&'static str, Value)> {
    let secret = |name: &str| format!("{MARK}/{name}+1234567890");
    let shop = "1001";
    vec![
        (
            "CUSTOM",
            json!({ "custom": { "endpoint": url, "signingSecret": WHSEC } }),
        ),
        (
            "SHOPEE",
            json!({ "shopee": { "partnerId": "1", "partnerKey": secret("a"), "shopId": shop, "accessToken": secret("b"),
                "refreshToken": secret("c") } }),
        ),
        (
            "TOKOPEDIA",
            json!({ "tokopedia": { "fsId": "1", "clientId": "2", "clientSecret": secret("d"), "shopId": shop,
                "accessToken": secret("e") } }),
        ),
        (
            "TIKTOK_SHOP",
            json!({ "tiktokShop": { "appKey": "1", "appSecret": secret("f"), "shopId": shop, "shopCipher": "2",
                "accessToken": secret("g"), "refreshToken": secret("h") } }),
        ),
        (
            "LAZADA",
            json!({ "lazada": { "appKey": "1", "appSecret": secret("i"), "region": "sg", "sellerId": shop,
                "accessToken": secret("j"), "refreshToken": secret("k") } }),
        ),
        (
            "SHOPIFY",
            json!({ "shopify": { "shopDomain": "a.myshopify.com", "accessToken": secret("l") } }),
        ),
        (
            "WOOCOMMERCE",
            json!({ "woocommerce": { "siteUrl": url, "consumerKey": secret("m"), "consumerSecret": secret("n") } }),
        ),
    ]
}

both! {
    /// Stores on all marketplaces are connected, tried out and pushed to by a server that logs all it can, and the
    /// platform repeats every secret that it was sent. None is in an answer, in the log or, but sealed, in the database.
    async fn no_secret_is_shown_logged_or_kept(app: &TestApp) {
        app.stop_server().await;
        let echo = Platform::start(Echo::default()).await;
        let url = echo.url();
        let flags = ["shopee", "lazada", "lazada-auth", "tiktok-shop", "tiktok-shop-auth", "tokopedia", "tokopedia-auth", "shopify"];
        let flags: Vec<String> = flags.iter().flat_map(|name| [format!("--{name}-url"), url.clone()]).collect();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let server = Process::serve_loudly(app.database(), &flags).await;
        let admin = Client::new(server.address(), Some(app.tenant().token(Role::Admin)));

        let mut catalogue = Catalogue::default().warehouse("w1").sku("A").rule("everything", json!({}));
        for (marketplace, _) in connections(&url) {
            let listings = json!([{ "productId": "11", "variantId": "12", "locationId": "13" }]);
            catalogue = catalogue
                .unconnected_store(marketplace, marketplace)
                .store_sku_with(marketplace, "A", &[("A", 1)], &listings);
        }
        catalogue.make(&admin).await;
        let mut said = Vec::new();
        for (marketplace, connection) in connections(&url) {
            let id = store(&admin, marketplace).await;
            let payload = call(&admin, "connectStore", json!({ "storeId": id, "connection": connection })).await;
            assert_eq!(payload["userErrors"], json!([]), "{marketplace}");
            said.push(payload);
            let before = echo.double().stores.len();
            said.push(call(&admin, "testStoreConnection", json!({ "storeId": id })).await);
            let after = echo.double().stores[before..].join("\n");
            // A signing secret does not travel; everything else does, in one form or another.
            assert!(!after.is_empty(), "{marketplace} was not called");
        }
        let tried = echo.double().stores.len();
        stock(&admin, "A", 5).await;
        echo.wait_until("pushes to the stores", |echo| echo.stores.len() >= tried + connections("").len() - 1).await;
        // A stop ends what is in flight, so its results are in the database.
        let log = server.log_file();
        assert_eq!(server.terminate().await, Some(0));

        app.start_server(|_| {}).await;
        let history = "{ stores { nodes { code connection { status connector account endpoint failureReason { code } } } }
            syncRecords(first: 50) { nodes { failureMessage attempts(first: 20) { nodes { message request response } } } } }";
        said.push(app.viewer().query(history, json!({})).await);
        let log = std::fs::read_to_string(log).unwrap();
        assert!(log.contains("trace") || log.contains("TRACE"), "it logged all it can");
        clean("the log", &log);
        for answer in said {
            clean("an answer", &answer.to_string());
        }
        clean("the database", &State::of(app.db()).await.read(app.db()).await.join("\n"));
    }
}

/// That no secret is in a text, as it is or as a URL or JSON writes it.
fn clean(what: &str, text: &str) {
    for mark in [MARK, MARK_IN_BASE64] {
        let Some(at) = text.find(mark) else { continue };
        let start = text[..at].char_indices().rev().nth(600).map_or(0, |(at, _)| at);
        let end = (at + 200..text.len())
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(text.len());
        panic!("a secret is in {what}: ...{}...", &text[start..end]);
    }
}

async fn store(admin: &Client, code: &str) -> String {
    let data = admin
        .query("{ stores(first: 100) { nodes { id code } } }", json!({}))
        .await;
    let stores = data["stores"]["nodes"].as_array().unwrap().clone();
    text(&stores.iter().find(|store| store["code"] == code).unwrap()["id"])
}

async fn call(admin: &Client, mutation: &str, input: Value) -> Value {
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let fields = match mutation {
        "testStoreConnection" => "isWorking failureMessage failureReason { code } userErrors { message }",
        _ => "store { code connection { account endpoint } } userErrors { message }",
    };
    let document = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {fields} }} }}");
    admin.query(&document, json!({ "input": input })).await[mutation].clone()
}
