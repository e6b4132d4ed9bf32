//! Who listens for one merchant, and to what.
//!
//! Each listener has a mailbox of its own and is listed under the topics that it asked for. What is told is put into the
//! mailboxes under the topics of its changes.
//!
//! # Guarantees
//!
//! - Whom a batch does not concern, it costs nothing: there is one look into the list for each of its topics, and whom it
//!   does concern has it once, however many of its topics they asked for.
//! - A listener has at most [`CAPACITY`] batches that it has not taken. Of more it loses the oldest, and hears of that first.
//! - A listener that leaves leaves nothing behind.
//!
//! # Not guaranteed
//!
//! That a batch which is heard has nothing but what was asked for: it is whole, and shared.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{Batch, Change, Heard, lock};
use crate::clock::now;

/// Batches that a listener may be behind before it loses the oldest.
const CAPACITY: usize = 256;

/// What can be listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// All of the merchant's records.
    Everything,
    /// Records of one store.
    Store(Uuid),
    /// Records of one store SKU.
    StoreSku(Uuid),
    /// Records of one manual sync, and how far it has come.
    ManualSync(Uuid),
}

impl Topic {
    /// All that a change is about.
    fn of(change: &Change) -> impl Iterator<Item = Self> + use<> {
        let topics = [
            Self::Everything,
            Self::Store(change.store_id),
            Self::StoreSku(change.store_sku_id),
        ];
        let manual_sync = change.manual_sync_id.map(Self::ManualSync);
        topics.into_iter().chain(manual_sync)
    }
}

/// Tells the listeners of one merchant apart.
pub(super) type Number = u64;

/// Who listens for one merchant.
#[derive(Debug)]
pub(super) struct Audience {
    /// Since when there has been somebody.
    pub(super) since: DateTime<Utc>,
    listeners: usize,
    next: Number,
    mailboxes: BTreeMap<(Topic, Number), Arc<Mailbox>>,
}

impl Audience {
    pub(super) fn new() -> Self {
        Self {
            since: now(),
            listeners: 0,
            next: 0,
            mailboxes: BTreeMap::new(),
        }
    }

    /// Lists a new listener under each of these topics.
    pub(super) fn join(&mut self, topics: &[Topic]) -> (Number, Arc<Mailbox>) {
        let number = self.next;
        self.next += 1;
        self.listeners += 1;
        let mailbox = Arc::new(Mailbox::default());
        let places = topics.iter().map(|topic| ((*topic, number), Arc::clone(&mailbox)));
        self.mailboxes.extend(places);
        (number, mailbox)
    }

    /// Takes a listener off the list, who is under these topics. Returns whether nobody is left.
    pub(super) fn leave(&mut self, number: Number, topics: &[Topic]) -> bool {
        for topic in topics {
            self.mailboxes.remove(&(*topic, number));
        }
        self.listeners -= 1;
        self.listeners == 0
    }

    /// Tells whom it concerns.
    pub(super) fn tell(&self, changes: Vec<Change>) {
        let topics = changes.iter().flat_map(Topic::of).collect();
        self.put(Batch::new(changes), topics);
    }

    /// Tells whoever listens to a manual sync that it changed without any of its records.
    pub(super) fn tell_progress(&self, manual_sync: Uuid) {
        self.put(Batch::new(Vec::new()), vec![Topic::ManualSync(manual_sync)]);
    }

    fn put(&self, batch: Batch, mut topics: Vec<Topic>) {
        topics.sort_unstable();
        topics.dedup();
        let under = |topic: Topic| self.mailboxes.range((topic, Number::MIN)..=(topic, Number::MAX));
        let mut concerned: Vec<_> = topics.into_iter().flat_map(under).collect();
        concerned.sort_unstable_by_key(|((_, number), _)| *number);
        concerned.dedup_by_key(|((_, number), _)| *number);
        let batch = Arc::new(batch);
        for (_, mailbox) in concerned {
            mailbox.put(Arc::clone(&batch));
        }
    }
}

/// What one listener has not taken yet.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    unread: Mutex<Unread>,
    /// Told after each that was put in; kept until the listener, who is the only one to wait, has noticed.
    has_more: Notify,
}

#[derive(Debug, Default)]
struct Unread {
    /// Oldest first.
    batches: VecDeque<Arc<Batch>>,
    /// Whether older ones than these were lost.
    has_gap: bool,
}

impl Mailbox {
    fn put(&self, batch: Arc<Batch>) {
        {
            let mut unread = lock(&self.unread);
            if unread.batches.len() >= CAPACITY {
                unread.batches.pop_front();
                unread.has_gap = true;
            }
            unread.batches.push_back(batch);
        }
        self.has_more.notify_one();
    }

