//! Sync rules and what they cover.

use sea_orm_migration::prelude::*;

use crate::{IN_A_TRANSACTION, dialect};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r"
CREATE TABLE sync_rule (
    merchant_id {uuid} NOT NULL REFERENCES merchant (id),
    id {uuid} NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    is_enabled boolean NOT NULL,
    priority integer NOT NULL,
    covers_all_stores boolean NOT NULL,
    covers_all_skus boolean NOT NULL,
    percent_hundredths integer NOT NULL CHECK (percent_hundredths BETWEEN 0 AND 200000),
    quantity_offset integer NOT NULL,
    rounding text NOT NULL CHECK (rounding IN ('DOWN', 'UP', 'NEAREST')),
    sell_out_threshold integer CHECK (sell_out_threshold > 0),
    exempt_store_id {uuid},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    deleted_at {time},
    PRIMARY KEY (merchant_id, id),
    FOREIGN KEY (merchant_id, exempt_store_id) REFERENCES store (merchant_id, id),
    CHECK (exempt_store_id IS NULL OR sell_out_threshold IS NOT NULL)
);
CREATE UNIQUE INDEX sync_rule_name ON sync_rule (merchant_id, name) WHERE deleted_at IS NULL;

CREATE TABLE sync_rule_store (
    merchant_id {uuid} NOT NULL,
    sync_rule_id {uuid} NOT NULL,
    store_id {uuid} NOT NULL,
    PRIMARY KEY (merchant_id, sync_rule_id, store_id),
    FOREIGN KEY (merchant_id, sync_rule_id) REFERENCES sync_rule (merchant_id, id),
    FOREIGN KEY (merchant_id, store_id) REFERENCES store (merchant_id, id)
);

CREATE TABLE sync_rule_sku (
    merchant_id {uuid} NOT NULL,
    sync_rule_id {uuid} NOT NULL,
    warehouse_sku_id {uuid} NOT NULL,
    PRIMARY KEY (merchant_id, sync_rule_id, warehouse_sku_id),
    FOREIGN KEY (merchant_id, sync_rule_id) REFERENCES sync_rule (merchant_id, id),
    FOREIGN KEY (merchant_id, warehouse_sku_id) REFERENCES warehouse_sku (merchant_id, id)
);
CREATE INDEX sync_rule_sku_warehouse_sku ON sync_rule_sku (merchant_id, warehouse_sku_id, sync_rule_id);

CREATE TABLE sync_rule_warehouse (
    merchant_id {uuid} NOT NULL,
    sync_rule_id {uuid} NOT NULL,
    warehouse_id {uuid} NOT NULL,
    PRIMARY KEY (merchant_id, sync_rule_id, warehouse_id),
    FOREIGN KEY (merchant_id, sync_rule_id) REFERENCES sync_rule (merchant_id, id),
    FOREIGN KEY (merchant_id, warehouse_id) REFERENCES warehouse (merchant_id, id)
);
";

const TABLES_NEWEST_FIRST: &[&str] = &["sync_rule_warehouse", "sync_rule_sku", "sync_rule_store", "sync_rule"];

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
