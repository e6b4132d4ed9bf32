//! Requests that were carried out under the caller's own key.

use sea_orm_migration::prelude::*;

use crate::{IN_A_TRANSACTION, dialect};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r"
CREATE TABLE idempotency_key (
    merchant_id {uuid} NOT NULL REFERENCES merchant (id),
    operation text NOT NULL,
    key text NOT NULL CHECK (key <> ''),
    request_hash text NOT NULL,
    answer {json} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (merchant_id, operation, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (merchant_id, created_at);
";

const TABLES_NEWEST_FIRST: &[&str] = &["idempotency_key"];

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
