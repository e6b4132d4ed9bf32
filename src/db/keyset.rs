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
//!   the frequent ones ([`Paged::branches`]); a filter that few rows meet is answered by looking these up and sorting
//!   them ([`Paged::matches_few`]).
//!
//! # Not guaranteed
//!
//! A row whose sort key changes between two pages may be seen twice or not at all. Text is sorted by the database's
//! own order of letters, which may differ between the two databases.

use std::collections::HashMap;
use std::sync::Arc;

use entity::types::SyncStatus;
use sea_orm::sea_query::{Expr, ExprTrait, Func, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, Iterable, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::Owned;
use super::cursor::{Cursor, CursorKind, KeyKind, Position};
use super::rows::Reads;
use super::seek::{Seek, select};
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

    /// Filters of which every matching row meets exactly one, and of which each has an index in the default order; empty
    /// where splitting would not help.
    fn branches(_filter: &Self::Filter) -> Vec<Self::Filter> {
        Vec::new()
    }

    /// Counts the rows of the merchant that match, in the one column of its one row; NULL for none.
    fn counting(merchant: Uuid, filter: &Self::Filter) -> SelectStatement {
        counting::<Self>(merchant, filter)
    }

    /// Whether the filter is met by few enough rows to look all of them up and sort them, however many rows there are.
    fn matches_few(_filter: &Self::Filter) -> bool {
        false
    }
}

/// An aggregate whose rows stand at a status.
pub trait Counted: Paged {
    /// The status.
    const STATUS: Self::Column;

    /// The filter without what it says about the status.
    fn without_status(filter: &Self::Filter) -> Self::Filter;

    /// Counts the rows of the merchant that match by their status, in two columns: the status and the number.
    fn counting_by_status(merchant: Uuid, filter: &Self::Filter) -> SelectStatement {
        counting_by_status::<Self>(merchant, filter)
    }
}

/// The sum of a tally's numbers. PostgreSQL's is of a wider type.
pub(super) fn sum(numbers: Expr) -> Expr {
    numbers.sum().cast_as("bigint")
}

/// [`Paged::counting`] that reads every row that matches, in whatever index.
pub(super) fn counting<P: Paged>(merchant: Uuid, filter: &P::Filter) -> SelectStatement {
    P::find()
        .select_only()
        .expr_as(P::ID.into_expr().count(), "matching")
        .filter(P::condition(merchant, filter))
        .into_query()
}

/// [`Counted::counting_by_status`] that reads every row that matches, in whatever index.
pub(super) fn counting_by_status<P: Counted>(merchant: Uuid, filter: &P::Filter) -> SelectStatement {
    P::find()
        .select_only()
        .column(P::STATUS)
        .expr_as(P::ID.into_expr().count(), "matching")
        .filter(P::condition(merchant, filter))
        .group_by(P::STATUS)
        .into_query()
}

/// The rows of one page, in the order that was asked for.
#[derive(Debug, Clone)]
pub struct Rows<M> {
    /// Each row with its cursor.
    pub rows: Vec<(Cursor, M)>,
    /// Whether there are rows before the first. On a page from the front it is taken for granted that the row of the
    /// `after` cursor is still there.
    pub has_previous: bool,
    /// Whether there are rows after the last. On a page from the back it is taken for granted that the row of the
    /// `before` cursor is still there.
    pub has_next: bool,
}

impl<M> Rows<M> {
    /// The same page of rows that may be held by many.
    #[must_use]
    pub fn shared(self) -> Rows<Arc<M>> {
        Rows {
            rows: self
                .rows
                .into_iter()
                .map(|(cursor, row)| (cursor, Arc::new(row)))
                .collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
        }
    }

    /// A page without rows.
    #[must_use]
    pub fn none() -> Self {
        Self {
            rows: Vec::new(),
            has_previous: false,
            has_next: false,
        }
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
    let seek = Seek::new::<P>(order, page)?;
    Ok(select::<P>(merchant, filter, order.field, &seek))
}

/// One page.
///
/// # Errors
/// A cursor is not one of this connection and order; what the database said.
pub async fn page<P, R>(
    reads: &R,
    merchant: Uuid,
    filter: &P::Filter,
    order: Order<P::OrderField>,
    page: &Page,
) -> Result<Rows<P::Model>>
where
    P: Paged,
    R: Reads,
{
    let seek = Seek::new::<P>(order, page)?;
    let statement = select::<P>(merchant, filter, order.field, &seek);
    let found = reads.rows(statement).await?;
    let found = found.into_iter().map(|mut row| seek.read::<P>(&mut row));
    Ok(rows(&seek, page, found.collect::<Result<_>>()?))
}

/// What a page shows of the rows that were found for it, one of which may be more than it holds.
pub(super) fn rows<M>(seek: &Seek, page: &Page, found: Vec<(Position, M)>) -> Rows<M> {
    let has_more = found.len() as u64 >= seek.limit;
    let shown = found.into_iter().take(usize::try_from(page.size).unwrap_or(usize::MAX));
    let scope = seek.scope;
    let with_cursor = |(position, row): (Position, M)| (Cursor { scope, position }, row);
    let mut rows: Vec<_> = shown.map(with_cursor).collect();
    if page.is_backward {
        rows.reverse();
    }
    let (has_previous, has_next) = if page.is_backward {
        (has_more, page.before.is_some())
    } else {
        (page.after.is_some(), has_more)
    };
    Rows {
        rows,
        has_previous,
        has_next,
    }
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
    let row = conn.query_one(&P::counting(merchant, filter)).await?;
    let count = row.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?;
    Ok(count.flatten().unwrap_or_default())
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
    let statement = P::counting_by_status(merchant, &P::without_status(filter));
    let rows = conn.query_all(&statement).await?;
    let counts = rows
        .iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
    counts.collect()
}

/// One filter a status, for [`Paged::branches`]; empty when there are not several statuses. A branch names no other
/// status: PostgreSQL would guess too few rows from a list beside the one, and sort them all instead of seeking.
pub fn status_branches<F>(statuses: Option<&[SyncStatus]>, at: impl Fn(SyncStatus) -> F) -> Vec<F> {
    let Some(statuses) = statuses else { return Vec::new() };
    let chosen = SyncStatus::iter().filter(|status| statuses.contains(status));
    chosen.map(at).collect()
}
