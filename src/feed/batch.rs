//! What one transaction changed of one merchant's records, as its listeners share it.

use std::collections::HashMap;

use entity::sync_record;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::Change;
use crate::error::Result;

/// Most changes whose records are kept for all listeners; of more, each reads what it wants.
const SHARED: usize = 200;

/// Steps of one merchant's records, in order.
#[derive(Debug)]
pub struct Batch {
    changes: Vec<Change>,
    records: OnceCell<HashMap<Uuid, sync_record::Model>>,
}

impl Batch {
    pub(super) fn new(changes: Vec<Change>) -> Self {
        Self {
            changes,
            records: OnceCell::new(),
        }
    }

    /// The steps.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Their records, as they were when the first listener read them with `read`: after the steps, perhaps some steps
    /// further. None when they are too many to be kept.
    ///
    /// # Errors
    /// What `read` said; then the next listener reads.
    pub async fn records<F>(
        &self,
        read: impl FnOnce(Vec<Uuid>) -> F,
    ) -> Result<Option<&HashMap<Uuid, sync_record::Model>>>
    where
        F: Future<Output = Result<HashMap<Uuid, sync_record::Model>>>,
    {
        if self.changes.len() > SHARED {
            return Ok(None);
        }
        let ids = || self.changes.iter().map(|change| change.record_id).collect();
        self.records.get_or_try_init(|| read(ids())).await.map(Some)
    }
}
