//! Store SKUs that are still to be planned for.

use sea_orm_migration::prelude::*;

use crate::{IN_A_TRANSACTION, dialect};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

// The manual sync is written after its portions, in the same transaction.
const UP: &str = r"
CREATE TABLE planning_backlog (
    merchant_id {uuid} NOT NULL REFERENCES merchant (id),
    id {uuid} NOT NULL,
    manual_sync_id {uuid},
    reason text NOT NULL,
    store_sku_ids {bytes} NOT NULL CHECK (length(store_sku_ids) > 0 AND length(store_sku_ids) % 16 = 0),
    created_at {time} NOT NULL,
    PRIMARY KEY (merchant_id, id),
    FOREIGN KEY (merchant_id, manual_sync_id) REFERENCES manual_sync (merchant_id, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX planning_backlog_manual_sync ON planning_backlog (merchant_id, manual_sync_id)
    WHERE manual_sync_id IS NOT NULL;
";

const TABLES_NEWEST_FIRST: &[&str] = &["planning_backlog"];

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
