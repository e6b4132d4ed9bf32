//! Ten thousand at once.

#![expect(
    clippy::print_stdout,
    reason = "how long it took is for whoever reads the test's output"
)]

use std::time::Instant;

use serde_json::json;

use super::STARTED;
use crate::support::marketplace::Reply;
use crate::support::seed::{Catalogue, listing, stock_changes};
use crate::support::{TestApp, both};

const STORES: [&str; 4] = ["s1", "s2", "s3", "s4"];
/// Warehouse SKUs; each is in every store this many times.
const SKUS: usize = 50;
const EACH: usize = 50;
const ALL: usize = STORES.len() * SKUS * EACH;

both! {
    /// All 10,000 store SKUs failed; one call takes them all, each once, and they are pushed in the background.
    async fn one_call_takes_ten_thousand(app: &TestApp) {
        let backend = app.database().url().split(':').next().unwrap();
        make(app).await;
        app.market().every_call(Reply::status(400));
        let changes = (0..SKUS).map(|sku| {
            json!({ "warehouse": "w1", "sku": code(sku), "available": 7, "reason": "STOCK_COUNTED" })
        });
        let started = Instant::now();
        stock_changes(&app.admin(), changes.collect()).await;
        println!("{backend}: {ALL} records from {SKUS} stock changes were acknowledged after {:?}", started.elapsed());
        reach(app, "failed").await;
        println!("{backend}: and pushed after {:?}", started.elapsed());

        app.market().every_call(Reply::Rows);
        let started = Instant::now();
        let input = json!({ "filter": { "statusIn": ["FAILED"] }, "idempotencyKey": "all of them" });
        let payload = app.operator().mutate("resync", STARTED, input.clone()).await;
        println!("{backend}: a resync of {ALL} was answered after {:?}", started.elapsed());
        assert_eq!(payload["takenCount"], ALL);
        assert_eq!(payload["leftOutCount"], 0);
        let again = app.operator().mutate("resync", STARTED, input).await;
        assert_eq!((&again["isReplay"], &again["takenCount"]), (&json!(true), &json!(ALL)));

        reach(app, "success").await;
        println!("{backend}: and pushed after {:?}", started.elapsed());
        let document = "query($id: ID!) { node(id: $id) { ... on ManualSync { status finishedAt counts { total success } } } }";
        let data = app.viewer().query(document, json!({ "id": payload["manualSync"]["id"] })).await;
        assert_eq!(data["node"]["status"], "SUCCESS");
        assert_eq!(data["node"]["counts"], json!({ "total": ALL, "success": ALL }));
        assert!(data["node"]["finishedAt"].is_string());
        for store in STORES {
            for number in [0, SKUS * EACH - 1] {
                assert_eq!(app.market().quantity(&listing(store, &number.to_string())), Some(7), "{store} {number}");
            }
        }
    }
}

fn code(sku: usize) -> String {
    format!("W{sku}")
}

async fn make(app: &TestApp) {
    let mut catalogue = Catalogue::default().warehouse("w1").rule("everything", json!({}));
    for sku in 0..SKUS {
        catalogue = catalogue.sku(&code(sku));
    }
    for store in STORES {
        catalogue = catalogue.store(store, "SHOPEE", app.market());
        for number in 0..SKUS * EACH {
            let part = code(number % SKUS);
            catalogue = catalogue.store_sku(store, &number.to_string(), &[(part.as_str(), 1)]);
        }
    }
    catalogue.make(&app.admin()).await;
}

/// Waits until all store SKUs have a last sync at a status. Each step on the way may take its time, not the whole.
async fn reach(app: &TestApp, status: &str) {
    let viewer = app.viewer();
    let document = format!("{{ storeSkus(first: 1) {{ statusCounts {{ {status} }} }} }}");
    let mut reached = 0;
    while reached < ALL {
        let before = reached;
        reached = app
            .eventually("more store SKUs to get there", async || {
                let data = viewer.query(&document, json!({})).await;
                let count = data["storeSkus"]["statusCounts"][status].as_u64();
                let count = usize::try_from(count.unwrap()).unwrap();
                (count > before).then_some(count)
            })
            .await;
    }
}
