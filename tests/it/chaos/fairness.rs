//! One merchant has very much to push, and another has a little.

use std::time::{Duration, Instant};

use entity::types::Role;
use serde_json::json;

use crate::support::graphql::Client;
use crate::support::marketplace::Reply;
use crate::support::seed::{Catalogue, stock, stock_changes};
use crate::support::{Scale, TestApp, both};

const STORES: [&str; 5] = ["s1", "s2", "s3", "s4", "s5"];
/// How long the little may take, where that is measured: in the long form alone.
const IN_TIME: Duration = Duration::from_secs(2);

both! {
    /// While a large resync is planned and pushed, every change of another merchant is pushed before that ends; in the long
    /// form, within two seconds.
    async fn a_large_resync_does_not_hold_up_another_merchant(app: &TestApp) {
        let scale = Scale::of_this_run();
        make_much(app, scale.large).await;
        let other = app.another_tenant().await;
        let little = app.client(&other, Role::Admin);
        Catalogue::default()
            .store("theirs", "LAZADA", app.market())
            .warehouse("w1")
            .sku("L")
            .store_sku("theirs", "L", &[("L", 1)])
            .rule("everything", json!({}))
            .make(&little)
            .await;

        all_pushed(app).await;
        let before = app.market().calls().len();
        let gate = app.market().hold_next_call(Reply::Rows);
        let payload = app.operator().mutate("resync", "takenCount", json!({ "filter": {} })).await;
        assert_eq!(payload["takenCount"], scale.large);
        app.market().wait_for_calls(before + 1).await;
        let mut worst = Duration::ZERO;
        let mut pushes = 0;
        while pushes < 3 || has_pending(app).await {
            pushes += 1;
            worst = worst.max(push(app, &little, pushes).await);
            if pushes == 3 {
                assert!(has_pending(app).await, "the large one was to be held up");
                gate.open();
            }
        }
        eprintln!("{} records: the slowest of {pushes} pushes of another merchant took {worst:?}", scale.large);
        assert!(!scale.is_long || worst < IN_TIME, "another merchant waited for {worst:?}");
    }
}

/// So many store SKUs with stock, all of them pushed once.
async fn make_much(app: &TestApp, count: usize) {
    let admin = app.admin();
    let mut catalogue = Catalogue::default().warehouse("w1").rule("everything", json!({}));
    for store in STORES {
        catalogue = catalogue.store(store, "SHOPEE", app.market());
    }
    for sku in (0..count / STORES.len()).map(|number| format!("W{number}")) {
        catalogue = catalogue.sku(&sku);
        for store in STORES {
            catalogue = catalogue.store_sku(store, &sku, &[(&sku, 1)]);
        }
    }
    catalogue.make(&admin).await;
    let skus: Vec<String> = (0..count / STORES.len()).map(|number| format!("W{number}")).collect();
    for skus in skus.chunks(200) {
        let change = |sku| json!({ "warehouse": "w1", "sku": sku, "available": 5, "reason": "STOCK_COUNTED" });
        stock_changes(&admin, skus.iter().map(change).collect()).await;
    }
}

/// Waits until nothing is pending. Each step on the way may take its time, not the whole.
async fn all_pushed(app: &TestApp) {
    let pending = "{ syncRecords(first: 1, filter: { statusIn: [PENDING] }) { totalCount } }";
    let viewer = app.viewer();
    let mut left = u64::MAX;
    while left > 0 {
        let before = left;
        left = app
            .eventually("more records to be final", async || {
                let data = viewer.query(pending, json!({})).await;
                data["syncRecords"]["totalCount"].as_u64().filter(|left| *left < before)
            })
            .await;
    }
}

/// Reports a stock change and waits until it is pushed; how long that took.
async fn push(app: &TestApp, admin: &Client, available: u32) -> Duration {
    let started = Instant::now();
    stock(admin, "L", available).await;
    app.market().wait_for_quantity("theirs-L", available.into()).await;
    started.elapsed()
}

/// Whether the first merchant has anything to push, or to plan.
async fn has_pending(app: &TestApp) -> bool {
    let document = "{ manualSyncs(first: 1) { nodes { status } } }";
    let data = app.viewer().query(document, json!({})).await;
    data["manualSyncs"]["nodes"][0]["status"] == "PENDING"
}
