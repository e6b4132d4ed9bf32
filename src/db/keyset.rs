//! Pages of a table by keyset: every page is a seek in an order by (sort key, id), however deep it lies.
//!
//! An aggregate says once what it can be filtered and sorted by ([`Paged`]); everything else is here: the statement,
//! the cursors, the counts.
//!
//! # Guarantees
//!
//! - The order is total, since it ends with the id, so a page neither repeats nor leaves out a row that stays where it
//!   is. Sort keys are never NULL: what may be missing is sorted as an empty text, or as the Unix epoch.
//! - Places are compared as row values, `(key, id) < (.., ..)`, which both databases seek in an index for.
//! - A filter on several statuses is answered by one seek a status, so that rare statuses are not searched for among
//!   the frequent ones ([`Paged::branches`]).
//!
//! # Not guaranteed
//!
//! A row whose sort key changes between two pages may be seen twice or not at all. Text is sorted by the database's
//! own order of letters, which may differ between the two databases.

use std::collections::HashMap;

use entity::types::SyncStatus;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Order as SqlOrder, Query, SelectStatement, UnionType, Value};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, FromQueryResult, Iterable, QueryFilter, QueryResult, QuerySelect,
    QueryTrait,
};
use uuid::Uuid;

use super::Owned;
use super::cursor::{CursorKind, KeyKind, KeyValue, Position, Scope};
use crate::domain::page::Page;
use crate::error::Result;

/// Which way an order goes.
#[derive(async_graphql::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "OrderDirection")]
pub enum Direction {
    /// The smallest, or oldest, first.
    Asc,
    /// The largest, or newest, first.
    Desc,
}

/// What rows are sorted by before their id.
#[derive(Debug, Clone)]
pub struct SortKey {
    /// Never NULL.
    pub expr: Expr,
    /// What its values are.
    pub kind: KeyKind,
}

impl SortKey {
    /// A text column or expression; what is NULL is sorted as an empty text.
    pub fn text(expr: impl Into<Expr>) -> Option<Self> {
        Some(Self {
            expr: Func::coalesce([expr.into(), Expr::val("")]).into(),
            kind: KeyKind::Text,
        })
    }

    /// A column that is never NULL.
    pub fn column(column: impl ColumnTrait, kind: KeyKind) -> Option<Self> {
        Some(Self {
            expr: column.into_expr(),
            kind,
        })
    }

    /// A time column; what is NULL is sorted as the Unix epoch.
    pub fn time(column: impl ColumnTrait) -> Option<Self> {
        Some(Self {
            expr: Func::coalesce([column.into_expr(), Expr::val(chrono::DateTime::UNIX_EPOCH)]).into(),
            kind: KeyKind::Time,
        })
    }
}

/// The fields that an aggregate can be sorted by.
pub trait OrderField: Copy + Send + Sync {
    /// The byte that stands for it in cursors, below 128.
    fn tag(self) -> u8;

    /// What rows are sorted by; none where the id alone is the order, since ids grow with time.
    fn key(self) -> Option<SortKey>;
}

/// An order: a field and a direction. The id, in the same direction, decides between equals.
#[derive(Debug, Clone, Copy)]
pub struct Order<F> {
    /// The field.
    pub field: F,
    /// The direction.
    pub direction: Direction,
}

/// An aggregate that is shown in pages.
pub trait Paged: Owned {
    /// What it can be filtered by.
    type Filter: Send + Sync;
    /// What it can be sorted by.
    type OrderField: OrderField;
    /// The connection that its cursors belong to.
    const KIND: CursorKind;
    /// The order when the caller asks for none.
    const DEFAULT_ORDER: Order<Self::OrderField>;

    /// The rows of the merchant that match.
    fn condition(merchant: Uuid, filter: &Self::Filter) -> Condition;

    /// Conditions of which every matching row meets exactly one and for each of which there is an index in the default
    /// order; empty where splitting would not help.
    fn branches(_filter: &Self::Filter) -> Vec<Expr> {
        Vec::new()
    }
}

/// An aggregate whose rows stand at a status.
pub trait Counted: Paged {
    /// The status.
    const STATUS: Self::Column;

    /// The filter without what it says about the status.
    fn without_status(filter: &Self::Filter) -> Self::Filter;
}

