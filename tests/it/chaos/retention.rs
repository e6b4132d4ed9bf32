//! Retention, while eight callers write at the same time.

use std::collections::HashSet;

use entity::types::SyncStatus;
use entity::{store_sku, sync_record};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::graphql::{Client, each, text};
use crate::support::marketplace::{Gate, Reply};
use crate::support::scale::Scale;
use crate::support::seed::{Catalogue, stock_changes};
use crate::support::{TestApp, both};

const WRITERS: usize = 8;
/// Batches of a writer in one round, and changes of each SKU in a batch.
const BATCHES: usize = 4;
const CHANGES: usize = 6;
const SKUS: [&str; 2] = ["A", "B"];
/// The promise.
const KEPT: u64 = 100;

both! {
    /// At every moment there are at most a hundred records of a store SKU, and those that are in flight are among them;
    /// at the end it is the newest hundred.
    async fn eight_writers_never_make_it_more_than_a_hundred(app: &TestApp) {
        let mut catalogue = Catalogue::least(app.market()).store("s2", "LAZADA", app.market()).sku("B");
        catalogue = catalogue.store_sku("s1", "B", &[("B", 1)]);
        for sku in SKUS {
            catalogue = catalogue.store_sku("s2", sku, &[(sku, 1)]);
        }
        catalogue.make(&app.admin()).await;
        for round in 0..Scale::of_this_run().retention_rounds {
            write_for_a_round(app, round).await;
        }
    }
}

/// The marketplace answers nothing during the round, so that of each store SKU one record stays in flight and one unsent.
/// The round has to be over before the servers give the calls up, after 15 seconds.
async fn write_for_a_round(app: &TestApp, round: usize) {
    let gate = Gate::default();
    app.market().every_call(Reply::Held(gate.clone(), Box::default()));
    let calls = app.market().calls().len();
    stock_changes(&app.admin(), batch(1)).await;
    app.market()
        .wait_until("every store SKU to be in flight", |log| {
            let items = log.calls[calls..].iter().map(|call| call.items.len()).sum::<usize>();
            (items == 2 * SKUS.len()).then_some(())
        })
        .await;
    let in_flight = pending(app).await;

    let end = CancellationToken::new();
    let samplers: Vec<_> = (0..2)
        .map(|_| tokio::spawn(sample(app.viewer(), end.clone())))
        .collect();
    let writers = (0..WRITERS).map(|_| tokio::spawn(write(app.admin())));
    for writer in futures_util::future::join_all(writers).await {
        writer.expect("a writer failed");
    }
    end.cancel();
    for sampler in samplers {
        let samples = sampler.await.expect("a sample failed");
        assert!(samples > 0);
    }
    let pending_now = pending(app).await;
    assert!(
        pending_now.is_superset(&in_flight),
        "round {round}: a record in flight was deleted"
    );
    assert_eq!(
        pending_now.len(),
        2 * in_flight.len(),
        "round {round}: one in flight and one unsent each"
    );

    app.market().every_call(Reply::Rows);
    gate.open();
    app.settled().await;
    stock_changes(&app.admin(), batch(1)).await;
    app.settled().await;
    the_newest_are_kept(app).await;
}

async fn write(admin: Client) {
    for _ in 0..BATCHES {
        stock_changes(&admin, batch(CHANGES)).await;
    }
}

fn batch(changes: usize) -> Vec<Value> {
    let change = |number: usize| {
        SKUS.map(|sku| json!({ "warehouse": "w1", "sku": sku, "delta": number + 1, "reason": "STOCK_IN_MANUAL" }))
    };
    (0..changes).flat_map(change).collect()
}

/// Looks until it is told to end, at the count and at the pages; how often it looked.
async fn sample(viewer: Client, end: CancellationToken) -> usize {
    let document = "{ storeSkus { nodes { id syncRecords(first: 100) {
        totalCount nodes { id } pageInfo { hasNextPage }
    } } } }";
    let mut samples = 0;
    loop {
        let data = viewer.query(document, json!({})).await;
        let rows = &data["storeSkus"]["nodes"];
        for records in each(rows, |row| row["syncRecords"].clone()) {
            let count = records["totalCount"].as_u64().expect("a number");
            assert!(count <= KEPT, "{count} records");
            assert_eq!(
                records["pageInfo"]["hasNextPage"], false,
                "more than a page of a hundred"
            );
        }
        each_page_is_short(&viewer, &text(&rows[0]["id"])).await;
        samples += 1;
        if end.is_cancelled() {
            return samples;
        }
    }
}

/// Reads one store SKU's records page by page. The pages are of different moments, so only new records could come between
/// them, and these are before the first page.
async fn each_page_is_short(viewer: &Client, store_sku: &str) {
    let document = "query($id: [ID!], $after: String) {
        syncRecords(first: 30, after: $after, filter: { storeSkuIds: $id }) {
            nodes { id } pageInfo { hasNextPage endCursor }
        }
    }";
    let (mut ids, mut after) = (HashSet::new(), Value::Null);
    loop {
        let data = viewer
            .query(document, json!({ "id": [store_sku], "after": after }))
            .await;
        let page = &data["syncRecords"];
        ids.extend(each(&page["nodes"], |node| text(&node["id"])));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert!(ids.len() as u64 <= KEPT, "{} records on all pages", ids.len());
}

async fn pending(app: &TestApp) -> HashSet<Uuid> {
    let pending = sync_record::Entity::find().filter(sync_record::Column::Status.eq(SyncStatus::Pending));
    let records = pending.all(app.db().reader()).await.expect("records");
    records.iter().map(|record| record.id).collect()
}

async fn the_newest_are_kept(app: &TestApp) {
    let db = app.db().reader();
    for row in store_sku::Entity::find().all(db).await.expect("store SKUs") {
        let of_it = sync_record::Entity::find().filter(sync_record::Column::StoreSkuId.eq(row.id));
        let records = of_it
            .order_by_asc(sync_record::Column::Seq)
            .all(db)
            .await
            .expect("records");
        let numbers: Vec<i64> = records.iter().map(|record| record.seq).collect();
        let newest: Vec<i64> = (row.record_seq - 99..=row.record_seq).collect();
        assert_eq!(numbers, newest, "{} of {}", row.sku, row.store_id);
    }
}
