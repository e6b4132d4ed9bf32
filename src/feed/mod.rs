//! The change feed: tells whoever listens that records changed, and workers that there is work.
//!
//! It carries ids and statuses, no rows: a listener reads the rows itself, as the merchant that it listens for.
//! It is published after the commit, so what it names can be read.
//!
//! What this process did is *published*, and gathered as [`News`] for other processes where somebody forwards it. What
//! others did is *relayed*: to the listeners and the worker of this process, and never any further, so that nothing
//! goes in circles.
//!
//! # Guarantees
//!
//! - Who publishes waits for nobody, and what is gathered is bounded.
//! - Nobody is woken but who listens to a [`Topic`] of what changed, for the merchant that it belongs to; its records
//!   need to be read once for all who listen ([`Batch::records`]).
//!
//! # Not guaranteed
//!
//! Delivery. A listener that is too slow loses the oldest changes and is told so; changes made by other processes may
//! come without the steps in between, when this process finds them in the table (`sync::tail`).
//! Who must not miss anything reads the records by `updated_at` after a gap.

mod audience;
mod batch;
mod known;
mod news;
mod payload;

pub use audience::Topic;
pub use batch::Batch;
pub use news::{Look, News};

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use entity::sync_record;
use entity::types::SyncStatus;
use tokio::sync::Notify;
use uuid::Uuid;

use self::audience::{Audience, Mailbox, Number};
use self::known::Known;

/// One step of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The merchant that the record belongs to.
    pub merchant_id: Uuid,
    /// The record.
    pub record_id: Uuid,
    /// The store that the record is of.
    pub store_id: Uuid,
    /// The store SKU that the record is of.
    pub store_sku_id: Uuid,
    /// The record's version after this step; grows by one with every step.
    pub version: i32,
    /// The record's status after this step.
    pub status: SyncStatus,
    /// The manual action that the record belongs to.
    pub manual_sync_id: Option<Uuid>,
}

impl Change {
    /// The newest step of a record.
    #[must_use]
    pub fn of(record: &sync_record::Model) -> Self {
        Self {
            merchant_id: record.merchant_id,
            record_id: record.id,
            store_id: record.store_id,
            store_sku_id: record.store_sku_id,
            version: record.version,
            status: record.status,
            manual_sync_id: record.manual_sync_id,
        }
    }
}

/// A handle on the feed; clones share it.
#[derive(Debug, Clone)]
pub struct Feed {
    work: Arc<Notify>,
    /// Who listens: only they are told, and the table is only read for them.
    audience: Arc<Mutex<HashMap<Uuid, Audience>>>,
    /// What was told. Locked while something is told, so that the steps of a record go out in their order.
    known: Arc<Mutex<Known>>,
    outbox: Arc<Outbox>,
}

/// What this process did and others have not been told yet.
#[derive(Debug, Default)]
struct Outbox {
    /// None as long as nobody forwards it.
    news: Mutex<Option<News>>,
    /// Told by whoever adds to the news.
    has_news: Notify,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            work: Arc::new(Notify::new()),
            audience: Arc::default(),
            known: Arc::default(),
            outbox: Arc::default(),
        }
    }
}

/// Hears the changes of one merchant that are about its topics, from the moment it was made.
#[derive(Debug)]
pub struct Listener {
    merchant: Uuid,
    topics: Box<[Topic]>,
    number: Number,
    mailbox: Arc<Mailbox>,
    feed: Feed,
}

/// What a listener hears.
#[derive(Debug)]
pub enum Heard {
    /// Steps of the merchant's records, in order, of which one at least is about a topic of the listener; none where a
    /// manual sync changed without any of its records.
    Changes(Arc<Batch>),
    /// Steps were lost, because the listener was too slow.
    Gap,
}

impl Listener {
    /// Waits for the next that concerns it.
    pub async fn next(&mut self) -> Heard {
        self.mailbox.next().await
    }

    /// Takes all that is there already, without a look at it.
    pub fn skip(&mut self) {
        while self.mailbox.take().is_some() {}
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut audience = lock(&self.feed.audience);
        let of_merchant = audience.get_mut(&self.merchant);
        if of_merchant.is_some_and(|of_merchant| of_merchant.leave(self.number, &self.topics)) {
            audience.remove(&self.merchant);
        }
    }
}

impl Feed {
    /// Tells listeners, and other processes, what this one changed in one committed transaction, in the order of the
    /// steps.
    pub fn publish(&self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        self.gather(|news| news.add(&changes));
        let mut known = lock(&self.known);
        for change in &changes {
            known.learn(change);
        }
        self.tell(changes);
    }

    /// Tells listeners what another process changed, but for what they were told before.
    pub fn relay(&self, mut changes: Vec<Change>) {
        let mut known = lock(&self.known);
        changes.retain(|change| known.learn(change));
        self.tell(changes);
    }

