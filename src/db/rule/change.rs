//! Writing rules, and finding the store SKUs that a change of one may concern.

use std::collections::BTreeSet;

use entity::{mapping, store_sku, sync_rule, sync_rule_sku, sync_rule_store, sync_rule_warehouse};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use uuid::Uuid;

use super::members;
use crate::db::CHUNK;
use crate::error::Result;

/// A rule with all that it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The rule itself.
    pub row: sync_rule::Model,
    /// Its chosen stores; empty where it covers all.
    pub stores: BTreeSet<Uuid>,
    /// Its chosen warehouse SKUs; empty where it covers all.
    pub warehouse_skus: BTreeSet<Uuid>,
    /// Its warehouses.
    pub warehouses: BTreeSet<Uuid>,
}

/// A rule with all that it covers; none when there is no such rule, or it was deleted.
///
/// # Errors
/// What the database said.
pub async fn content<C: ConnectionTrait>(conn: &C, merchant: Uuid, id: Uuid) -> Result<Option<Content>> {
    let row = sync_rule::Entity::find()
        .filter(sync_rule::Column::MerchantId.eq(merchant))
        .filter(sync_rule::Column::Id.eq(id))
        .filter(sync_rule::Column::DeletedAt.is_null())
        .one(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Content {
        row,
        stores: set::<sync_rule_store::Entity, C>(conn, merchant, id).await?,
        warehouse_skus: set::<sync_rule_sku::Entity, C>(conn, merchant, id).await?,
        warehouses: set::<sync_rule_warehouse::Entity, C>(conn, merchant, id).await?,
    }))
}

async fn set<E: members::Members, C: ConnectionTrait>(conn: &C, merchant: Uuid, rule: Uuid) -> Result<BTreeSet<Uuid>> {
    let mut sets = members::of_rules::<E, C>(conn, merchant, &[rule]).await?;
    Ok(sets.remove(&rule).into_iter().flatten().collect())
}

/// The rule that has this name, among those that are not deleted.
///
/// # Errors
/// What the database said.
pub async fn name_owner<C: ConnectionTrait>(conn: &C, merchant: Uuid, name: &str) -> Result<Option<Uuid>> {
    let owner = sync_rule::Entity::find()
        .select_only()
        .column(sync_rule::Column::Id)
        .filter(sync_rule::Column::MerchantId.eq(merchant))
        .filter(sync_rule::Column::Name.eq(name))
        .filter(sync_rule::Column::DeletedAt.is_null())
        .into_tuple::<Uuid>()
        .one(conn)
        .await?;
    Ok(owner)
}

/// Writes a rule; `before` is what it is now, none when it is new.
///
/// # Errors
/// What the database said.
pub async fn save(tx: &DatabaseTransaction, before: Option<&Content>, after: &Content) -> Result<()> {
    let row = after.row.clone().into_active_model();
    match before {
        Some(_) => row.reset_all().update(tx).await?,
        None => row.insert(tx).await?,
    };
    let (merchant, id, none) = (after.row.merchant_id, after.row.id, BTreeSet::new());
    let old = |set: fn(&Content) -> &BTreeSet<Uuid>| before.map_or(&none, set);
    let stores = old(|content| &content.stores);
    members::replace::<sync_rule_store::Entity>(tx, merchant, id, stores, &after.stores).await?;
    let skus = old(|content| &content.warehouse_skus);
    members::replace::<sync_rule_sku::Entity>(tx, merchant, id, skus, &after.warehouse_skus).await?;
    let warehouses = old(|content| &content.warehouses);
    members::replace::<sync_rule_warehouse::Entity>(tx, merchant, id, warehouses, &after.warehouses).await
}

/// The store SKUs that a rule governs now.
///
/// # Errors
/// What the database said.
pub async fn governed_by<C: ConnectionTrait>(conn: &C, merchant: Uuid, rule: Uuid) -> Result<BTreeSet<Uuid>> {
    let ids = store_sku::Entity::find()
        .select_only()
        .column(store_sku::Column::Id)
        .filter(store_sku::Column::MerchantId.eq(merchant))
        .filter(store_sku::Column::SyncRuleId.eq(rule))
        .into_tuple::<Uuid>()
        .all(conn)
        .await?;
    Ok(ids.into_iter().collect())
}

/// The store SKUs that a rule with this content may cover: those of its stores that are made of at least one of its
/// warehouse SKUs.
///
/// # Errors
/// What the database said.
pub async fn reachable<C: ConnectionTrait>(conn: &C, content: &Content) -> Result<BTreeSet<Uuid>> {
    let merchant = content.row.merchant_id;
    let covers = |store: Uuid| content.row.covers_all_stores || content.stores.contains(&store);
    let mut reachable = BTreeSet::new();
    if content.row.covers_all_skus {
        let pairs = store_sku::Entity::find()
            .select_only()
            .column(store_sku::Column::Id)
            .column(store_sku::Column::StoreId)
            .filter(store_sku::Column::MerchantId.eq(merchant))
            .into_tuple::<(Uuid, Uuid)>()
            .all(conn)
            .await?;
        reachable.extend(pairs.into_iter().filter(|(_, store)| covers(*store)).map(|(id, _)| id));
        return Ok(reachable);
    }
    let skus: Vec<Uuid> = content.warehouse_skus.iter().copied().collect();
    for chunk in skus.chunks(CHUNK) {
        let made_of = mapping::Entity::find()
            .select_only()
            .column(mapping::Column::StoreSkuId)
            .filter(mapping::Column::MerchantId.eq(merchant))
            .filter(mapping::Column::WarehouseSkuId.is_in(chunk.iter().copied()));
        let pairs = store_sku::Entity::find()
            .select_only()
            .column(store_sku::Column::Id)
            .column(store_sku::Column::StoreId)
            .filter(store_sku::Column::MerchantId.eq(merchant))
            .filter(store_sku::Column::Id.in_subquery(sea_orm::QueryTrait::into_query(made_of)))
            .into_tuple::<(Uuid, Uuid)>()
            .all(conn)
            .await?;
        reachable.extend(pairs.into_iter().filter(|(_, store)| covers(*store)).map(|(id, _)| id));
    }
    Ok(reachable)
}
