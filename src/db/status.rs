//! How the whole of it stands, over all merchants: for operators, never for callers.
//!
//! Reads what is pending, the stores and their turns, the tally of failed triggers, and by index the syncs of the last
//! day that failed. It never goes through history.
//!
//! # Not guaranteed
//!
//! - That the figures are of one moment: each is read by a statement of its own.

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::FailureStage;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

use super::Db;
use super::failed_trigger_tally::hour_of;
use super::filter::first_id;
use crate::error::Result;

/// What waits for one marketplace.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Queue {
    /// The marketplace's word.
    pub marketplace: String,
    /// Syncs that were never sent.
    pub waiting: i64,
    /// Syncs that are being sent, or that a worker died over.
    pub in_flight: i64,
    /// Syncs that failed so far and are tried again.
    pub retrying: i64,
    /// When the oldest of all of them was made.
    pub oldest_at: DateTime<Utc>,
    /// When the oldest of those that are not being sent was made.
    pub oldest_unsent_at: Option<DateTime<Utc>>,
}

/// How many stores are how well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stores {
    /// Connected, and pushed to.
    pub connected: i64,
    /// Connected, and nothing is sent for now.
    pub paused: i64,
    /// Nothing is sent until they are connected again.
    pub reconnect_required: i64,
    /// Never connected.
    pub not_connected: i64,
}

/// How often something failed in the last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failures {
    /// At which stage.
    pub stage: FailureStage,
    /// The word of the reason.
    pub code: String,
    /// How often.
    pub count: i64,
}

/// The turns of stores: who pushes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Leases {
    /// Stores that a worker pushes to now.
    pub held: i64,
    /// Stores whose worker did not come back, and that nobody took over yet.
    pub ended: i64,
}

/// How it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// What waits, by marketplace; those for which nothing waits are left out.
    pub queues: Vec<Queue>,
    /// Portions of large syncs that are still to be planned.
    pub backlog: i64,
    /// The stores.
    pub stores: Stores,
    /// The turns.
    pub leases: Leases,
    /// What failed in the last day, the most frequent first: triggers since the hour in which the day began, and syncs
    /// that were made in it.
    pub failures: Vec<Failures>,
}

const QUEUES: &str = "
SELECT marketplace,
    SUM(CASE WHEN lease_id IS NULL AND attempt_count = 0 THEN 1 ELSE 0 END) AS waiting,
    SUM(CASE WHEN lease_id IS NOT NULL THEN 1 ELSE 0 END) AS in_flight,
    SUM(CASE WHEN lease_id IS NULL AND attempt_count > 0 THEN 1 ELSE 0 END) AS retrying,
    MIN(created_at) AS oldest_at,
    MIN(CASE WHEN lease_id IS NULL THEN created_at END) AS oldest_unsent_at
FROM sync_record WHERE status = 'PENDING' GROUP BY marketplace ORDER BY marketplace";

const STORES: &str = "
SELECT CASE WHEN connection_status = 'CONNECTED' AND paused_until > $1 THEN 'PAUSED' ELSE connection_status END AS word,
    COUNT(*) AS number
FROM store GROUP BY 1";

const LEASES: &str = "
SELECT CASE WHEN lease_until > $1 THEN 'HELD' ELSE 'ENDED' END AS word, COUNT(*) AS number
FROM store_turn WHERE lease_id IS NOT NULL GROUP BY 1";

const BACKLOG: &str = "SELECT 'ALL' AS word, COUNT(*) AS number FROM planning_backlog";

const TRIGGERS: &str = "
SELECT failure_code AS word, CAST(SUM(matching) AS BIGINT) AS number
FROM failed_trigger_tally WHERE hour >= $1 GROUP BY failure_code";

/// Two seeks for each merchant.
const PUSHES: &str = "
SELECT COALESCE(r.failure_code, 'UNRECOGNISED') AS word, COUNT(*) AS number
FROM merchant m
JOIN sync_record r ON r.merchant_id = m.id AND r.status IN ('FAILED', 'PARTIALLY_FAILED') AND r.id >= $1
GROUP BY 1";

/// How it stands at `now`.
///
/// # Errors
/// What the database said.
pub async fn read(db: &Db, now: DateTime<Utc>) -> Result<Status> {
    let day_ago = now - TimeDelta::hours(24);
    let mut failures = Vec::new();
    for (stage, sql, since) in [
        (FailureStage::Trigger, TRIGGERS, Value::from(hour_of(day_ago))),
        (FailureStage::Push, PUSHES, first_id(day_ago).into()),
    ] {
        let counted = counted(db, sql, [since]).await?.into_iter();
        failures.extend(counted.map(|(code, count)| Failures { stage, code, count }));
    }
    failures.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
    Ok(Status {
        failures,
        ..standing(db, now).await?
    })
}

/// How it stands at `now`, without what failed: what is looked at often. It reads what is pending, and nothing of history.
///
/// # Errors
/// What the database said.
pub async fn standing(db: &Db, now: DateTime<Utc>) -> Result<Status> {
    let queues = Queue::find_by_statement(queues_statement(db)).all(db.reader()).await?;
    Ok(Status {
        queues,
        backlog: counted(db, BACKLOG, []).await?.iter().map(|(_, number)| number).sum(),
        stores: stores(&counted(db, STORES, [now.into()]).await?),
        leases: leases(&counted(db, LEASES, [now.into()]).await?),
        failures: Vec::new(),
    })
}

/// Reads what is pending, by marketplace.
#[must_use]
pub fn queues_statement(db: &Db) -> Statement {
    Statement::from_string(db.backend(), QUEUES)
}

fn stores(counted: &[(String, i64)]) -> Stores {
    Stores {
        connected: of(counted, "CONNECTED"),
        paused: of(counted, "PAUSED"),
        reconnect_required: of(counted, "RECONNECT_REQUIRED"),
        not_connected: of(counted, "NOT_CONNECTED"),
    }
}

fn leases(counted: &[(String, i64)]) -> Leases {
    Leases {
        held: of(counted, "HELD"),
        ended: of(counted, "ENDED"),
    }
}

fn of(counted: &[(String, i64)], word: &str) -> i64 {
    let found = counted.iter().find(|(found, _)| found == word);
    found.map_or(0, |(_, number)| *number)
}

async fn counted<const N: usize>(db: &Db, sql: &str, values: [Value; N]) -> Result<Vec<(String, i64)>> {
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    let mut counted = Vec::new();
    for row in db.reader().query_all_raw(statement).await? {
        counted.push((row.try_get("", "word")?, row.try_get("", "number")?));
    }
    Ok(counted)
}
