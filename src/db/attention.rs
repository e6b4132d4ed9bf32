//! What an operator may have to see to, by name: stores that are not pushed to, and how long something has been due.
//!
//! Reads the stores, their turns and what is pending; nothing of history. All merchants are in it: for operators, never for
//! callers.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

use super::Db;
use crate::error::Result;

/// A store that is not pushed to as it should be.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Troubled {
    /// The merchant's code.
    pub merchant: String,
    /// The store's code.
    pub store: String,
    /// The marketplace's word.
    pub marketplace: String,
    /// What is the matter, as a word: see [`Matter`].
    matter: String,
    /// The word of the reason, where one is known.
    pub reason: Option<String>,
    /// When a pause ends, where it is one that ends by itself.
    pub paused_until: Option<DateTime<Utc>>,
}

/// What is the matter with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// It has to be connected again.
    Disconnected,
    /// Its calls keep failing, so only probes are sent.
    Failing,
    /// Its worker did not come back, and nobody took over yet.
    Abandoned,
    /// Its marketplace asked to slow down. That is no trouble by itself.
    Slowed,
    /// Somebody paused it, which is no trouble either.
    PausedByHand,
}

/// The matters, the worst first.
const MATTERS: [(&str, Matter); 5] = [
    ("1_DISCONNECTED", Matter::Disconnected),
    ("2_FAILING", Matter::Failing),
    ("3_ABANDONED", Matter::Abandoned),
    ("4_SLOWED", Matter::Slowed),
    ("5_BY_HAND", Matter::PausedByHand),
];

impl Troubled {
    /// What is the matter.
    #[must_use]
    pub fn matter(&self) -> Matter {
        let found = MATTERS.iter().find(|(word, _)| *word == self.matter);
        found.map_or(Matter::PausedByHand, |(_, matter)| *matter)
    }
}

/// The stores with whom something is the matter, and how many of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stores {
    /// The first of them, the worst first.
    pub first: Vec<Troubled>,
    /// How many have to be connected again.
    pub disconnected: i64,
    /// How many fail.
    pub failing: i64,
    /// How many have lost their worker.
    pub abandoned: i64,
    /// How many there are in all.
    pub total: i64,
}

/// What has been due for longest at one marketplace, of what may be sent.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Due {
    /// The marketplace's word.
    pub marketplace: String,
    /// Since when it has been due.
    pub due_at: DateTime<Utc>,
}

/// Each store once, by the worst that is the matter with it.
const TROUBLED: &str = "
SELECT m.code AS merchant, s.code AS store, s.marketplace AS marketplace,
    CASE WHEN s.connection_status = 'RECONNECT_REQUIRED' THEN '1_DISCONNECTED'
         WHEN s.connection_status = 'CONNECTED' AND s.paused_until > $1 AND s.pause_reason = 'STORE_PAUSED' THEN '2_FAILING'
         WHEN t.lease_id IS NOT NULL AND t.lease_until <= $1 THEN '3_ABANDONED'
         WHEN s.pause_reason = 'PAUSED_BY_HAND' THEN '5_BY_HAND'
         ELSE '4_SLOWED' END AS matter,
    CASE WHEN s.connection_status = 'RECONNECT_REQUIRED' THEN s.connection_failure
         WHEN s.connection_status = 'CONNECTED' AND s.paused_until > $1 THEN s.pause_reason END AS reason,
    CASE WHEN s.connection_status = 'CONNECTED' AND s.paused_until > $1 AND s.pause_reason <> 'PAUSED_BY_HAND'
         THEN s.paused_until END AS paused_until
FROM store s
JOIN merchant m ON m.id = s.merchant_id
LEFT JOIN store_turn t ON t.merchant_id = s.merchant_id AND t.store_id = s.id
WHERE s.connection_status = 'RECONNECT_REQUIRED'
    OR (s.connection_status = 'CONNECTED' AND s.paused_until > $1)
    OR (t.lease_id IS NOT NULL AND t.lease_until <= $1)";

/// What a store waits with that is paused by hand, or fails, or is to be connected again, is not due: nobody is to send it.
const DUE: &str = "
SELECT r.marketplace AS marketplace, MIN(r.due_at) AS due_at
FROM sync_record r
JOIN store s ON s.merchant_id = r.merchant_id AND s.id = r.store_id
WHERE r.status = 'PENDING' AND r.lease_id IS NULL AND r.due_at <= $1 AND s.connection_status = 'CONNECTED'
    AND (s.paused_until IS NULL OR s.paused_until <= $1 OR s.pause_reason NOT IN ('STORE_PAUSED', 'PAUSED_BY_HAND'))
GROUP BY r.marketplace ORDER BY r.marketplace";

/// The stores with whom something is the matter at `now`; at most `most` of them by name.
///
/// # Errors
/// What the database said.
pub async fn stores(db: &Db, now: DateTime<Utc>, most: u32) -> Result<Stores> {
    let count = format!("SELECT matter, COUNT(*) AS number FROM ({TROUBLED}) x GROUP BY matter");
    let mut stores = Stores::default();
    for row in db.reader().query_all_raw(statement(db, &count, now)).await? {
        let (matter, number): (String, i64) = (row.try_get("", "matter")?, row.try_get("", "number")?);
        stores.total += number;
        match MATTERS.iter().find(|(word, _)| *word == matter) {
            Some((_, Matter::Disconnected)) => stores.disconnected = number,
            Some((_, Matter::Failing)) => stores.failing = number,
            Some((_, Matter::Abandoned)) => stores.abandoned = number,
            _ => {}
        }
    }
    let first = format!("SELECT * FROM ({TROUBLED}) x ORDER BY matter, merchant, store LIMIT {most}");
    let first = Troubled::find_by_statement(statement(db, &first, now));
    stores.first = first.all(db.reader()).await?;
    Ok(stores)
}

/// What has been due for longest at `now`, by marketplace: where that is long, nobody sends, or too few do.
///
/// # Errors
/// What the database said.
pub async fn due(db: &Db, now: DateTime<Utc>) -> Result<Vec<Due>> {
    Ok(Due::find_by_statement(statement(db, DUE, now)).all(db.reader()).await?)
}

fn statement(db: &Db, sql: &str, now: DateTime<Utc>) -> Statement {
    Statement::from_sql_and_values(db.backend(), sql, [Value::from(now)])
}
