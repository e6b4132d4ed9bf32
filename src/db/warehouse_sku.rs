//! Warehouse SKUs: what they can be filtered and sorted by.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::types::{Marketplace, SyncReason, SyncStatus};
use entity::{mapping, stock_level, store_sku, sync_rule_sku, warehouse, warehouse_sku};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::cursor::{CursorKind, KeyKind};
use super::filter::{Conditions, Range, contains, is_present};
use super::keyset::{Counted, Direction, Order, OrderField, Paged, SortKey, status_branches};
use super::linked::{Between, grouped, linked};
use super::rows::Reads;
use crate::error::Result;

/// Which warehouse SKUs.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// These.
    pub ids: Option<Vec<Uuid>>,
    /// Whose code or name has this text in it.
    pub search: Option<String>,
    /// Whose last sync stands at one of these.
    pub statuses: Option<Vec<SyncStatus>>,
    /// Whose last sync had one of these reasons.
    pub reasons: Option<Vec<SyncReason>>,
    /// With a store SKU on one of these marketplaces.
    pub marketplaces: Option<Vec<Marketplace>>,
    /// With a store SKU in one of these stores.
    pub stores: Option<Vec<Uuid>>,
    /// With a store SKU that is governed by one of these rules.
    pub sync_rules: Option<Vec<Uuid>>,
    /// In the chosen set of this rule; a rule that covers all SKUs has none.
    pub chosen_by_rule: Option<Uuid>,
    /// With the shortage mark, or without.
    pub is_marked_short: Option<bool>,
    /// Synced at least once, or never.
    pub has_last_sync: Option<bool>,
    /// Last synced in this time.
    pub last_sync_at: Range<DateTime<Utc>>,
    /// Last synced with a quantity in this range.
    pub quantity: Range<i32>,
}

/// The warehouse SKUs of the merchant that match, as a condition on the table `warehouse_sku`.
#[must_use]
pub fn condition(merchant: Uuid, filter: &Filter) -> Condition {
    use warehouse_sku::Column as C;
    // What was never synced has placeholders in the last-sync columns, which no range may match.
    let says_synced = !filter.last_sync_at.is_open() || !filter.quantity.is_open();
    Conditions::of(C::MerchantId, merchant)
        .one_of(C::Id, filter.ids.as_deref())
        .one_of(C::LastSyncStatus, filter.statuses.as_deref())
        .one_of(C::LastSyncReason, filter.reasons.as_deref())
        .maybe(filter.is_marked_short, |is_marked| C::IsMarkedShort.eq(is_marked))
        .maybe(filter.has_last_sync, |has| is_present(C::LastSyncStatus, has))
        .maybe(says_synced.then_some(true), |has| is_present(C::LastSyncStatus, has))
        .within(C::LastSyncAt, filter.last_sync_at)
        .within(C::LastSyncQuantity, filter.quantity)
        .maybe(in_stores(merchant, filter), |ids| C::Id.in_subquery(ids))
        .maybe(filter.chosen_by_rule, |rule| {
            C::Id.in_subquery(chosen_by(merchant, rule))
        })
        .maybe(filter.search.as_deref(), |needle| contains(C::SearchText, needle))
        .done()
}

fn chosen_by(merchant: Uuid, rule: Uuid) -> SelectStatement {
    use sync_rule_sku::Column as C;
    Query::select()
        .column(C::WarehouseSkuId)
        .from(sync_rule_sku::Entity)
        .and_where(C::MerchantId.eq(merchant))
        .and_where(C::SyncRuleId.eq(rule))
        .take()
}

/// The ids of the warehouse SKUs with a store SKU that meets what the filter says about stores and rules; none where
/// it says nothing.
fn in_stores(merchant: Uuid, filter: &Filter) -> Option<SelectStatement> {
    use store_sku::Column as C;
    if filter.marketplaces.is_none() && filter.stores.is_none() && filter.sync_rules.is_none() {
        return None;
    }
    let condition = Conditions::of(C::MerchantId, merchant)
        .one_of(C::Marketplace, filter.marketplaces.as_deref())
        .one_of(C::StoreId, filter.stores.as_deref())
        .one_of(C::SyncRuleId, filter.sync_rules.as_deref())
        .done();
    let component = |column| Expr::col((mapping::Entity, column));
    let same_store_sku = component(mapping::Column::StoreSkuId)
        .eq(C::Id.into_expr())
        .and(component(mapping::Column::MerchantId).eq(C::MerchantId.into_expr()));
    let ids = Query::select()
        .column((mapping::Entity, mapping::Column::WarehouseSkuId))
        .from(mapping::Entity)
        .inner_join(store_sku::Entity, same_store_sku)
        .cond_where(condition)
        .take();
    Some(ids)
}

/// How much of each of these warehouse SKUs lies in which warehouse.
///
/// # Errors
/// What the database said.
pub async fn stock_levels<R: Reads>(
    reads: &R,
    merchant: Uuid,
    warehouse_skus: &[Uuid],
) -> Result<HashMap<Uuid, Vec<(stock_level::Model, Arc<warehouse::Model>)>>> {
    use stock_level::Column as L;
    let between = Between {
        merchant: L::MerchantId,
        from: L::WarehouseSkuId,
        to: L::WarehouseId,
        order: L::WarehouseId,
    };
    let pairs = linked::<stock_level::Entity, warehouse::Entity, R>(reads, merchant, between, warehouse_skus).await?;
    Ok(grouped(pairs.into_iter().map(|pair| (pair.0.warehouse_sku_id, pair))))
}

/// What warehouse SKUs can be sorted by.
#[derive(async_graphql::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "WarehouseSkuOrderField")]
pub enum WarehouseSkuOrderField {
    /// Time of the last sync; what was never synced is the oldest.
    LastSyncAt,
    /// SKU code.
    Sku,
    /// Name.
    Name,
    /// Quantity of the last sync; 0 where there was none.
    LastSyncQuantity,
    /// Status of the last sync, by its word; an empty one where there was none.
    LastSyncStatus,
    /// Reason of the last sync, by its word; an empty one where there was none.
    LastSyncReason,
    /// When it was made.
    CreatedAt,
}

impl OrderField for WarehouseSkuOrderField {
    fn tag(self) -> u8 {
        self as u8
    }

    fn key(self) -> Option<SortKey> {
        use warehouse_sku::Column as C;
        match self {
            Self::LastSyncAt => SortKey::column(C::LastSyncAt, KeyKind::Time),
            Self::Sku => SortKey::column(C::Sku, KeyKind::Text),
            Self::Name => SortKey::column(C::Name, KeyKind::Text),
            Self::LastSyncQuantity => SortKey::column(C::LastSyncQuantity, KeyKind::Int),
            Self::LastSyncStatus => SortKey::text(C::LastSyncStatus.into_expr()),
            Self::LastSyncReason => SortKey::text(C::LastSyncReason.into_expr()),
            Self::CreatedAt => None,
        }
    }
}

impl Paged for warehouse_sku::Entity {
    type Filter = Filter;
    type OrderField = WarehouseSkuOrderField;
    const KIND: CursorKind = CursorKind::WarehouseSku;
    const DEFAULT_ORDER: Order<WarehouseSkuOrderField> = Order {
        field: WarehouseSkuOrderField::LastSyncAt,
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
        filter.ids.is_some()
    }
}

impl Counted for warehouse_sku::Entity {
    const STATUS: warehouse_sku::Column = warehouse_sku::Column::LastSyncStatus;

    fn without_status(filter: &Filter) -> Filter {
        Filter {
            statuses: None,
            has_last_sync: None,
            ..filter.clone()
        }
    }
}
