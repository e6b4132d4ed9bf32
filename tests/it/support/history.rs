//! Reading the history, as a test looks at it: whole, oldest first, a few fields at a time.

use serde_json::{Value, json};

use super::graphql::Client;

/// All of a record but its attempts.
const RECORD: &str = "id status reason reference marketplace ruleName quantityBefore movement quantityAfter isClamped
    isInFlight attemptCount nextAttemptAt createdAt startedAt finishedAt failureMessage
    failureReason { code stage title remedy isRetryable }
    store { code } storeSku { id sku } warehouseSku { sku } warehouse { code } syncRule { id name }
    supersededBy { id } manualSync { id }";

const ATTEMPT: &str = "attemptNumber outcome httpStatus productId variantId locationId message request response retryAt
    startedAt finishedAt durationMs failureReason { code }";

const FAILED_TRIGGER: &str = "reason reference movement occurredAt failureReason { code stage title remedy }
    warehouseSku { sku } warehouse { code } store { code } storeSku { sku } syncRule { name } manualSync { id }";

/// The merchant's newest 100 records, oldest first.
pub(crate) async fn records(client: &Client) -> Vec<Value> {
    let document = format!("{{ syncRecords(first: 100) {{ nodes {{ {RECORD} }} }} }}");
    oldest_first(client.query(&document, json!({})).await, "syncRecords")
}

/// The newest 100 records of the store SKUs with this code in a store, oldest first.
pub(crate) async fn records_of(client: &Client, store: &str, sku: &str) -> Vec<Value> {
    let mut records = records(client).await;
    records.retain(|record| record["store"]["code"] == store && record["storeSku"]["sku"] == sku);
    records
}

/// The merchant's only record.
pub(crate) async fn only_record(client: &Client) -> Value {
    let mut records = records(client).await;
    assert_eq!(records.len(), 1, "there should be one record: {records:#?}");
    records.remove(0)
}

/// The attempts of a record, oldest first.
pub(crate) async fn attempts(client: &Client, record: &Value) -> Vec<Value> {
    let document = format!(
        "query($id: ID!) {{ node(id: $id) {{ ... on SyncRecord {{ attempts(first: 100) {{ nodes {{ {ATTEMPT} }} }} }} }} }}"
    );
    let mut data = client.query(&document, json!({ "id": record["id"] })).await;
    list(data["node"]["attempts"]["nodes"].take())
}

/// The merchant's newest 100 failed triggers, oldest first.
pub(crate) async fn failed_triggers(client: &Client) -> Vec<Value> {
    let document = format!("{{ failedTriggers(first: 100) {{ nodes {{ {FAILED_TRIGGER} }} }} }}");
    oldest_first(client.query(&document, json!({})).await, "failedTriggers")
}

/// The row of a store SKU in the first tab.
pub(crate) async fn store_sku(client: &Client, store: &str, sku: &str) -> Value {
    let document = "query($sku: String) { storeSkus(first: 100, filter: { search: $sku }) { nodes {
        id sku pushedQuantity store { code } syncRule { name } components { quantity warehouseSku { sku } }
        lastSync { status quantity reason at record { id } }
    } } }";
    let data = client.query(document, json!({ "sku": sku })).await;
    let rows = list(data["storeSkus"]["nodes"].clone());
    let mut rows = rows.into_iter();
    rows.find(|row| row["store"]["code"] == store && row["sku"] == sku)
        .unwrap_or_else(|| panic!("there is no store SKU {sku} in {store}"))
}

/// What is at these paths, such as `storeSku.sku`, as a list.
pub(crate) fn pick(value: &Value, paths: &[&str]) -> Value {
    let at = |path: &&str| path.split('.').fold(value, |value, field| &value[field]).clone();
    paths.iter().map(at).collect()
}

/// [`pick`] of each.
pub(crate) fn pick_each(values: &[Value], paths: &[&str]) -> Value {
    values.iter().map(|value| pick(value, paths)).collect()
}

fn oldest_first(mut data: Value, field: &str) -> Vec<Value> {
    let mut nodes = list(data[field]["nodes"].take());
    nodes.reverse();
    nodes
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        other => panic!("{other} is not a list"),
    }
}
