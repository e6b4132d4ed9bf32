//! Store SKUs: what they can be filtered and sorted by.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::types::{Marketplace, SyncReason, SyncStatus};
use entity::{listing, mapping, store, store_sku, sync_rule, warehouse_sku};
use sea_orm::sea_query::{ColumnRef, Expr, ExprTrait, IntoColumnRef, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::catalogue;
use super::cursor::{CursorKind, KeyKind};
use super::each::Within;
use super::filter::{Conditions, Range, contains, is_present, store_skus_made_of, text_of, warehouse_skus_with};
use super::ids::among;
use super::keyset::{Counted, Direction, Order, OrderField, Paged, SortKey, status_branches};
use super::linked::{Between, grouped, linked};
use super::rows::Reads;
use crate::error::Result;

/// Which store SKUs.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// These.
    pub ids: Option<Vec<Uuid>>,
    /// Whose code or names have this text in them, or those of a warehouse SKU that they are made of.
    pub search: Option<String>,
    /// Whose last sync stands at one of these.
    pub statuses: Option<Vec<SyncStatus>>,
    /// Whose last sync had one of these reasons.
    pub reasons: Option<Vec<SyncReason>>,
    /// On these marketplaces.
    pub marketplaces: Option<Vec<Marketplace>>,
    /// In these stores.
    pub stores: Option<Vec<Uuid>>,
    /// Governed by these rules.
    pub sync_rules: Option<Vec<Uuid>>,
    /// Governed by a rule, or by none.
    pub has_sync_rule: Option<bool>,
    /// Synced at least once, or never.
    pub has_last_sync: Option<bool>,
    /// Last synced in this time.
    pub last_sync_at: Range<DateTime<Utc>>,
    /// Last synced with a quantity in this range.
    pub quantity: Range<i32>,
    /// Made of one of these warehouse SKUs.
    pub warehouse_skus: Option<Vec<Uuid>>,
    /// Made of this warehouse SKU too.
    pub made_of: Option<Uuid>,
}

/// The store SKUs of the merchant that match, as a condition on the table `store_sku`.
#[must_use]
pub fn condition(merchant: Uuid, filter: &Filter) -> Condition {
    use store_sku::Column as C;
    // What was never synced has placeholders in the last-sync columns, which no range may match.
    let says_synced = !filter.last_sync_at.is_open() || !filter.quantity.is_open();
    Conditions::of(C::MerchantId, merchant)
        .one_of(C::Id, filter.ids.as_deref())
        .one_of(C::LastSyncStatus, filter.statuses.as_deref())
        .one_of(C::LastSyncReason, filter.reasons.as_deref())
        .one_of(C::Marketplace, filter.marketplaces.as_deref())
        .one_of(C::StoreId, filter.stores.as_deref())
        .one_of(C::SyncRuleId, filter.sync_rules.as_deref())
        .maybe(filter.has_sync_rule, |has| is_present(C::SyncRuleId, has))
        .maybe(filter.has_last_sync, |has| is_present(C::LastSyncStatus, has))
        .maybe(says_synced.then_some(true), |has| is_present(C::LastSyncStatus, has))
        .within(C::LastSyncAt, filter.last_sync_at)
        .within(C::LastSyncQuantity, filter.quantity)
        .maybe(filter.warehouse_skus.as_deref(), |ids| {
            let chosen = mapping::Column::WarehouseSkuId.is_in(ids.iter().copied());
            C::Id.in_subquery(store_skus_made_of(merchant, chosen))
        })
        .maybe(filter.made_of, |id| {
            let component = mapping::Column::WarehouseSkuId.eq(id);
            C::Id.in_subquery(store_skus_made_of(merchant, component))
        })
        .maybe(filter.search.as_deref(), |needle| search(merchant, needle))
        .done()
}

/// The needle is in a store SKU's own texts or in those of a warehouse SKU that it is made of.
#[must_use]
pub(super) fn search(merchant: Uuid, needle: &str) -> Condition {
    let found = mapping::Column::WarehouseSkuId.in_subquery(warehouse_skus_with(merchant, needle));
    Condition::any()
        .add(contains(store_sku::Column::SearchText, needle))
        .add(store_sku::Column::Id.in_subquery(store_skus_made_of(merchant, found)))
}

/// What each of these store SKUs is made of, in the order of the components.
///
/// # Errors
/// What the database said.
pub async fn components<R: Reads>(
    reads: &R,
    merchant: Uuid,
    store_skus: &[Uuid],
) -> Result<HashMap<Uuid, Vec<(mapping::Model, Arc<warehouse_sku::Model>)>>> {
    use mapping::Column as L;
    let between = Between {
        merchant: L::MerchantId,
        from: L::StoreSkuId,
        to: L::WarehouseSkuId,
        order: L::Position,
    };
    let pairs = linked::<mapping::Entity, warehouse_sku::Entity, R>(reads, merchant, between, store_skus).await?;
    Ok(grouped(pairs.into_iter().map(|pair| (pair.0.store_sku_id, pair))))
}

/// Where the quantity of each of these store SKUs is written, in the order of the listings.
///
/// # Errors
/// What the database said.
pub async fn listings<R: Reads>(
    reads: &R,
    merchant: Uuid,
    store_skus: &[Uuid],
) -> Result<HashMap<Uuid, Vec<listing::Model>>> {
    let of_all = catalogue::listings(reads, merchant, store_skus).await?;
    Ok(grouped(
        of_all.into_iter().map(|listing| (listing.store_sku_id, listing)),
    ))
}

