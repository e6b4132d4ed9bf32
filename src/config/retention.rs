//! Retention.

use std::time::Duration;

use super::parse::{in_days, in_seconds};
use crate::domain::retention::{self, days};

/// How long history is kept. The defaults are the product's promise to merchants.
#[derive(clap::Args, Debug, Clone, PartialEq, Eq)]
#[command(next_help_heading = "Retention")]
pub struct Retention {
    /// Newest sync records kept per store SKU
    #[arg(long, env = "STOCK_SYNC_KEEP_RECORDS", default_value_t = 100, value_name = "N")]
    pub keep_records: u32,
    /// Age at which sync records go
    #[arg(long = "keep-records-days", env = "STOCK_SYNC_KEEP_RECORDS_DAYS", value_parser = in_days, default_value = "30", value_name = "DAYS")]
    pub record_age: Duration,
    /// Age at which failed triggers go
    #[arg(long = "keep-failed-triggers-days", env = "STOCK_SYNC_KEEP_FAILED_TRIGGERS_DAYS", value_parser = in_days, default_value = "7", value_name = "DAYS")]
    pub failed_trigger_age: Duration,
    /// Age at which manual syncs go
    #[arg(long = "keep-manual-syncs-days", env = "STOCK_SYNC_KEEP_MANUAL_SYNCS_DAYS", value_parser = in_days, default_value = "30", value_name = "DAYS")]
    pub manual_sync_age: Duration,
    /// How often to look for what is too old
    #[arg(long = "prune-interval-seconds", env = "STOCK_SYNC_PRUNE_INTERVAL_SECONDS", value_parser = in_seconds, default_value = "60", value_name = "SECONDS")]
    pub prune_interval: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            keep_records: 100,
            record_age: days(30),
            failed_trigger_age: days(7),
            manual_sync_age: days(30),
            prune_interval: Duration::from_secs(60),
        }
    }
}

impl Retention {
    /// The choices in the form that planning and pruning take.
    #[must_use]
    pub fn policy(&self) -> retention::Retention {
        retention::Retention {
            records_per_store_sku: self.keep_records,
            record_age: self.record_age,
            failed_trigger_age: self.failed_trigger_age,
            manual_sync_age: self.manual_sync_age,
        }
    }
}
