//! How the databases find the pages of the three tabs among very many rows of one merchant.

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::{FailureCode, Marketplace, SyncReason, SyncStatus};
use entity::{failed_trigger, manual_sync, mapping, store_sku, sync_record, warehouse_sku};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, QuerySelect, Statement};
use serde_json::{Value, json};
use stock_sync::db::filter::Range;
use stock_sync::db::keyset::{self, Paged};
use stock_sync::db::queue::due_statement;
use stock_sync::db::status::queues_statement;
use stock_sync::db::{
    Db, failed_trigger as triggers, manual_sync as actions, store_sku as skus, sync_record as records,
    warehouse_sku as articles,
};
use stock_sync::domain::page::PageArgs;
use uuid::Uuid;

use crate::support::seed::{Catalogue, stock, stock_changes};
use crate::support::{TestApp, both};

/// Store SKUs, each with five records, and as many failed triggers; with the first of each.
const STORE_SKUS: u32 = 20_000;
const RECORDS_EACH: u32 = 5;

/// Rows that PostgreSQL may read of a large table for one page of 50.
const MOST_ROWS: u64 = 400;

const LARGE: &[&str] = &[
    "sync_record",
    "failed_trigger",
    "store_sku",
    "warehouse_sku",
    "manual_sync",
];

both! {
    /// A page is a seek, whatever it is filtered by and however deep it lies: no table is read from end to end, and
    /// nothing is sorted but what was found.
    async fn no_page_reads_a_whole_table(app: &TestApp) {
        seed(app).await;
        let db = app.db();
        let merchant = app.tenant().id;
        let ids = Ids::read(db).await;
        for filter in record_filters(&ids) {
            check::<sync_record::Entity>(db, merchant, &filter).await;
        }
        for filter in trigger_filters(&ids) {
            check::<failed_trigger::Entity>(db, merchant, &filter).await;
        }
        for filter in store_sku_filters(&ids) {
            check::<store_sku::Entity>(db, merchant, &filter).await;
        }
        for filter in warehouse_sku_filters() {
            check::<warehouse_sku::Entity>(db, merchant, &filter).await;
        }
        for filter in manual_sync_filters() {
            check::<manual_sync::Entity>(db, merchant, &filter).await;
        }
        queues_are_found_by_index(db).await;
    }
}

struct Ids {
    store: Uuid,
    store_sku: Uuid,
    warehouse_sku: Uuid,
    rule: Uuid,
}

impl Ids {
    async fn read(db: &Db) -> Self {
        let record = sync_record::Entity::find()
            .limit(1)
            .one(db.reader())
            .await
            .unwrap()
            .unwrap();
        Self {
            store: record.store_id,
            store_sku: record.store_sku_id,
            warehouse_sku: record.warehouse_sku_id.unwrap(),
            rule: record.sync_rule_id.unwrap(),
        }
    }
}

fn with<F: Default>(change: impl FnOnce(&mut F)) -> F {
    let mut filter = F::default();
    change(&mut filter);
    filter
}

fn record_filters(ids: &Ids) -> Vec<records::Filter> {
    use SyncStatus as S;
    let unknown = || Some(vec![Uuid::now_v7()]);
    vec![
        records::Filter::default(),
        with(|f: &mut records::Filter| f.statuses = Some(vec![S::Failed])),
        with(|f: &mut records::Filter| f.statuses = Some(vec![S::Failed, S::PartiallyFailed, S::Pending])),
        with(|f: &mut records::Filter| f.reasons = Some(vec![SyncReason::StockCounted])),
        with(|f: &mut records::Filter| f.reasons = Some(vec![SyncReason::Resync])),
        with(|f: &mut records::Filter| f.marketplaces = Some(vec![Marketplace::Shopee])),
        with(|f: &mut records::Filter| f.marketplaces = Some(vec![Marketplace::Lazada])),
        with(|f: &mut records::Filter| f.stores = Some(vec![ids.store])),
        with(|f: &mut records::Filter| f.stores = unknown()),
        with(|f: &mut records::Filter| f.sync_rules = Some(vec![ids.rule])),
        with(|f: &mut records::Filter| f.store_skus = Some(vec![ids.store_sku])),
        with(|f: &mut records::Filter| f.warehouse_skus = Some(vec![ids.warehouse_sku])),
        with(|f: &mut records::Filter| f.warehouse_skus = unknown()),
        with(|f: &mut records::Filter| f.manual_syncs = unknown()),
        with(|f: &mut records::Filter| f.created_at = long_ago()),
        with(|f: &mut records::Filter| {
            f.created_at = long_ago();
            f.statuses = Some(vec![S::Success]);
        }),
    ]
}

