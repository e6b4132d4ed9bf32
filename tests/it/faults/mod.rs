//! The database fails, readers stop reading, processes are stopped and killed.

mod disk;
mod durable;
mod locks;
mod restart;
mod slow;
mod stop;

use std::time::Duration;

use entity::types::Role;
use serde_json::{Value, json};

use crate::support::graphql::{Answer, Client, mutation};
use crate::support::program::Process;
use crate::support::{PATIENCE, TestApp};

/// Flags that let a program of its own work as quickly as the server of a test does.
const QUICK: [&str; 8] = [
    "--poll-interval-ms",
    "50",
    "--retry-base-ms",
    "50",
    "--retry-attempts",
    "1000",
    "--hold-seconds",
    "1",
];

/// Calls a process as the admin of the test's merchant.
fn admin_of(process: &Process, app: &TestApp) -> Client {
    Client::new(process.address(), Some(app.tenant().token(Role::Admin)))
}

/// Reports a count, and returns whatever came back.
async fn try_stock(admin: &Client, sku: &str, available: u32) -> Answer {
    let change = json!({ "warehouse": "w1", "sku": sku, "available": available, "reason": "STOCK_COUNTED" });
    let key = format!("{sku}-{available}");
    let input = json!({ "changes": [change], "idempotencyKey": key });
    let document = mutation("recordStockChanges", "__typename");
    admin.raw(&document, json!({ "input": input })).await
}

/// The code of the first error; none when there is none.
fn code_of(answer: &Answer) -> Option<&str> {
    let errors = answer.body["errors"].as_array()?;
    errors.first()?["extensions"]["code"].as_str()
}

/// The answer says that the database is unavailable, in words that are fit for callers.
fn assert_unavailable(answer: &Answer) {
    assert_eq!(code_of(answer), Some("UNAVAILABLE"), "{:#}", answer.body);
    let message = answer.body["errors"][0]["message"].as_str().unwrap_or_default();
    assert!(message.contains("try again in a moment"), "{message}");
}

/// The change was taken.
fn assert_taken(answer: &Answer) {
    assert_eq!(code_of(answer), None, "{:#}", answer.body);
    assert_eq!(answer.body["data"]["recordStockChanges"]["userErrors"], json!([]));
}

/// Status and quantity of each record, oldest first; none while the database does not answer.
async fn try_records(client: &Client) -> Option<Value> {
    let answer = client
        .raw(
            "{ syncRecords(first: 100) { nodes { status quantityAfter } } }",
            json!({}),
        )
        .await;
    if code_of(&answer) == Some("UNAVAILABLE") {
        return None;
    }
    let nodes = answer.body["data"]["syncRecords"]["nodes"].as_array().expect("records");
    Some(
        nodes
            .iter()
            .rev()
            .map(|node| json!([node["status"], node["quantityAfter"]]))
            .collect(),
    )
}

/// Waits until no record is pending, and returns [`try_records`].
async fn final_records(client: &Client) -> Value {
    until("every record to be final", async || {
        let records = try_records(client).await?;
        (!records.to_string().contains("PENDING")).then_some(records)
    })
    .await
}

/// The status of `/health/ready`; none when nobody takes the connection.
async fn readiness(client: &Client) -> Option<u16> {
    let answer = reqwest::get(client.url("/health/ready")).await.ok()?;
    Some(answer.status().as_u16())
}

/// Looks again and again, for what happens in another process and tells nobody.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, looking).await;
    found.unwrap_or_else(|_| panic!("waited {PATIENCE:?} in vain for {what}"))
}
