//! Two merchants on one server: what is the one's is for the other as if it was not there. That this holds for every id and
//! text in every argument is what the [walk](super::walk) proves; here are the ways around that it does not go.

use entity::types::Role;
use serde_json::{Value, json};

use crate::support::graphql::{Client, text, unknown_like};
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

/// What has an id, by the variable that it stands for below.
const IDS: &str = "{
    stores(first: 1, filter: { connectionStatusIn: [CONNECTED] }) { nodes { id } } warehouses(first: 1) { nodes { id } } warehouseSkus(first: 1) { nodes { id } }
    storeSkus(first: 1) { nodes { id listings { id } } } syncRules(first: 1) { nodes { id } }
    syncRecords(first: 1) { nodes { id attempts { nodes { id } } } } manualSyncs(first: 1) { nodes { id } }
    failedTriggers(first: 1) { nodes { id } } viewer { merchant { id } }
}";

/// Mutations that name things by their codes; each names one that only the other merchant has.
const CODES: &[&str] = &[
    "recordStockChanges(input: { changes: [{ warehouse: \"w1\", sku: \"A\", available: 1, reason: STOCK_COUNTED }] })",
    "upsertStoreSkus(input: { storeSkus: [{ store: \"s1\", sku: \"X\", productName: \"X\" }] })",
    "upsertStoreSkus(input: { storeSkus: [{ store: \"own\", sku: \"X\", productName: \"X\", components: [{ sku: \"A\" }] }] })",
    "setShortageMark(input: { skus: [\"A\"], isMarkedShort: true })",
    "createSyncRule(input: { name: \"r\", warehouses: [\"w1\"] })",
    "createSyncRule(input: { name: \"r\", warehouses: [\"own\"], stores: [\"s1\"] })",
    "createSyncRule(input: { name: \"r\", warehouses: [\"own\"], skus: [\"A\"] })",
];

both! {
    /// Codes are looked up among one's own.
    async fn a_foreign_code_is_unknown(app: &TestApp) {
        history(app).await;
        let stranger = stranger(app).await;
        let before = snapshot(&app.viewer()).await;
        for mutation in CODES {
            let name = mutation.split('(').next().unwrap();
            let document = format!("mutation {{ {mutation} {{ userErrors {{ code }} }} }}");
            let data = stranger.query(&document, json!({})).await;
            let errors = data[name]["userErrors"].as_array().unwrap();
            assert!(!errors.is_empty() && errors.iter().all(|error| error["code"] == "NOT_FOUND"), "{mutation}: {data}");
        }
        // The same codes are free for another merchant to use.
        Catalogue::least(app.market()).make(&stranger).await;
        assert_eq!(snapshot(&app.viewer()).await, before);
    }

    /// A cursor is a place, not a key to anything.
    async fn a_foreign_cursor_shows_nothing(app: &TestApp) {
        history(app).await;
        let document = "query($after: String) { syncRecords(first: 1, after: $after) { nodes { id } pageInfo { endCursor } } }";
        let page = app.viewer().query(document, json!({})).await;
        let cursor = &page["syncRecords"]["pageInfo"]["endCursor"];
        assert!(cursor.is_string());
        let data = stranger(app).await.query(document, json!({ "after": cursor })).await;
        assert_eq!(data["syncRecords"]["nodes"], json!([]));
    }

    /// Nothing of another merchant's is heard, whatever is subscribed to.
    async fn live_events_are_ones_own(app: &TestApp) {
        let theirs = history(app).await;
        let stranger = stranger(app).await;
        Catalogue::default()
            .store("t1", "SHOPEE", app.market())
            .sku("A")
            .store_sku("t1", "A", &[("A", 1)])
            .warehouse("w1")
            .rule("everything", json!({}))
            .make(&stranger)
            .await;
        let everything = "subscription { syncStatusChanged { record { quantityAfter } } }";
        let mut socket = stranger.socket().await;
        socket.subscribe("all", everything, json!({})).await;
        socket.settle().await;
        let of_theirs = "subscription($id: ID!) { manualSyncProgress(id: $id) { status } }";
        let foreign = text(&theirs["manualSync"]);
        let mut refusals = Vec::new();
        for id in [unknown_like(&foreign), foreign] {
            socket.subscribe(&id, of_theirs, json!({ "id": id })).await;
            refusals.push(socket.refusal(&id).await.to_string().replace(&id, "the id"));
        }
        assert_eq!(refusals[0], refusals[1]);
        assert!(refusals[0].contains("BAD_USER_INPUT"), "{refusals:?}");

        stock(&app.admin(), "A", 111).await;
        app.settled().await;
        stock(&stranger, "A", 222).await;
        let event = socket.next("all").await.unwrap();
        assert_eq!(event["syncStatusChanged"]["record"]["quantityAfter"], 222);
    }
}

/// What the first merchant has, an id of each kind.
async fn history(app: &TestApp) -> Value {
    let admin = app.admin();
    Catalogue::least(app.market())
        .unconnected_store("s2", "LAZADA")
        .make(&admin)
        .await;
    stock(&admin, "A", 5).await;
    app.settled().await;
    let data = admin.query(IDS, json!({})).await;
    let rule = data["syncRules"]["nodes"][0]["id"].clone();
    let store = data["storeSkus"]["nodes"][0]["id"].clone();
    // An action with a failed trigger of its own: the store SKU of s2 is not connected.
    let input = json!({ "storeSkus": [{ "store": "s2", "sku": "A", "productName": "A", "listings": [{ "productId": "1" }],
        "components": [{ "sku": "A" }] }] });
    admin.mutate("upsertStoreSkus", "__typename", input).await;
    admin
        .mutate("syncRuleNow", "__typename", json!({ "syncRuleId": rule }))
        .await;
    app.settled().await;
    let data = admin.query(IDS, json!({})).await;
    let s2 = admin
        .query(
            "{ stores(filter: { connectionStatusIn: [NOT_CONNECTED] }) { nodes { id } } }",
            json!({}),
        )
        .await;
    let first = |list: &str| data[list]["nodes"][0]["id"].clone();
    json!({
        "store": first("stores"), "closedStore": s2["stores"]["nodes"][0]["id"], "warehouse": first("warehouses"), "warehouseSku": first("warehouseSkus"),
        "storeSku": store, "rule": rule, "record": first("syncRecords"), "manualSync": first("manualSyncs"),
        "failedTrigger": first("failedTriggers"), "merchant": data["viewer"]["merchant"]["id"],
        "listing": data["storeSkus"]["nodes"][0]["listings"][0]["id"],
        "attempt": data["syncRecords"]["nodes"][0]["attempts"]["nodes"][0]["id"],
    })
}

/// An admin of another merchant, with a store, a warehouse and nothing else.
async fn stranger(app: &TestApp) -> Client {
    let other = app.another_tenant().await;
    let stranger = app.client(&other, Role::Admin);
    Catalogue::default()
        .unconnected_store("own", "SHOPEE")
        .warehouse("own")
        .make(&stranger)
        .await;
    stranger
}

/// All that could have been changed.
async fn snapshot(viewer: &Client) -> Value {
    let document = "{ syncRules { nodes { id name isEnabled updatedAt } } manualSyncs { totalCount }
        syncRecords { totalCount } failedTriggers { totalCount }
        warehouseSkus { nodes { sku isMarkedShort stockLevels { available } } }
        storeSkus { nodes { sku syncRule { id } components { quantity } lastSync { at } } } }";
    viewer.query(document, json!({})).await
}
