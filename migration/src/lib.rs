//! The steps that make stock-sync's database, on SQLite and PostgreSQL.
//!
//! The steps are written as SQL, because what matters in them is what the database enforces: CHECKs, partial unique
//! indexes, foreign keys that carry the merchant. [`dialect`] fills in the few type names that differ. Every table
//! but `merchant` begins its primary key and each of its indexes with the merchant, so that the data can be spread by
//! merchant later. A step that was released never changes; a new one is added after it.
//!
//! Each step is one transaction, on SQLite too: a server that is killed while it makes its tables starts again.

pub use sea_orm_migration::prelude::*;

mod dialect;
mod m20261123_000001_catalogue;
mod m20261123_000002_rules;
mod m20261123_000003_history;
mod m20261123_000004_idempotency;
mod m20261123_000005_turns;
mod m20261123_000006_planning_backlog;
mod m20261123_000007_connectors;
mod m20261124_000008_failed_trigger_tally;
mod m20261128_000009_traces;
mod m20261128_000010_sync_record_tally;

/// Left to itself, a step is a transaction on PostgreSQL alone.
const IN_A_TRANSACTION: Option<bool> = Some(true);

/// All steps, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_catalogue::Migration),
            Box::new(m20261123_000002_rules::Migration),
            Box::new(m20261123_000003_history::Migration),
            Box::new(m20261123_000004_idempotency::Migration),
            Box::new(m20261123_000005_turns::Migration),
            Box::new(m20261123_000006_planning_backlog::Migration),
            Box::new(m20261123_000007_connectors::Migration),
            Box::new(m20261124_000008_failed_trigger_tally::Migration),
            Box::new(m20261128_000009_traces::Migration),
            Box::new(m20261128_000010_sync_record_tally::Migration),
        ]
    }
}
