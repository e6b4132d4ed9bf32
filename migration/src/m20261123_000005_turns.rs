//! Turns: which worker pushes to a store, and how fast the store lets it.

use sea_orm_migration::prelude::*;

use crate::{IN_A_TRANSACTION, dialect};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r"
CREATE TABLE store_turn (
    merchant_id {uuid} NOT NULL,
    store_id {uuid} NOT NULL,
    lease_id {uuid},
    lease_until {time},
    taken_at {time} NOT NULL,
    ready_at {time},
    concurrency integer NOT NULL CHECK (concurrency > 0),
    interval_ms integer NOT NULL CHECK (interval_ms >= 0),
    failures_in_a_row integer NOT NULL CHECK (failures_in_a_row >= 0),
    PRIMARY KEY (merchant_id, store_id),
    FOREIGN KEY (merchant_id, store_id) REFERENCES store (merchant_id, id) ON DELETE CASCADE,
    CHECK ((lease_id IS NULL) = (lease_until IS NULL))
);
ALTER TABLE store ADD COLUMN pause_reason text;
CREATE INDEX sync_record_in_flight ON sync_record (merchant_id, store_id, due_at)
    WHERE status = 'PENDING' AND lease_id IS NOT NULL;
";

const DOWN: &str = r"
DROP INDEX sync_record_in_flight;
ALTER TABLE store DROP COLUMN pause_reason;
DROP TABLE store_turn;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_A_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, DOWN).await
    }
}
