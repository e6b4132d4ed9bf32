//! The change feed: tells whoever listens that records changed, and workers that there is work.
//!
//! It carries ids and statuses, no rows: a listener reads the rows itself, as the merchant that it listens for.
//! It is published after the commit, so what it names can be read.
//!
//! # Not guaranteed
//!
//! Delivery. A listener that is too slow loses the oldest changes and is told so ([`Lagged`]); changes made by other
//! processes are not in it at all. Who must not miss anything reads the records by `updated_at` after a gap.
//!
//! [`Lagged`]: tokio::sync::broadcast::error::RecvError::Lagged

use std::sync::Arc;

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
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            changes: broadcast::channel(CAPACITY).0,
            work: Arc::new(Notify::new()),
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

    /// From now on, every batch of changes, of all merchants.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<[Change]>> {
        self.changes.subscribe()
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
