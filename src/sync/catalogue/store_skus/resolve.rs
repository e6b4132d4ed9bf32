//! What the input names by code, looked up.

use std::collections::{HashMap, HashSet};

use entity::types::Marketplace;
use entity::{listing, store_sku};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::db::catalogue;
use crate::error::{ProblemCode, Result};
use crate::sync::catalogue::{ComponentInput, ListingInput, StoreSkuInput};
use crate::sync::problems::Problems;

/// A store SKU of the input, with everything that it names.
#[derive(Debug)]
pub(super) struct Resolved {
    /// The input.
    pub(super) given: StoreSkuInput,
    /// Its store.
    pub(super) store: Uuid,
    /// The store's marketplace.
    pub(super) marketplace: Marketplace,
    /// The row, where it is there already.
    pub(super) existing: Option<store_sku::Model>,
    /// The row's id, or the one that it will get.
    pub(super) id: Uuid,
    /// The warehouse SKUs and quantities that it is to be made of, where that is given.
    pub(super) components: Option<Vec<(Uuid, i32)>>,
}

/// Looks up everything that the input names.
///
/// # Errors
/// Problems: a code that names nothing, and a listing that belongs to another store SKU of the store.
pub(super) async fn resolve<C: ConnectionTrait>(
    conn: &C,
    merchant: Uuid,
    given: &[StoreSkuInput],
) -> Result<Vec<Resolved>> {
    let codes = read_codes(conn, merchant, given).await?;
    let mut problems = Problems::default();
    let resolved: Vec<Resolved> = given
        .iter()
        .enumerate()
        .filter_map(|(at, given)| codes.resolve(&mut problems, &format!("storeSkus.{at}"), given))
        .collect();
    problems.none()?;
    let resolved = with_existing(conn, merchant, resolved).await?;
    refuse_taken_listings(conn, merchant, &resolved).await?;
    Ok(resolved)
}

/// Ids by code.
struct Codes {
    stores: HashMap<String, (Uuid, Marketplace)>,
    warehouse_skus: HashMap<String, Uuid>,
}

async fn read_codes<C: ConnectionTrait>(conn: &C, merchant: Uuid, given: &[StoreSkuInput]) -> Result<Codes> {
    let stores: HashSet<&str> = given.iter().map(|given| given.store.as_str()).collect();
    let components = given.iter().flat_map(|given| given.components.iter().flatten());
    let skus: HashSet<&str> = components.map(|component| component.sku.as_str()).collect();
    let stores = catalogue::stores(conn, merchant, stores).await?;
    let warehouse_skus = catalogue::warehouse_skus(conn, merchant, skus).await?;
    Ok(Codes {
        stores: stores
            .into_iter()
            .map(|row| (row.code, (row.id, row.marketplace)))
            .collect(),
        warehouse_skus: warehouse_skus.into_iter().map(|row| (row.sku, row.id)).collect(),
    })
}

impl Codes {
    fn resolve(&self, problems: &mut Problems, path: &str, given: &StoreSkuInput) -> Option<Resolved> {
        let store = self.stores.get(&given.store);
        if store.is_none() {
            problems.unknown(&format!("{path}.store"), "store", &given.store);
        }
        let components = given
            .components
            .as_ref()
            .map(|given| self.components(problems, path, given));
        let (store, marketplace) = *store?;
        Some(Resolved {
            given: given.clone(),
            store,
            marketplace,
            existing: None,
            id: Uuid::now_v7(),
            components,
        })
    }

    fn components(&self, problems: &mut Problems, path: &str, given: &[ComponentInput]) -> Vec<(Uuid, i32)> {
        let mut components = Vec::with_capacity(given.len());
        for (at, component) in given.iter().enumerate() {
            match self.warehouse_skus.get(&component.sku) {
                Some(id) => components.push((*id, component.quantity)),
                None => problems.unknown(&format!("{path}.components.{at}.sku"), "warehouse SKU", &component.sku),
            }
        }
        components
    }
}

fn by_store(resolved: &[Resolved]) -> HashMap<Uuid, Vec<usize>> {
    let mut by_store: HashMap<Uuid, Vec<usize>> = HashMap::new();
    for (at, one) in resolved.iter().enumerate() {
        by_store.entry(one.store).or_default().push(at);
    }
    by_store
}

async fn with_existing<C: ConnectionTrait>(
    conn: &C,
    merchant: Uuid,
    mut resolved: Vec<Resolved>,
) -> Result<Vec<Resolved>> {
    for (store, members) in by_store(&resolved) {
        let skus: Vec<&str> = members.iter().map(|at| resolved[*at].given.sku.as_str()).collect();
        let rows = catalogue::store_skus(conn, merchant, store, &skus).await?;
        let mut rows: HashMap<String, store_sku::Model> = rows.into_iter().map(|row| (row.sku.clone(), row)).collect();
        for at in members {
            let one = &mut resolved[at];
            one.existing = rows.remove(&one.given.sku);
            one.id = one.existing.as_ref().map_or(one.id, |row| row.id);
        }
    }
    Ok(resolved)
}

/// A place on the marketplace belongs to one store SKU. Another one that has it now may give it up in the same input.
async fn refuse_taken_listings<C: ConnectionTrait>(conn: &C, merchant: Uuid, resolved: &[Resolved]) -> Result<()> {
    let replaced: HashSet<Uuid> = resolved
        .iter()
        .filter(|one| one.given.listings.is_some())
        .map(|one| one.id)
        .collect();
    let mut taken = Vec::new();
    for (store, members) in by_store(resolved) {
        let listings = || members.iter().flat_map(|at| numbered_listings(*at, &resolved[*at]));
        let products: HashSet<&str> = listings().map(|(.., listing)| listing.product_id.as_str()).collect();
        let products: Vec<&str> = products.into_iter().collect();
        let there = catalogue::listings_at(conn, merchant, store, &products).await?;
        let owners: HashMap<(&str, &str, &str), Uuid> =
            there.iter().map(|row| (place(row), row.store_sku_id)).collect();
        taken.extend(listings().filter_map(|(at, number, listing)| {
            let place = (
                listing.product_id.as_str(),
                listing.variant_id.as_str(),
                listing.location_id.as_str(),
            );
            let owner = *owners.get(&place)?;
            (!replaced.contains(&owner)).then_some((at, number, listing, owner))
        }));
    }
    taken.sort_unstable_by_key(|(at, number, ..)| (*at, *number));
    let owners: Vec<Uuid> = taken.iter().map(|(.., owner)| *owner).collect();
    let names = catalogue::store_skus_by_ids(conn, merchant, &owners).await?;
    let names: HashMap<Uuid, String> = names.into_iter().map(|row| (row.id, row.sku)).collect();
    let mut problems = Problems::default();
    for (at, number, listing, owner) in taken {
        let name = names.get(&owner).map_or("", String::as_str);
        let message = format!("\"{listing}\" is a listing of the store SKU \"{name}\" already");
        problems.add(
            &format!("storeSkus.{at}.listings.{number}"),
            ProblemCode::Taken,
            message,
        );
    }
    problems.none()
}

fn numbered_listings(at: usize, resolved: &Resolved) -> impl Iterator<Item = (usize, usize, &ListingInput)> {
    let listings = resolved.given.listings.iter().flatten().enumerate();
    listings.map(move |(number, listing)| (at, number, listing))
}

fn place(row: &listing::Model) -> (&str, &str, &str) {
    (&row.product_id, &row.variant_id, &row.location_id)
}
