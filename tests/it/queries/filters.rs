//! Filters, each compared with what picking from the whole list by hand gives.

use serde_json::{Value, json};

use super::{
    FAILED_TRIGGERS, MANUAL_SYNCS, STORE_SKUS, STORES, SYNC_RECORDS, SYNC_RULES, Tab, WAREHOUSE_SKUS, WAREHOUSES, id,
    world,
};
use crate::support::graphql::{Client, each, text};
use crate::support::{TestApp, both};

/// A filter, and which items it picks.
type Case = (Value, Box<dyn Fn(&Value) -> bool>);

fn case(filter: Value, picks: impl Fn(&Value) -> bool + 'static) -> Case {
    (filter, Box::new(picks))
}

/// Whether the value at the place is one of these.
fn at(pointer: &'static str, values: &'static [&'static str]) -> impl Fn(&Value) -> bool + 'static {
    move |node| is_one_of(node.pointer(pointer), values)
}

fn is_one_of(value: Option<&Value>, values: &[&str]) -> bool {
    value
        .and_then(Value::as_str)
        .is_some_and(|value| values.contains(&value))
}

both! {
    /// Tab 1 by store SKU.
    async fn store_skus(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        let (s1, beta) = (id_of(&viewer, &STORES, "s1").await, id_of(&viewer, &SYNC_RULES, "beta").await);
        let (w1, a2) = (id_of(&viewer, &WAREHOUSE_SKUS, "W1").await, id_of(&viewer, &STORE_SKUS, "A2").await);
        let synced_at = STORE_SKUS.all(&viewer, json!({ "search": "A3" })).await[0]["lastSync"]["at"].clone();
        let from = text(&synced_at);
        let cases = vec![
            case(json!({ "ids": [a2] }), at("/sku", &["A2"])),
            case(json!({ "statusIn": ["FAILED"] }), at("/lastSync/status", &["FAILED"])),
            case(
                json!({ "statusIn": ["PENDING", "PARTIALLY_FAILED", "SKIPPED"] }),
                at("/lastSync/status", &["PENDING", "PARTIALLY_FAILED"]),
            ),
            case(json!({ "reasonIn": ["SYNC_NOW"] }), at("/lastSync/reason", &["SYNC_NOW"])),
            case(json!({ "marketplaceIn": ["LAZADA", "SHOPIFY"] }), at("/marketplace", &["LAZADA", "SHOPIFY"])),
            case(json!({ "storeIds": [s1] }), at("/store/name", &["Store s1"])),
            case(json!({ "syncRuleIds": [beta] }), at("/syncRule/name", &["beta"])),
            case(json!({ "hasLastSync": false }), |node| node["lastSync"].is_null()),
            case(json!({ "hasLastSync": true, "storeIds": [s1] }), |node| {
                !node["lastSync"].is_null() && node["store"]["name"] == "Store s1"
            }),
            case(json!({ "quantity": { "from": 10, "to": 20 } }), |node| {
                node["lastSync"]["quantity"].as_i64().is_some_and(|quantity| (10..=20).contains(&quantity))
            }),
            case(json!({ "quantity": { "to": 100 } }), |node| !node["lastSync"].is_null()),
            case(json!({ "lastSyncAt": { "from": synced_at } }), move |node| {
                node["lastSync"]["at"].as_str().is_some_and(|at| at >= from.as_str())
            }),
            case(json!({ "warehouseSkuIds": [w1] }), |node| {
                each(&node["components"], |part| part["warehouseSku"]["sku"] == "W1").contains(&true)
            }),
        ];
        compare(&viewer, &STORE_SKUS, cases).await;
        for nothing in [json!({ "ids": [] }), json!({ "statusIn": [] }), json!({ "hasSyncRule": false })] {
            assert_eq!(STORE_SKUS.all(&viewer, nothing.clone()).await.len(), 0, "{nothing}");
        }
        assert_eq!(STORE_SKUS.all(&viewer, json!({ "hasSyncRule": true })).await.len(), 9);
    }

    /// Tab 1 by warehouse SKU.
    async fn warehouse_skus(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        let (s2, alpha) = (id_of(&viewer, &STORES, "s2").await, id_of(&viewer, &SYNC_RULES, "alpha").await);
        let w3 = id_of(&viewer, &WAREHOUSE_SKUS, "W3").await;
        let has = |pointer: &'static str, value: Value| {
            move |node: &Value| each(&node["storeSkus"]["nodes"], |of| of.pointer(pointer) == Some(&value)).contains(&true)
        };
        let cases = vec![
            case(json!({ "ids": [w3] }), at("/sku", &["W3"])),
            case(json!({ "statusIn": ["PARTIALLY_FAILED"] }), at("/lastSync/status", &["PARTIALLY_FAILED"])),
            case(json!({ "statusIn": ["SUCCESS", "PENDING"] }), at("/lastSync/status", &["SUCCESS", "PENDING"])),
            case(json!({ "reasonIn": ["INVENTORY_REFRESHED"] }), at("/lastSync/reason", &["INVENTORY_REFRESHED"])),
            case(json!({ "marketplaceIn": ["TOKOPEDIA"] }), has("/marketplace", json!("TOKOPEDIA"))),
            case(json!({ "storeIds": [s2] }), has("/store/id", json!(s2))),
            case(json!({ "syncRuleIds": [alpha] }), has("/syncRule/id", json!(alpha))),
            case(json!({ "isMarkedShort": true }), |node| node["isMarkedShort"] == true),
            case(json!({ "isMarkedShort": false }), |node| node["isMarkedShort"] == false),
            case(json!({ "hasLastSync": false }), |node| node["lastSync"].is_null()),
            case(json!({ "quantity": { "from": 20 } }), |node| {
                node["lastSync"]["quantity"].as_i64().is_some_and(|quantity| quantity >= 20)
            }),
        ];
        compare(&viewer, &WAREHOUSE_SKUS, cases).await;
        // W1 is in a store SKU of the rule and in one on the marketplace, but in none that is both.
        let both_of_one = json!({ "syncRuleIds": [alpha], "marketplaceIn": ["LAZADA"] });
        assert_eq!(WAREHOUSE_SKUS.all(&viewer, both_of_one).await.len(), 0);
    }

    /// The details of tab 1.
    async fn sync_records(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        let (s3, alpha) = (id_of(&viewer, &STORES, "s3").await, id_of(&viewer, &SYNC_RULES, "alpha").await);
        let (b1, w1) = (id_of(&viewer, &STORE_SKUS, "B1").await, id_of(&viewer, &WAREHOUSE_SKUS, "W1").await);
        let warehouse = id_of(&viewer, &WAREHOUSES, "w1").await;
        let of = |pointer: &'static str, id: &str| {
            let id = json!(id);
            move |node: &Value| node.pointer(pointer) == Some(&id)
        };
        let manual = MANUAL_SYNCS.all(&viewer, json!({ "kindIn": ["MANUAL_SYNC"] })).await;
        let manual = id(&manual[0]);
        let all = SYNC_RECORDS.all(&viewer, Value::Null).await;
        let middle = text(&all[all.len() / 2]["createdAt"]);
        let to = middle.clone();
        let cases = vec![
            case(json!({ "statusIn": ["SKIPPED"] }), at("/status", &["SKIPPED"])),
            case(
                json!({ "statusIn": ["FAILED", "PARTIALLY_FAILED", "PENDING"] }),
                at("/status", &["FAILED", "PARTIALLY_FAILED", "PENDING"]),
            ),
            case(json!({ "reasonIn": ["ORDER_SYNCED", "RESYNC"] }), at("/reason", &["ORDER_SYNCED", "RESYNC"])),
            case(json!({ "marketplaceIn": ["SHOPEE"] }), at("/marketplace", &["SHOPEE"])),
            case(json!({ "storeIds": [s3] }), of("/store/id", &s3)),
            case(json!({ "syncRuleIds": [alpha] }), of("/syncRule/id", &alpha)),
            case(json!({ "storeSkuIds": [b1] }), of("/storeSku/id", &b1)),
            case(json!({ "warehouseSkuIds": [w1] }), of("/warehouseSku/id", &w1)),
            case(json!({ "warehouseIds": [warehouse] }), of("/warehouse/id", &warehouse)),
            case(json!({ "manualSyncIds": [manual] }), of("/manualSync/id", &manual)),
            case(json!({ "failureCodeIn": ["LISTING_LOCKED"] }), at("/failureReason/code", &["LISTING_LOCKED"])),
            case(json!({ "createdAt": { "to": middle } }), move |node| text(&node["createdAt"]) <= to),
            case(json!({ "search": "b3" }), at("/storeSku/sku", &["B3"])),
        ];
        compare(&viewer, &SYNC_RECORDS, cases).await;
    }

    /// Tab 2.
    async fn manual_syncs(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        let alpha = id_of(&viewer, &SYNC_RULES, "alpha").await;
        let all = MANUAL_SYNCS.all(&viewer, Value::Null).await;
        assert_eq!(all.len(), 3, "{all:#?}");
        let middle = text(&all[1]["createdAt"]);
        let from = middle.clone();
        let cases = vec![
            case(json!({ "kindIn": ["RESYNC", "SYNC_NOW"] }), at("/kind", &["RESYNC", "SYNC_NOW"])),
            case(json!({ "statusIn": ["PARTIALLY_FAILED"] }), at("/status", &["PARTIALLY_FAILED"])),
            case(json!({ "requestedBy": "operator" }), at("/requestedBy", &["operator"])),
            case(json!({ "syncRuleIds": [alpha] }), |node| node["kind"] == "SYNC_NOW"),
            case(json!({ "createdAt": { "from": middle } }), move |node| text(&node["createdAt"]) >= from),
        ];
        let whole = json!({ "statusIn": ["PARTIALLY_FAILED"] });
        assert_eq!(MANUAL_SYNCS.all(&viewer, whole).await.len(), 3, "each of them failed in part");
        compare_any(&viewer, &MANUAL_SYNCS, cases).await;
    }

    /// Tab 3.
    async fn failed_triggers(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        let (s4, beta) = (id_of(&viewer, &STORES, "s4").await, id_of(&viewer, &SYNC_RULES, "beta").await);
        let w5 = id_of(&viewer, &WAREHOUSE_SKUS, "W5").await;
        let of = |pointer: &'static str, id: &str| {
            let id = json!(id);
            move |node: &Value| node.pointer(pointer) == Some(&id)
        };
        let now = MANUAL_SYNCS.all(&viewer, json!({ "kindIn": ["SYNC_NOW"] })).await;
        let now = id(&now[0]);
        let all = FAILED_TRIGGERS.all(&viewer, Value::Null).await;
        let middle = text(&all[all.len() / 2]["occurredAt"]);
        let from = middle.clone();
        let cases = vec![
            case(json!({ "codeIn": ["MARKED_SHORT"] }), at("/failureReason/code", &["MARKED_SHORT"])),
            case(
                json!({ "codeIn": ["WAREHOUSE_NOT_IN_RULE", "STORE_NOT_CONNECTED"] }),
                at("/failureReason/code", &["WAREHOUSE_NOT_IN_RULE", "STORE_NOT_CONNECTED"]),
            ),
            case(json!({ "reasonIn": ["STOCK_COUNTED"] }), at("/reason", &["STOCK_COUNTED"])),
            case(json!({ "storeIds": [s4] }), of("/store/id", &s4)),
            case(json!({ "warehouseSkuIds": [w5] }), of("/warehouseSku/id", &w5)),
            case(json!({ "syncRuleIds": [beta] }), of("/syncRule/id", &beta)),
            case(json!({ "manualSyncIds": [now] }), of("/manualSync/id", &now)),
            case(json!({ "occurredAt": { "from": middle } }), move |node| text(&node["occurredAt"]) >= from),
            case(json!({ "search": "w5" }), at("/warehouseSku/sku", &["W5"])),
        ];
        compare(&viewer, &FAILED_TRIGGERS, cases).await;
    }

    /// The lists around the tabs.
    async fn stores_warehouses_and_rules(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        let (s1, w2) = (id_of(&viewer, &STORES, "s1").await, id_of(&viewer, &WAREHOUSES, "w2").await);
        compare(&viewer, &STORES, vec![
            case(json!({ "ids": [s1] }), at("/code", &["s1"])),
            case(json!({ "search": "STORE S2" }), at("/code", &["s2"])),
            case(json!({ "marketplaceIn": ["SHOPEE", "LAZADA"] }), at("/marketplace", &["SHOPEE", "LAZADA"])),
            case(json!({ "connectionStatusIn": ["NOT_CONNECTED"] }), at("/connection/status", &["NOT_CONNECTED"])),
        ])
        .await;
        compare(&viewer, &WAREHOUSES, vec![
            case(json!({ "ids": [w2] }), at("/code", &["w2"])),
            case(json!({ "search": "w1" }), at("/code", &["w1"])),
        ])
        .await;
        let beta = id_of(&viewer, &SYNC_RULES, "beta").await;
        app.admin().mutate("updateSyncRule", "__typename", json!({ "id": beta, "isEnabled": false })).await;
        compare(&viewer, &SYNC_RULES, vec![
            case(json!({ "ids": [beta] }), at("/name", &["beta"])),
            case(json!({ "search": "ALPH" }), at("/name", &["alpha"])),
            case(json!({ "isEnabled": false }), at("/name", &["beta"])),
        ])
        .await;
    }
}

