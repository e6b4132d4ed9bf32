//! The first rows of each of several parents, in one statement: what a list in each object of a list shows.
//!
//! The rows of a parent are numbered in the order that is asked for, so all that match are read. That is right for
//! what belongs to few, such as the store SKUs that are made of a warehouse SKU; it is not for the whole history.

use std::collections::HashMap;

use sea_orm::DbBackend;
use sea_orm::sea_query::{
    Asterisk, ColumnRef, Expr, ExprTrait, Func, Order as SqlOrder, OverStatement, Query, SelectStatement,
    WindowStatement,
};
use uuid::Uuid;

use super::keyset::{Order, Paged, Rows, rows};
use super::rows::Reads;
use super::seek::Seek;
use crate::domain::page::Page;
use crate::error::Result;

/// The names of what is selected beside the rows' own columns.
const PARENT: &str = "parent_id";
const PLACE: &str = "place";
const RANKED: &str = "ranked";

/// An aggregate that is shown in pages within objects of another kind.
pub trait Within: Paged<Model: Send + Sync, OrderField: 'static> + 'static {
    /// Restricts a statement to the rows of these parents, and says whose a row is.
    fn of_each(statement: &mut SelectStatement, backend: DbBackend, parents: &[Uuid]) -> ColumnRef;
}

/// The page of each of these parents that has any rows.
///
/// # Errors
/// A cursor is not one of this connection and order; what the database said.
pub async fn pages<P, R>(
    reads: &R,
    merchant: Uuid,
    filter: &P::Filter,
    order: Order<P::OrderField>,
    page: &Page,
    parents: &[Uuid],
) -> Result<HashMap<Uuid, Rows<P::Model>>>
where
    P: Within,
    R: Reads,
{
    let seek = Seek::new::<P>(order, page)?;
    let statement = select::<P>(merchant, filter, order.field, &seek, (reads.backend(), parents));
    let mut found: HashMap<Uuid, Vec<_>> = HashMap::new();
    for mut row in reads.rows(statement).await? {
        let shown = seek.read::<P>(&mut row)?;
        found.entry(row.take()?).or_default().push(shown);
    }
    let of_each = found.into_iter();
    Ok(of_each
        .map(|(parent, found)| (parent, rows(&seek, page, found)))
        .collect())
}

fn select<P: Within>(
    merchant: Uuid,
    filter: &P::Filter,
    field: P::OrderField,
    seek: &Seek,
    (backend, parents): (DbBackend, &[Uuid]),
) -> SelectStatement {
    let sorting = seek.sorting::<P>(field);
    let mut inner = seek.matching::<P>(merchant, filter, &sorting);
    let parent = P::of_each(&mut inner, backend, parents);
    let mut window = WindowStatement::new();
    window.partition_by(parent.clone());
    sorting.number(&mut window);
    inner
        .expr_as(Expr::col(parent), PARENT)
        .expr_window_as(Func::cust("ROW_NUMBER"), window, PLACE);
    Query::select()
        .column(Asterisk)
        .from_subquery(inner, RANKED)
        .and_where(Expr::col(PLACE).lte(seek.limit))
        .order_by(PLACE, SqlOrder::Asc)
        .take()
}
