//! What planning decides by, read under lock.
//!
//! A [`Snapshot`] holds some store SKUs and all that bears on their quantities. It is read after the warehouse SKUs and
//! store SKUs were locked, so it includes all that other writers did to them before, and none can plan the same store
//! SKUs until the transaction ends.

mod facts;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::types::{ConnectionStatus, Marketplace, SyncStatus};
use entity::{store_sku, sync_record};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryFilter, QuerySelect,
    QueryTrait,
};
use serde::Deserialize;
use uuid::Uuid;

use self::facts::Facts;
use super::ids::{among, list};
use super::packed::{Packed, Packing};
use super::rows::Row;
use super::{catalogue, lock, rule};
use crate::domain::rule::Rule;
use crate::error::Result;

/// How a store is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreLink {
    /// Whether it can be pushed to.
    pub status: ConnectionStatus,
    /// By what.
    pub connector: Option<Marketplace>,
}

impl Default for StoreLink {
    fn default() -> Self {
        Self {
            status: ConnectionStatus::NotConnected,
            connector: None,
        }
    }
}

/// See the module.
#[derive(Debug)]
pub struct Snapshot {
    /// The store SKUs, in the order of their ids.
    pub store_skus: Vec<store_sku::Model>,
    /// What each of them is made of: warehouse SKU and units.
    pub components: Components,
    /// Available units by warehouse SKU and warehouse; what was never reported is not in it.
    pub stock: HashMap<(Uuid, Uuid), i32>,
    /// The warehouse SKUs that carry the shortage mark.
    pub marked_short: HashSet<Uuid>,
    /// The store SKUs that have a listing.
    pub listed: HashSet<Uuid>,
    /// The merchant's enabled rules, with their chosen sets as far as these warehouse SKUs go.
    pub rules: Vec<Rule>,
    /// All stores of the merchant.
    pub stores: HashMap<Uuid, StoreLink>,
    /// The pending records of each store SKU.
    pub pending: HashMap<Uuid, Pending>,
}

/// The pending records of one store SKU.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pending {
    /// The one that waits to be sent, for the first time or again.
    pub unsent: Option<PendingRecord>,
    /// The one that is being sent.
    pub in_flight: Option<PendingRecord>,
}

/// What planning needs of a pending record.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct PendingRecord {
    /// Its id.
    pub id: Uuid,
    /// The store that it is of.
    pub store_id: Uuid,
    /// The store SKU that it is of.
    pub store_sku_id: Uuid,
    /// Its number among the store SKU's records.
    pub seq: i64,
    /// The quantity that it pushes.
    pub quantity_after: i32,
    /// Its version.
    pub version: i32,
    /// The manual action that it belongs to.
    pub manual_sync_id: Option<Uuid>,
    /// Unsent: when it may be sent. In flight: when its lease ends.
    pub due_at: DateTime<Utc>,
    /// In flight: the lease that it is held under.
    pub lease: Option<Uuid>,
}

impl From<&sync_record::Model> for PendingRecord {
    fn from(row: &sync_record::Model) -> Self {
        Self {
            id: row.id,
            store_id: row.store_id,
            store_sku_id: row.store_sku_id,
            seq: row.seq,
            quantity_after: row.quantity_after,
            version: row.version,
            manual_sync_id: row.manual_sync_id,
            due_at: row.due_at.unwrap_or(row.created_at),
            lease: row.lease_id,
        }
    }
}

impl PendingRecord {
    fn read(row: &mut Row) -> std::result::Result<Self, DbErr> {
        Ok(Self {
            id: row.take()?,
            store_id: row.take()?,
            store_sku_id: row.take()?,
            seq: row.take()?,
            quantity_after: row.take()?,
            version: row.take()?,
            manual_sync_id: row.take()?,
            due_at: row.take()?,
            lease: row.take()?,
        })
    }
}

impl Snapshot {
    /// The store SKUs that are made of any of `warehouse_skus`, which are locked too.
    ///
    /// # Errors
    /// What the database said.
    pub async fn of_warehouse_skus(tx: &DatabaseTransaction, merchant: Uuid, warehouse_skus: &[Uuid]) -> Result<Self> {
        // The other components of the bundles are locked as well, since their aggregates change with the syncs; all in
        // one go, because two writers that lock sets of warehouse SKUs one after the other can deadlock.
        let locked = lock::with_partners(tx, merchant, warehouse_skus).await?;
        // The mappings of a warehouse SKU are only changed under its lock.
        let components = catalogue::components_with(tx, merchant, warehouse_skus).await?;
        let ids: Vec<Uuid> = components.keys().copied().collect();
        let store_skus = lock::store_skus(tx, merchant, &ids).await?;
        lock::has_all(tx, &locked, parts_of(&components))?;
        Self::read(tx, merchant, store_skus, components, warehouse_skus).await
    }

    /// These store SKUs, as far as they are the merchant's.
    ///
    /// # Errors
    /// What the database said.
    pub async fn of_store_skus(tx: &DatabaseTransaction, merchant: Uuid, store_skus: &[Uuid]) -> Result<Self> {
        let locked = lock::parts(tx, merchant, store_skus).await?;
        let store_skus = lock::store_skus(tx, merchant, store_skus).await?;
        let ids: Vec<Uuid> = store_skus.iter().map(|store_sku| store_sku.id).collect();
        let components = components_of(tx, merchant, &ids).await?;
        lock::has_all(tx, &locked, parts_of(&components))?;
        Self::read(tx, merchant, store_skus, components, &[]).await
    }

