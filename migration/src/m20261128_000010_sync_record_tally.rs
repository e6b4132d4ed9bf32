//! How many sync records stand at which status, by store.
//!
//! Rows are added by whoever changes records, and never changed, so that nobody waits for anybody; the sum is what counts.
//! The first row of a store and status has the store's id.

use sea_orm_migration::prelude::*;

use crate::{IN_A_TRANSACTION, dialect};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r"
CREATE TABLE sync_record_tally (
    merchant_id {uuid} NOT NULL,
    store_id {uuid} NOT NULL,
    status text NOT NULL CHECK (status IN ('PENDING', 'SUCCESS', 'PARTIALLY_FAILED', 'FAILED', 'SKIPPED')),
    id {uuid} NOT NULL,
    matching bigint NOT NULL CHECK (matching <> 0),
    PRIMARY KEY (merchant_id, store_id, status, id),
    FOREIGN KEY (merchant_id, store_id) REFERENCES store (merchant_id, id)
);
INSERT INTO sync_record_tally (merchant_id, store_id, status, id, matching)
SELECT merchant_id, store_id, status, store_id, COUNT(*) FROM sync_record GROUP BY merchant_id, store_id, status;
";

const TABLES_NEWEST_FIRST: &[&str] = &["sync_record_tally"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_A_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::drop_tables(manager, TABLES_NEWEST_FIRST).await
    }
}
