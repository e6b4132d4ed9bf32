//! What the worker sends, and what becomes of a record after each kind of answer.

mod batches;
mod connection;
mod evidence;
mod in_flight;
mod moved;
mod pauses;
mod replies;
mod retries;
mod rows;
mod turns;

use serde_json::Value;

use crate::support::TestApp;
use crate::support::history::records;
use crate::support::seed::stock;

/// Reports the stock of `A`, waits until nothing is pending, and returns the newest record.
async fn pushed(app: &TestApp, available: u32) -> Value {
    stock(&app.admin(), "A", available).await;
    app.settled().await;
    let mut records = records(&app.viewer()).await;
    records.pop().expect("the change made a record")
}

/// The connection of a store as it shows.
async fn connection(app: &TestApp, store: &str) -> Value {
    let document = "{ stores { nodes { code connection { status endpoint pausedUntil pauseReason { code } failureReason { code } } } } }";
    let data = app.viewer().query(document, serde_json::json!({})).await;
    let stores = data["stores"]["nodes"].as_array().expect("a list");
    let found = stores.iter().find(|row| row["code"] == store);
    found.expect("the store is there")["connection"].clone()
}
