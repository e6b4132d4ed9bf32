//! The queue that the pending records are: what is due, claims, and handing back.
//!
//! A record is unsent (no lease), in flight (a lease, whose end is `due_at`) or final. A claim makes unsent records of
//! one store in flight under the lease of the store's turn ([`super::turn`]); whoever writes a result filters on the
//! lease, so a worker that lost it (it slept past the lease's end, and the record was handed back) writes nothing.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::types::{AttemptOutcome, SyncStatus};
use entity::{listing, store_sku, sync_attempt, sync_record};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Statement,
};
use uuid::Uuid;

use super::ids::among;
use super::rows::{Reads, names, read_all};
use super::{CHUNK, Db, catalogue, status_is, trace};
use crate::error::Result;

/// A store that has something to push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, FromQueryResult)]
pub struct DueStore {
    /// The merchant.
    pub merchant_id: Uuid,
    /// The store.
    pub store_id: Uuid,
}

/// Walks from merchant to merchant, and from store to store of each, through the index of pending records, one seek each,
/// however many records are pending. If merchant and store were compared as one row value, SQLite would seek for the merchant
/// alone, since it does not know of what type the columns of a recursion are. The order is that of the whole index, so that
/// no other one is taken, with all that is not pending.
const PLACES: &str = "
WITH RECURSIVE owner (merchant_id) AS (
    SELECT * FROM (
        SELECT merchant_id FROM sync_record WHERE status = 'PENDING' ORDER BY merchant_id, store_id, due_at LIMIT 1
    ) first
    UNION ALL
    SELECT (
        SELECT r.merchant_id FROM sync_record r WHERE r.status = 'PENDING' AND r.merchant_id > o.merchant_id
        ORDER BY r.merchant_id, r.store_id, r.due_at LIMIT 1)
    FROM owner o WHERE o.merchant_id IS NOT NULL
), place (merchant_id, store_id) AS (
    SELECT o.merchant_id, (
        SELECT r.store_id FROM sync_record r WHERE r.status = 'PENDING' AND r.merchant_id = o.merchant_id
        ORDER BY r.merchant_id, r.store_id, r.due_at LIMIT 1)
    FROM owner o WHERE o.merchant_id IS NOT NULL
    UNION ALL
    SELECT p.merchant_id, (
        SELECT r.store_id FROM sync_record r
        WHERE r.status = 'PENDING' AND r.merchant_id = p.merchant_id AND r.store_id > p.store_id
        ORDER BY r.merchant_id, r.store_id, r.due_at LIMIT 1)
    FROM place p WHERE p.store_id IS NOT NULL
)
SELECT p.merchant_id, p.store_id FROM place p
JOIN store s ON s.merchant_id = p.merchant_id AND s.id = p.store_id
";

const DUE_STORES: &str = "
LEFT JOIN store_turn t ON t.merchant_id = p.merchant_id AND t.store_id = p.store_id
WHERE s.connection_status = 'CONNECTED' AND (s.paused_until IS NULL OR s.paused_until <= $1)
  AND (t.lease_until IS NULL OR t.lease_until <= $1) AND (t.ready_at IS NULL OR t.ready_at <= $1)
  AND (
    SELECT MIN(r.due_at) FROM sync_record r
    WHERE r.merchant_id = p.merchant_id AND r.store_id = p.store_id AND r.status = 'PENDING'
  ) <= $1
ORDER BY t.taken_at IS NOT NULL, t.taken_at, p.merchant_id, p.store_id
";

const HELD_STORES: &str = "
WHERE s.connection_status <> 'CONNECTED' OR s.paused_until > $1
";

/// The stores, of all merchants, that have something to push at `now`, may be pushed to, and whose turn nobody has: the
/// one that had its turn longest ago first.
///
/// # Errors
/// What the database said.
pub async fn due_stores(db: &Db, now: DateTime<Utc>) -> Result<Vec<DueStore>> {
    stores(db, due_statement(db, now)).await
}

/// What [`due_stores`] asks, so that its plan can be looked at.
#[must_use]
pub fn due_statement(db: &Db, now: DateTime<Utc>) -> Statement {
    among_places(db, DUE_STORES, now)
}

