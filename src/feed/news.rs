//! What this process did and other processes are to hear of, gathered until it is sent.
//!
//! What is gathered is bounded, so that whoever publishes is never held up: of a merchant with too many changes nothing
//! is kept but that there is something to look for in the table, and of too many merchants not even which.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Change;
use crate::clock::now;

/// Changes of one merchant that are told one by one; of more, the table tells.
const MOST_OF_ONE: usize = 300;
/// Changes of all merchants that are told one by one.
const MOST: usize = 2_000;
/// Merchants that are named.
const MOST_MERCHANTS: usize = 500;

/// What other processes are to hear.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct News {
    /// Steps of records, by merchant, in their order.
    pub changes: BTreeMap<Uuid, Vec<Change>>,
    /// Where the table is to be read.
    pub look: Look,
    /// Whether there may be work.
    pub has_work: bool,
    /// How many changes there are, so that they need not be counted for each that comes.
    count: usize,
}

/// Whose records are to be read in the table, because there is more to know than was said.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Look {
    /// Everyone's, from where they were read last.
    pub at_everyone: bool,
    /// These merchants', from where they were read last, and from this time on at least.
    pub at: BTreeMap<Uuid, DateTime<Utc>>,
}

impl Look {
    /// At the records of all merchants.
    #[must_use]
    pub fn at_everyone() -> Self {
        Self {
            at_everyone: true,
            at: BTreeMap::new(),
        }
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.at_everyone && self.at.is_empty()
    }

    /// Looks at one more merchant's.
    pub fn add(&mut self, merchant: Uuid, from: DateTime<Utc>) {
        let earliest = self.at.entry(merchant).or_insert(from);
        *earliest = from.min(*earliest);
        if self.at.len() > MOST_MERCHANTS {
            *self = Self::at_everyone();
        }
    }

    /// Looks for what another one looks for too.
    pub fn merge(&mut self, other: Self) {
        self.at_everyone |= other.at_everyone;
        for (merchant, from) in other.at {
            self.add(merchant, from);
        }
    }
}

impl News {
    /// Whether there is nothing to hear.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.look.is_empty() && !self.has_work
    }

    /// Takes in what was committed.
    pub(super) fn add(&mut self, changes: &[Change]) {
        for change in changes {
            // Whoever looks finds it.
            if self.look.at_everyone {
                return;
            }
            match self.look.at.get_mut(&change.merchant_id) {
                Some(from) => *from = earliest(change).min(*from),
                None => self.keep(change),
            }
        }
    }

    fn keep(&mut self, change: &Change) {
        let merchant = change.merchant_id;
        self.count += 1;
        let kept = self.changes.entry(merchant).or_default();
        kept.push(*change);
        if kept.len() > MOST_OF_ONE {
            self.shorten(merchant);
        } else if self.count > MOST {
            self.shorten_all();
        }
    }

    /// Says no more of a merchant than that there is something.
    fn shorten(&mut self, merchant: Uuid) {
        let Some(changes) = self.changes.remove(&merchant) else {
            return;
        };
        self.count = self.count.saturating_sub(changes.len());
        if let Some(from) = changes.iter().map(earliest).min() {
            self.look.add(merchant, from);
        }
    }

    /// Says of every merchant no more than that there is something.
    fn shorten_all(&mut self) {
        while let Some(merchant) = self.changes.keys().next().copied() {
            self.shorten(merchant);
        }
    }

    /// Takes back in what could not be sent, in the short form: by the time that it is sent, more will have changed.
    pub(super) fn put_back(&mut self, mut unsent: Self) {
        unsent.shorten_all();
        self.look.merge(unsent.look);
        self.has_work |= unsent.has_work;
    }
}

/// The earliest time that the row may bear. A row bears the time at which its transaction began, which for a large
/// resync is long before the commit; the ids of what is new were made soon after that time and tell it.
fn earliest(change: &Change) -> DateTime<Utc> {
    let ids = [Some(change.record_id), change.manual_sync_id];
    let made = ids
        .into_iter()
        .flatten()
        .filter(|_| change.version == 1)
        .filter_map(made_at);
    made.fold(now(), DateTime::min)
}

fn made_at(id: Uuid) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}

#[cfg(test)]
mod tests {
    use super::super::tests::change;
    use super::*;

    fn changes(merchant: Uuid, count: usize) -> Vec<Change> {
        (0..count).map(|_| change(merchant, Uuid::now_v7(), 1)).collect()
    }

    #[test]
    fn a_few_changes_are_told_one_by_one_and_many_by_the_table() {
        let (small, large) = (Uuid::now_v7(), Uuid::now_v7());
        let mut news = News::default();
        news.add(&changes(small, 3));
        news.add(&changes(large, MOST_OF_ONE));
        assert!(news.look.is_empty());
        news.add(&changes(large, 1));
        assert_eq!(news.look.at.keys().collect::<Vec<_>>(), [&large]);
        news.add(&changes(large, 1));
        assert_eq!(news.changes.keys().collect::<Vec<_>>(), [&small]);
    }

    #[test]
    fn what_is_gathered_is_bounded() {
        let mut news = News::default();
        for _ in 0..10 * MOST {
            news.add(&changes(Uuid::now_v7(), 3));
            assert!(news.count <= MOST && news.look.at.len() <= MOST_MERCHANTS);
        }
        assert!(news.look.at_everyone);
    }

    #[test]
    fn a_look_goes_back_to_where_a_long_transaction_began() {
        let manual = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 1_700_000_000, 0));
        let merchant = Uuid::now_v7();
        let mut news = News::default();
        for mut change in changes(merchant, MOST_OF_ONE + 1) {
            change.manual_sync_id = Some(manual);
            news.add(&[change]);
        }
        assert_eq!(news.look.at[&merchant].timestamp(), 1_700_000_000);
    }

    #[test]
    fn what_could_not_be_sent_is_looked_for() {
        let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
        let mut unsent = News::default();
        unsent.add(&changes(first, 2));
        unsent.has_work = true;
        let mut news = News::default();
        news.add(&changes(second, 1));
        news.put_back(unsent);
        assert!(news.has_work && news.changes.contains_key(&second));
        assert_eq!(news.look.at.keys().collect::<Vec<_>>(), [&first]);
    }
}
