//! Connectors: what a store is connected by, and as whom.

use sea_orm_migration::prelude::*;

use crate::{IN_A_TRANSACTION, dialect};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r"
ALTER TABLE store ADD COLUMN connector text;
ALTER TABLE store ADD COLUMN account text;
UPDATE store SET connector = 'CUSTOM' WHERE connection_status <> 'NOT_CONNECTED';
";

const DOWN: &str = r"
ALTER TABLE store DROP COLUMN account;
ALTER TABLE store DROP COLUMN connector;
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