/// The stores, of all merchants, that have something to push and may not be pushed to at `now`.
///
/// # Errors
/// What the database said.
pub async fn held_stores(db: &Db, now: DateTime<Utc>) -> Result<Vec<DueStore>> {
    stores(db, among_places(db, HELD_STORES, now)).await
}

fn among_places(db: &Db, which: &str, now: DateTime<Utc>) -> Statement {
    Statement::from_sql_and_values(db.backend(), format!("{PLACES}{which}"), [now.into()])
}

async fn stores(db: &Db, statement: Statement) -> Result<Vec<DueStore>> {
    Ok(DueStore::find_by_statement(statement).all(db.reader()).await?)
}

/// A claim on records of one store.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// The store.
    pub store: DueStore,
    /// The lease of the store's turn.
    pub lease: Uuid,
    /// When it was made.
    pub now: DateTime<Utc>,
    /// When it ends.
    pub until: DateTime<Utc>,
    /// Most records.
    pub limit: u64,
}

/// Makes due records in flight, the longest due first. A store SKU that has a record in flight already is left alone.
/// Records that another worker is claiming at the same time are passed over.
///
/// # Errors
/// What the database said.
pub async fn claim(tx: &DatabaseTransaction, claim: &Claim) -> Result<Vec<sync_record::Model>> {
    let pass_over = match tx.get_database_backend() {
        DbBackend::Postgres => "FOR UPDATE OF c SKIP LOCKED",
        _ => "",
    };
    // Materialized: PostgreSQL may otherwise evaluate the choice again while it updates, and claim more than the limit.
    let sql = format!(
        "WITH due AS MATERIALIZED ( \
             SELECT c.id FROM sync_record c \
             WHERE c.merchant_id = $1 AND c.store_id = $2 AND c.status = 'PENDING' AND c.lease_id IS NULL \
               AND c.due_at <= $5 AND c.store_sku_id NOT IN ( \
                 SELECT f.store_sku_id FROM sync_record f WHERE f.merchant_id = $1 AND f.store_id = $2 \
                   AND f.status = 'PENDING' AND f.lease_id IS NOT NULL) \
             ORDER BY c.due_at, c.id LIMIT $6 {pass_over}) \
         UPDATE sync_record SET lease_id = $3, due_at = $4, started_at = COALESCE(started_at, $5), updated_at = $5, \
             version = version + 1 \
         WHERE merchant_id = $1 AND id IN (SELECT id FROM due) \
         RETURNING {}",
        names::<sync_record::Entity>()
    );
    let values: [sea_orm::Value; 6] = [
        claim.store.merchant_id.into(),
        claim.store.store_id.into(),
        claim.lease.into(),
        claim.until.into(),
        claim.now.into(),
        i64::try_from(claim.limit).unwrap_or(i64::MAX).into(),
    ];
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    Ok(read_all(tx.query_all_raw(statement).await?)?)
}

/// Moves the end of a lease. Returns how many records it still holds.
///
/// # Errors
/// What the database said.
pub async fn renew(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    lease: Uuid,
    until: DateTime<Utc>,
    ids: &[Uuid],
) -> Result<u64> {
    let result = sync_record::Entity::update_many()
        .col_expr(sync_record::Column::DueAt, Expr::val(until))
        .filter(sync_record::Column::MerchantId.eq(merchant))
        .filter(among(
            tx.get_database_backend(),
            Expr::col(sync_record::Column::Id),
            ids,
        ))
        .filter(sync_record::Column::LeaseId.eq(lease))
        .exec(tx)
        .await?;
    Ok(result.rows_affected)
}

/// Store SKUs of a store whose record is in flight under a lease that has ended.
///
/// # Errors
/// What the database said.
pub async fn abandoned(db: &Db, store: DueStore, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    let ids = sync_record::Entity::find()
        .select_only()
        .column(sync_record::Column::StoreSkuId)
        .filter(sync_record::Column::MerchantId.eq(store.merchant_id))
        .filter(sync_record::Column::StoreId.eq(store.store_id))
        .filter(status_is(SyncStatus::Pending))
        .filter(sync_record::Column::LeaseId.is_not_null())
        .filter(sync_record::Column::DueAt.lte(now))
        .limit(CHUNK as u64)
        .into_tuple::<Uuid>()
        .all(db.reader())
        .await?;
    Ok(ids)
}

