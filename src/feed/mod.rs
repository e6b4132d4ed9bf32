//! The change feed: tells whoever listens that records changed, and workers that there is work.
//!
//! It carries ids and statuses, no rows: a listener reads the rows itself, as the merchant that it listens for.
//! It is published after the commit, so what it names can be read.
//!
//! # Not guaranteed
//!
//! Delivery. A listener that is too slow loses the oldest changes and is told so; changes made by other processes come
//! later, when this process finds them in the table (`sync::tail`), and then without the steps in between.
//! Who must not miss anything reads the records by `updated_at` after a gap.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use entity::sync_record;
use entity::types::SyncStatus;
use tokio::sync::{Notify, broadcast};
use uuid::Uuid;

/// One step of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The merchant that the record belongs to.
    pub merchant_id: Uuid,
    /// The record.
    pub record_id: Uuid,
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
            version: record.version,
            status: record.status,
            manual_sync_id: record.manual_sync_id,
        }
    }
}

/// Batches that a listener may be behind before it loses the oldest.
const CAPACITY: usize = 1_024;

/// A handle on the feed; clones share it.
#[derive(Debug, Clone)]
pub struct Feed {
    changes: broadcast::Sender<Arc<[Change]>>,
    work: Arc<Notify>,
    /// How many listen for each merchant, so that the table is only read for those.
    listeners: Arc<Mutex<HashMap<Uuid, usize>>>,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            changes: broadcast::channel(CAPACITY).0,
            work: Arc::new(Notify::new()),
            listeners: Arc::default(),
        }
    }
}

/// Hears the changes of one merchant, from the moment it was made.
#[derive(Debug)]
pub struct Listener {
    merchant: Uuid,
    changes: broadcast::Receiver<Arc<[Change]>>,
    feed: Feed,
}

/// What a listener hears.
#[derive(Debug)]
pub enum Heard {
    /// Steps of the merchant's records, in order; at least one.
    Changes(Vec<Change>),
    /// Steps were lost, because the listener was too slow.
    Gap,
    /// There will be no more.
    End,
}

impl Listener {
    /// Waits for the next that concerns the merchant.
    pub async fn next(&mut self) -> Heard {
        loop {
            match self.changes.recv().await {
                Ok(batch) => {
                    let mine = |change: &&Change| change.merchant_id == self.merchant;
                    let changes: Vec<Change> = batch.iter().filter(mine).copied().collect();
                    if !changes.is_empty() {
                        return Heard::Changes(changes);
                    }
                }
                Err(broadcast::error::RecvError::Lagged(_)) => return Heard::Gap,
                Err(broadcast::error::RecvError::Closed) => return Heard::End,
            }
        }
    }
}

/// Hears the changes of all merchants, without waiting for them.
#[derive(Debug)]
pub struct Overheard {
    changes: broadcast::Receiver<Arc<[Change]>>,
}

impl Overheard {
    /// The next batch that was published, if there is one. What was published while nobody asked for too long is lost.
    pub fn take(&mut self) -> Option<Arc<[Change]>> {
        loop {
            match self.changes.try_recv() {
                Ok(batch) => return Some(batch),
                Err(broadcast::error::TryRecvError::Lagged(_)) => {}
                Err(_) => return None,
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut listeners = self.feed.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = listeners.get_mut(&self.merchant) {
            *count -= 1;
            if *count == 0 {
                listeners.remove(&self.merchant);
            }
        }
    }
}

impl Feed {
    /// Tells listeners what changed in one committed transaction, in the order of the steps.
    pub fn publish(&self, changes: Vec<Change>) {
        if !changes.is_empty() {
            // An error means that nobody listens.
            let _ = self.changes.send(changes.into());
        }
    }

    /// From now on, the changes of one merchant.
    #[must_use]
    pub fn listen(&self, merchant: Uuid) -> Listener {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        *listeners.entry(merchant).or_default() += 1;
        Listener {
            merchant,
            changes: self.changes.subscribe(),
            feed: self.clone(),
        }
    }

    /// From now on, the changes of all merchants.
    #[must_use]
    pub fn overhear(&self) -> Overheard {
        Overheard {
            changes: self.changes.subscribe(),
        }
    }

    /// The merchants that somebody listens for.
    #[must_use]
    pub fn merchants(&self) -> Vec<Uuid> {
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.keys().copied().collect()
    }

    /// Tells one worker of this process that there may be work. Kept until a worker asks, so that none is lost.
    pub fn wake_worker(&self) {
        self.work.notify_one();
    }

    /// Waits until there may be work.
    pub async fn work(&self) {
        self.work.notified().await;
    }
}
