//! Rows that many rows of another table point at, through a table between them.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IdentityOf, JoinType, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{CHUNK, Owned};
use crate::error::Result;

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
pub(super) async fn linked<L, T, C>(
    conn: &C,
    merchant: Uuid,
    between: Between<L::Column>,
    from_ids: &[Uuid],
) -> Result<Vec<(L::Model, Arc<T::Model>)>>
where
    L: EntityTrait,
    T: Owned,
    C: ConnectionTrait,
    (L::Column, L::Column): IdentityOf<L>,
    (T::Column, T::Column): IdentityOf<T>,
{
    let mut pairs = Vec::with_capacity(from_ids.len());
    for chunk in from_ids.chunks(CHUNK) {
        let link = L::belongs_to(T::default())
            .from((between.merchant, between.to))
            .to((T::MERCHANT, T::ID));
        let found = L::find()
            .filter(between.merchant.eq(merchant))
            .filter(between.from.is_in(chunk.iter().copied()))
            .join(JoinType::InnerJoin, link.into())
            .select_also(T::default())
            .order_by_asc(between.order)
            .all(conn)
            .await?;
        pairs.extend(
            found
                .into_iter()
                .filter_map(|(link, target)| Some((link, Arc::new(target?)))),
        );
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
