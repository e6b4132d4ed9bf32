//! Which stores are served at the same time.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::db::queue::DueStore;

/// The places of one worker, shared fairly among the merchants.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    most_of_a_merchant: usize,
    served: HashSet<DueStore>,
    of_merchant: HashMap<Uuid, usize>,
}

impl Places {
    /// So many places, and of these so many at most for one merchant.
    pub(super) fn new(most: usize, most_of_a_merchant: usize) -> Self {
        Self {
            most,
            most_of_a_merchant,
            served: HashSet::new(),
            of_merchant: HashMap::new(),
        }
    }

    /// Whether nobody else can be served.
    pub(super) fn is_full(&self) -> bool {
        self.served.len() >= self.most
    }

    /// Gives the free places to stores that are due, and returns those. The next is always one of the merchant that has
    /// the fewest places; of those that have as few, the one that comes first in `due`.
    pub(super) fn give(&mut self, due: Vec<DueStore>) -> Vec<DueStore> {
        let mut waiting: Vec<DueStore> = due.into_iter().filter(|store| !self.served.contains(store)).collect();
        let mut given = Vec::new();
        while !self.is_full() {
            let next = (0..waiting.len()).min_by_key(|place| self.count(&waiting[*place]));
            let Some(next) = next.filter(|place| self.count(&waiting[*place]) < self.most_of_a_merchant) else {
                break;
            };
            let store = waiting.remove(next);
            *self.of_merchant.entry(store.merchant_id).or_default() += 1;
            self.served.insert(store);
            given.push(store);
        }
        given
    }

    /// Takes a place back.
    pub(super) fn free(&mut self, store: &DueStore) {
        if self.served.remove(store)
            && let Some(count) = self.of_merchant.get_mut(&store.merchant_id)
        {
            *count -= 1;
            if *count == 0 {
                self.of_merchant.remove(&store.merchant_id);
            }
        }
    }

    fn count(&self, store: &DueStore) -> usize {
        self.of_merchant.get(&store.merchant_id).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stores(merchant: u128, count: u128) -> Vec<DueStore> {
        let store = |number| DueStore {
            merchant_id: Uuid::from_u128(merchant),
            store_id: Uuid::from_u128(merchant * 1_000 + number),
        };
        (0..count).map(store).collect()
    }

    #[test]
    fn a_merchant_has_no_more_than_its_share() {
        let mut places = Places::new(10, 4);
        assert_eq!(places.give(stores(1, 100)), stores(1, 4));
        assert_eq!(places.give(stores(1, 100)), []);
        assert_eq!(
            places.give(stores(2, 1)),
            stores(2, 1),
            "there is room for others at once"
        );
    }

    #[test]
    fn the_fewest_places_come_first_and_then_the_order_of_the_due() {
        let mut places = Places::new(4, 4);
        let due = [stores(1, 3), stores(2, 1), stores(3, 1)].concat();
        let [one, two, three] = [stores(1, 2), stores(2, 1), stores(3, 1)];
        assert_eq!(places.give(due.clone()), [one[0], two[0], three[0], one[1]]);
        assert!(places.is_full());
        places.free(&two[0]);
        places.free(&two[0]);
        assert_eq!(places.give(due), [two[0]]);
    }
}
