//! The tally of records, and the numbers that are read from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use entity::types::{Marketplace, SyncStatus};
use entity::{sync_record, sync_record_tally};
use sea_orm::{DbBackend, EntityTrait};
use serde_json::{Value, json};
use stock_sync::db::keyset::{Counted, Paged};
use stock_sync::db::sync_record::Filter;
use stock_sync::db::sync_record_tally::fold;
use stock_sync::db::{Db, prune};
use stock_sync::domain::retention::Cutoffs;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::make_anew;
use crate::support::graphql::{Client, text};
use crate::support::marketplace::Reply;
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

both! {
    /// Totals and counts by status are what counting finds, whatever of status, store and marketplace is asked for, before
    /// the tally is folded and after, and when records are gone.
    async fn totals_are_what_counting_finds(app: &TestApp) {
        shop(app).make(&app.admin()).await;
        for available in [5, 6] {
            stock(&app.admin(), "A", available).await;
            all_ended(app).await;
        }
        app.market().every_call(Reply::status(400));
        stock(&app.admin(), "A", 7).await;
        all_ended(app).await;
        agree(app).await;
        fold(app.db()).await.unwrap();
        agree(app).await;
        let rows = sync_record_tally::Entity::find().all(app.db().reader()).await.unwrap();
        let kinds: BTreeMap<_, _> = rows.iter().map(|row| ((row.store_id, row.status.word()), row.matching)).collect();
        assert_eq!(rows.len(), kinds.len(), "one row for each store and status: {rows:?}");

        assert_eq!(prune_records(app.db()).await, 9);
        agree(app).await;
        fold(app.db()).await.unwrap();
        assert!(sync_record_tally::Entity::find().all(app.db().reader()).await.unwrap().is_empty());
        agree(app).await;
    }

    /// Callers whose changes supersede each other, a worker that pushes them, a pruner, and two that fold at once.
    async fn it_is_exact_among_writers_a_pruner_and_folders(app: &TestApp) {
        const WRITERS: usize = 4;
        let skus: Vec<String> = (0..WRITERS).map(|number| format!("S{number}")).collect();
        let catalogue = skus.iter().fold(shop(app), |catalogue, sku| {
            catalogue.sku(sku).store_sku("s1", sku, &[(sku, 1)]).store_sku("s2", sku, &[(sku, 1)])
        });
        catalogue.make(&app.admin()).await;
        let end = CancellationToken::new();
        let others: Vec<_> = [true, false]
            .map(|prunes| tokio::spawn(fold_until(app.engine().db().clone(), prunes, end.clone())))
            .into();
        let skus = Arc::new(skus);
        let writers: Vec<_> = (0..WRITERS).map(|writer| tokio::spawn(write(app.admin(), Arc::clone(&skus), writer))).collect();
        for writer in writers {
            writer.await.unwrap();
        }
        all_ended(app).await;
        end.cancel();
        let mut fewer = 0;
        for other in others {
            fewer += other.await.unwrap();
        }
        assert!(fewer > 0, "rows were folded while others wrote");
        exact(app.db()).await;
        agree(app).await;
    }

    /// What was there before there was a tally is in it.
    async fn older_records_are_tallied_by_the_migration(app: &TestApp) {
        shop(app).make(&app.admin()).await;
        stock(&app.admin(), "A", 5).await;
        all_ended(app).await;
        app.stop_server().await;
        make_anew(app.db()).await;
        exact(app.db()).await;
        let rows = sync_record_tally::Entity::find().all(app.db().reader()).await.unwrap();
        assert_eq!(rows.len(), 3, "{rows:?}");
        app.start_server(|_| {}).await;
        stock(&app.admin(), "A", 6).await;
        all_ended(app).await;
        exact(app.db()).await;
        agree(app).await;
    }

    /// What the tally can tell is not looked for in history.
    async fn what_it_can_tell_reads_no_records(app: &TestApp) {
        let merchant = app.tenant().id;
        let told = [
            Filter::default(),
            Filter { statuses: Some(vec![SyncStatus::Failed]), ..Filter::default() },
            Filter { stores: Some(vec![Uuid::now_v7()]), ..Filter::default() },
            Filter { marketplaces: Some(vec![Marketplace::Shopee]), ..Filter::default() },
        ];
        let reads = |filter: &Filter| {
            let sql = |statement: sea_orm::sea_query::SelectStatement| match app.db().backend() {
                DbBackend::Postgres => statement.to_string(sea_orm::sea_query::PostgresQueryBuilder),
                _ => statement.to_string(sea_orm::sea_query::SqliteQueryBuilder),
            };
            let statements = [
                sync_record::Entity::counting(merchant, filter),
                sync_record::Entity::counting_by_status(merchant, filter),
            ];
            statements.map(|statement| sql(statement).contains("\"sync_record\""))
        };
        for filter in told {
            assert_eq!(reads(&filter), [false, false], "{filter:?}");
        }
        let counted = Filter { store_skus: Some(vec![Uuid::now_v7()]), ..Filter::default() };
        assert_eq!(reads(&counted), [true, true]);
    }
}

