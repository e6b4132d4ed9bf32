//! How many triggers failed in each hour, by reason.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::{IN_A_TRANSACTION, dialect};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r"
CREATE TABLE failed_trigger_tally (
    merchant_id {uuid} NOT NULL REFERENCES merchant (id),
    hour {time} NOT NULL,
    failure_code text NOT NULL,
    matching bigint NOT NULL CHECK (matching > 0),
    last_occurred_at {time} NOT NULL,
    PRIMARY KEY (merchant_id, hour, failure_code)
);
INSERT INTO failed_trigger_tally (merchant_id, hour, failure_code, matching, last_occurred_at)
SELECT merchant_id, {hour}, failure_code, COUNT(*), MAX(occurred_at) FROM failed_trigger
GROUP BY merchant_id, {hour}, failure_code;
";

const TABLES_NEWEST_FIRST: &[&str] = &["failed_trigger_tally"];

/// The start of the hour, in UTC, in which a trigger came. SQLite keeps times as texts in UTC.
fn hour(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "date_trunc('hour', occurred_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'",
        _ => "substr(occurred_at, 1, 13) || ':00:00+00:00'",
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_A_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let script = UP.replace("{hour}", hour(manager.get_database_backend()));
        dialect::run(manager, &script).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::drop_tables(manager, TABLES_NEWEST_FIRST).await
    }
}
