//! What the demo's stores show to buyers.

use std::collections::BTreeMap;

use serde::Serialize;
use tokio::sync::Mutex;

use super::protocol::UpdateItem;

/// The shelves of all stores, and a count of the answers that were given.
#[derive(Default)]
pub(super) struct Shelves {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    stores: BTreeMap<String, BTreeMap<String, Shown>>,
    answers: BTreeMap<&'static str, u64>,
}

/// What a listing shows.
#[derive(Serialize, Clone, Copy)]
pub(super) struct Shown {
    quantity: i32,
    sequence: i64,
}

/// What the marketplace says of itself.
#[derive(Serialize)]
pub(super) struct Summary {
    /// Listings that show a quantity, by store.
    listings: BTreeMap<String, usize>,
    /// Calls, by how they were answered.
    answers: BTreeMap<&'static str, u64>,
}

impl Shelves {
    /// Shows a quantity, unless a newer one is shown already: a call that was slow must not win.
    pub(super) async fn put(&self, store: &str, item: &UpdateItem) {
        let mut inner = self.inner.lock().await;
        let shelf = inner.stores.entry(store.to_owned()).or_default();
        let place = [
            Some(&item.product_id),
            item.variant_id.as_ref(),
            item.location_id.as_ref(),
        ];
        let place: Vec<&str> = place.into_iter().flatten().map(String::as_str).collect();
        let new = Shown {
            quantity: item.quantity,
            sequence: item.sequence,
        };
        let shown = shelf
            .entry(format!("{} ({})", item.sku, place.join("/")))
            .or_insert(new);
        if shown.sequence <= new.sequence {
            *shown = new;
        }
    }

    /// Counts an answer.
    pub(super) async fn count(&self, answer: &'static str) {
        *self.inner.lock().await.answers.entry(answer).or_default() += 1;
    }

    /// What one store shows, by SKU and listing; none while nothing has arrived.
    pub(super) async fn shown(&self, store: &str) -> Option<BTreeMap<String, Shown>> {
        self.inner.lock().await.stores.get(store).cloned()
    }

    /// Counts.
    pub(super) async fn summary(&self) -> Summary {
        let inner = self.inner.lock().await;
        let listings = inner.stores.iter().map(|(store, shelf)| (store.clone(), shelf.len()));
        Summary {
            listings: listings.collect(),
            answers: inner.answers.clone(),
        }
    }
}