fn trigger_filters(ids: &Ids) -> Vec<triggers::Filter> {
    vec![
        triggers::Filter::default(),
        with(|f: &mut triggers::Filter| f.failure_codes = Some(vec![FailureCode::WarehouseNotInRule])),
        with(|f: &mut triggers::Filter| f.failure_codes = Some(vec![FailureCode::MarkedShort])),
        with(|f: &mut triggers::Filter| f.reasons = Some(vec![SyncReason::Resync])),
        with(|f: &mut triggers::Filter| f.stores = Some(vec![Uuid::now_v7()])),
        with(|f: &mut triggers::Filter| f.warehouse_skus = Some(vec![ids.warehouse_sku])),
        with(|f: &mut triggers::Filter| f.occurred_at = long_ago()),
    ]
}

fn store_sku_filters(ids: &Ids) -> Vec<skus::Filter> {
    use SyncStatus as S;
    vec![
        skus::Filter::default(),
        with(|f: &mut skus::Filter| f.statuses = Some(vec![S::Failed])),
        with(|f: &mut skus::Filter| f.statuses = Some(vec![S::Failed, S::PartiallyFailed])),
        with(|f: &mut skus::Filter| f.sync_rules = Some(vec![ids.rule])),
        with(|f: &mut skus::Filter| f.sync_rules = Some(vec![Uuid::now_v7()])),
        with(|f: &mut skus::Filter| f.ids = Some(vec![ids.store_sku])),
        with(|f: &mut skus::Filter| f.stores = Some(vec![ids.store])),
    ]
}

fn manual_sync_filters() -> Vec<actions::Filter> {
    vec![
        actions::Filter::default(),
        with(|f: &mut actions::Filter| f.statuses = Some(vec![SyncStatus::Pending])),
        with(|f: &mut actions::Filter| f.created_at = long_ago()),
    ]
}

fn warehouse_sku_filters() -> Vec<articles::Filter> {
    vec![
        articles::Filter::default(),
        with(|f: &mut articles::Filter| f.statuses = Some(vec![SyncStatus::Failed, SyncStatus::Pending])),
    ]
}

/// A span of time from which there is nothing.
fn long_ago() -> Range<DateTime<Utc>> {
    let to = stock_sync::clock::now() - TimeDelta::days(1);
    Range {
        from: Some(to - TimeDelta::days(1)),
        to: Some(to),
    }
}

/// The first page, the one after its first row, and the last page.
async fn check<P: Paged>(db: &Db, merchant: Uuid, filter: &P::Filter)
where
    P::Filter: std::fmt::Debug,
{
    let first = PageArgs::default().check().unwrap();
    let rows = keyset::page::<P, _>(db, merchant, filter, P::DEFAULT_ORDER, &first)
        .await
        .unwrap();
    let after = rows.rows.last().map(|(cursor, _)| cursor.encode());
    let pages = [
        PageArgs::default(),
        PageArgs {
            after,
            ..PageArgs::default()
        },
        PageArgs {
            last: Some(50),
            ..PageArgs::default()
        },
    ];
    for page in pages {
        let page = page.check().unwrap();
        let statement = keyset::statement::<P>(merchant, filter, P::DEFAULT_ORDER, &page).unwrap();
        let may_sort = P::branches(filter).len() > 1 || P::matches_few(filter);
        let plan = match db.backend() {
            DbBackend::Postgres => postgres(db, &statement).await,
            _ => sqlite(db, &statement, may_sort).await,
        };
        if let Err(fault) = plan {
            panic!("{:?} with {filter:?}, {page:?}: {fault}", P::KIND);
        }
    }
}

