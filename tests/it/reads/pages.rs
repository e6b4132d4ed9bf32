//! Pages, filters, counts and global ids.

use async_graphql::ID;
use serde_json::{Value, json};
use stock_sync::graphql::ids::{NodeKind, encode};
use uuid::Uuid;

use super::Reads;
use super::rows::STORE_SKUS;
use crate::support::both;

/// Every order of store SKUs that there is.
const ORDERS: [&str; 11] = [
    "LAST_SYNC_AT",
    "SKU",
    "PRODUCT_NAME",
    "LAST_SYNC_QUANTITY",
    "LAST_SYNC_STATUS",
    "LAST_SYNC_REASON",
    "MARKETPLACE",
    "STORE",
    "SYNC_RULE",
    "WAREHOUSE_SKU",
    "CREATED_AT",
];

const PAGE: &str =
    "query($filter: StoreSkuFilter, $order: StoreSkuOrder, $first: Int, $after: String, $last: Int, $before: String) {
    storeSkus(filter: $filter, orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { id sku } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

both! {
    /// From either end, page by page, every row comes exactly once, and in the same order.
    async fn pages_cover_every_order_from_both_ends(reads: &Reads) {
        for field in ORDERS {
            for direction in ["ASC", "DESC"] {
                let order = json!({ "field": field, "direction": direction });
                let forward = walk(reads, &json!({}), &order, false).await;
                let mut unique = forward.clone();
                unique.sort();
                unique.dedup();
                assert_eq!((forward.len(), unique.len()), (STORE_SKUS, STORE_SKUS), "{field} {direction}");
                let mut backward = walk(reads, &json!({}), &order, true).await;
                backward.reverse();
                assert_eq!(forward, backward, "{field} {direction}");
            }
        }
    }

    /// A filter on several statuses is answered in parts; put together they are what one part would be.
    async fn pages_over_several_statuses_are_whole(reads: &Reads) {
        let filter = json!({ "statusIn": ["FAILED", "PARTIALLY_FAILED", "PENDING"] });
        for field in ORDERS {
            let order = json!({ "field": field, "direction": "DESC" });
            let all = walk(reads, &json!({ "hasLastSync": true }), &order, false).await;
            let some = walk(reads, &filter, &order, false).await;
            let expected: Vec<String> = all.into_iter().filter(|sku| !number(sku).is_multiple_of(5)).collect();
            assert_eq!(some, expected, "{field}");
            let mut backward = walk(reads, &filter, &order, true).await;
            backward.reverse();
            assert_eq!(backward, expected, "{field}");
        }
    }

    async fn cursors_of_other_orders_and_other_lists_are_refused(reads: &Reads) {
        let data = reads.data(PAGE, json!({ "first": 1 })).await;
        let cursor = data["storeSkus"]["pageInfo"]["endCursor"].clone();
        let by_sku = json!({ "after": cursor, "order": { "field": "SKU", "direction": "DESC" } });
        let records = "query($after: String) { syncRecords(after: $after) { totalCount } }";
        for (document, variables) in [
            (PAGE, by_sku),
            (PAGE, json!({ "before": "x" })),
            (PAGE, json!({ "first": 1, "last": 1 })),
            (PAGE, json!({ "first": 101 })),
            (PAGE, json!({ "filter": { "storeIds": ["x"] } })),
            (PAGE, json!({ "filter": { "quantity": { "from": 2, "to": 1 } } })),
            (records, json!({ "after": cursor })),
        ] {
            let answer = reads.ask(document, variables.clone()).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{variables} {answer}");
            let data = answer["data"].as_object().expect("the field is null, not the answer");
            assert!(data.values().all(Value::is_null));
        }
    }

    async fn filters_find_what_they_say(reads: &Reads) {
        let rows = &reads.rows;
        let id = |kind, id: Uuid| encode(kind, id);
        let numbered = |wanted: &dyn Fn(usize) -> bool| -> Vec<String> {
            (0..STORE_SKUS).filter(|number| wanted(*number)).map(|number| format!("K-{number:02}")).collect()
        };
        let (store, article) = (id(NodeKind::Store, rows.stores[1].id), id(NodeKind::WarehouseSku, rows.warehouse_skus[5].id));
        let made_of_five = |number: usize| matches!(number % 12, 0 | 5);
        let cases: Vec<(Value, Vec<String>)> = vec![
            (json!({ "search": "k-07" }), numbered(&|number| number == 7)),
            (json!({ "search": " ÉTUI 3 " }), numbered(&|number| number % 7 == 3)),
            (json!({ "search": "w-05" }), numbered(&made_of_five)),
            (json!({ "search": "50%_5" }), numbered(&made_of_five)),
            (json!({ "search": "5%" }), vec![]),
            (json!({ "warehouseSkuIds": [article] }), numbered(&made_of_five)),
            (json!({ "storeIds": [store] }), numbered(&|number| number % 3 == 1)),
            (json!({ "marketplaceIn": ["LAZADA"], "statusIn": ["FAILED"] }), numbered(&|n| n % 3 == 1 && n % 5 == 1)),
            (json!({ "hasSyncRule": false }), numbered(&|number| number % 4 == 0)),
            (json!({ "hasLastSync": false }), numbered(&|number| number % 5 == 4)),
            (json!({ "quantity": { "to": 0 } }), numbered(&|number| number % 9 == 0 && number % 5 != 4)),
            (json!({ "statusIn": [] }), vec![]),
            (json!({ "storeIds": [id(NodeKind::Store, rows.strange_store)] }), vec![]),
        ];
        for (filter, expected) in cases {
            assert_eq!(reads.skus(filter.clone()).await, expected, "{filter}");
        }
    }

    async fn statuses_are_counted_whatever_the_filter_says_about_them(reads: &Reads) {
        let document = "{ storeSkus(first: 1, filter: { statusIn: [FAILED] }) {
            totalCount statusCounts { neverSynced pending success partiallyFailed failed } }
            syncRecords(filter: { statusIn: [FAILED, SUCCESS] }) { totalCount statusCounts { total skipped failed } }
            manualSyncs { totalCount statusCounts { total skipped } nodes { counts { total } leftOut { count failureReason { code } } } } }";
        let expected = json!({
            "storeSkus": { "totalCount": 12, "statusCounts":
                { "neverSynced": 12, "pending": 12, "success": 12, "partiallyFailed": 12, "failed": 12 } },
            "syncRecords": { "totalCount": 24, "statusCounts": { "total": 48, "skipped": 0, "failed": 12 } },
            "manualSyncs": { "totalCount": 1, "statusCounts": { "total": 1, "skipped": 1 }, "nodes": [
                { "counts": { "total": 2 }, "leftOut": [{ "count": 3, "failureReason": { "code": "NO_LISTING" } }] }
            ] },
        });
        assert_eq!(reads.data(document, json!({})).await, expected);
    }

    async fn failure_reasons_are_summed_up_with_their_triggers(reads: &Reads) {
        let document = "{ failureReasons { code count stage failedTriggers(first: 1) { totalCount nodes { warehouseSku { sku } } } } }";
        let expected = json!({ "failureReasons": [
            { "code": "NO_STORE_SKU_MAPPING", "count": 5, "stage": "TRIGGER",
              "failedTriggers": { "totalCount": 5, "nodes": [{ "warehouseSku": { "sku": "W-04" } }] } },
            { "code": "MARKED_SHORT", "count": 2, "stage": "TRIGGER",
              "failedTriggers": { "totalCount": 2, "nodes": [{ "warehouseSku": { "sku": "W-06" } }] } },
        ] });
        assert_eq!(reads.data(document, json!({})).await, expected);
    }

    async fn details_belong_to_their_object(reads: &Reads) {
        let sku = &reads.rows.store_skus[0];
        let ids = [
            encode(NodeKind::StoreSku, sku.id),
            encode(NodeKind::WarehouseSku, reads.rows.warehouse_skus[5].id),
            encode(NodeKind::ManualSync, reads.rows.manual_sync),
        ];
        let document = "query($ids: [ID!]!) { nodes(ids: $ids) {
            ... on StoreSku { syncRecords { totalCount } listings { productId variantId } components { quantity } }
            ... on WarehouseSku { syncRecords { totalCount } storeSkus { totalCount } }
            ... on ManualSync { syncRecords(filter: { statusIn: [SUCCESS] }) { totalCount } } } }";
        let data = reads.data(document, json!({ "ids": ids })).await;
        assert_eq!(data["nodes"][0]["syncRecords"]["totalCount"], 1);
        assert_eq!(data["nodes"][0]["listings"], json!([{ "productId": "P-K-00", "variantId": null }]));
        assert_eq!(data["nodes"][0]["components"], json!([{ "quantity": 1 }, { "quantity": 2 }]));
        assert_eq!(data["nodes"][1]["storeSkus"]["totalCount"], 10);
        assert_eq!(data["nodes"][1]["syncRecords"]["totalCount"], 8);
        assert_eq!(data["nodes"][2]["syncRecords"]["totalCount"], 9);
    }

    async fn ids_of_others_and_of_nothing_are_null(reads: &Reads) {
        let ids = vec![
            encode(NodeKind::Store, reads.rows.stores[0].id),
            encode(NodeKind::Store, reads.rows.strange_store),
            encode(NodeKind::Merchant, reads.rows.stranger),
            encode(NodeKind::StoreSku, reads.rows.stores[0].id),
            ID("rubbish".to_owned()),
        ];
        let document = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
        let data = reads.data(document, json!({ "ids": ids })).await;
        let nothing = Value::Null;
        let expected = json!([{ "__typename": "Store", "id": ids[0] }, nothing, nothing, nothing, nothing]);
        assert_eq!(data["nodes"], expected);
        let answer = reads.ask_as(reads.rows.stranger, document, json!({ "ids": [ids[0].clone()] })).await;
        assert_eq!(answer["data"]["nodes"], json!([null]));
    }
}

/// The SKU codes of all pages, in the order in which they came.
async fn walk(reads: &Reads, filter: &Value, order: &Value, is_backward: bool) -> Vec<String> {
    let mut skus = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let variables = if is_backward {
            json!({ "filter": filter, "order": order, "last": 7, "before": cursor })
        } else {
            json!({ "filter": filter, "order": order, "first": 7, "after": cursor })
        };
        let data = reads.data(PAGE, variables).await;
        let page = &data["storeSkus"];
        let mut here: Vec<String> = page["edges"]
            .as_array()
            .expect("edges")
            .iter()
            .map(|edge| edge["node"]["sku"].as_str().expect("a code").to_owned())
            .collect();
        let (more, end) = if is_backward {
            here.reverse();
            ("hasPreviousPage", "startCursor")
        } else {
            ("hasNextPage", "endCursor")
        };
        assert!(!here.is_empty(), "a page that was announced is empty");
        skus.append(&mut here);
        if page["pageInfo"][more] == json!(false) {
            return skus;
        }
        cursor = page["pageInfo"][end].clone();
    }
}

fn number(sku: &str) -> usize {
    sku[2..].parse().expect("a number")
}
