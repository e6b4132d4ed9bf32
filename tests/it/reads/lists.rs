//! Lists within the items of lists, and the ways in which an answer may be made: they all come to the same.

use entity::sync_record;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use stock_sync::db::changes;
use stock_sync::db::filter::Range;
use stock_sync::db::sync_record::Filter;

use super::Reads;
use crate::support::both;

/// What is selected of warehouse SKUs with a page of their store SKUs in each.
const WITHIN: &str =
    "id storeSkus(first: $first, last: $last, after: $after, before: $before, orderBy: $order, filter: $filter) {
    edges { cursor node { sku } } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }";

both! {
    /// The pages within a list are those of each object by itself, wherever they begin and however they are sorted.
    async fn pages_within_a_list_are_those_of_each_object(reads: &Reads) {
        let parameters = "$first: Int, $last: Int, $after: String, $before: String, $order: StoreSkuOrder, $filter: StoreSkuFilter";
        let whole = format!("query({parameters}) {{ warehouseSkus(first: 20) {{ nodes {{ {WITHIN} }} }} }}");
        let single = format!("query($id: ID!, {parameters}) {{ node(id: $id) {{ ... on WarehouseSku {{ {WITHIN} }} }} }}");
        let mut rows = 0;
        for field in ["LAST_SYNC_AT", "SKU", "LAST_SYNC_STATUS", "STORE", "CREATED_AT"] {
            for direction in ["ASC", "DESC"] {
                for page in [json!({ "first": 2 }), json!({ "last": 3 })] {
                    let mut asked = page.clone();
                    asked["order"] = json!({ "field": field, "direction": direction });
                    asked["filter"] = json!({ "statusIn": ["SUCCESS", "FAILED", "PENDING"] });
                    let pages = reads.data(&whole, asked.clone()).await;
                    let first = &pages["warehouseSkus"]["nodes"][0]["storeSkus"]["pageInfo"];
                    let place = if page["first"].is_null() { ("before", "startCursor") } else { ("after", "endCursor") };
                    let mut beyond = asked.clone();
                    beyond[place.0] = first[place.1].clone();
                    for asked in [asked, beyond] {
                        let pages = reads.data(&whole, asked.clone()).await;
                        for page in pages["warehouseSkus"]["nodes"].as_array().expect("nodes") {
                            let mut of_one = asked.clone();
                            of_one["id"] = page["id"].clone();
                            assert_eq!(reads.data(&single, of_one).await["node"], *page, "{asked}");
                            rows += page["storeSkus"]["edges"].as_array().expect("edges").len();
                        }
                    }
                }
            }
        }
        assert!(rows > 500, "{rows} rows say little");
    }

    /// An answer that async-graphql makes by itself, because a directive is left in the document, is the same.
    async fn answers_are_the_same_with_a_directive(reads: &Reads) {
        let documents = [
            "{ storeSkus(first: 7) { nodes { SOME __typename sku name: productName lastSync { at status record { id } }
                store { id name __typename } components { quantity warehouseSku { sku } } listings { productId } syncRule { name } } } }",
            "{ storeSkus(first: 7) { edges { SOME cursor node { ...Part ... on StoreSku { variationName } } } } }
                fragment Part on StoreSku { id marketplace ... { createdAt } }",
            "{ storeSkus(first: 7) { nodes { SOME ... on Node { id } sku } } }",
            "{ storeSkus(first: 7) { nodes { SOME store { id } store { name } id id } } }",
            "{ syncRecords(first: 9) { nodes { SOME status failureReason { code title } manualSync { requestedBy counts { total } }
                syncRule { name stores { name } warehouses { name } sellOut { threshold } } warehouseSku { stockLevels { available } } } } }",
            "{ warehouseSkus(first: 5) { nodes { SOME sku storeSkus(first: 2) { nodes { sku store { name } } } lastSync { status } } } }",
            "{ storeSkus(first: 7) { nodes { SOME id sku id ...Named store { __typename name ...Named __typename } } } }
                fragment Named on Node { id __typename }",
            "{ storeSkus(first: 7) { nodes { SOME id ...Sku lastSync { at at } } } } fragment Sku on StoreSku { __typename id sku }",
            "{ failedTriggers { nodes { SOME failureReason { code } store { name } occurredAt } } }",
        ];
        for document in documents {
            let lean = reads.data(&document.replace("SOME", ""), json!({})).await;
            let plain = reads.data(&document.replace("SOME", "extra: __typename @include(if: true)"), json!({})).await;
            let plain = without_extra(plain);
            assert_eq!(serde_json::to_string(&lean).expect("JSON"), serde_json::to_string(&plain).expect("JSON"));
        }
    }

    /// What is selected in two places under one key is merged, in fragments and in the items of lists too.
    async fn what_is_selected_twice_is_merged(reads: &Reads) {
        let once = "{ storeSkus(first: 7) { nodes { id sku store { id name } components { quantity warehouseSku { sku } } }
            pageInfo { endCursor hasNextPage } totalCount } }";
        let documents = [
            "{ storeSkus(first: 7) { nodes { id } } storeSkus(first: 7) { nodes { sku store { id name }
                components { quantity warehouseSku { sku } } } pageInfo { endCursor hasNextPage } totalCount } }",
            "{ storeSkus(first: 7) { nodes { id sku } pageInfo { endCursor } nodes { store { id name }
                components { quantity warehouseSku { sku } } } pageInfo { hasNextPage } totalCount } }",
            "{ storeSkus(first: 7) { nodes { id sku store { id } components { quantity } store { name } components { warehouseSku { sku } } }
                pageInfo { endCursor hasNextPage } totalCount } }",
            "{ storeSkus(first: 7) { ...A ...B } }
                fragment A on StoreSkuConnection { nodes { ...S id } pageInfo { endCursor hasNextPage } }
                fragment B on StoreSkuConnection { totalCount nodes { components { quantity } ... { components { warehouseSku { sku } } } } }
                fragment S on StoreSku { id sku store { id } store { name } }",
        ];
        let once = reads.data(once, json!({})).await;
        for document in documents {
            assert_eq!(reads.data(document, json!({})).await, once, "{document}");
        }
    }

    /// What a live subscription's filter says of a record, without asking the database, is what the database says.
    async fn filters_say_the_same_to_a_record_and_to_the_database(reads: &Reads) {
        let all = sync_record::Entity::find().all(reads.db.reader()).await.expect("the records");
        let ids: Vec<_> = all.iter().map(|row| row.id).collect();
        let merchant = reads.rows.merchant;
        let mut filters = vec![Filter::default(), Filter { stores: Some(Vec::new()), ..Filter::default() }];
        for row in &all {
            filters.extend([
                Filter { reasons: Some(vec![row.reason]), ..Filter::default() },
                Filter { marketplaces: Some(vec![row.marketplace]), ..Filter::default() },
                Filter { stores: Some(vec![row.store_id]), ..Filter::default() },
                Filter { sync_rules: Some(row.sync_rule_id.into_iter().collect()), ..Filter::default() },
                Filter { store_skus: Some(vec![row.store_sku_id]), ..Filter::default() },
                Filter { warehouse_skus: Some(row.warehouse_sku_id.into_iter().collect()), ..Filter::default() },
                Filter { warehouses: Some(row.warehouse_id.into_iter().collect()), ..Filter::default() },
                Filter { manual_syncs: Some(row.manual_sync_id.into_iter().collect()), ..Filter::default() },
                Filter { failure_codes: Some(row.failure_code.into_iter().collect()), ..Filter::default() },
                Filter { created_at: Range { from: Some(row.created_at), to: None }, ..Filter::default() },
                Filter { created_at: Range { from: None, to: Some(row.created_at) }, ..Filter::default() },
            ]);
        }
        for filter in filters {
            let found = changes::matching(&reads.db, merchant, &filter, &ids).await.expect("the records");
            for row in &all {
                assert_eq!(filter.takes_but_for_status(row), found.contains_key(&row.id), "{filter:?}: {row:?}");
            }
        }
    }
}

/// The answer without the fields that were only asked for to have a directive.
fn without_extra(mut answer: Value) -> Value {
    match &mut answer {
        Value::Object(fields) => {
            fields.remove("extra");
            fields
                .values_mut()
                .for_each(|value| *value = without_extra(value.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| *value = without_extra(value.take())),
        _ => {}
    }
    answer
}
