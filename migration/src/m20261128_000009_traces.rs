//! Traces: which one a record belongs to, so that the worker that pushes it goes on with it.
//!
//! No foreign key to the record: it would be looked for in this table whenever a record is deleted, where there are no
//! traces too. Rows go by age instead.

use sea_orm_migration::prelude::*;

use crate::{IN_A_TRANSACTION, dialect};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r"
CREATE TABLE sync_trace (
    merchant_id {uuid} NOT NULL REFERENCES merchant (id),
    sync_record_id {uuid} NOT NULL,
    traceparent text NOT NULL CHECK (length(traceparent) = 55),
    PRIMARY KEY (merchant_id, sync_record_id)
);
";

const DOWN: &str = r"
DROP TABLE sync_trace;
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
