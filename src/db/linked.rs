//! Rows that many rows of another table point at, through a table between them.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{
    ColumnTrait, EntityTrait, IdenStatic, IdentityOf, Iterable, JoinType, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use uuid::Uuid;

use super::Owned;
use super::ids::among;
use super::rows::{Positional, Reads};
use crate::error::Result;

/// What the names of the wanted rows' columns begin with.
const TARGET: &str = "target_";

/// The columns of a table between two others.
pub(super) struct Between<C> {
    /// The merchant.
    pub(super) merchant: C,
    /// Points at the rows that are asked for.
    pub(super) from: C,
    /// Points at the rows that are wanted.
    pub(super) to: C,
    /// What the rows are sorted by.
    pub(super) order: C,
}

/// The rows of `L` that point at `from_ids`, each with the row of `T` that it points at, in one statement.
///
/// # Errors
/// What the database said.
pub(super) async fn linked<L, T, R>(
    reads: &R,
    merchant: Uuid,
    between: Between<L::Column>,
    from_ids: &[Uuid],
) -> Result<Vec<(L::Model, Arc<T::Model>)>>
where
    L: EntityTrait<Model: Positional>,
    T: Owned,
    R: Reads,
    (L::Column, L::Column): IdentityOf<L>,
    (T::Column, T::Column): IdentityOf<T>,
{
    let mut pairs = Vec::with_capacity(from_ids.len());
    let link = L::belongs_to(T::default())
        .from((between.merchant, between.to))
        .to((T::MERCHANT, T::ID));
    let mut statement = L::find()
        .filter(between.merchant.eq(merchant))
        .filter(among(reads.backend(), between.from.into_expr(), from_ids))
        .join(JoinType::InnerJoin, link.into())
        .order_by_asc(between.order)
        .into_query();
    for column in T::Column::iter() {
        statement.expr_as(
            column.select_as(column.into_expr()),
            format!("{TARGET}{}", column.as_str()),
        );
    }
    for mut row in reads.rows(statement).await? {
        pairs.push((L::Model::read(&mut row)?, Arc::new(T::Model::read(&mut row)?)));
    }
    Ok(pairs)
}

/// The values of each key, in the order that they come in.
pub(super) fn grouped<V>(pairs: impl Iterator<Item = (Uuid, V)>) -> HashMap<Uuid, Vec<V>> {
    let mut groups: HashMap<Uuid, Vec<V>> = HashMap::new();
    for (key, value) in pairs {
        groups.entry(key).or_default().push(value);
    }
    groups
}