/// What Prometheus asks for, and what a worker looks for, reads what is pending, which is nothing here, and not the history.
async fn queues_are_found_by_index(db: &Db) {
    only_what_is_pending(
        db,
        queues_statement(db),
        &["SCAN sync_record USING INDEX sync_record_due"],
    )
    .await;
    let seeks = [
        "SEARCH r USING COVERING INDEX sync_record_due (merchant_id>?)",
        "SEARCH r USING COVERING INDEX sync_record_due (merchant_id=? AND store_id>?)",
    ];
    only_what_is_pending(db, due_statement(db, Utc::now()), &seeks).await;
}

/// PostgreSQL reads next to no rows for it; SQLite takes these steps, by a partial index of nothing but what is pending.
async fn only_what_is_pending(db: &Db, mut explain: Statement, expected: &[&str]) {
    if db.backend() == DbBackend::Postgres {
        explain.sql = format!("EXPLAIN (ANALYZE, FORMAT JSON) {}", explain.sql);
        let row = db.reader().query_one_raw(explain).await.unwrap().unwrap();
        let plan: Value = row.try_get("", "QUERY PLAN").unwrap();
        let mut scans = Vec::new();
        collect(&plan[0]["Plan"], &mut scans);
        assert!(
            scans.iter().all(|(_, rows)| *rows <= MOST_ROWS),
            "{scans:?} in {plan:#}"
        );
        return;
    }
    explain.sql = format!("EXPLAIN QUERY PLAN {}", explain.sql);
    let rows = db.reader().query_all_raw(explain).await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    for expected in expected {
        assert!(steps.iter().any(|step| step == expected), "no {expected} in {steps:#?}");
    }
}

/// SQLite tells how it would go about it. What several seeks found, or a seek for few, may be sorted.
async fn sqlite(db: &Db, statement: &SelectStatement, may_sort: bool) -> Result<(), String> {
    let mut explain = db.backend().build(statement);
    explain.sql = format!("EXPLAIN QUERY PLAN {}", explain.sql);
    let rows = db.reader().query_all_raw(explain).await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    let scans = |step: &&String| {
        LARGE
            .iter()
            .any(|table| step.as_str() == format!("SCAN {table}") || step.starts_with(&format!("SCAN {table} ")))
    };
    let sorts = steps.iter().filter(|step| step.starts_with("USE TEMP B-TREE")).count();
    match steps.iter().find(scans) {
        Some(_) => Err(format!("a table is scanned: {steps:#?}")),
        None if sorts > usize::from(may_sort) => Err(format!("rows are sorted: {steps:#?}")),
        None => Ok(()),
    }
}

/// PostgreSQL does it and tells how many rows it read.
async fn postgres(db: &Db, statement: &SelectStatement) -> Result<(), String> {
    let mut explain = db.backend().build(statement);
    explain.sql = format!("EXPLAIN (ANALYZE, FORMAT JSON) {}", explain.sql);
    let row = db.reader().query_one_raw(explain).await.unwrap().unwrap();
    let plan: Value = row.try_get("", "QUERY PLAN").unwrap();
    let mut scans = Vec::new();
    collect(&plan[0]["Plan"], &mut scans);
    match scans
        .iter()
        .any(|(table, rows)| LARGE.contains(&table.as_str()) && *rows > MOST_ROWS)
    {
        true => Err(format!("{scans:?} in {plan:#}")),
        false => Ok(()),
    }
}

/// The tables that are read in a plan, with how many rows were looked at.
pub(crate) fn collect(node: &Value, scans: &mut Vec<(String, u64)>) {
    if let Some(table) = node["Relation Name"].as_str() {
        let number = |field: &str| node[field].as_f64().unwrap_or(0.0);
        let rows = (number("Actual Rows") + number("Rows Removed by Filter")) * number("Actual Loops");
        scans.push((table.to_owned(), rows.round() as u64));
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        collect(child, scans);
    }
}

