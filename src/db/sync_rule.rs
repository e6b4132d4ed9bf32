//! Sync rules: what they can be filtered and sorted by, and what they choose.

use std::collections::HashMap;
use std::sync::Arc;

use entity::{store, sync_rule, sync_rule_store, sync_rule_warehouse, warehouse};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::cursor::{CursorKind, KeyKind};
use super::filter::{Conditions, contains_any};
use super::keyset::{Direction, Order, OrderField, Paged, SortKey};
use super::linked::{Between, grouped, linked};
use super::rows::Reads;
use crate::error::Result;

/// Which sync rules. Deleted ones are never among them.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// These.
    pub ids: Option<Vec<Uuid>>,
    /// Whose name has this text in it.
    pub search: Option<String>,
    /// Enabled ones, or disabled ones.
    pub is_enabled: Option<bool>,
}

/// The stores that each of these rules chooses; a rule that covers all stores chooses none.
///
/// # Errors
/// What the database said.
pub async fn chosen_stores<R: Reads>(
    reads: &R,
    merchant: Uuid,
    rules: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Arc<store::Model>>>> {
    use sync_rule_store::Column as L;
    let between = Between {
        merchant: L::MerchantId,
        from: L::SyncRuleId,
        to: L::StoreId,
        order: L::StoreId,
    };
    let pairs = linked::<sync_rule_store::Entity, store::Entity, R>(reads, merchant, between, rules).await?;
    Ok(grouped(
        pairs.into_iter().map(|(link, store)| (link.sync_rule_id, store)),
    ))
}

/// The warehouses whose stock each of these rules sums.
///
/// # Errors
/// What the database said.
pub async fn chosen_warehouses<R: Reads>(
    reads: &R,
    merchant: Uuid,
    rules: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Arc<warehouse::Model>>>> {
    use sync_rule_warehouse::Column as L;
    let between = Between {
        merchant: L::MerchantId,
        from: L::SyncRuleId,
        to: L::WarehouseId,
        order: L::WarehouseId,
    };
    let pairs = linked::<sync_rule_warehouse::Entity, warehouse::Entity, R>(reads, merchant, between, rules).await?;
    Ok(grouped(
        pairs
            .into_iter()
            .map(|(link, warehouse)| (link.sync_rule_id, warehouse)),
    ))
}

/// What sync rules can be sorted by.
#[derive(async_graphql::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "SyncRuleOrderField")]
pub enum SyncRuleOrderField {
    /// Name.
    Name,
    /// Priority.
    Priority,
    /// When it was made.
    CreatedAt,
}

impl OrderField for SyncRuleOrderField {
    fn tag(self) -> u8 {
        self as u8
    }

    fn key(self) -> Option<SortKey> {
        use sync_rule::Column as C;
        match self {
            Self::Name => SortKey::column(C::Name, KeyKind::Text),
            Self::Priority => SortKey::column(C::Priority, KeyKind::Int),
            Self::CreatedAt => None,
        }
    }
}

impl Paged for sync_rule::Entity {
    type Filter = Filter;
    type OrderField = SyncRuleOrderField;
    const KIND: CursorKind = CursorKind::SyncRule;
    const DEFAULT_ORDER: Order<SyncRuleOrderField> = Order {
        field: SyncRuleOrderField::Name,
        direction: Direction::Asc,
    };

    fn condition(merchant: Uuid, filter: &Filter) -> Condition {
        use sync_rule::Column as C;
        Conditions::of(C::MerchantId, merchant)
            .and(C::DeletedAt.is_null())
            .one_of(C::Id, filter.ids.as_deref())
            .maybe(filter.is_enabled, |is_enabled| C::IsEnabled.eq(is_enabled))
            .maybe(filter.search.as_deref(), |needle| contains_any([C::Name], needle))
            .done()
    }
}