    /// All else, when everything is locked.
    async fn read(
        tx: &DatabaseTransaction,
        merchant: Uuid,
        store_skus: Vec<store_sku::Model>,
        components: Components,
        more: &[Uuid],
    ) -> Result<Self> {
        let ids: Vec<Uuid> = store_skus.iter().map(|store_sku| store_sku.id).collect();
        let parts: HashSet<Uuid> = parts_of(&components).chain(more.iter().copied()).collect();
        let parts: Vec<Uuid> = parts.into_iter().collect();
        let facts = Facts::read(tx, merchant, &parts, &ids).await?;
        Ok(Self {
            components,
            stock: facts.stock,
            marked_short: facts.marked_short,
            listed: facts.listed,
            rules: rule::enabled(tx, merchant, &parts).await?,
            stores: facts.stores,
            pending: pending(tx, merchant, &ids).await?,
            store_skus,
        })
    }

    /// The warehouse SKUs that a store SKU is made of.
    #[must_use]
    pub fn parts(&self, store_sku: Uuid) -> Vec<Uuid> {
        self.components
            .get(&store_sku)
            .into_iter()
            .flatten()
            .map(|(part, _)| *part)
            .collect()
    }

    /// Available units of a warehouse SKU, summed over `warehouses`; none where no stock was ever reported there.
    #[must_use]
    pub fn available(&self, warehouse_sku: Uuid, warehouses: &HashSet<Uuid>) -> Option<i64> {
        let levels = warehouses
            .iter()
            .filter_map(|warehouse| self.stock.get(&(warehouse_sku, *warehouse)));
        levels.fold(None, |sum, level| Some(sum.unwrap_or(0) + i64::from(*level)))
    }
}

/// What store SKUs are made of, each in the order of the positions: warehouse SKU and units.
pub type Components = HashMap<Uuid, Vec<(Uuid, i32)>>;

fn parts_of(components: &Components) -> impl Iterator<Item = Uuid> {
    components.values().flatten().map(|(part, _)| *part)
}

/// What each of these store SKUs is made of.
///
/// # Errors
/// What the database said.
pub async fn components_of<C: ConnectionTrait>(conn: &C, merchant: Uuid, store_skus: &[Uuid]) -> Result<Components> {
    let mut components = Components::new();
    for row in catalogue::components(conn, merchant, store_skus).await? {
        let of_sku = components.entry(row.store_sku_id).or_default();
        of_sku.push((row.warehouse_sku_id, row.quantity));
    }
    Ok(components)
}

/// The pending records of each of these store SKUs. They are locked as well, so that no worker claims one of them
/// before the transaction ends.
///
/// # Errors
/// What the database said.
pub async fn pending<C: ConnectionTrait>(
    conn: &C,
    merchant: Uuid,
    store_skus: &[Uuid],
) -> Result<HashMap<Uuid, Pending>> {
    let found = match conn.get_database_backend() {
        DbBackend::Sqlite => unlocked(conn, merchant, store_skus).await?,
        _ => locked(conn, merchant, store_skus).await?,
    };
    let mut pending: HashMap<Uuid, Pending> = HashMap::new();
    for record in found {
        let of_sku = pending.entry(record.store_sku_id).or_default();
        match record.lease {
            Some(_) => of_sku.in_flight = Some(record),
            None => of_sku.unsent = Some(record),
        }
    }
    Ok(pending)
}

async fn locked<C: ConnectionTrait>(conn: &C, merchant: Uuid, store_skus: &[Uuid]) -> Result<Vec<PendingRecord>> {
    use sync_record::Column as R;
    let select = sync_record::Entity::find()
        .select_only()
        .columns([R::Id, R::StoreId, R::StoreSkuId, R::Seq, R::QuantityAfter, R::Version])
        .columns([R::ManualSyncId, R::DueAt, R::LeaseId])
        .filter(R::MerchantId.eq(merchant))
        .filter(among(conn.get_database_backend(), Expr::col(R::StoreSkuId), store_skus))
        .filter(super::status_is(SyncStatus::Pending))
        .lock(LockType::NoKeyUpdate);
    let rows = conn.query_all(&select.into_query()).await?;
    Ok(rows
        .into_iter()
        .map(|row| PendingRecord::read(&mut Row::Driven(row, 0)))
        .collect::<std::result::Result<_, _>>()?)
}

/// On SQLite, where nothing has to be locked. Its planner is led from the list to the two indexes that hold one record of a
/// store SKU at most; left to itself it reads all that is pending.
async fn unlocked<C: ConnectionTrait>(conn: &C, merchant: Uuid, store_skus: &[Uuid]) -> Result<Vec<PendingRecord>> {
    let backend = conn.get_database_backend();
    let of_these = |lease: &str| {
        // The rows of a list have an id of their own.
        let columns = [
            "@r.id",
            "@store_id",
            "@store_sku_id",
            "seq",
            "quantity_after",
            "version",
        ];
        let columns = [&columns[..], &["@manual_sync_id", "due_at", "@lease_id"]].concat();
        let from = format!(
            "json_each($2) n CROSS JOIN sync_record r WHERE r.merchant_id = $1 AND r.store_sku_id = unhex(n.value) \
             AND r.status = 'PENDING' AND r.lease_id {lease}"
        );
        Packing(backend).rows_of(&columns, &from)
    };
    let lists = [of_these("IS NULL"), of_these("IS NOT NULL")];
    let values = [merchant.into(), list(backend, store_skus)];
    let packed = Packed::read(conn, &lists, values).await?;
    let mut found: Vec<PendingRecord> = packed.list(0)?;
    found.extend(packed.list::<PendingRecord>(1)?);
    Ok(found)
}
