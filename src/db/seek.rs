//! How the rows of a page are found; see [`keyset`](super::keyset) for what is promised of it.

use sea_orm::sea_query::{
    Asterisk, Expr, ExprTrait, Func, JoinType, Order as SqlOrder, Query, SelectStatement, UnionType, Value,
    WindowStatement,
};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::cursor::{KeyKind, KeyValue, Position, Scope};
use super::keyset::{Direction, Order, OrderField, Paged};
use super::rows::{Positional, Row};
use crate::domain::page::Page;
use crate::error::Result;

/// The name under which the sort key is selected.
const SORT_KEY: &str = "sort_key";

/// The name of the sub-select that a page over several branches is joined to.
const CHOSEN: &str = "chosen";

/// One page in one order, with its places decoded.
pub(super) struct Seek {
    pub(super) scope: Scope,
    is_backward: bool,
    pub(super) limit: u64,
    after: Option<Position>,
    before: Option<Position>,
}

/// What a statement sorts its rows by, and how.
pub(super) struct Sorting {
    key: Option<Expr>,
    id: Expr,
    order: SqlOrder,
}

impl Seek {
    pub(super) fn new<P: Paged>(order: Order<P::OrderField>, page: &Page) -> Result<Self> {
        let scope = Scope {
            kind: P::KIND,
            order: order.field.tag(),
            is_descending: order.direction == Direction::Desc,
            key: order.field.key().map(|key| key.kind),
        };
        let place = |argument: &str, cursor: &Option<String>| {
            let cursor = cursor.as_deref();
            cursor.map(|cursor| scope.decode(argument, cursor)).transpose()
        };
        Ok(Self {
            scope,
            is_backward: page.is_backward,
            // One more than the page holds tells whether there is another page.
            limit: page.size + 1,
            after: place("after", &page.after)?,
            before: place("before", &page.before)?,
        })
    }

    /// The order in which rows are read: on a page from the back it is turned round.
    pub(super) fn sorting<P: Paged>(&self, field: P::OrderField) -> Sorting {
        Sorting {
            key: field.key().map(|key| key.expr),
            id: P::ID.into_expr(),
            order: if self.scope.is_descending == self.is_backward {
                SqlOrder::Asc
            } else {
                SqlOrder::Desc
            },
        }
    }

    /// All rows that match and lie between the places, each with its sort key.
    pub(super) fn matching<P: Paged>(&self, merchant: Uuid, filter: &P::Filter, sorting: &Sorting) -> SelectStatement {
        let mut statement = P::find().filter(P::condition(merchant, filter)).into_query();
        if let Some(key) = &sorting.key {
            statement.expr_as(key.clone(), SORT_KEY);
        }
        self.restrict(&mut statement, sorting);
        statement
    }

    /// Restricts a statement to what lies between the places.
    fn restrict(&self, statement: &mut SelectStatement, sorting: &Sorting) {
        if let Some(after) = &self.after {
            statement.and_where(sorting.beyond(after, self.scope.is_descending));
        }
        if let Some(before) = &self.before {
            statement.and_where(sorting.beyond(before, !self.scope.is_descending));
        }
    }

    /// A row of the answer with its place.
    pub(super) fn read<P: Paged>(&self, row: &mut Row) -> Result<(Position, P::Model)> {
        let model = P::Model::read(row)?;
        let key = match self.scope.key {
            None => None,
            Some(KeyKind::Text) => Some(KeyValue::Text(row.take()?)),
            Some(KeyKind::Int) => Some(KeyValue::Int(row.take()?)),
            Some(KeyKind::Time) => Some(KeyValue::Time(row.take()?)),
        };
        let id = P::id(&model);
        Ok((Position { key, id }, model))
    }
}

impl Sorting {
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

    /// Sorts by the columns themselves, so that the rows can come out of an index in their order.
    fn apply(&self, statement: &mut SelectStatement) {
        for expr in self.key.iter().chain([&self.id]) {
            statement.order_by_expr(expr.clone(), self.order.clone());
        }
    }

    /// Numbers rows in the order.
    pub(super) fn number(&self, window: &mut WindowStatement) {
        for expr in self.key.iter().chain([&self.id]) {
            window.order_by_expr(expr.clone(), self.order.clone());
        }
    }

    /// Sorts by expressions of the same values, for which there is no index: the planners, which cannot know how few
    /// rows match, would otherwise walk through all rows in their order until enough were found.
    fn apply_to_few(&self, statement: &mut SelectStatement) {
        for expr in self.key.iter().chain([&self.id]) {
            let same = Func::coalesce([expr.clone(), expr.clone()]);
            statement.order_by_expr(same.into(), self.order.clone());
        }
    }
}

fn sql_value(value: &KeyValue) -> Value {
    match value {
        KeyValue::Text(text) => text.as_str().into(),
        KeyValue::Int(number) => (*number).into(),
        KeyValue::Time(time) => (*time).into(),
    }
}

/// The statement of a page.
pub(super) fn select<P: Paged>(
    merchant: Uuid,
    filter: &P::Filter,
    field: P::OrderField,
    seek: &Seek,
) -> SelectStatement {
    let sorting = seek.sorting::<P>(field);
    let matches_few = P::matches_few(filter);
    let branches = if matches_few { Vec::new() } else { P::branches(filter) };
    if branches.len() > 1 {
        return select_by_branch::<P>(merchant, &branches, seek, sorting);
    }
    let mut statement = seek.matching::<P>(merchant, filter, &sorting);
    if matches_few {
        sorting.apply_to_few(&mut statement);
    } else {
        sorting.apply(&mut statement);
    }
    statement.limit(seek.limit).take()
}

/// The first rows of each branch are found by a seek of its own; of these the first are taken.
fn select_by_branch<P: Paged>(
    merchant: Uuid,
    branches: &[P::Filter],
    seek: &Seek,
    sorting: Sorting,
) -> SelectStatement {
    let mut parts = branches.iter().enumerate().map(|(number, branch)| {
        let mut inner = P::find()
            .select_only()
            .column(P::ID)
            .filter(P::condition(merchant, branch))
            .into_query();
        if let Some(key) = &sorting.key {
            inner.expr_as(key.clone(), SORT_KEY);
        }
        seek.restrict(&mut inner, &sorting);
        sorting.apply(&mut inner);
        inner.limit(seek.limit);
        // SQLite takes an ORDER BY in a part of a union only inside a sub-select.
        Query::select()
            .column(Asterisk)
            .from_subquery(inner, format!("branch_{number}"))
            .take()
    });
    let mut union = parts.next().unwrap_or_default();
    for part in parts {
        union.union(UnionType::All, part);
    }
    let chosen = |column: &'static str| Expr::col((CHOSEN, column));
    let mut statement = P::find().filter(P::MERCHANT.eq(merchant)).into_query();
    statement.join_subquery(JoinType::InnerJoin, union, CHOSEN, chosen("id").eq(P::ID.into_expr()));
    let sorting = Sorting {
        // From the sub-select, so that the planner does not walk through the table in this order instead.
        key: sorting.key.map(|_| chosen(SORT_KEY)),
        id: chosen("id"),
        order: sorting.order,
    };
    if let Some(key) = &sorting.key {
        statement.expr_as(key.clone(), SORT_KEY);
    }
    sorting.apply(&mut statement);
    statement.limit(seek.limit).take()
}
