//! Syncs that a person starts: resync, manual sync, sync now.

mod idempotency;
mod large;
mod many;
mod refusals;
mod started;

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::graphql::{Client, each, text};
use crate::support::marketplace::Row;
use crate::support::seed::{Catalogue, stock};

/// What a payload says about what was started.
pub(super) const STARTED: &str = "takenCount leftOutCount isReplay leftOut { count failureReason { code } }
    manualSync { id kind status requestedBy finishedAt syncRule { name }
        counts { total pending success partiallyFailed failed skipped }
        leftOut { count failureReason { code } } }";

/// Two stores with the SKUs A and B each, A in s1 refused by the marketplace for good, and all of them synced; a
/// store SKU C in s1 of which no stock is known, and one in the unconnected store s3.
pub(super) async fn world(app: &TestApp) -> Vec<String> {
    let market = app.market();
    market.every_row("s1-A", Row::error("LISTING_NOT_FOUND"));
    let rules = Catalogue::default()
        .store("s1", "SHOPEE", market)
        .store("s2", "LAZADA", market)
        .unconnected_store("s3", "SHOPIFY")
        .warehouse("w1")
        .sku("A")
        .sku("B")
        .sku("C")
        .store_sku("s1", "A", &[("A", 1)])
        .store_sku("s1", "B", &[("B", 1)])
        .store_sku("s1", "C", &[("C", 1)])
        .store_sku("s2", "A", &[("A", 1)])
        .store_sku("s2", "B", &[("B", 1)])
        .store_sku("s3", "A", &[("A", 1)])
        .rule("one", json!({ "priority": 1, "stores": ["s1"] }))
        .rule("rest", json!({}))
        .make(&app.admin())
        .await;
    stock(&app.admin(), "A", 10).await;
    stock(&app.admin(), "B", 20).await;
    app.settled().await;
    rules
}

/// The ids of the store SKUs that match, by `store/sku`.
pub(super) async fn store_sku_id(client: &Client, store: &str, sku: &str) -> String {
    let data = client
        .query(
            "{ storeSkus(first: 100) { nodes { id sku store { code } } } }",
            json!({}),
        )
        .await;
    let ids = each(&data["storeSkus"]["nodes"], |node| {
        let is_meant = node["sku"] == sku && node["store"]["code"] == store;
        is_meant.then(|| text(&node["id"]))
    });
    let found = ids.into_iter().flatten().next();
    found.unwrap_or_else(|| panic!("no {sku} in {store}"))
}

/// The ids of things by their code or name.
pub(super) async fn id_of(client: &Client, list: &str, name: &str, value: &str) -> String {
    let document = format!("{{ {list}(first: 100) {{ nodes {{ id {name} }} }} }}");
    let data = client.query(&document, json!({})).await;
    let ids = each(&data[list]["nodes"], |node| {
        (node[name] == value).then(|| text(&node["id"]))
    });
    let found = ids.into_iter().flatten().next();
    found.unwrap_or_else(|| panic!("no {value} among {list}"))
}

/// The records of a manual sync as `store/sku status quantity`, sorted.
pub(super) async fn records(client: &Client, manual_sync: &Value) -> Vec<String> {
    let document = "query($id: ID!) { node(id: $id) { ... on ManualSync { syncRecords(first: 100) { nodes {
        status reason quantityAfter movement store { code } storeSku { sku } manualSync { id } } } } } }";
    let data = client.query(document, json!({ "id": manual_sync["id"] })).await;
    let mut records = each(&data["node"]["syncRecords"]["nodes"], |record| {
        assert_eq!(record["manualSync"]["id"], manual_sync["id"]);
        assert_eq!(record["movement"], 0, "nothing moved");
        let (store, sku) = (text(&record["store"]["code"]), text(&record["storeSku"]["sku"]));
        format!("{store}/{sku} {} {}", text(&record["status"]), record["quantityAfter"])
    });
    records.sort();
    records
}

/// How many manual syncs, records and failed triggers there are.
pub(super) async fn totals(client: &Client) -> [i64; 3] {
    let document = "{ manualSyncs { totalCount } syncRecords { totalCount } failedTriggers { totalCount } }";
    let data = client.query(document, json!({})).await;
    ["manualSyncs", "syncRecords", "failedTriggers"].map(|list| data[list]["totalCount"].as_i64().unwrap())
}

/// A manual sync as it is when it has finished.
pub(super) async fn finished(app: &TestApp, manual_sync: &Value) -> Value {
    let viewer = app.viewer();
    let document = "query($id: ID!) { node(id: $id) { ... on ManualSync { id status finishedAt
        counts { total pending success partiallyFailed failed skipped } } } }";
    app.eventually("the manual sync to finish", async || {
        let mut data = viewer.query(document, json!({ "id": manual_sync["id"] })).await;
        let node = data["node"].take();
        (!node["finishedAt"].is_null()).then_some(node)
    })
    .await
}