/// Two stores on Shopee and one on Lazada that list the same article.
fn shop(app: &TestApp) -> Catalogue {
    let catalogue = Catalogue::least(app.market());
    let catalogue = catalogue.store("s2", "SHOPEE", app.market());
    let catalogue = catalogue.store("s3", "LAZADA", app.market());
    let catalogue = catalogue.store_sku("s2", "A", &[("A", 1)]);
    catalogue.store_sku("s3", "A", &[("A", 1)])
}

async fn write(admin: Client, skus: Arc<Vec<String>>, writer: usize) {
    for available in 0..20 {
        stock(&admin, &skus[writer], available).await;
        stock(&admin, "A", available).await;
    }
}

/// Folds the tally again and again, and deletes all records that have ended before if asked to; how many rows of the tally
/// there were fewer.
async fn fold_until(db: Db, prunes: bool, end: CancellationToken) -> u64 {
    let mut fewer = 0;
    while !end.is_cancelled() {
        if prunes {
            prune_records(&db).await;
        }
        fewer += fold(&db)
            .await
            .unwrap_or_else(|error| panic!("{}", error.operator_text()));
    }
    fewer
}

/// Deletes all records that have ended, and nothing else.
async fn prune_records(db: &Db) -> u64 {
    let cutoffs = Cutoffs {
        records: stock_sync::clock::now() + chrono::TimeDelta::minutes(1),
        failed_triggers: chrono::DateTime::UNIX_EPOCH,
        manual_syncs: chrono::DateTime::UNIX_EPOCH,
        traces: chrono::DateTime::UNIX_EPOCH,
    };
    let pruned = prune::delete(db, &cutoffs).await;
    pruned
        .unwrap_or_else(|error| panic!("{}", error.operator_text()))
        .records
}

/// Waits until nothing is pending.
async fn all_ended(app: &TestApp) {
    app.eventually("all records to have ended", async || {
        let data = app
            .viewer()
            .query("{ storeSkus(first: 1) { statusCounts { pending } } }", json!({}))
            .await;
        (data["storeSkus"]["statusCounts"]["pending"] == 0).then_some(())
    })
    .await;
}

/// The numbers with a filter are those with all reasons named besides, which are counted.
async fn agree(app: &TestApp) {
    exact(app.db()).await;
    let document = "query($filter: SyncRecordFilter) { syncRecords(first: 1, filter: $filter) {
        totalCount statusCounts { total pending success partiallyFailed failed skipped } } }";
    let data = app.viewer().query("{ stores { nodes { id } } }", json!({})).await;
    let stores: Vec<String> = data["stores"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|store| text(&store["id"]))
        .collect();
    let filters = [
        json!({}),
        json!({ "statusIn": ["FAILED", "SUCCESS"] }),
        json!({ "statusIn": [] }),
        json!({ "storeIds": [stores[0], stores[2]] }),
        json!({ "storeIds": [] }),
        json!({ "marketplaceIn": ["SHOPEE"] }),
        json!({ "marketplaceIn": ["SHOPEE", "LAZADA"], "storeIds": [stores[1]], "statusIn": ["SUCCESS"] }),
        json!({ "marketplaceIn": ["TIKTOK_SHOP"] }),
    ];
    for filter in filters {
        let told = app.viewer().query(document, json!({ "filter": filter })).await;
        let mut counted = filter.clone();
        counted["reasonIn"] = reasons();
        let counted = app.viewer().query(document, json!({ "filter": counted })).await;
        assert_eq!(told, counted, "{filter}");
    }
}

/// All reasons that these tests have records of.
fn reasons() -> Value {
    json!([
        "STOCK_COUNTED",
        "RULE_CHANGED",
        "SYNC_NOW",
        "RESYNC",
        "MANUAL_SYNC",
        "SHORTAGE_CLEARED"
    ])
}

/// The tally is that of the rows, of all merchants.
pub(super) async fn exact(db: &Db) {
    let mut expected: BTreeMap<_, i64> = BTreeMap::new();
    for row in sync_record::Entity::find().all(db.reader()).await.unwrap() {
        *expected
            .entry((row.merchant_id, row.store_id, row.status.word()))
            .or_default() += 1;
    }
    let mut found: BTreeMap<_, i64> = BTreeMap::new();
    for row in sync_record_tally::Entity::find().all(db.reader()).await.unwrap() {
        *found
            .entry((row.merchant_id, row.store_id, row.status.word()))
            .or_default() += row.matching;
    }
    found.retain(|_, number| *number != 0);
    assert_eq!(found, expected);
}
