//! Records by when they last changed: what live listeners read.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::sync_record::{self, Column, Entity, Model};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::sync_record::{Filter, condition};
use super::{CHUNK, Db};
use crate::error::Result;

/// A place in the order of changes.
pub type Place = (DateTime<Utc>, Uuid);

/// The merchant's records that match and that changed after `place`, the longest ago first, at most `limit`.
///
/// A change that was committed late may have an earlier time than one that was read already: who must not miss it
/// reads again from a little before.
///
/// # Errors
/// What the database said.
pub async fn since(db: &Db, merchant: Uuid, filter: &Filter, place: Place, limit: u64) -> Result<Vec<Model>> {
    let after = Expr::tuple([Column::UpdatedAt.into_expr(), Column::Id.into_expr()])
        .gt(Expr::tuple([Expr::val(place.0), Expr::val(place.1)]));
    let rows = Entity::find()
        .filter(condition(merchant, filter))
        .filter(after)
        .order_by_asc(Column::UpdatedAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db.reader())
        .await?;
    Ok(rows)
}

/// Those of these records that are the merchant's and match.
///
/// # Errors
/// What the database said.
pub async fn matching(db: &Db, merchant: Uuid, filter: &Filter, ids: &[Uuid]) -> Result<HashMap<Uuid, Model>> {
    let mut rows = HashMap::new();
    for chunk in ids.chunks(CHUNK) {
        let found = sync_record::Entity::find()
            .filter(condition(merchant, filter))
            .filter(Column::Id.is_in(chunk.iter().copied()))
            .all(db.reader())
            .await?;
        rows.extend(found.into_iter().map(|row| (row.id, row)));
    }
    Ok(rows)
}
