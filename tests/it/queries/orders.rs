//! Every column of every tab can be sorted by, both ways, and paged through from both ends.

use serde_json::{Value, json};

use super::{
    FAILED_TRIGGERS, MANUAL_SYNCS, STORE_SKUS, STORES, SYNC_RECORDS, SYNC_RULES, Tab, WAREHOUSE_SKUS, WAREHOUSES, id,
    nodes, world,
};
use crate::support::seed::stock;
use crate::support::{TestApp, both};

/// The order fields of a connection, each with where its value stands in an item; `*` is the smallest of a list.
const ORDERS: &[(&Tab, &[(&str, &str)])] = &[
    (
        &STORE_SKUS,
        &[
            ("LAST_SYNC_AT", "/lastSync/at"),
            ("SKU", "/sku"),
            ("PRODUCT_NAME", "/productName"),
            ("LAST_SYNC_QUANTITY", "/lastSync/quantity"),
            ("LAST_SYNC_STATUS", "/lastSync/status"),
            ("LAST_SYNC_REASON", "/lastSync/reason"),
            ("MARKETPLACE", "/marketplace"),
            ("STORE", "/store/name"),
            ("SYNC_RULE", "/syncRule/name"),
            ("WAREHOUSE_SKU", "/components/*/warehouseSku/sku"),
            ("CREATED_AT", "/createdAt"),
        ],
    ),
    (
        &WAREHOUSE_SKUS,
        &[
            ("LAST_SYNC_AT", "/lastSync/at"),
            ("SKU", "/sku"),
            ("NAME", "/name"),
            ("LAST_SYNC_QUANTITY", "/lastSync/quantity"),
            ("LAST_SYNC_STATUS", "/lastSync/status"),
            ("LAST_SYNC_REASON", "/lastSync/reason"),
            ("CREATED_AT", "/createdAt"),
        ],
    ),
    (
        &SYNC_RECORDS,
        &[
            ("CREATED_AT", "/createdAt"),
            ("STATUS", "/status"),
            ("REASON", "/reason"),
            ("MARKETPLACE", "/marketplace"),
        ],
    ),
    (
        &MANUAL_SYNCS,
        &[
            ("CREATED_AT", "/createdAt"),
            ("STATUS", "/status"),
            ("KIND", "/kind"),
            ("REQUESTED_BY", "/requestedBy"),
            ("FINISHED_AT", "/finishedAt"),
        ],
    ),
    (
        &FAILED_TRIGGERS,
        &[
            ("OCCURRED_AT", "/occurredAt"),
            ("FAILURE_CODE", "/failureReason/code"),
            ("REASON", "/reason"),
            ("STORE", "/store/name"),
            ("WAREHOUSE_SKU", "/warehouseSku/sku"),
        ],
    ),
    (
        &STORES,
        &[
            ("CODE", "/code"),
            ("NAME", "/name"),
            ("MARKETPLACE", "/marketplace"),
            ("CREATED_AT", "/createdAt"),
        ],
    ),
    (
        &WAREHOUSES,
        &[("CODE", "/code"), ("NAME", "/name"), ("CREATED_AT", "/createdAt")],
    ),
    (
        &SYNC_RULES,
        &[
            ("NAME", "/name"),
            ("PRIORITY", "/priority"),
            ("CREATED_AT", "/createdAt"),
        ],
    ),
];

both! {
    /// Pages from either end give the same rows, each once, sorted as asked; the other way round is the exact reverse.
    async fn every_order_is_total_and_can_be_paged_both_ways(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        for (tab, fields) in ORDERS {
            for (field, pointer) in *fields {
                let [ascending, descending] =
                    ["ASC", "DESC"].map(|direction| json!({ "field": field, "direction": direction }));
                let up = tab.forward(&viewer, &ascending).await;
                let down = tab.forward(&viewer, &descending).await;
                let what = format!("{} by {field}", tab.field);
                assert!(up.is_sorted_by_key(|node| key(node, pointer)), "{what}: {up:#?}");
                assert_eq!(ids(&up), ids(&down).into_iter().rev().collect::<Vec<_>>(), "{what}");
                for (order, forward) in [(ascending, up), (descending, down)] {
                    let backward = tab.backward(&viewer, &order).await;
                    assert_eq!(ids(&forward), ids(&backward), "{what}");
                }
            }
        }
    }

    /// Without an order the newest comes first, and a page has 50 items.
    async fn the_newest_comes_first(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        for (tab, order) in [
            (&STORE_SKUS, "LAST_SYNC_AT"),
            (&WAREHOUSE_SKUS, "LAST_SYNC_AT"),
            (&SYNC_RECORDS, "CREATED_AT"),
            (&MANUAL_SYNCS, "CREATED_AT"),
            (&FAILED_TRIGGERS, "OCCURRED_AT"),
        ] {
            let order = json!({ "field": order, "direction": "DESC" });
            let newest_first = tab.forward(&viewer, &order).await;
            assert_eq!(ids(&tab.all(&viewer, Value::Null).await), ids(&newest_first), "{}", tab.field);
        }
    }

    /// A page begins where the last one ended, whatever came in between; nothing is seen twice.
    async fn a_cursor_holds_while_rows_come_and_go(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        let first = SYNC_RECORDS.page(&viewer, json!({ "first": 4 })).await;
        let rest = json!({ "first": 100, "after": first["pageInfo"]["endCursor"] });
        let before = nodes(&SYNC_RECORDS.page(&viewer, rest.clone()).await);
        stock(&app.admin(), "W3", 77).await;
        app.eventually("the new records to be final", async || {
            let data = viewer
                .query("{ syncRecords(filter: { statusIn: [SUCCESS] }, first: 2) { nodes { quantityAfter } } }", json!({}))
                .await;
            let newest = &data["syncRecords"]["nodes"];
            (newest[0]["quantityAfter"] == 77 || newest[1]["quantityAfter"] == 77).then_some(())
        })
        .await;
        let after = nodes(&SYNC_RECORDS.page(&viewer, rest).await);
        assert_eq!(ids(&before), ids(&after));
    }
}

fn ids(nodes: &[Value]) -> Vec<String> {
    nodes.iter().map(id).collect()
}

/// What an item is sorted by, in a form whose order as a text is the order of the values; what is missing is the smallest.
fn key(node: &Value, pointer: &str) -> String {
    if let Some((list, rest)) = pointer.split_once("/*") {
        let items = node.pointer(list).and_then(Value::as_array).unwrap();
        return items.iter().map(|item| key(item, rest)).min().unwrap_or_default();
    }
    match node.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => format!("{:020}", number.as_i64().unwrap()),
        _ => String::new(),
    }
}
