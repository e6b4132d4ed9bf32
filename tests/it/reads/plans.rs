//! How the databases find the rows of a page.

use entity::types::SyncStatus;
use entity::{failed_trigger, manual_sync, store_sku, sync_record, warehouse_sku};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, DbBackend, Statement, StatementBuilder, TransactionTrait};
use stock_sync::db::keyset::{self, Paged};
use stock_sync::db::{failed_trigger as trigger_rows, manual_sync as manual_rows};
use stock_sync::db::{store_sku as store_sku_rows, sync_record as record_rows, warehouse_sku as warehouse_sku_rows};
use stock_sync::domain::page::{Page, PageArgs};
use uuid::Uuid;

use super::Reads;
use crate::support::both;

both! {
    /// Of the three tabs, in the order that they open in: the rows come out of an index in their order, so a page costs
    /// the same however many rows there are. With one status chosen as well.
    async fn a_page_in_the_default_order_is_read_off_an_index(reads: &Reads) {
        let failed = Some(vec![SyncStatus::Failed]);
        let statements = [
            page::<store_sku::Entity>(reads, store_sku_rows::Filter::default()).await,
            page::<store_sku::Entity>(reads, store_sku_rows::Filter { statuses: failed.clone(), ..Default::default() }).await,
            page::<warehouse_sku::Entity>(reads, warehouse_sku_rows::Filter::default()).await,
            page::<warehouse_sku::Entity>(reads, warehouse_sku_rows::Filter { statuses: failed.clone(), ..Default::default() }).await,
            page::<sync_record::Entity>(reads, record_rows::Filter::default()).await,
            page::<sync_record::Entity>(reads, record_rows::Filter { statuses: failed.clone(), ..Default::default() }).await,
            page::<manual_sync::Entity>(reads, manual_rows::Filter::default()).await,
            page::<manual_sync::Entity>(reads, manual_rows::Filter { statuses: failed, ..Default::default() }).await,
            page::<failed_trigger::Entity>(reads, trigger_rows::Filter::default()).await,
        ];
        for statement in statements {
            let plan = plan(reads, &statement).await;
            assert!(!scans(&plan) && !sorts(&plan), "{plan}");
        }
    }

    /// Several statuses are one seek each, and the few rows that these find are looked up: the many others are not walked
    /// through.
    async fn a_page_of_several_statuses_is_a_seek_for_each(reads: &Reads) {
        let statuses = Some(vec![SyncStatus::Failed, SyncStatus::PartiallyFailed]);
        multiply_records(reads).await;
        let statements = [
            page::<store_sku::Entity>(reads, store_sku_rows::Filter { statuses: statuses.clone(), ..Default::default() }).await,
            page::<sync_record::Entity>(reads, record_rows::Filter { statuses, ..Default::default() }).await,
        ];
        for (statement, index) in statements.iter().zip(["store_sku_status", "sync_record_status"]) {
            let plan = plan_of(reads, statement, &["enable_seqscan"]).await;
            assert!(!scans(&plan), "{plan}");
            assert_eq!(plan.matches(index).count(), 2, "{plan}");
        }
        let records = plan_of(reads, &statements[1], &[]).await;
        assert!(records.contains("id = ") || records.contains("(merchant_id=? AND id=?)"), "{records}");
        assert!(!records.contains("Backward using sync_record_pkey"), "{records}");
    }

    /// The details of one SKU, of one manual sync, and a search in the history of one store: among many records, without
    /// walking through them.
    async fn the_details_of_an_object_are_sought(reads: &Reads) {
        let rows = &reads.rows;
        multiply_records(reads).await;
        let cases = [
            ("sync_record_store_sku", record_rows::Filter { store_skus: Some(vec![rows.store_skus[0].id]), ..Default::default() }),
            ("sync_record_store_sku", record_rows::Filter { made_of: Some(rows.warehouse_skus[1].id), ..Default::default() }),
            ("sync_record_manual_sync", record_rows::Filter { manual_syncs: Some(vec![Uuid::nil()]), ..Default::default() }),
            ("sync_record_store", record_rows::Filter { stores: Some(vec![rows.stores[0].id]), search: Some("k".to_owned()), ..Default::default() }),
        ];
        for (index, filter) in cases {
            let statement = page::<sync_record::Entity>(reads, filter).await;
            let plan = plan_of(reads, &statement, &["enable_seqscan"]).await;
            assert!(!scans(&plan) && plan.contains(index), "{plan}");
        }
    }
}

