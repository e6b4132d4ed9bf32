//! The platforms' connectors, each against its double, through the whole server.

mod connections;
mod lazada;
mod rotation;
mod secrets;
mod shopee;
mod shopify;
mod tiktok_shop;
mod tokopedia;
mod woocommerce;

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::graphql::text;
use crate::support::history::{attempts, records};
use crate::support::seed::{Catalogue, stock};

/// The answer of a mutation of a connection.
const PAYLOAD: &str = "store { code connection { status connector account endpoint isPaused pausedUntil pauseReason { code } \
    failureReason { code } } } userErrors { field message code }";

/// A store `s1` on a marketplace, connected by `connection`; the warehouse SKU `A` in `w1`; the store SKU `A` with these
/// listings; a rule for all.
async fn make(app: &TestApp, marketplace: &str, connection: Value, listings: Value) {
    make_skus(app, marketplace, connection, &[("A", listings)]).await;
}

/// The same with several warehouse SKUs, and a store SKU of each.
async fn make_skus(app: &TestApp, marketplace: &str, connection: Value, skus: &[(&str, Value)]) {
    let mut catalogue = Catalogue::default()
        .unconnected_store("s1", marketplace)
        .warehouse("w1")
        .rule("everything", json!({}));
    for (sku, listings) in skus {
        catalogue = catalogue.sku(sku).store_sku_with("s1", sku, &[(sku, 1)], listings);
    }
    catalogue.make(&app.admin()).await;
    let payload = connect(app, connection).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
}

/// Connects the store `s1`.
async fn connect(app: &TestApp, connection: Value) -> Value {
    let input = json!({ "storeId": store_id(app).await, "connection": connection });
    change(app, "connectStore", input).await
}

/// A mutation of a connection, and its payload.
async fn change(app: &TestApp, mutation: &str, input: Value) -> Value {
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let document = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {PAYLOAD} }} }}");
    let data = app.admin().query(&document, json!({ "input": input })).await;
    data[mutation].clone()
}

async fn store_id(app: &TestApp) -> String {
    let data = app.viewer().query("{ stores { nodes { id code } } }", json!({})).await;
    let stores = data["stores"]["nodes"].as_array().expect("a list").clone();
    let store = stores.iter().find(|store| store["code"] == "s1");
    text(&store.expect("the store s1")["id"])
}

/// Tries the connection of `s1` out.
async fn try_out(app: &TestApp) -> Value {
    let document = "mutation($input: TestStoreConnectionInput!) { testStoreConnection(input: $input) { isWorking failureMessage \
        failureReason { code } userErrors { field message code } } }";
    let input = json!({ "input": { "storeId": store_id(app).await } });
    app.admin().query(document, input).await["testStoreConnection"].clone()
}

/// How `s1` is connected.
async fn connection(app: &TestApp) -> Value {
    let document = "{ stores { nodes { code connection { status connector account endpoint isPaused pausedUntil \
        pauseReason { code } failureReason { code } } } } }";
    let data = app.viewer().query(document, json!({})).await;
    let stores = data["stores"]["nodes"].as_array().expect("a list").clone();
    let store = stores.iter().find(|store| store["code"] == "s1");
    store.expect("the store s1")["connection"].clone()
}

/// Reports the stock of `A`, waits until nothing is pending, and returns the newest record.
async fn pushed(app: &TestApp, available: u32) -> Value {
    stock(&app.admin(), "A", available).await;
    app.settled().await;
    let mut records = records(&app.viewer()).await;
    records.pop().expect("the change made a record")
}

/// No secret is in what the API shows of `s1`'s connection, of its records and of their attempts.
async fn assert_no_secrets(app: &TestApp, secrets: &[&str]) {
    let mut shown = vec![connection(app).await, try_out(app).await];
    for record in records(&app.viewer()).await {
        shown.extend(attempts(&app.viewer(), &record).await);
        shown.push(record);
    }
    let shown = json!(shown).to_string();
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret} is shown: {shown}");
    }
}
