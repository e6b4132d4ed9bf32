//! What planning decides by, read under lock.
//!
//! A [`Snapshot`] holds some store SKUs and all that bears on their quantities. It is read after the warehouse SKUs and
//! store SKUs were locked, so it includes all that other writers did to them before, and none can plan the same store
//! SKUs until the transaction ends.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::types::{ConnectionStatus, Marketplace, SyncStatus};
use entity::{listing, stock_level, store, store_sku, sync_record, warehouse_sku};
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{CHUNK, catalogue, lock, rule};
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
    pub components: HashMap<Uuid, Vec<(Uuid, i32)>>,
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
#[derive(Debug, Clone, Copy)]
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
        }
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
        let bundles = catalogue::made_of(tx, merchant, warehouse_skus).await?;
        let mut parts = distinct_parts(&components_of(tx, merchant, &bundles).await?);
        parts.extend(warehouse_skus);
        lock::warehouse_skus(tx, merchant, &parts).await?;
        // Read again: the mappings of a warehouse SKU are only changed under its lock.
        let store_skus = catalogue::made_of(tx, merchant, warehouse_skus).await?;
        Self::read(tx, merchant, &store_skus, warehouse_skus).await
    }

    /// These store SKUs, as far as they are the merchant's.
    ///
    /// # Errors
    /// What the database said.
    pub async fn of_store_skus(tx: &DatabaseTransaction, merchant: Uuid, store_skus: &[Uuid]) -> Result<Self> {
        lock_parts(tx, merchant, store_skus).await?;
        Self::read(tx, merchant, store_skus, &[]).await
    }

    async fn read(tx: &DatabaseTransaction, merchant: Uuid, store_skus: &[Uuid], more: &[Uuid]) -> Result<Self> {
        let store_skus = lock::store_skus(tx, merchant, store_skus).await?;
        let ids: Vec<Uuid> = store_skus.iter().map(|store_sku| store_sku.id).collect();
        let components = components_of(tx, merchant, &ids).await?;
        let mut parts = distinct_parts(&components);
        parts.extend(more);
        parts.sort_unstable();
        parts.dedup();
        Ok(Self {
            components,
            stock: stock_of(tx, merchant, &parts).await?,
            marked_short: marked_short(tx, merchant, &parts).await?,
            listed: listed(tx, merchant, &ids).await?,
            rules: rule::enabled(tx, merchant, &parts).await?,
            stores: stores(tx, merchant).await?,
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

/// Locks the warehouse SKUs that store SKUs are made of, before the store SKUs themselves are locked. Returns them.
///
/// # Errors
/// What the database said.
pub async fn lock_parts(tx: &DatabaseTransaction, merchant: Uuid, store_skus: &[Uuid]) -> Result<Vec<Uuid>> {
    let parts = distinct_parts(&components_of(tx, merchant, store_skus).await?);
    lock::warehouse_skus(tx, merchant, &parts).await?;
    Ok(parts)
}

fn distinct_parts(components: &HashMap<Uuid, Vec<(Uuid, i32)>>) -> Vec<Uuid> {
    let parts: HashSet<Uuid> = components.values().flatten().map(|(part, _)| *part).collect();
    parts.into_iter().collect()
}

/// What each of these store SKUs is made of, in the order of the positions.
///
/// # Errors
/// What the database said.
pub async fn components_of<C: ConnectionTrait>(
    conn: &C,
    merchant: Uuid,
    store_skus: &[Uuid],
) -> Result<HashMap<Uuid, Vec<(Uuid, i32)>>> {
    let mut components: HashMap<Uuid, Vec<(Uuid, i32)>> = HashMap::new();
    for row in catalogue::components(conn, merchant, store_skus).await? {
        components
            .entry(row.store_sku_id)
            .or_default()
            .push((row.warehouse_sku_id, row.quantity));
    }
    Ok(components)
}

async fn stock_of<C: ConnectionTrait>(
    conn: &C,
    merchant: Uuid,
    warehouse_skus: &[Uuid],
) -> Result<HashMap<(Uuid, Uuid), i32>> {
    let mut stock = HashMap::new();
    for chunk in warehouse_skus.chunks(CHUNK) {
        let found = stock_level::Entity::find()
            .filter(stock_level::Column::MerchantId.eq(merchant))
            .filter(stock_level::Column::WarehouseSkuId.is_in(chunk.iter().copied()))
            .all(conn)
            .await?;
        stock.extend(
            found
                .into_iter()
                .map(|row| ((row.warehouse_sku_id, row.warehouse_id), row.available)),
        );
    }
    Ok(stock)
}

async fn marked_short<C: ConnectionTrait>(conn: &C, merchant: Uuid, warehouse_skus: &[Uuid]) -> Result<HashSet<Uuid>> {
    let mut marked = HashSet::new();
    for chunk in warehouse_skus.chunks(CHUNK) {
        let found = warehouse_sku::Entity::find()
            .select_only()
            .column(warehouse_sku::Column::Id)
            .filter(warehouse_sku::Column::MerchantId.eq(merchant))
            .filter(warehouse_sku::Column::Id.is_in(chunk.iter().copied()))
            .filter(warehouse_sku::Column::IsMarkedShort.eq(true))
            .into_tuple::<Uuid>()
            .all(conn)
            .await?;
        marked.extend(found);
    }
    Ok(marked)
}

async fn listed<C: ConnectionTrait>(conn: &C, merchant: Uuid, store_skus: &[Uuid]) -> Result<HashSet<Uuid>> {
    let mut listed = HashSet::new();
    for chunk in store_skus.chunks(CHUNK) {
        let found = listing::Entity::find()
            .select_only()
            .column(listing::Column::StoreSkuId)
            .distinct()
            .filter(listing::Column::MerchantId.eq(merchant))
            .filter(listing::Column::StoreSkuId.is_in(chunk.iter().copied()))
            .into_tuple::<Uuid>()
            .all(conn)
            .await?;
        listed.extend(found);
    }
    Ok(listed)
}

async fn stores<C: ConnectionTrait>(conn: &C, merchant: Uuid) -> Result<HashMap<Uuid, StoreLink>> {
    let found = store::Entity::find()
        .select_only()
        .column(store::Column::Id)
        .column(store::Column::ConnectionStatus)
        .column(store::Column::Connector)
        .filter(store::Column::MerchantId.eq(merchant))
        .into_tuple::<(Uuid, ConnectionStatus, Option<Marketplace>)>()
        .all(conn)
        .await?;
    let link = |(id, status, connector)| (id, StoreLink { status, connector });
    Ok(found.into_iter().map(link).collect())
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
    let mut pending: HashMap<Uuid, Pending> = HashMap::new();
    for chunk in store_skus.chunks(CHUNK) {
        let found = sync_record::Entity::find()
            .filter(sync_record::Column::MerchantId.eq(merchant))
            .filter(sync_record::Column::StoreSkuId.is_in(chunk.iter().copied()))
            .filter(super::status_is(SyncStatus::Pending))
            .lock(LockType::NoKeyUpdate)
            .all(conn)
            .await?;
        for row in found {
            let of_sku = pending.entry(row.store_sku_id).or_default();
            let record = PendingRecord::from(&row);
            match row.lease_id {
                Some(_) => of_sku.in_flight = Some(record),
                None => of_sku.unsent = Some(record),
            }
        }
    }
    Ok(pending)
}