/// Each filter must pick what it should, which is something but not everything.
async fn compare(viewer: &Client, tab: &Tab, cases: Vec<Case>) {
    let all = tab.all(viewer, Value::Null).await.len();
    for (filter, _) in &cases {
        let picked = tab.all(viewer, filter.clone()).await.len();
        assert!(
            0 < picked && picked < all,
            "{} {filter} picks {picked} of {all}",
            tab.field
        );
    }
    compare_any(viewer, tab, cases).await;
}

async fn compare_any(viewer: &Client, tab: &Tab, cases: Vec<Case>) {
    let all = tab.all(viewer, Value::Null).await;
    for (filter, picks) in cases {
        let expected: Vec<String> = all.iter().filter(|node| picks(node)).map(id).collect();
        let picked: Vec<String> = tab.all(viewer, filter.clone()).await.iter().map(id).collect();
        assert_eq!(picked, expected, "{} {filter}", tab.field);
    }
}

/// The id of the item with this code or name.
async fn id_of(viewer: &Client, tab: &Tab, name: &str) -> String {
    let all = tab.all(viewer, Value::Null).await;
    let named = all
        .iter()
        .find(|node| ["sku", "code", "name"].iter().any(|field| node[field] == name));
    id(named.unwrap_or_else(|| panic!("no {name} among {}", tab.field)))
}