/// Makes 18,000 records out of the 12 that succeeded, and tells PostgreSQL that there are so many.
async fn multiply_records(reads: &Reads) {
    let id = match reads.db.backend() {
        DbBackend::Postgres => "gen_random_uuid()",
        _ => "randomblob(16)",
    };
    let conn = reads.db.reader();
    let insert = format!(
        "WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < 1500)
        INSERT INTO sync_record (merchant_id, id, seq, store_id, marketplace, store_sku_id, warehouse_sku_id, rule_name,
            reason, quantity_before, movement, quantity_after, is_clamped, status, attempt_count, version, created_at,
            started_at, finished_at, updated_at)
        SELECT merchant_id, {id}, seq + n, store_id, marketplace, store_sku_id, warehouse_sku_id, rule_name,
            reason, quantity_before, movement, quantity_after, is_clamped, status, attempt_count, version, created_at,
            started_at, finished_at, updated_at
        FROM sync_record CROSS JOIN copy WHERE status = 'SUCCESS'"
    );
    conn.execute_unprepared(&insert).await.unwrap();
    if reads.db.backend() == DbBackend::Postgres {
        conn.execute_unprepared("ANALYZE").await.unwrap();
    }
}

/// The statement of the second page.
async fn page<P: Paged>(reads: &Reads, filter: P::Filter) -> SelectStatement {
    let args = PageArgs {
        first: Some(1),
        ..PageArgs::default()
    };
    let first: Page = args.check().unwrap();
    let (merchant, order) = (reads.rows.merchant, P::DEFAULT_ORDER);
    let rows = keyset::page::<P, _>(&reads.db, merchant, &filter, order, &first)
        .await
        .unwrap();
    let after = rows.rows.first().map(|(cursor, _)| cursor.encode());
    keyset::statement::<P>(merchant, &filter, order, &Page { after, ..first }).unwrap()
}

/// The plan for a large table: PostgreSQL would read the few rows of a test as a whole, or sort them, so that is made
/// expensive.
async fn plan(reads: &Reads, statement: &SelectStatement) -> String {
    plan_of(
        reads,
        statement,
        &["enable_seqscan", "enable_sort", "enable_bitmapscan"],
    )
    .await
}

/// The plan, where PostgreSQL is not to use what is listed if it can help it.
async fn plan_of(reads: &Reads, statement: &SelectStatement, avoided: &[&str]) -> String {
    let transaction = reads.db.reader().begin().await.unwrap();
    let (explain, column) = match reads.db.backend() {
        DbBackend::Postgres => {
            for setting in avoided {
                let off = format!("SET LOCAL {setting} = off");
                transaction.execute_unprepared(&off).await.unwrap();
            }
            ("EXPLAIN", "QUERY PLAN")
        }
        _ => ("EXPLAIN QUERY PLAN", "detail"),
    };
    let built = StatementBuilder::build(statement, &reads.db.backend());
    let explained = Statement {
        sql: format!("{explain} {}", built.sql),
        ..built
    };
    let lines = transaction.query_all_raw(explained).await.unwrap();
    let lines: Vec<String> = lines.iter().map(|line| line.try_get("", column).unwrap()).collect();
    transaction.rollback().await.unwrap();
    lines.join("\n")
}

fn scans(plan: &str) -> bool {
    // A scan of the few rows that the seeks found is none of a table.
    let is_table = |line: &&str| !line.contains("SCAN branch_") && !line.contains("SCAN chosen");
    let mut lines = plan.lines().filter(is_table);
    lines.any(|line| line.contains("Seq Scan") || line.contains("SCAN "))
}

fn sorts(plan: &str) -> bool {
    plan.contains("Sort") || plan.contains("USE TEMP B-TREE FOR ORDER BY")
}
