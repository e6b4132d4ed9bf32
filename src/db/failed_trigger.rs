//! Failed triggers: what they can be filtered and sorted by, and their summary.

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::{FailureCode, SyncReason};
use entity::{failed_trigger, failed_trigger_tally, store, warehouse_sku};
use sea_orm::sea_query::{Expr, ExprTrait, Order as SqlOrder, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait};
use uuid::Uuid;

use super::cursor::{CursorKind, KeyKind};
use super::failed_trigger_tally::{hour_of, times_of};
use super::filter::{Conditions, Range, store_skus_with, text_of, warehouse_skus_with};
use super::keyset::{Direction, Order, OrderField, Paged, SortKey, sum};
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
    let rows = conn.query_all(&summary_statement(merchant, filter)).await?;
    let summaries = rows.iter().map(|row| {
        Ok(Summary {
            code: row.try_get_by_index(0)?,
            count: row.try_get_by_index(1)?,
            last_occurred_at: row.try_get_by_index(2)?,
        })
    });
    summaries.collect()
}

/// The one statement of [`summary`], so that all of it is of one state of the database.
///
/// With no filter, or one that names times and codes only, it reads the [tally](super::failed_trigger_tally) of the whole
/// hours, and counts what is left of the hours at the two ends. With any other filter it counts all that matches.
#[must_use]
pub fn summary_statement(merchant: Uuid, filter: &Filter) -> SelectStatement {
    let total = sum(Expr::col((PARTS, MATCHING)));
    Query::select()
        .column((PARTS, CODE))
        .expr_as(total, "total")
        .expr_as(Expr::col((PARTS, LAST)).max(), "latest")
        .from_subquery(union(parts(merchant, filter)), PARTS)
        .group_by_col((PARTS, CODE))
        .order_by("total", SqlOrder::Desc)
        .order_by((PARTS, CODE), SqlOrder::Asc)
        .take()
}

/// The name of the union of the parts.
const PARTS: &str = "parts";
/// The columns of each part.
const CODE: &str = "failure_code";
const MATCHING: &str = "matching";
const LAST: &str = "last_occurred_at";

fn union(parts: Vec<SelectStatement>) -> SelectStatement {
    let mut parts = parts.into_iter();
    let mut union = parts.next().unwrap_or_default();
    for part in parts {
        union.union(UnionType::All, part);
    }
    union
}

/// The selects that sum up the matching triggers, each of them once.
fn parts(merchant: Uuid, filter: &Filter) -> Vec<SelectStatement> {
    let Filter {
        search: None,
        failure_codes: codes,
        reasons: None,
        stores: None,
        warehouse_skus: None,
        sync_rules: None,
        manual_syncs: None,
        occurred_at: range,
    } = filter
    else {
        return vec![counted(merchant, filter)];
    };
    let part_of = |range| Filter {
        occurred_at: range,
        ..filter.clone()
    };
    let Some(hours) = WholeHours::within(*range) else {
        return vec![counted(merchant, filter)];
    };
    let ends = hours.ends(*range).map(|end| counted(merchant, &part_of(end)));
    std::iter::once(tallied(merchant, codes.as_deref(), hours))
        .chain(ends)
        .collect()
}

/// The triggers, counted.
fn counted(merchant: Uuid, filter: &Filter) -> SelectStatement {
    use failed_trigger::Column as F;
    Query::select()
        .expr_as(F::FailureCode.into_expr(), CODE)
        .expr_as(F::Id.into_expr().count(), MATCHING)
        .expr_as(F::OccurredAt.into_expr().max(), LAST)
        .from(failed_trigger::Entity)
        .cond_where(condition(merchant, filter))
        .group_by_col((failed_trigger::Entity, F::FailureCode))
        .take()
}

/// The tally of whole hours.
fn tallied(merchant: Uuid, codes: Option<&[FailureCode]>, hours: WholeHours) -> SelectStatement {
    use failed_trigger_tally::Column as T;
    let those = Conditions::of(T::MerchantId, merchant)
        .one_of(T::FailureCode, codes)
        .maybe(hours.after, |hour| T::Hour.gt(hour))
        .maybe(hours.before, |hour| T::Hour.lt(hour));
    Query::select()
        .expr_as(T::FailureCode.into_expr(), CODE)
        .expr_as(T::Matching.into_expr(), MATCHING)
        .expr_as(T::LastOccurredAt.into_expr(), LAST)
        .from(failed_trigger_tally::Entity)
        .cond_where(those.done())
        .take()
}

/// The hours that lie within a span of time with all of their length, between two that do not; an open end is `None`.
#[derive(Debug, Clone, Copy)]
struct WholeHours {
    after: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
}

impl WholeHours {
    /// None where the span begins and ends in one hour.
    fn within(range: Range<DateTime<Utc>>) -> Option<Self> {
        let hours = Self {
            after: range.from.map(|from| hour_of(from - TimeDelta::nanoseconds(1))),
            before: range.to.map(hour_of),
        };
        match (range.from, hours.before) {
            (Some(from), Some(before)) if hour_of(from) >= before => None,
            _ => Some(hours),
        }
    }

    /// What of the span is not in them.
    fn ends(self, range: Range<DateTime<Utc>>) -> impl Iterator<Item = Range<DateTime<Utc>>> {
        // A span that begins with an hour has all of that hour.
        let is_cut = |from: &DateTime<Utc>| self.after == Some(hour_of(*from));
        let first = range.from.filter(is_cut).map(|from| Range {
            from: Some(from),
            ..times_of(hour_of(from))
        });
        let last = range.to.map(|to| Range {
            from: self.before,
            to: Some(to),
        });
        first.into_iter().chain(last)
    }
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

    /// From the [tally](super::failed_trigger_tally), where that can tell.
    fn counting(merchant: Uuid, filter: &Filter) -> SelectStatement {
        Query::select()
            .expr(sum(Expr::col((PARTS, MATCHING))))
            .from_subquery(union(parts(merchant, filter)), PARTS)
            .take()
    }
}
