//! Which stores are served at the same time.

use std::collections::{HashMap, HashSet, VecDeque};

use uuid::Uuid;

use crate::db::queue::DueStore;

/// The places of one worker, shared fairly among the merchants, and the stores that wait for one.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    most_of_a_merchant: usize,
    served: HashSet<DueStore>,
    of_merchant: HashMap<Uuid, usize>,
    /// Each merchant's stores that wait, with the places that they have among all.
    waiting: HashMap<Uuid, VecDeque<(usize, DueStore)>>,
}

impl Places {
    /// So many places, and of these so many at most for one merchant.
    pub(super) fn new(most: usize, most_of_a_merchant: usize) -> Self {
        Self {
            most,
            most_of_a_merchant,
            served: HashSet::new(),
            of_merchant: HashMap::new(),
            waiting: HashMap::new(),
        }
    }

    /// Whether nobody else can be served.
    pub(super) fn is_full(&self) -> bool {
        self.served.len() >= self.most
    }

    /// Whether nobody waits for a place.
    pub(super) fn is_nobody_waiting(&self) -> bool {
        self.waiting.is_empty()
    }

    /// From now on these wait, in this order, and nobody else.
    pub(super) fn wait(&mut self, due: Vec<DueStore>) {
        self.waiting.clear();
        for (place, store) in due.into_iter().enumerate() {
            if !self.served.contains(&store) {
                let of_merchant = self.waiting.entry(store.merchant_id).or_default();
                of_merchant.push_back((place, store));
            }
        }
    }

    /// Gives the free places to those who wait, and returns those. The next is always one of the merchant that has the
    /// fewest places; of those that have as few, the one that comes first.
    pub(super) fn give(&mut self) -> Vec<DueStore> {
        let mut given = Vec::new();
        while !self.is_full() {
            let Some(store) = self.next() else { break };
            *self.of_merchant.entry(store.merchant_id).or_default() += 1;
            self.served.insert(store);
            given.push(store);
        }
        given
    }

    fn next(&mut self) -> Option<DueStore> {
        let counted = self.waiting.iter().filter_map(|(merchant, stores)| {
            let (place, _) = stores.front()?;
            Some((self.count(*merchant), *place, *merchant))
        });
        let (count, _, merchant) = counted.min()?;
        if count >= self.most_of_a_merchant {
            return None;
        }
        let stores = self.waiting.get_mut(&merchant)?;
        let (_, store) = stores.pop_front()?;
        if stores.is_empty() {
            self.waiting.remove(&merchant);
        }
        Some(store)
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

    fn count(&self, merchant: Uuid) -> usize {
        self.of_merchant.get(&merchant).copied().unwrap_or_default()
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

    fn given(places: &mut Places, due: Vec<DueStore>) -> Vec<DueStore> {
        places.wait(due);
        places.give()
    }

    #[test]
    fn a_merchant_has_no_more_than_its_share() {
        let mut places = Places::new(10, 4);
        assert_eq!(given(&mut places, stores(1, 100)), stores(1, 4));
        assert_eq!(given(&mut places, stores(1, 100)), []);
        assert_eq!(
            given(&mut places, stores(2, 1)),
            stores(2, 1),
            "there is room for others at once"
        );
    }

    #[test]
    fn the_fewest_places_come_first_and_then_the_order_of_the_due() {
        let mut places = Places::new(4, 4);
        let due = [stores(1, 3), stores(2, 1), stores(3, 1)].concat();
        let [one, two, three] = [stores(1, 2), stores(2, 1), stores(3, 1)];
        assert_eq!(given(&mut places, due.clone()), [one[0], two[0], three[0], one[1]]);
        assert!(places.is_full());
        places.free(&two[0]);
        places.free(&two[0]);
        assert_eq!(given(&mut places, due), [two[0]]);
    }

    #[test]
    fn who_got_no_place_goes_on_waiting() {
        let mut places = Places::new(1, 1);
        let due = stores(1, 2);
        assert_eq!(given(&mut places, due.clone()), due[..1]);
        assert_eq!(places.give(), []);
        places.free(&due[0]);
        assert_eq!(places.give(), due[1..]);
        assert!(places.is_nobody_waiting());
    }
}
