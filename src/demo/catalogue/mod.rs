//! What the demo's merchant has: three stores, two warehouses, articles, bundles and a few things that are wrong.
//!
//! What is wrong is there to be seen in the history: a SKU that a store does not list, SKUs that no rule covers in a
//! store, one that is marked short, one without a listing, one without stock, and listings that the marketplace has
//! removed.

mod products;
mod rules;

use entity::types::Marketplace;

use super::marketplace::REMOVED;
use crate::sync::catalogue::{ComponentInput, ListingInput, StoreSkuInput, WarehouseInput, WarehouseSkuInput};
use products::{BUNDLES, PRODUCTS, Product, Range};

pub(super) use rules::rules;

/// A store of the demo.
pub(super) struct DemoStore {
    /// The merchant's code for it.
    pub(super) code: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// The platform that it is labelled with.
    pub(super) marketplace: Marketplace,
    /// Codes of its SKUs begin with this.
    prefix: &'static str,
    /// Ids of its products begin with this.
    product_prefix: &'static str,
    /// Platform warehouses; each store SKU has a listing for each, where there are any.
    locations: &'static [&'static str],
}

/// The stores.
pub(super) const STORES: [DemoStore; 3] = [
    DemoStore {
        code: SHOPEE,
        name: "Toko Nusantara",
        marketplace: Marketplace::Shopee,
        prefix: "",
        product_prefix: "2488",
        locations: &[],
    },
    DemoStore {
        code: LAZADA,
        name: "Nusantara Official Store",
        marketplace: Marketplace::Lazada,
        prefix: "LZ-",
        product_prefix: "7310",
        locations: &[],
    },
    DemoStore {
        code: TOKOPEDIA,
        name: "Nusantara Store",
        marketplace: Marketplace::Tokopedia,
        prefix: "TKP-",
        product_prefix: "1190",
        locations: &["JAKARTA", "SURABAYA"],
    },
];

pub(super) const SHOPEE: &str = "shopee-nusantara";
pub(super) const LAZADA: &str = "lazada-nusantara";
pub(super) const TOKOPEDIA: &str = "tokopedia-nusantara";

/// The main warehouse, which holds everything.
pub(super) const JAKARTA: &str = "JKT";
/// The second warehouse, which holds every second SKU.
pub(super) const SURABAYA: &str = "SBY";

/// The SKU that is marked short.
pub(super) const MARKED_SHORT: &str = "MINYAK-60";
/// The SKU of which no stock was ever reported.
const WITHOUT_STOCK: &str = "KOPI-LAMPUNG-1KG";
/// The product that the Tokopedia store does not list, though a rule covers it there.
const NOT_ON_TOKOPEDIA: &str = "LAMPU";
/// The store SKU that has no listing.
const WITHOUT_LISTING: &str = "LZ-SARUNG-MRN";
/// Store SKUs of which the marketplace has removed the first, or the only, listing.
const REMOVED_LISTINGS: [&str; 3] = ["WAJAN-32", "LZ-TIKAR-200", "TKP-TUMBLER-SAGE"];

/// The warehouses.
pub(super) fn warehouses() -> Vec<WarehouseInput> {
    let warehouse = |code: &str, name: &str| WarehouseInput {
        code: code.to_owned(),
        name: name.to_owned(),
    };
    vec![
        warehouse(JAKARTA, "Gudang Jakarta"),
        warehouse(SURABAYA, "Gudang Surabaya"),
    ]
}

/// The merchant's own articles.
pub(super) fn warehouse_skus() -> Vec<WarehouseSkuInput> {
    let skus = PRODUCTS.iter().flat_map(|product| {
        product.variations.iter().map(|(suffix, variation)| WarehouseSkuInput {
            sku: sku(product, suffix),
            name: format!("{} {variation}", product.name),
        })
    });
    skus.collect()
}

