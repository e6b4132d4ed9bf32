//! The three tabs and what is around them, as a frontend reads them.

mod bad;
mod counts;
mod filters;
mod language;
mod nodes;
mod orders;
mod search;
mod statements;

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::graphql::{Client, each, text};
use crate::support::marketplace::Row;
use crate::support::seed::{Catalogue, stock_changes};

/// A connection of the query, with what the tests ask of each of its items.
pub(super) struct Tab {
    field: &'static str,
    /// What the names of its input types begin with.
    inputs: &'static str,
    node: &'static str,
}

pub(super) const STORE_SKUS: Tab = Tab {
    field: "storeSkus",
    inputs: "StoreSku",
    node: "id sku productName marketplace store { id name } syncRule { id name } components { warehouseSku { id sku } } \
           lastSync { status quantity reason at } createdAt",
};
pub(super) const WAREHOUSE_SKUS: Tab = Tab {
    field: "warehouseSkus",
    inputs: "WarehouseSku",
    node: "id sku name isMarkedShort lastSync { status quantity reason at } \
           storeSkus { nodes { marketplace store { id } syncRule { id } } } createdAt",
};
pub(super) const SYNC_RECORDS: Tab = Tab {
    field: "syncRecords",
    inputs: "SyncRecord",
    node: "id status reason marketplace store { id name } storeSku { id sku } warehouseSku { id sku } warehouse { id } \
           syncRule { id } ruleName quantityAfter failureReason { code } manualSync { id } createdAt finishedAt",
};
pub(super) const MANUAL_SYNCS: Tab = Tab {
    field: "manualSyncs",
    inputs: "ManualSync",
    node: "id kind status requestedBy syncRule { id } createdAt finishedAt",
};
pub(super) const FAILED_TRIGGERS: Tab = Tab {
    field: "failedTriggers",
    inputs: "FailedTrigger",
    node: "id failureReason { code } reason store { id name } storeSku { id sku } warehouseSku { id sku } \
           syncRule { id } manualSync { id } movement occurredAt",
};
pub(super) const STORES: Tab = Tab {
    field: "stores",
    inputs: "Store",
    node: "id code name marketplace connection { status } createdAt",
};
pub(super) const WAREHOUSES: Tab = Tab {
    field: "warehouses",
    inputs: "Warehouse",
    node: "id code name createdAt",
};
pub(super) const SYNC_RULES: Tab = Tab {
    field: "syncRules",
    inputs: "SyncRule",
    node: "id name isEnabled priority createdAt",
};

impl Tab {
    /// One page, with any of the variables filter, order, first, after, last and before.
    async fn page(&self, client: &Client, variables: Value) -> Value {
        let mut data = client.query(&self.document("totalCount"), variables).await;
        data[self.field].take()
    }

    fn document(&self, beside: &str) -> String {
        let Self { field, inputs, node } = self;
        format!(
            "query($filter: {inputs}Filter, $order: {inputs}Order, $first: Int, $after: String, $last: Int, \
             $before: String) {{ {field}(filter: $filter, orderBy: $order, first: $first, after: $after, \
             last: $last, before: $before) {{ {beside} edges {{ cursor node {{ {node} }} }} nodes {{ id }} \
             pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
        )
    }

    /// Everything that matches, in the default order; there must be no more than a page of it.
    async fn all(&self, client: &Client, filter: Value) -> Vec<Value> {
        let page = self.page(client, json!({ "filter": filter, "first": 100 })).await;
        assert_eq!(page["pageInfo"]["hasNextPage"], false, "{}", self.field);
        nodes(&page)
    }

    /// Everything, in pages of three from the front, with what each page says about itself checked.
    async fn forward(&self, client: &Client, order: &Value) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({ "order": order, "first": 3, "after": after });
            let page = self.page(client, variables).await;
            let had_before = after != Value::Null;
            assert_eq!(
                page["pageInfo"]["hasPreviousPage"], had_before,
                "{} {order}",
                self.field
            );
            all.extend(checked(&page));
            assert!(all.len() < 1_000, "{} {order} does not end", self.field);
            if page["pageInfo"]["hasNextPage"] == false {
                assert_eq!(page["totalCount"], all.len(), "{} {order}", self.field);
                return all;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }

    /// Everything, in pages of three from the back; in the order of the connection, as a page from the back is too.
    async fn backward(&self, client: &Client, order: &Value) -> Vec<Value> {
        let (mut all, mut before) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({ "order": order, "last": 3, "before": before });
            let page = self.page(client, variables).await;
            let had_after = before != Value::Null;
            assert_eq!(page["pageInfo"]["hasNextPage"], had_after, "{} {order}", self.field);
            let mut items = checked(&page);
            items.extend(all);
            all = items;
            assert!(all.len() < 1_000, "{} {order} does not end", self.field);
            if page["pageInfo"]["hasPreviousPage"] == false {
                return all;
            }
            before = page["pageInfo"]["startCursor"].clone();
        }
    }
}

fn nodes(page: &Value) -> Vec<Value> {
    each(&page["edges"], |edge| edge["node"].clone())
}

/// The items of a page whose parts agree with each other.
fn checked(page: &Value) -> Vec<Value> {
    let edges = page["edges"].as_array().expect("a list of edges");
    assert!(!edges.is_empty() && edges.len() <= 3, "{page}");
    let info = &page["pageInfo"];
    assert_eq!(info["startCursor"], edges[0]["cursor"]);
    assert_eq!(info["endCursor"], edges[edges.len() - 1]["cursor"]);
    let nodes = nodes(page);
    assert_eq!(each(&page["nodes"], id), nodes.iter().map(id).collect::<Vec<_>>());
    nodes
}

fn id(node: &Value) -> String {
    text(&node["id"])
}