/// Multiplies one row of each kind by SQL.
async fn seed(app: &TestApp) {
    let admin = app.admin();
    Catalogue::least(app.market()).warehouse("w2").make(&admin).await;
    stock(&admin, "A", 5).await;
    app.settled().await;
    let elsewhere = json!({ "warehouse": "w2", "sku": "A", "available": 1, "reason": "STOCK_COUNTED" });
    stock_changes(&admin, vec![elsewhere]).await;
    admin.mutate("resync", "__typename", json!({ "filter": {} })).await;
    app.settled().await;
    app.stop_server().await;

    let db = app.db();
    let sometimes_failed = "CASE WHEN n.n % 100 = 0 THEN 'FAILED' ELSE 'SUCCESS' END";
    // The time in an id stays what it is, the rest is chance.
    let id = match db.backend() {
        DbBackend::Postgres => "(substr(t.id::text, 1, 14) || substr(gen_random_uuid()::text, 15))::uuid",
        _ => "CAST(substr(t.id, 1, 6) || randomblob(10) AS BLOB)",
    };
    let sku = [
        ("id", id),
        ("sku", "t.sku || n.n"),
        ("last_sync_status", sometimes_failed),
    ];
    multiply::<warehouse_sku::Entity>(db, "warehouse_sku", &sku, STORE_SKUS, "").await;
    multiply::<store_sku::Entity>(db, "store_sku", &sku, STORE_SKUS, "").await;
    let components = [("store_sku_id", "s.id")];
    let others = ", store_sku s WHERE s.id <> t.store_sku_id";
    multiply::<mapping::Entity>(db, "mapping", &components, 1, others).await;
    let record = [
        ("id", id),
        ("seq", "n.n + 10"),
        ("store_sku_id", "s.id"),
        (
            "status",
            "CASE WHEN s.last_sync_status = 'FAILED' THEN 'FAILED' ELSE 'SUCCESS' END",
        ),
        (
            "failure_code",
            "CASE WHEN s.last_sync_status = 'FAILED' THEN 'REJECTED' END",
        ),
    ];
    let of_each = ", store_sku s WHERE t.reason = 'STOCK_COUNTED'";
    multiply::<sync_record::Entity>(db, "sync_record", &record, RECORDS_EACH, of_each).await;
    multiply::<failed_trigger::Entity>(db, "failed_trigger", &[("id", id)], STORE_SKUS * RECORDS_EACH, "").await;
    multiply::<manual_sync::Entity>(db, "manual_sync", &[("id", id)], STORE_SKUS, "").await;
    if db.backend() == DbBackend::Postgres {
        // What autovacuum does on a running server.
        db.reader().execute_unprepared("ANALYZE").await.unwrap();
    }
    let count = sync_record::Entity::find()
        .select_only()
        .column_as(sea_orm::sea_query::Expr::cust("COUNT(*)"), "n");
    let count: Option<i64> = count.into_tuple().one(db.reader()).await.unwrap();
    assert!(count.unwrap() > 100_000, "{count:?}");
}

/// Adds each row of a table `times` times, with some of its columns computed: `t` is the row, `n.n` the number.
async fn multiply<E: EntityTrait>(db: &Db, table: &str, computed: &[(&str, &str)], times: u32, rest: &str) {
    let columns: Vec<&str> = E::Column::iter().map(|column| column.as_str()).collect();
    let values: Vec<String> = columns
        .iter()
        .map(|column| match computed.iter().find(|(name, _)| name == column) {
            Some((_, expression)) => (*expression).to_owned(),
            None => format!("t.{column}"),
        })
        .collect();
    let sql = format!(
        "INSERT INTO {table} ({}) WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {times}) \
         SELECT {} FROM {table} t, n{rest}",
        columns.join(", "),
        values.join(", "),
    );
    let statement = Statement::from_string(db.backend(), sql);
    db.reader()
        .execute_raw(statement)
        .await
        .unwrap_or_else(|error| panic!("{table}: {error}"));
}