/// Where stock is kept: SKU and warehouse.
pub(super) fn stocked() -> Vec<(String, &'static str)> {
    let skus = warehouse_skus().into_iter().map(|input| input.sku);
    let stocked = skus
        .filter(|sku| sku != WITHOUT_STOCK)
        .enumerate()
        .flat_map(|(at, sku)| {
            let warehouses: &[&'static str] = if at % 2 == 0 { &[JAKARTA, SURABAYA] } else { &[JAKARTA] };
            warehouses.iter().map(move |warehouse| (sku.clone(), *warehouse))
        });
    stocked.collect()
}

/// The codes of a range's SKUs.
fn skus_of(is_wanted: impl Fn(&Product) -> bool) -> Vec<String> {
    let wanted = PRODUCTS.iter().filter(|product| is_wanted(product));
    wanted
        .flat_map(|product| product.variations.iter().map(|(suffix, _)| sku(product, suffix)))
        .collect()
}

fn sku(product: &Product, suffix: &str) -> String {
    format!("{}-{suffix}", product.code)
}

/// What the stores list: every article once, and the bundles.
pub(super) fn store_skus() -> Vec<StoreSkuInput> {
    STORES
        .iter()
        .flat_map(|store| singles(store).chain(bundles(store)))
        .collect()
}

fn singles(store: &'static DemoStore) -> impl Iterator<Item = StoreSkuInput> {
    let listed = PRODUCTS
        .iter()
        .enumerate()
        .filter(|(_, product)| store.code != TOKOPEDIA || product.code != NOT_ON_TOKOPEDIA);
    listed.flat_map(move |(at, product)| {
        product
            .variations
            .iter()
            .enumerate()
            .map(move |(variation, (suffix, name))| {
                let component = (sku(product, suffix), 1);
                let variant_id = format!("{}", 100 * at + variation + 1);
                StoreSkuInput {
                    variation_name: (*name).to_owned(),
                    ..store_sku(
                        store,
                        &component.0,
                        product.name,
                        at,
                        &variant_id,
                        vec![component.clone()],
                    )
                }
            })
    })
}

fn bundles(store: &'static DemoStore) -> impl Iterator<Item = StoreSkuInput> {
    BUNDLES.iter().enumerate().map(move |(at, bundle)| {
        let components = bundle
            .components
            .iter()
            .map(|(sku, quantity)| ((*sku).to_owned(), *quantity));
        store_sku(
            store,
            bundle.code,
            bundle.name,
            PRODUCTS.len() + at,
            "",
            components.collect(),
        )
    })
}

/// A store SKU of the product with this number.
fn store_sku(
    store: &DemoStore,
    code: &str,
    product_name: &str,
    number: usize,
    variant_id: &str,
    components: Vec<(String, i32)>,
) -> StoreSkuInput {
    let sku = format!("{}{code}", store.prefix);
    let product_id = format!("{}{:04}", store.product_prefix, 1000 + 7 * number);
    let listings = listings(store, &sku, &product_id, variant_id);
    let components = components
        .into_iter()
        .map(|(sku, quantity)| ComponentInput { sku, quantity })
        .collect();
    StoreSkuInput {
        store: store.code.to_owned(),
        sku,
        product_name: product_name.to_owned(),
        variation_name: String::new(),
        listings: Some(listings),
        components: Some(components),
    }
}

fn listings(store: &DemoStore, sku: &str, product_id: &str, variant_id: &str) -> Vec<ListingInput> {
    if sku == WITHOUT_LISTING {
        return Vec::new();
    }
    let locations = if store.locations.is_empty() {
        &[""]
    } else {
        store.locations
    };
    let listings = locations.iter().enumerate().map(|(at, location)| {
        let is_removed = at == 0 && REMOVED_LISTINGS.contains(&sku);
        let mark = if is_removed { REMOVED } else { "" };
        ListingInput {
            product_id: format!("{mark}{product_id}"),
            variant_id: variant_id.to_owned(),
            location_id: (*location).to_owned(),
        }
    });
    listings.collect()
}

/// What there is, in words.
pub(super) fn describe() -> String {
    let articles: usize = PRODUCTS.iter().map(|product| product.variations.len()).sum();
    format!(
        "{} stores, {} warehouses, {articles} articles, {} store SKUs ({} bundles), {} sync rules",
        STORES.len(),
        warehouses().len(),
        store_skus().len(),
        STORES.len() * BUNDLES.len(),
        rules().len()
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn it_is_as_large_as_the_demo_says() {
        let store_skus = store_skus();
        assert!((190..=220).contains(&store_skus.len()), "{}", store_skus.len());
        let bundles = store_skus.iter().filter(|sku| sku.sku.contains("PAKET"));
        assert_eq!(bundles.count(), STORES.len() * BUNDLES.len());
    }

    #[test]
    fn every_reference_names_something() {
        let skus: HashSet<String> = warehouse_skus().into_iter().map(|input| input.sku).collect();
        for component in store_skus().into_iter().filter_map(|input| input.components).flatten() {
            assert!(skus.contains(&component.sku), "{}", component.sku);
        }
        assert!(skus.contains(MARKED_SHORT) && skus.contains(WITHOUT_STOCK));
        let listed: HashSet<String> = store_skus().into_iter().map(|input| input.sku).collect();
        assert!(
            REMOVED_LISTINGS
                .iter()
                .chain([&WITHOUT_LISTING])
                .all(|sku| listed.contains(*sku))
        );
    }

    #[test]
    fn no_two_store_skus_share_a_listing() {
        let mut seen = HashSet::new();
        for input in store_skus() {
            for listing in input.listings.into_iter().flatten() {
                let place = (
                    input.store.clone(),
                    listing.product_id,
                    listing.variant_id,
                    listing.location_id,
                );
                assert!(seen.insert(place.clone()), "{place:?}");
            }
        }
    }
}
