//! Planning.

use std::time::Duration;

use super::parse::in_millis;
use crate::sync::backlog;

/// How large syncs are planned.
#[derive(clap::Args, Debug, Clone, PartialEq, Eq)]
#[command(next_help_heading = "Planning")]
pub struct Planning {
    /// Most store SKUs that a sync plans while it is asked for; a larger one is planned in the background
    #[arg(
        id = "plan_at_once",
        long = "plan-at-once",
        env = "STOCK_SYNC_PLAN_AT_ONCE",
        default_value_t = 1_000,
        value_name = "N"
    )]
    pub at_once: u32,
    /// Store SKUs that are planned in the background in one go, before others get their turn to write
    #[arg(
        id = "plan_portion",
        long = "plan-portion",
        env = "STOCK_SYNC_PLAN_PORTION",
        default_value_t = 100,
        value_name = "N"
    )]
    pub portion: u32,
    /// Longest that a manual sync waits for what is planned in the background before it is answered
    #[arg(long = "plan-patience-ms", env = "STOCK_SYNC_PLAN_PATIENCE_MS", value_parser = in_millis, default_value = "5000", value_name = "MS")]
    pub patience: Duration,
}

impl Default for Planning {
    fn default() -> Self {
        Self {
            at_once: 1_000,
            portion: 100,
            patience: Duration::from_secs(5),
        }
    }
}

impl Planning {
    /// The settings in the form that planning takes.
    #[must_use]
    pub fn settings(&self) -> backlog::Settings {
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        backlog::Settings {
            at_once: number(self.at_once),
            portion: number(self.portion),
            patience: self.patience,
        }
    }
}
