//! Which steps this process has told its listeners of already, so that what is heard twice is told once.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Change;

/// How long a step is remembered at least, unless there are too many.
const MEMORY: Duration = Duration::from_secs(15);
/// Records of one generation.
const MOST: usize = 50_000;

/// The newest version of each record that was told lately, in two generations: when the young one is old enough or
/// full, the old one is forgotten.
#[derive(Debug)]
pub(super) struct Known {
    young: HashMap<Uuid, i32>,
    old: HashMap<Uuid, i32>,
    since: Instant,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            since: Instant::now(),
        }
    }
}

impl Known {
    /// Remembers a step. Returns whether it is newer than all that were known of its record.
    pub(super) fn learn(&mut self, change: &Change) -> bool {
        if self.young.len() >= MOST || self.since.elapsed() >= MEMORY {
            self.old = std::mem::take(&mut self.young);
            self.since = Instant::now();
        }
        let known = [&self.young, &self.old].map(|generation| generation.get(&change.record_id).copied());
        let is_new = known.into_iter().flatten().all(|version| version < change.version);
        if is_new {
            self.young.insert(change.record_id, change.version);
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::change;
    use super::*;

    #[test]
    fn only_a_later_step_of_a_record_is_new() {
        let (merchant, record) = (Uuid::now_v7(), Uuid::now_v7());
        let mut known = Known::default();
        assert!(known.learn(&change(merchant, record, 2)));
        assert!(!known.learn(&change(merchant, record, 2)));
        assert!(!known.learn(&change(merchant, record, 1)));
        assert!(known.learn(&change(merchant, record, 3)));
        assert!(known.learn(&change(merchant, Uuid::now_v7(), 1)));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_newest_stays() {
        let merchant = Uuid::now_v7();
        let mut known = Known::default();
        for _ in 0..3 * MOST {
            known.learn(&change(merchant, Uuid::now_v7(), 1));
        }
        let last = change(merchant, Uuid::now_v7(), 1);
        assert!(known.learn(&last));
        assert!(!known.learn(&last));
        assert!(known.young.len() + known.old.len() <= 2 * MOST);
    }
}