/// The rows of one page, in the order that was asked for.
#[derive(Debug, Clone)]
pub struct Rows<M> {
    /// Each row with its cursor.
    pub rows: Vec<(String, M)>,
    /// Whether there are rows before the first. On a page from the front it is taken for granted that the row of the
    /// `after` cursor is still there.
    pub has_previous: bool,
    /// Whether there are rows after the last. On a page from the back it is taken for granted that the row of the
    /// `before` cursor is still there.
    pub has_next: bool,
}

/// The name under which the sort key is selected.
const SORT_KEY: &str = "sort_key";

/// One page in one order, with its places decoded.
struct Seek {
    scope: Scope,
    key: Option<Expr>,
    id: Expr,
    is_backward: bool,
    limit: u64,
    after: Option<Position>,
    before: Option<Position>,
}

impl Seek {
    fn new<P: Paged>(order: Order<P::OrderField>, page: &Page) -> Result<Self> {
        let key = order.field.key();
        let scope = Scope {
            kind: P::KIND,
            order: order.field.tag(),
            is_descending: order.direction == Direction::Desc,
            key: key.as_ref().map(|key| key.kind),
        };
        let place = |argument: &str, cursor: &Option<String>| {
            let cursor = cursor.as_deref();
            cursor.map(|cursor| scope.decode(argument, cursor)).transpose()
        };
        Ok(Self {
            scope,
            key: key.map(|key| key.expr),
            id: P::ID.into_expr(),
            is_backward: page.is_backward,
            // One more than the page holds tells whether there is another page.
            limit: page.size + 1,
            after: place("after", &page.after)?,
            before: place("before", &page.before)?,
        })
    }

    /// Restricts a statement to what lies between the places, and puts it in the order in which it is read.
    fn apply(&self, statement: &mut SelectStatement) {
        if let Some(after) = &self.after {
            statement.and_where(self.beyond(after, self.scope.is_descending));
        }
        if let Some(before) = &self.before {
            statement.and_where(self.beyond(before, !self.scope.is_descending));
        }
        let order = if self.scope.is_descending == self.is_backward {
            SqlOrder::Asc
        } else {
            SqlOrder::Desc
        };
        if let Some(key) = &self.key {
            statement.order_by_expr(key.clone(), order.clone());
        }
        statement.order_by_expr(self.id.clone(), order).limit(self.limit);
    }

    fn beyond(&self, place: &Position, is_smaller: bool) -> Expr {
        let (left, right) = match (&self.key, &place.key) {
            (Some(key), Some(value)) => (
                Expr::tuple([key.clone(), self.id.clone()]),
                Expr::tuple([Expr::val(sql_value(value)), Expr::val(place.id)]),
            ),
            _ => (self.id.clone(), Expr::val(place.id)),
        };
        if is_smaller { left.lt(right) } else { left.gt(right) }
    }

    /// A row of the answer with its cursor.
    fn read<M: FromQueryResult>(&self, row: &QueryResult) -> Result<(Position, M)> {
        let model = M::from_query_result(row, "")?;
        let key = match self.scope.key {
            None => None,
            Some(KeyKind::Text) => Some(KeyValue::Text(row.try_get("", SORT_KEY)?)),
            Some(KeyKind::Int) => Some(KeyValue::Int(row.try_get("", SORT_KEY)?)),
            Some(KeyKind::Time) => Some(KeyValue::Time(row.try_get("", SORT_KEY)?)),
        };
        let id = row.try_get("", "id")?;
        Ok((Position { key, id }, model))
    }
}

fn sql_value(value: &KeyValue) -> Value {
    match value {
        KeyValue::Text(text) => text.as_str().into(),
        KeyValue::Int(number) => (*number).into(),
        KeyValue::Time(time) => (*time).into(),
    }
}

/// The statement behind a page; for tests that ask the database for its plan.
///
/// # Errors
/// A cursor is not one of this connection and order.
pub fn statement<P: Paged>(
    merchant: Uuid,
    filter: &P::Filter,
    order: Order<P::OrderField>,
    page: &Page,
) -> Result<SelectStatement> {
    Ok(select::<P>(merchant, filter, &Seek::new::<P>(order, page)?))
}

