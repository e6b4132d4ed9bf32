//! Retention by age: what is too old goes, in small batches.
//!
//! The number of records per store SKU is kept by planning, in the same transaction that adds one. A pending record is
//! never deleted, and a store SKU keeps its last-sync columns.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::clock::now;
use crate::db::prune::{self, Pruned};
use crate::error::Result;

impl Engine {
    /// Deletes what is too old, of all merchants.
    ///
    /// # Errors
    /// What the database said; what was deleted before stays deleted.
    pub async fn prune(&self) -> Result<Pruned> {
        prune::delete(self.db(), &self.retention().cutoffs(now())).await
    }
}

/// Prunes at an interval until it is cancelled.
pub async fn run(engine: Engine, interval: Duration, cancel: CancellationToken) {
    loop {
        match engine.prune().await {
            Ok(pruned) if pruned.total() > 0 => tracing::info!(?pruned, "deleted what was too old"),
            Ok(_) => {}
            Err(error) => tracing::error!(error = error.operator_text(), "could not delete what is too old"),
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(interval) => {}
        }
    }
}
