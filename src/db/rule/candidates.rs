//! Store SKUs as far as it matters for which rule governs them.

use std::collections::{HashMap, HashSet};

use entity::{mapping, store_sku};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::db::CHUNK;
use crate::error::Result;

/// A store SKU that some rule may govern.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The store SKU.
    pub id: Uuid,
    /// Its store.
    pub store: Uuid,
    /// The rule that governs it now.
    pub rule: Option<Uuid>,
    /// The warehouse SKUs that it is made of.
    pub parts: Vec<Uuid>,
}

/// More are picked from all that the merchant has: that is one statement, where looking them up would be dozens.
const MOST_LOOKED_UP: usize = 5 * CHUNK;

/// These store SKUs, by their ids. What they are made of and what governs them changes only under
/// [`crate::db::catalogue::lock`]: who holds that needs no other lock to decide by them.
///
/// # Errors
/// What the database said.
pub async fn candidates<C: ConnectionTrait>(
    conn: &C,
    merchant: Uuid,
    store_skus: &[Uuid],
) -> Result<HashMap<Uuid, Candidate>> {
    let groups: Vec<Option<&[Uuid]>> = match store_skus.len() > MOST_LOOKED_UP {
        true => vec![None],
        false => store_skus.chunks(CHUNK).map(Some).collect(),
    };
    let wanted: HashSet<&Uuid> = store_skus.iter().collect();
    let mut candidates = HashMap::with_capacity(store_skus.len());
    for group in groups {
        let rows = store_sku::Entity::find()
            .select_only()
            .column(store_sku::Column::Id)
            .column(store_sku::Column::StoreId)
            .column(store_sku::Column::SyncRuleId)
            .filter(store_sku::Column::MerchantId.eq(merchant))
            .apply_if(group, |query, ids| {
                query.filter(store_sku::Column::Id.is_in(ids.iter().copied()))
            })
            .into_tuple::<(Uuid, Uuid, Option<Uuid>)>()
            .all(conn)
            .await?;
        let rows = rows.into_iter().filter(|(id, ..)| wanted.contains(id));
        candidates.extend(rows.map(|(id, store, rule)| {
            let parts = Vec::new();
            (id, Candidate { id, store, rule, parts })
        }));
        let parts = mapping::Entity::find()
            .select_only()
            .column(mapping::Column::StoreSkuId)
            .column(mapping::Column::WarehouseSkuId)
            .filter(mapping::Column::MerchantId.eq(merchant))
            .apply_if(group, |query, ids| {
                query.filter(mapping::Column::StoreSkuId.is_in(ids.iter().copied()))
            })
            .into_tuple::<(Uuid, Uuid)>()
            .all(conn)
            .await?;
        for (store_sku, part) in parts {
            if let Some(candidate) = candidates.get_mut(&store_sku) {
                candidate.parts.push(part);
            }
        }
    }
    Ok(candidates)
}