fn select<P: Paged>(merchant: Uuid, filter: &P::Filter, seek: &Seek) -> SelectStatement {
    let condition = P::condition(merchant, filter);
    let mut statement = match P::branches(filter) {
        branches if branches.len() < 2 => P::find().filter(condition).into_query(),
        branches => P::find()
            .filter(P::MERCHANT.eq(merchant))
            .filter(P::ID.in_subquery(union::<P>(&condition, branches, seek)))
            .into_query(),
    };
    if let Some(key) = &seek.key {
        statement.expr_as(key.clone(), SORT_KEY);
    }
    seek.apply(&mut statement);
    statement
}

/// The ids of the first rows of each branch, each found by a seek of its own.
fn union<P: Paged>(condition: &Condition, branches: Vec<Expr>, seek: &Seek) -> SelectStatement {
    let mut parts = branches.into_iter().enumerate().map(|(number, branch)| {
        let mut inner = P::find()
            .select_only()
            .column(P::ID)
            .filter(condition.clone())
            .filter(branch)
            .into_query();
        seek.apply(&mut inner);
        // SQLite takes an ORDER BY in a part of a union only inside a sub-select.
        Query::select()
            .column("id")
            .from_subquery(inner, format!("branch_{number}"))
            .take()
    });
    let mut union = parts.next().unwrap_or_default();
    for part in parts {
        union.union(UnionType::All, part);
    }
    union
}

/// One page.
///
/// # Errors
/// A cursor is not one of this connection and order; what the database said.
pub async fn page<P, C>(
    conn: &C,
    merchant: Uuid,
    filter: &P::Filter,
    order: Order<P::OrderField>,
    page: &Page,
) -> Result<Rows<P::Model>>
where
    P: Paged,
    C: ConnectionTrait,
{
    let seek = Seek::new::<P>(order, page)?;
    let found = conn.query_all(&select::<P>(merchant, filter, &seek)).await?;
    let has_more = found.len() as u64 >= seek.limit;
    let mut rows = Vec::with_capacity(found.len());
    for row in found.iter().take(usize::try_from(page.size).unwrap_or(usize::MAX)) {
        let (position, model) = seek.read::<P::Model>(row)?;
        rows.push((seek.scope.encode(&position), model));
    }
    if page.is_backward {
        rows.reverse();
    }
    let (has_previous, has_next) = if page.is_backward {
        (has_more, page.before.is_some())
    } else {
        (page.after.is_some(), has_more)
    };
    Ok(Rows {
        rows,
        has_previous,
        has_next,
    })
}

/// How many rows of the merchant match.
///
/// # Errors
/// What the database said.
pub async fn count<P, C>(conn: &C, merchant: Uuid, filter: &P::Filter) -> Result<i64>
where
    P: Paged,
    C: ConnectionTrait,
{
    let count: Option<i64> = P::find()
        .select_only()
        .expr_as(P::ID.into_expr().count(), "matching")
        .filter(P::condition(merchant, filter))
        .into_tuple()
        .one(conn)
        .await?;
    Ok(count.unwrap_or_default())
}

/// How many rows of the merchant stand at each status, whatever the filter says about the status. None is the
/// status of what was never synced.
///
/// # Errors
/// What the database said.
pub async fn status_counts<P, C>(
    conn: &C,
    merchant: Uuid,
    filter: &P::Filter,
) -> Result<HashMap<Option<SyncStatus>, i64>>
where
    P: Counted,
    C: ConnectionTrait,
{
    let counts: Vec<(Option<SyncStatus>, i64)> = P::find()
        .select_only()
        .column(P::STATUS)
        .expr_as(P::ID.into_expr().count(), "matching")
        .filter(P::condition(merchant, &P::without_status(filter)))
        .group_by(P::STATUS)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(counts.into_iter().collect())
}

/// One condition a status, for [`Paged::branches`]; empty when there are not several statuses.
pub fn status_branches(column: impl ColumnTrait, statuses: Option<&[SyncStatus]>) -> Vec<Expr> {
    let Some(statuses) = statuses else { return Vec::new() };
    SyncStatus::iter()
        .filter(|status| statuses.contains(status))
        .map(|status| column.eq(status))
        .collect()
}
