//! The tally of records is summed up at an interval, so that it stays short however much is written.
//!
//! Every worker's process does it; what one of them is at, the others leave alone.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::db::sync_record_tally::fold;

/// Sums up at an interval until it is cancelled.
pub async fn run(engine: Engine, interval: Duration, cancel: CancellationToken) {
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(interval) => {}
        }
        match fold(engine.db()).await {
            Ok(fewer) => tracing::debug!(fewer, "summed up the tally of records"),
            Err(error) => tracing::error!(error = error.operator_text(), "could not sum up the tally of records"),
        }
    }
}
