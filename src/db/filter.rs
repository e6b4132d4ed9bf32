//! Parts that filters are made of.
//!
//! A filter's fields are ANDed. A field that is `None` says nothing; a list that is empty matches nothing, so that a
//! mistaken empty choice never means everything.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{mapping, store_sku, warehouse_sku};
use sea_orm::sea_query::{Expr, ExprTrait, Func, IntoCondition, LikeExpr, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, IntoSimpleExpr, Value};
use uuid::Uuid;

use super::Owned;
use crate::domain::text;

/// From and to, both included; an open end is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range<T> {
    /// The smallest.
    pub from: Option<T>,
    /// The largest.
    pub to: Option<T>,
}

impl<T> Default for Range<T> {
    fn default() -> Self {
        Self { from: None, to: None }
    }
}

impl<T> Range<T> {
    /// Whether it has neither end.
    pub fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }
}

/// How far the time in a row's id may be from the time that the row was made at: a transaction has one time and may take
/// a while to make its ids, and clocks are set.
const ID_SLACK: TimeDelta = TimeDelta::hours(1);

/// The smallest version 7 id that can be made at `time` or later.
pub(super) fn first_id(time: DateTime<Utc>) -> Uuid {
    let milliseconds = u128::try_from(time.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(milliseconds << 80 | 0x7 << 76 | 0b10 << 62)
}

/// A condition that grows by what a filter says.
pub(super) struct Conditions(Condition);

impl Conditions {
    /// The rows of one merchant.
    pub(super) fn of(column: impl ColumnTrait, merchant: Uuid) -> Self {
        Self(Condition::all().add(column.eq(merchant)))
    }

    /// The column is one of the list.
    pub(super) fn one_of<V>(self, column: impl ColumnTrait, list: Option<&[V]>) -> Self
    where
        V: Into<Value> + Clone,
    {
        match list {
            None => self,
            Some(list) => self.and(column.is_in(list.iter().cloned())),
        }
    }

    /// The column is within the range.
    pub(super) fn within<V>(self, column: impl ColumnTrait, range: Range<V>) -> Self
    where
        V: Into<Value>,
    {
        let above = self.maybe(range.from, |from| column.gte(from));
        above.maybe(range.to, |to| column.lte(to))
    }

    /// The row was made within the range. Its id was made then too, give or take [`ID_SLACK`], and unlike the time the id
    /// is in every index.
    pub(super) fn made_within(self, id: impl ColumnTrait, time: impl ColumnTrait, range: Range<DateTime<Utc>>) -> Self {
        self.within(time, range)
            .maybe(range.from, |from| id.gte(first_id(from - ID_SLACK)))
            .maybe(range.to, |to| id.lt(first_id(to + ID_SLACK)))
    }

    /// What `condition` makes of the value, where there is one.
    pub(super) fn maybe<V, E>(self, value: Option<V>, condition: impl FnOnce(V) -> E) -> Self
    where
        E: IntoCondition,
    {
        match value {
            None => self,
            Some(value) => Self(self.0.add(condition(value).into_condition())),
        }
    }

    /// One more condition.
    pub(super) fn and(self, condition: impl IntoCondition) -> Self {
        Self(self.0.add(condition.into_condition()))
    }

    /// All of it.
    pub(super) fn done(self) -> Condition {
        self.0
    }
}

/// The text, in lower case, has the needle anywhere in it.
pub(super) fn contains(text: impl IntoSimpleExpr, needle: &str) -> Expr {
    text.into_simple_expr()
        .like(LikeExpr::new(text::like_pattern(needle)).escape('\\'))
}

/// One of the columns, in lower case, has the needle anywhere in it. For small tables that keep no search text; SQLite
/// lowers only the letters A to Z here.
pub(super) fn contains_any<C: ColumnTrait>(columns: impl IntoIterator<Item = C>, needle: &str) -> Condition {
    columns.into_iter().fold(Condition::any(), |any, column| {
        any.add(contains(Expr::from(Func::lower(column.into_expr())), needle))
    })
}

/// The ids of the merchant's warehouse SKUs whose code or name has the needle in it.
pub(super) fn warehouse_skus_with(merchant: Uuid, needle: &str) -> SelectStatement {
    Query::select()
        .column((warehouse_sku::Entity, warehouse_sku::Column::Id))
        .from(warehouse_sku::Entity)
        .and_where(warehouse_sku::Column::MerchantId.eq(merchant))
        .and_where(contains(warehouse_sku::Column::SearchText, needle))
        .take()
}

/// The ids of the merchant's store SKUs whose code or names have the needle in them.
pub(super) fn store_skus_with(merchant: Uuid, needle: &str) -> SelectStatement {
    Query::select()
        .column((store_sku::Entity, store_sku::Column::Id))
        .from(store_sku::Entity)
        .and_where(store_sku::Column::MerchantId.eq(merchant))
        .and_where(contains(store_sku::Column::SearchText, needle))
        .take()
}

/// The ids of the merchant's store SKUs that are made of warehouse SKUs which meet a condition on the mapping.
pub(super) fn store_skus_made_of(merchant: Uuid, condition: impl IntoCondition) -> SelectStatement {
    Query::select()
        .column((mapping::Entity, mapping::Column::StoreSkuId))
        .from(mapping::Entity)
        .and_where(mapping::Column::MerchantId.eq(merchant))
        .cond_where(condition)
        .take()
}

/// The column is there, or is not.
pub(super) fn is_present(column: impl ColumnTrait, is_present: bool) -> Expr {
    if is_present {
        column.is_not_null()
    } else {
        column.is_null()
    }
}

/// A text of the row that a row of another table points at, by its merchant and id.
pub(super) fn text_of<C>(text: C, merchant: impl ColumnTrait, id: impl ColumnTrait) -> Expr
where
    C: ColumnTrait,
    C::EntityName: Owned<Column = C>,
{
    let row = Query::select()
        .expr(text.into_expr())
        .from(C::EntityName::default())
        .and_where(C::EntityName::MERCHANT.into_expr().eq(merchant.into_expr()))
        .and_where(C::EntityName::ID.into_expr().eq(id.into_expr()))
        .take();
    Expr::SubQuery(None, Box::new(row.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_later_are_not_too_old() {
        let before = Utc::now();
        let id = Uuid::now_v7();
        let after = Utc::now() + chrono::TimeDelta::milliseconds(1);
        assert!(first_id(before) <= id && id < first_id(after));
    }
}