/// The ids of the store SKUs of the merchant that match, in no order.
///
/// # Errors
/// What the database said.
pub async fn ids<C: ConnectionTrait>(conn: &C, merchant: Uuid, filter: &Filter) -> Result<Vec<Uuid>> {
    let ids = store_sku::Entity::find()
        .select_only()
        .column(store_sku::Column::Id)
        .filter(condition(merchant, filter))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(ids)
}

/// What store SKUs can be sorted by.
#[derive(async_graphql::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "StoreSkuOrderField")]
pub enum StoreSkuOrderField {
    /// Time of the last sync; what was never synced is the oldest.
    LastSyncAt,
    /// SKU code.
    Sku,
    /// Name of the product.
    ProductName,
    /// Quantity of the last sync; 0 where there was none.
    LastSyncQuantity,
    /// Status of the last sync, by its word; an empty one where there was none.
    LastSyncStatus,
    /// Reason of the last sync, by its word; an empty one where there was none.
    LastSyncReason,
    /// Marketplace, by its word.
    Marketplace,
    /// Name of the store.
    Store,
    /// Name of the governing rule; an empty one where there is none.
    SyncRule,
    /// Code of the warehouse SKU that it is made of, the first by code where there are several.
    WarehouseSku,
    /// When it was made.
    CreatedAt,
}

impl OrderField for StoreSkuOrderField {
    fn tag(self) -> u8 {
        self as u8
    }

    fn key(self) -> Option<SortKey> {
        use store_sku::Column as C;
        match self {
            Self::LastSyncAt => SortKey::column(C::LastSyncAt, KeyKind::Time),
            Self::Sku => SortKey::column(C::Sku, KeyKind::Text),
            Self::ProductName => SortKey::column(C::ProductName, KeyKind::Text),
            Self::LastSyncQuantity => SortKey::column(C::LastSyncQuantity, KeyKind::Int),
            Self::LastSyncStatus => SortKey::text(C::LastSyncStatus.into_expr()),
            Self::LastSyncReason => SortKey::text(C::LastSyncReason.into_expr()),
            Self::Marketplace => SortKey::column(C::Marketplace, KeyKind::Text),
            Self::Store => SortKey::text(text_of(store::Column::Name, C::MerchantId, C::StoreId)),
            Self::SyncRule => SortKey::text(text_of(sync_rule::Column::Name, C::MerchantId, C::SyncRuleId)),
            Self::WarehouseSku => SortKey::text(first_component()),
            Self::CreatedAt => None,
        }
    }
}

fn first_component() -> Expr {
    let component = |column| Expr::col((mapping::Entity, column));
    let article = |column| Expr::col((warehouse_sku::Entity, column));
    let code = Query::select()
        .expr(article(warehouse_sku::Column::Sku).min())
        .from(mapping::Entity)
        .inner_join(
            warehouse_sku::Entity,
            article(warehouse_sku::Column::MerchantId)
                .eq(component(mapping::Column::MerchantId))
                .and(article(warehouse_sku::Column::Id).eq(component(mapping::Column::WarehouseSkuId))),
        )
        .and_where(component(mapping::Column::MerchantId).eq(store_sku::Column::MerchantId.into_expr()))
        .and_where(component(mapping::Column::StoreSkuId).eq(store_sku::Column::Id.into_expr()))
        .take();
    Expr::SubQuery(None, Box::new(code.into()))
}

impl Paged for store_sku::Entity {
    type Filter = Filter;
    type OrderField = StoreSkuOrderField;
    const KIND: CursorKind = CursorKind::StoreSku;
    const DEFAULT_ORDER: Order<StoreSkuOrderField> = Order {
        field: StoreSkuOrderField::LastSyncAt,
        direction: Direction::Desc,
    };

    fn condition(merchant: Uuid, filter: &Filter) -> Condition {
        condition(merchant, filter)
    }

    fn branches(filter: &Filter) -> Vec<Filter> {
        status_branches(filter.statuses.as_deref(), |status| Filter {
            statuses: Some(vec![status]),
            ..filter.clone()
        })
    }

    fn matches_few(filter: &Filter) -> bool {
        filter.ids.is_some() || filter.warehouse_skus.is_some() || filter.made_of.is_some()
    }
}

/// Within the warehouse SKUs that they are made of.
impl Within for store_sku::Entity {
    fn of_each(statement: &mut SelectStatement, backend: DbBackend, parents: &[Uuid]) -> ColumnRef {
        use mapping::Column as L;
        let link = |column: L| (mapping::Entity, column);
        let is_of_it = Expr::col(link(L::MerchantId))
            .eq(store_sku::Column::MerchantId.into_expr())
            .and(Expr::col(link(L::StoreSkuId)).eq(store_sku::Column::Id.into_expr()));
        statement.inner_join(mapping::Entity, is_of_it).and_where(among(
            backend,
            Expr::col(link(L::WarehouseSkuId)),
            parents,
        ));
        link(L::WarehouseSkuId).into_column_ref()
    }
}

impl Counted for store_sku::Entity {
    const STATUS: store_sku::Column = store_sku::Column::LastSyncStatus;

    fn without_status(filter: &Filter) -> Filter {
        Filter {
            statuses: None,
            has_last_sync: None,
            ..filter.clone()
        }
    }
}