    /// The next, if there is one already.
    pub(super) fn take(&self) -> Option<Heard> {
        let mut unread = lock(&self.unread);
        if std::mem::take(&mut unread.has_gap) {
            return Some(Heard::Gap);
        }
        let batch = unread.batches.pop_front()?;
        if unread.batches.is_empty() {
            // Most mailboxes are empty nearly all the time, so they keep no room.
            unread.batches = VecDeque::new();
        }
        Some(Heard::Changes(batch))
    }

    /// Waits for the next.
    pub(super) async fn next(&self) -> Heard {
        loop {
            if let Some(heard) = self.take() {
                return heard;
            }
            self.has_more.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "a test fails by panicking")]

    use super::super::tests::change;
    use super::*;

    /// The records of the next batch, if there is one.
    fn taken(mailbox: &Mailbox) -> Option<Vec<Uuid>> {
        match mailbox.take()? {
            Heard::Changes(batch) => Some(batch.changes().iter().map(|change| change.record_id).collect()),
            Heard::Gap => panic!("nothing was lost"),
        }
    }

    #[test]
    fn each_topic_is_told_of_its_own_changes_and_nobody_twice() {
        let mut audience = Audience::new();
        let (one, mut other) = (
            change(Uuid::nil(), Uuid::now_v7(), 1),
            change(Uuid::nil(), Uuid::now_v7(), 1),
        );
        let manual_sync = Uuid::now_v7();
        other.manual_sync_id = Some(manual_sync);
        let both = [
            Topic::StoreSku(one.store_sku_id),
            Topic::StoreSku(other.store_sku_id),
            Topic::Store(one.store_id),
        ];
        let asked = [
            vec![Topic::Everything],
            both.to_vec(),
            vec![Topic::StoreSku(one.store_sku_id)],
            vec![Topic::Store(other.store_id)],
            vec![Topic::ManualSync(manual_sync)],
            // The id of something else, and nothing at all.
            vec![Topic::Store(one.store_sku_id)],
            vec![],
        ];
        let mailboxes = asked.map(|topics| audience.join(&topics).1);
        let told = [vec![one], vec![other], vec![one, other]];
        for changes in told.clone() {
            audience.tell(changes);
        }
        let concerned: [&[usize]; 7] = [&[0, 1, 2], &[0, 1, 2], &[0, 2], &[1, 2], &[1, 2], &[], &[]];
        for (mailbox, concerned) in mailboxes.iter().zip(concerned) {
            for batch in concerned {
                let records = told[*batch].iter().map(|change| change.record_id).collect();
                assert_eq!(taken(mailbox), Some(records));
            }
            assert_eq!(taken(mailbox), None);
        }
        audience.tell_progress(manual_sync);
        let heard: Vec<bool> = mailboxes.iter().map(|mailbox| taken(mailbox).is_some()).collect();
        assert_eq!(heard, [false, false, false, false, true, false, false]);
    }

    #[test]
    fn who_takes_nothing_has_the_newest_and_hears_that_there_were_more() {
        let mut audience = Audience::new();
        let first = change(Uuid::nil(), Uuid::now_v7(), 1);
        let (_, mailbox) = audience.join(&[Topic::StoreSku(first.store_sku_id)]);
        for version in 1..=i32::try_from(CAPACITY).unwrap_or(i32::MAX) + 2 {
            audience.tell(vec![Change { version, ..first }]);
        }
        assert!(matches!(mailbox.take(), Some(Heard::Gap)));
        let versions: Vec<i32> = std::iter::from_fn(|| mailbox.take())
            .map(|heard| match heard {
                Heard::Changes(batch) => batch.changes()[0].version,
                Heard::Gap => panic!("it was told of the gap"),
            })
            .collect();
        assert_eq!(versions.len(), CAPACITY);
        assert_eq!(versions[0], 3);
        assert_eq!(lock(&mailbox.unread).batches.capacity(), 0);
    }

    #[test]
    fn who_leaves_leaves_nothing_behind() {
        let mut audience = Audience::new();
        let of = |number: u128| {
            [
                Topic::StoreSku(Uuid::from_u128(number)),
                Topic::Store(Uuid::from_u128(number % 7)),
            ]
        };
        let numbers: Vec<Number> = (0..100).map(|number| audience.join(&of(number)).0).collect();
        for (number, id) in numbers.into_iter().zip(0..100) {
            assert_eq!(audience.leave(number, &of(id)), id == 99);
            assert_eq!(audience.mailboxes.len(), 2 * (99 - id as usize));
        }
    }
}