/// A catalogue with a row of every kind in each of the tabs:
///
/// | store SKU | of | last sync |
/// | --- | --- | --- |
/// | A1 in s1 | W1 | SUCCESS |
/// | A2 in s1 | W2 | FAILED |
/// | A3 in s1 | W3 | SUCCESS |
/// | A4 in s1 | W6, marked short | never |
/// | B1 in s2 | W1 | PARTIALLY_FAILED |
/// | B2 in s2 | W2 | SUCCESS |
/// | B3 in s2 | W3 and 2 W1 | SUCCESS |
/// | C1 in s3 | W4 | PENDING, after one that was SKIPPED |
/// | D1 in s4, not connected | W5 | never |
///
/// The rule `alpha` governs s1, `beta` with 50 % the rest; three manual syncs ran.
pub(super) async fn world(app: &TestApp) {
    let market = app.market();
    market.every_row("s1-A2", Row::error("LISTING_NOT_FOUND"));
    market.every_row("s2-B1/2", Row::error("QUANTITY_REJECTED"));
    market.every_row("s3-C1", Row::error_for("LISTING_LOCKED", 3_600));
    catalogue(app).make(&app.admin()).await;
    intake(app).await;
    manual_syncs(app).await;
    for available in [40, 41] {
        let change = change("W4", "w1", available, "INVENTORY_REFRESHED");
        stock_changes(&app.admin(), vec![change]).await;
        at_rest(app).await;
    }
}

fn catalogue(app: &TestApp) -> Catalogue {
    let market = app.market();
    let two_listings = json!([{ "productId": "s2-B1" }, { "productId": "s2-B1", "variantId": "2" }]);
    let skus = ["W1", "W2", "W3", "W4", "W5", "W6"];
    let stores = Catalogue::default()
        .store("s1", "SHOPEE", market)
        .store("s2", "LAZADA", market)
        .store("s3", "TOKOPEDIA", market)
        .unconnected_store("s4", "SHOPIFY")
        .warehouse("w1")
        .warehouse("w2");
    skus.into_iter()
        .fold(stores, Catalogue::sku)
        .store_sku("s1", "A1", &[("W1", 1)])
        .store_sku("s1", "A2", &[("W2", 1)])
        .store_sku("s1", "A3", &[("W3", 1)])
        .store_sku("s1", "A4", &[("W6", 1)])
        .store_sku_with("s2", "B1", &[("W1", 1)], &two_listings)
        .store_sku("s2", "B2", &[("W2", 1)])
        .store_sku("s2", "B3", &[("W3", 1), ("W1", 2)])
        .store_sku("s3", "C1", &[("W4", 1)])
        .store_sku("s4", "D1", &[("W5", 1)])
        .rule("alpha", json!({ "priority": 5, "stores": ["s1"] }))
        .rule("beta", json!({ "percent": 50 }))
}

async fn intake(app: &TestApp) {
    let admin = app.admin();
    let mark = json!({ "skus": ["W6"], "isMarkedShort": true });
    admin.mutate("setShortageMark", "__typename", mark).await;
    for change in [
        change("W3", "w1", 30, "ORDER_SYNCED"),
        change("W2", "w1", 20, "STOCK_IN_PURCHASE"),
        change("W1", "w1", 10, "STOCK_COUNTED"),
        change("W5", "w1", 5, "STOCK_COUNTED"),
        change("W6", "w1", 9, "STOCK_IN_MANUAL"),
        change("W2", "w2", 3, "STOCK_IN_TRANSFER"),
    ] {
        stock_changes(&admin, vec![change]).await;
        app.settled().await;
    }
}

async fn manual_syncs(app: &TestApp) {
    let admin = app.admin();
    let ids = |tab: &Tab, names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let (field, document) = (tab.field, format!("{{ {} {{ nodes {{ {} }} }} }}", tab.field, tab.node));
        let client = admin.clone();
        async move {
            let data = client.query(&document, json!({})).await;
            let nodes = data[field]["nodes"].as_array().unwrap().clone();
            let is_named = |node: &&Value| {
                ["sku", "code", "name"].iter().any(|name| {
                    node[name]
                        .as_str()
                        .is_some_and(|name| names.iter().any(|wanted| wanted == name))
                })
            };
            nodes.iter().filter(is_named).map(id).collect::<Vec<_>>()
        }
    };
    let again = json!({ "storeSkuIds": ids(&STORE_SKUS, &["A1", "A2"]).await });
    app.operator().mutate("resync", "__typename", again).await;
    app.settled().await;
    let chosen = json!({ "storeIds": ids(&STORES, &["s2"]).await });
    admin.mutate("syncManually", "__typename", chosen).await;
    app.settled().await;
    let rule = json!({ "syncRuleId": ids(&SYNC_RULES, &["alpha"]).await[0] });
    admin.mutate("syncRuleNow", "__typename", rule).await;
    app.settled().await;
}

fn change(sku: &str, warehouse: &str, available: u32, reason: &str) -> Value {
    json!({ "warehouse": warehouse, "sku": sku, "available": available, "reason": reason })
}

/// Waits until every pending record was tried and is not in flight.
async fn at_rest(app: &TestApp) {
    let viewer = app.viewer();
    let pending = "{ syncRecords(filter: { statusIn: [PENDING] }) { nodes { isInFlight attempts { nodes { id } } } } }";
    app.eventually("the pending records to be tried", async || {
        let data = viewer.query(pending, json!({})).await;
        let is_at_rest = |record: &Value| record["isInFlight"] == false && record["attempts"]["nodes"] != json!([]);
        let at_rest = each(&data["syncRecords"]["nodes"], is_at_rest);
        (!at_rest.contains(&false)).then_some(())
    })
    .await;
}
