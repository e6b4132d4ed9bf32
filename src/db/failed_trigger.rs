//! Failed triggers: what they can be filtered and sorted by, and their summary.

use chrono::{DateTime, Utc};
use entity::types::{FailureCode, SyncReason};
use entity::{failed_trigger, store, warehouse_sku};
use sea_orm::sea_query::{ExprTrait, Order as SqlOrder};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::cursor::{CursorKind, KeyKind};
use super::filter::{Conditions, Range, store_skus_with, text_of, warehouse_skus_with};
use super::keyset::{Direction, Order, OrderField, Paged, SortKey};
use crate::error::Result;

/// Which failed triggers.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose warehouse SKU's code or name, or store SKU's code or names, have this text in them.
    pub search: Option<String>,
    /// Failed for one of these.
    pub failure_codes: Option<Vec<FailureCode>>,
    /// Triggered by one of these.
    pub reasons: Option<Vec<SyncReason>>,
    /// About these stores.
    pub stores: Option<Vec<Uuid>>,
    /// About these warehouse SKUs.
    pub warehouse_skus: Option<Vec<Uuid>>,
    /// About these rules.
    pub sync_rules: Option<Vec<Uuid>>,
    /// Of these manual actions.
    pub manual_syncs: Option<Vec<Uuid>>,
    /// That came in this time.
    pub occurred_at: Range<DateTime<Utc>>,
}

/// The failed triggers of the merchant that match, as a condition on the table `failed_trigger`.
#[must_use]
pub fn condition(merchant: Uuid, filter: &Filter) -> Condition {
    use failed_trigger::Column as C;
    Conditions::of(C::MerchantId, merchant)
        .one_of(C::FailureCode, filter.failure_codes.as_deref())
        .one_of(C::Reason, filter.reasons.as_deref())
        .one_of(C::StoreId, filter.stores.as_deref())
        .one_of(C::WarehouseSkuId, filter.warehouse_skus.as_deref())
        .one_of(C::SyncRuleId, filter.sync_rules.as_deref())
        .one_of(C::ManualSyncId, filter.manual_syncs.as_deref())
        .made_within(C::Id, C::OccurredAt, filter.occurred_at)
        .maybe(filter.search.as_deref(), |needle| {
            Condition::any()
                .add(C::WarehouseSkuId.in_subquery(warehouse_skus_with(merchant, needle)))
                .add(C::StoreSkuId.in_subquery(store_skus_with(merchant, needle)))
        })
        .done()
}

/// How many triggers failed for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// The reason.
    pub code: FailureCode,
    /// How many.
    pub count: i64,
    /// When the last of them came.
    pub last_occurred_at: DateTime<Utc>,
}

/// The matching failed triggers of the merchant by their code, the most common first.
///
/// # Errors
/// What the database said.
pub async fn summary<C: ConnectionTrait>(conn: &C, merchant: Uuid, filter: &Filter) -> Result<Vec<Summary>> {
    use failed_trigger::Column as F;
    let mut select = failed_trigger::Entity::find()
        .select_only()
        .column(F::FailureCode)
        .expr_as(F::Id.into_expr().count(), "matching")
        .expr_as(F::OccurredAt.into_expr().max(), "last_occurred_at")
        .filter(condition(merchant, filter))
        .group_by(F::FailureCode);
    QueryTrait::query(&mut select)
        .order_by_expr(F::Id.into_expr().count(), SqlOrder::Desc)
        .order_by_expr(F::FailureCode.into_expr(), SqlOrder::Asc);
    let rows: Vec<(FailureCode, i64, DateTime<Utc>)> = select.into_tuple().all(conn).await?;
    let summaries = rows.into_iter().map(|(code, count, last_occurred_at)| Summary {
        code,
        count,
        last_occurred_at,
    });
    Ok(summaries.collect())
}

/// What failed triggers can be sorted by.
#[derive(async_graphql::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "FailedTriggerOrderField")]
pub enum FailedTriggerOrderField {
    /// When the trigger came.
    OccurredAt,
    /// Why it failed, by its code.
    FailureCode,
    /// What had triggered it, by its word.
    Reason,
    /// Name of the store; an empty one where the failure is about none.
    Store,
    /// Code of the warehouse SKU; an empty one where the failure is about none.
    WarehouseSku,
}

impl OrderField for FailedTriggerOrderField {
    fn tag(self) -> u8 {
        self as u8
    }

    fn key(self) -> Option<SortKey> {
        use failed_trigger::Column as C;
        match self {
            Self::OccurredAt => None,
            Self::FailureCode => SortKey::column(C::FailureCode, KeyKind::Text),
            Self::Reason => SortKey::column(C::Reason, KeyKind::Text),
            Self::Store => SortKey::text(text_of(store::Column::Name, C::MerchantId, C::StoreId)),
            Self::WarehouseSku => SortKey::text(text_of(warehouse_sku::Column::Sku, C::MerchantId, C::WarehouseSkuId)),
        }
    }
}

impl Paged for failed_trigger::Entity {
    type Filter = Filter;
    type OrderField = FailedTriggerOrderField;
    const KIND: CursorKind = CursorKind::FailedTrigger;
    const DEFAULT_ORDER: Order<FailedTriggerOrderField> = Order {
        field: FailedTriggerOrderField::OccurredAt,
        direction: Direction::Desc,
    };

    fn condition(merchant: Uuid, filter: &Filter) -> Condition {
        condition(merchant, filter)
    }
}
