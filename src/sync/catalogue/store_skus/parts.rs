//! Replacing the listings and the components of store SKUs.

use std::collections::{HashMap, HashSet};

use entity::{listing, mapping};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::resolve::Resolved;
use crate::db::catalogue;
use crate::error::Result;
use crate::sync::catalogue::ListingInput;

/// Makes the listings those that are given, where any are. A listing that stays keeps its id. Returns the store SKUs
/// that gained or lost one.
///
/// # Errors
/// What the database said.
pub(super) async fn replace_listings(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    resolved: &[Resolved],
) -> Result<HashSet<Uuid>> {
    let replaced: Vec<&Resolved> = resolved.iter().filter(|one| one.given.listings.is_some()).collect();
    let ids: Vec<Uuid> = replaced.iter().map(|one| one.id).collect();
    let mut old: HashMap<Uuid, HashMap<Place, listing::Model>> = HashMap::new();
    for row in catalogue::listings(tx, merchant, &ids).await? {
        old.entry(row.store_sku_id).or_default().insert(place(&row), row);
    }
    let (mut changed, mut gone, mut written) = (HashSet::new(), Vec::new(), Vec::new());
    for one in replaced {
        let mut old = old.remove(&one.id).unwrap_or_default();
        for (given, position) in one.given.listings.iter().flatten().zip(0..) {
            match old.remove(&place_given(given)) {
                Some(row) if row.position == position => {}
                Some(row) => written.push(listing::Model { position, ..row }),
                None => {
                    changed.insert(one.id);
                    written.push(new_listing(merchant, one, given, position));
                }
            }
        }
        if !old.is_empty() {
            changed.insert(one.id);
        }
        gone.extend(old.into_values().map(|row| row.id));
    }
    // First out, then in: a place may go from one store SKU of the input to another.
    catalogue::delete_listings(tx, merchant, &gone).await?;
    catalogue::upsert_listings(tx, written).await?;
    Ok(changed)
}

/// Product, variant and location.
type Place = (String, String, String);

fn place(row: &listing::Model) -> Place {
    (row.product_id.clone(), row.variant_id.clone(), row.location_id.clone())
}

fn place_given(given: &ListingInput) -> Place {
    (
        given.product_id.clone(),
        given.variant_id.clone(),
        given.location_id.clone(),
    )
}

fn new_listing(merchant: Uuid, one: &Resolved, given: &ListingInput, position: i32) -> listing::Model {
    listing::Model {
        merchant_id: merchant,
        id: Uuid::now_v7(),
        store_id: one.store,
        store_sku_id: one.id,
        product_id: given.product_id.clone(),
        variant_id: given.variant_id.clone(),
        location_id: given.location_id.clone(),
        position,
    }
}

/// Makes the components those that are given, where any are; `old` holds the present ones of each store SKU in their
/// order. Returns the store SKUs that are made of something else now; another order alone does not count.
///
/// # Errors
/// What the database said.
pub(super) async fn replace_components(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    resolved: &[Resolved],
    old: &HashMap<Uuid, Vec<(Uuid, i32)>>,
) -> Result<HashSet<Uuid>> {
    let (mut changed, mut rewritten, mut written) = (HashSet::new(), Vec::new(), Vec::new());
    for one in resolved {
        let Some(new) = &one.components else { continue };
        let old = old.get(&one.id).map_or(&[][..], Vec::as_slice);
        if old == new {
            continue;
        }
        if HashMap::<Uuid, i32>::from_iter(old.iter().copied()) != new.iter().copied().collect() {
            changed.insert(one.id);
        }
        rewritten.push(one.id);
        written.extend(
            new.iter()
                .zip(0..)
                .map(|((warehouse_sku, quantity), position)| mapping::Model {
                    merchant_id: merchant,
                    store_sku_id: one.id,
                    warehouse_sku_id: *warehouse_sku,
                    quantity: *quantity,
                    position,
                }),
        );
    }
    catalogue::delete_components(tx, merchant, &rewritten).await?;
    catalogue::insert_components(tx, written).await?;
    Ok(changed)
}