/// Unsent records of a store that were made before `oldest`, at most `limit`.
///
/// # Errors
/// What the database said.
pub async fn older_than<C: ConnectionTrait>(
    conn: &C,
    store: DueStore,
    oldest: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<sync_record::Model>> {
    let records = sync_record::Entity::find()
        .filter(sync_record::Column::MerchantId.eq(store.merchant_id))
        .filter(sync_record::Column::StoreId.eq(store.store_id))
        .filter(status_is(SyncStatus::Pending))
        .filter(sync_record::Column::LeaseId.is_null())
        .filter(sync_record::Column::CreatedAt.lt(oldest))
        .limit(limit)
        .all(conn)
        .await?;
    Ok(records)
}

/// Makes a record unsent again, due at `due_at`. The caller holds the lock of its store SKU, and no other record of it
/// is unsent.
///
/// # Errors
/// What the database said.
pub async fn hand_back(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    record: Uuid,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    sync_record::Entity::update_many()
        .col_expr(sync_record::Column::LeaseId, Expr::cust("NULL"))
        .col_expr(sync_record::Column::DueAt, Expr::val(due_at))
        .col_expr(sync_record::Column::UpdatedAt, Expr::val(now))
        .col_expr(
            sync_record::Column::Version,
            Expr::col(sync_record::Column::Version).add(1),
        )
        .filter(sync_record::Column::MerchantId.eq(merchant))
        .filter(sync_record::Column::Id.eq(record))
        .exec(tx)
        .await?;
    Ok(())
}

/// What is pushed for claimed records.
#[derive(Debug, Default)]
pub struct Work {
    /// The store SKUs' codes, and what is added to a record's number to make its sequence.
    pub skus: HashMap<Uuid, (String, i64)>,
    /// Each store SKU's listings, in the order of their positions.
    pub listings: HashMap<Uuid, Vec<listing::Model>>,
    /// The trace of each record that has one.
    pub traces: HashMap<Uuid, String>,
    /// The last attempt of each record for each listing, where it was tried before.
    pub tried: HashMap<(Uuid, Uuid), sync_attempt::Model>,
}

/// Reads what is pushed for these records.
///
/// # Errors
/// What the database said.
pub async fn work(db: &Db, merchant: Uuid, records: &[sync_record::Model]) -> Result<Work> {
    let store_skus: Vec<Uuid> = records.iter().map(|record| record.store_sku_id).collect();
    let tried: Vec<Uuid> = records
        .iter()
        .filter(|record| was_sent_before(record))
        .map(|record| record.id)
        .collect();
    let mut work = Work {
        traces: trace::of(db.reader(), merchant, records.iter().map(|record| record.id)).await?,
        ..Work::default()
    };
    use store_sku::Column as S;
    let select = store_sku::Entity::find()
        .select_only()
        .columns([S::Id, S::Sku, S::SequenceOffset])
        .filter(S::MerchantId.eq(merchant))
        .filter(among(db.backend(), Expr::col(S::Id), &store_skus));
    for mut row in db.rows(select.into_query()).await? {
        work.skus.insert(row.take()?, (row.take()?, row.take()?));
    }
    for listing in catalogue::listings(db, merchant, &store_skus).await? {
        work.listings.entry(listing.store_sku_id).or_default().push(listing);
    }
    for chunk in tried.chunks(CHUNK) {
        let attempts = sync_attempt::Entity::find()
            .filter(sync_attempt::Column::MerchantId.eq(merchant))
            .filter(sync_attempt::Column::SyncRecordId.is_in(chunk.iter().copied()))
            .order_by_asc(sync_attempt::Column::Id)
            .all(db.reader())
            .await?;
        work.tried.extend(
            attempts
                .into_iter()
                .map(|attempt| ((attempt.sync_record_id, attempt.listing_id), attempt)),
        );
    }
    Ok(work)
}

/// A record has version 1 when it is made and 2 when it is first claimed.
fn was_sent_before(record: &sync_record::Model) -> bool {
    record.version > 2
}

impl Work {
    /// The last outcome of a listing under a record, where it was tried before.
    #[must_use]
    pub fn outcome(&self, record: Uuid, listing: Uuid) -> Option<AttemptOutcome> {
        self.tried.get(&(record, listing)).map(|attempt| attempt.outcome)
    }
}