    fn tell(&self, changes: Vec<Change>) {
        let audience = lock(&self.audience);
        let mut by_merchant: HashMap<Uuid, Vec<Change>> = HashMap::new();
        for change in changes {
            if audience.contains_key(&change.merchant_id) {
                by_merchant.entry(change.merchant_id).or_default().push(change);
            }
        }
        for (merchant, changes) in by_merchant {
            if let Some(of_merchant) = audience.get(&merchant) {
                of_merchant.tell(changes);
            }
        }
    }

    /// Tells who listens to a manual sync in this process that it changed, where none of its records did.
    pub fn tell_progress(&self, merchant: Uuid, manual_sync: Uuid) {
        if let Some(of_merchant) = lock(&self.audience).get(&merchant) {
            of_merchant.tell_progress(manual_sync);
        }
    }

    /// From now on, the changes of one merchant that are about any of these topics.
    #[must_use]
    pub fn listen(&self, merchant: Uuid, topics: impl Into<Box<[Topic]>>) -> Listener {
        let topics = topics.into();
        let mut audience = lock(&self.audience);
        let of_merchant = audience.entry(merchant).or_insert_with(Audience::new);
        let (number, mailbox) = of_merchant.join(&topics);
        Listener {
            merchant,
            topics,
            number,
            mailbox,
            feed: self.clone(),
        }
    }

    /// The merchants that somebody listens for, and since when.
    #[must_use]
    pub fn merchants(&self) -> HashMap<Uuid, DateTime<Utc>> {
        let audience = lock(&self.audience);
        audience.iter().map(|(merchant, of)| (*merchant, of.since)).collect()
    }

    /// Tells one worker of this process, and other processes, that there may be work that this one made. Kept until a
    /// worker asks, so that none is lost.
    pub fn wake_worker(&self) {
        self.relay_work();
        self.gather(|news| news.has_work = true);
    }

    /// Tells one worker of this process that another process may have made work.
    pub fn relay_work(&self) {
        self.work.notify_one();
    }

    /// Waits until there may be work.
    pub async fn work(&self) {
        self.work.notified().await;
    }

    /// From now on, gathers what others are to hear. Somebody has to take it.
    pub fn gather_news(&self) {
        lock(&self.outbox.news).get_or_insert_default();
    }

    /// Waits until something was gathered.
    pub async fn has_news(&self) {
        self.outbox.has_news.notified().await;
    }

    /// Takes what was gathered.
    #[must_use]
    pub fn take_news(&self) -> News {
        lock(&self.outbox.news).as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Gives back what could not be sent; it is gathered with what comes after it.
    pub fn give_back(&self, unsent: News) {
        self.gather(|news| news.put_back(unsent));
    }

    fn gather(&self, add: impl FnOnce(&mut News)) {
        if let Some(news) = lock(&self.outbox.news).as_mut() {
            add(news);
            self.outbox.has_news.notify_one();
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "a test fails by panicking")]

    use super::*;

    pub(super) fn change(merchant_id: Uuid, record_id: Uuid, version: i32) -> Change {
        Change {
            merchant_id,
            record_id,
            store_id: Uuid::now_v7(),
            store_sku_id: Uuid::now_v7(),
            version,
            status: SyncStatus::Pending,
            manual_sync_id: None,
        }
    }

    #[test]
    fn what_was_relayed_is_not_gathered_for_others() {
        let (feed, merchant) = (Feed::default(), Uuid::now_v7());
        feed.gather_news();
        feed.relay(vec![change(merchant, Uuid::now_v7(), 1)]);
        feed.relay_work();
        assert!(feed.take_news().is_empty());
        let own = change(merchant, Uuid::now_v7(), 1);
        feed.publish(vec![own]);
        feed.wake_worker();
        let news = feed.take_news();
        assert!(news.has_work);
        assert_eq!(news.changes[&merchant], [own]);
    }

    #[test]
    fn nothing_is_gathered_where_nobody_forwards_it() {
        let feed = Feed::default();
        feed.publish(vec![change(Uuid::now_v7(), Uuid::now_v7(), 1)]);
        feed.gather_news();
        assert!(feed.take_news().is_empty());
    }

    #[tokio::test]
    async fn a_listener_hears_a_relayed_step_once_and_nothing_of_another_merchant() {
        let (feed, merchant) = (Feed::default(), Uuid::now_v7());
        let mut listener = feed.listen(merchant, [Topic::Everything]);
        let (first, last) = (change(merchant, Uuid::now_v7(), 2), change(merchant, Uuid::now_v7(), 1));
        for batch in [
            vec![first],
            vec![first, change(Uuid::now_v7(), Uuid::now_v7(), 1)],
            vec![first, last],
        ] {
            feed.relay(batch);
        }
        for expected in [first, last] {
            let Heard::Changes(batch) = listener.next().await else {
                panic!("there are two changes to hear");
            };
            assert_eq!(batch.changes(), [expected]);
        }
    }
}
