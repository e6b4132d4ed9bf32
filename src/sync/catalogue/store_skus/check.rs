//! The form of the input: everything that can be checked without looking anything up.

use crate::error::{ProblemCode, Result};
use crate::sync::catalogue::{ComponentInput, ListingInput, MAX_COMPONENTS, MAX_ITEMS, MAX_LISTINGS, StoreSkuInput};
use crate::sync::problems::{Problems, Seen, at_most};

/// The store SKUs with all texts as they are to be stored.
///
/// # Errors
/// Everything that is wrong with them.
pub(super) fn checked(store_skus: Vec<StoreSkuInput>) -> Result<Vec<StoreSkuInput>> {
    at_most("storeSkus", store_skus.len(), MAX_ITEMS)?;
    let mut checker = Checker::default();
    let checked = store_skus
        .into_iter()
        .enumerate()
        .map(|(at, given)| checker.store_sku(&format!("storeSkus.{at}"), &given))
        .collect();
    checker.problems.none()?;
    Ok(checked)
}

#[derive(Default)]
struct Checker {
    problems: Problems,
    /// Store and SKU code.
    skus: Seen<(String, String)>,
    /// Store, product, variant and location: a place that only one store SKU can have.
    places: Seen<(String, String, String, String)>,
}

impl Checker {
    fn store_sku(&mut self, path: &str, given: &StoreSkuInput) -> StoreSkuInput {
        let problems = &mut self.problems;
        let store = problems.code(&format!("{path}.store"), &given.store);
        let sku_path = format!("{path}.sku");
        let sku = problems.code(&sku_path, &given.sku);
        let product_name = problems.text(&format!("{path}.productName"), &given.product_name);
        let variation_name = problems.text(&format!("{path}.variationName"), &given.variation_name);
        self.skus.once(problems, &sku_path, (store.clone(), sku.clone()), &sku);
        let listings = given.listings.as_ref().map(|given| self.listings(path, &store, given));
        let components = given.components.as_ref().map(|given| self.components(path, given));
        StoreSkuInput {
            store,
            sku,
            product_name,
            variation_name,
            listings,
            components,
        }
    }

    fn listings(&mut self, path: &str, store: &str, given: &[ListingInput]) -> Vec<ListingInput> {
        let problems = &mut self.problems;
        problems.take(at_most(&format!("{path}.listings"), given.len(), MAX_LISTINGS));
        let mut checked = Vec::with_capacity(given.len());
        for (at, listing) in given.iter().enumerate() {
            let path = format!("{path}.listings.{at}");
            let listing = ListingInput {
                product_id: problems.code(&format!("{path}.productId"), &listing.product_id),
                variant_id: problems.text(&format!("{path}.variantId"), &listing.variant_id),
                location_id: problems.text(&format!("{path}.locationId"), &listing.location_id),
            };
            let ListingInput {
                product_id,
                variant_id,
                location_id,
            } = listing.clone();
            let place = (store.to_owned(), product_id, variant_id, location_id);
            self.places.once(problems, &path, place, &listing.to_string());
            checked.push(listing);
        }
        checked
    }

    fn components(&mut self, path: &str, given: &[ComponentInput]) -> Vec<ComponentInput> {
        let problems = &mut self.problems;
        problems.take(at_most(&format!("{path}.components"), given.len(), MAX_COMPONENTS));
        let mut seen = Seen::default();
        let mut checked = Vec::with_capacity(given.len());
        for (at, component) in given.iter().enumerate() {
            let sku_path = format!("{path}.components.{at}.sku");
            let sku = problems.code(&sku_path, &component.sku);
            seen.once(problems, &sku_path, sku.clone(), &sku);
            if component.quantity < 1 {
                let message = format!("the quantity is {}; it must be at least 1", component.quantity);
                problems.add(
                    &format!("{path}.components.{at}.quantity"),
                    ProblemCode::OutOfRange,
                    message,
                );
            }
            checked.push(ComponentInput {
                sku,
                quantity: component.quantity,
            });
        }
        checked
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::error::Error;

    fn listing(product: &str) -> ListingInput {
        ListingInput {
            product_id: product.to_owned(),
            variant_id: String::new(),
            location_id: " L1".to_owned(),
        }
    }

    fn component(sku: &str, quantity: i32) -> ComponentInput {
        ComponentInput {
            sku: sku.to_owned(),
            quantity,
        }
    }

    fn store_sku(sku: &str, listings: &[ListingInput], components: &[ComponentInput]) -> StoreSkuInput {
        StoreSkuInput {
            store: "S".to_owned(),
            sku: sku.to_owned(),
            product_name: " Mug ".to_owned(),
            variation_name: String::new(),
            listings: Some(listings.to_vec()),
            components: Some(components.to_vec()),
        }
    }

    #[test]
    fn texts_are_trimmed() {
        let found = checked(vec![store_sku(" A ", &[listing("1 ")], &[component(" W", 2)])]).unwrap();
        let [found] = found.as_slice() else {
            unreachable!("one was given")
        };
        assert_eq!((found.sku.as_str(), found.product_name.as_str()), ("A", "Mug"));
        assert_eq!(found.listings.as_ref().unwrap()[0].to_string(), "1 @ L1");
        assert_eq!(found.components.as_ref().unwrap()[0].sku, "W");
    }

    #[test]
    fn every_problem_is_named() {
        let result = checked(vec![
            store_sku(
                "A",
                &[listing("1"), listing("1")],
                &[component("W", 1), component("W", 0)],
            ),
            store_sku("A", &[listing("1"), listing("")], &[]),
        ]);
        let Err(Error::Invalid(problems)) = result else {
            unreachable!("the input is bad")
        };
        let paths: Vec<String> = problems.iter().map(|problem| problem.field.join(".")).collect();
        assert_eq!(
            paths,
            [
                "storeSkus.0.listings.1",
                "storeSkus.0.components.1.sku",
                "storeSkus.0.components.1.quantity",
                "storeSkus.1.sku",
                "storeSkus.1.listings.0",
                "storeSkus.1.listings.1.productId",
            ]
        );
    }
}
