//! The worker.

use std::time::Duration;

use super::parse::{in_millis, in_seconds};
use crate::domain::pace::Probing;
use crate::domain::retention::days;
use crate::domain::retry::Backoff;
use crate::domain::verdict::Policy;
use crate::sync::worker;

/// How pushes are made, and what is done about those that fail.
#[derive(clap::Args, Debug, Clone, PartialEq, Eq)]
#[command(next_help_heading = "Worker")]
pub struct Worker {
    /// Most stores that are pushed to at the same time
    #[arg(
        id = "worker_concurrency",
        long = "worker-concurrency",
        env = "STOCK_SYNC_WORKER_CONCURRENCY",
        default_value_t = 64,
        value_name = "N"
    )]
    pub concurrency: u32,
    /// Most of these stores that are one merchant's
    #[arg(
        long,
        env = "STOCK_SYNC_WORKER_CONCURRENCY_PER_MERCHANT",
        default_value_t = 16,
        value_name = "N"
    )]
    pub worker_concurrency_per_merchant: u32,
    /// Most calls to one store at the same time; how many there really are is learnt from its answers
    #[arg(long, env = "STOCK_SYNC_CALLS_PER_STORE", default_value_t = 4, value_name = "N")]
    pub calls_per_store: u32,
    /// Most store SKUs in one call
    #[arg(long, env = "STOCK_SYNC_BATCH_SIZE", default_value_t = 50, value_name = "N")]
    pub batch_size: u32,
    /// After this long, what a dead worker had in flight is taken up again; at least the time of a call and the hold
    #[arg(long = "lease-seconds", env = "STOCK_SYNC_LEASE_SECONDS", value_parser = in_seconds, default_value = "30", value_name = "SECONDS")]
    pub lease: Duration,
    /// How often to look for work that nothing announced
    #[arg(long = "poll-interval-ms", env = "STOCK_SYNC_POLL_INTERVAL_MS", value_parser = in_millis, default_value = "500", value_name = "MS")]
    pub poll_interval: Duration,
    /// Longest wait before the second attempt of a push that failed; doubles with every further one
    #[arg(long = "retry-base-ms", env = "STOCK_SYNC_RETRY_BASE_MS", value_parser = in_millis, default_value = "1000", value_name = "MS")]
    pub retry_base: Duration,
    /// Longest wait before any attempt
    #[arg(long = "retry-cap-seconds", env = "STOCK_SYNC_RETRY_CAP_SECONDS", value_parser = in_seconds, default_value = "600", value_name = "SECONDS")]
    pub retry_cap: Duration,
    /// Attempts before a push that could heal is given up, the first included
    #[arg(long, env = "STOCK_SYNC_RETRY_ATTEMPTS", default_value_t = 10, value_name = "N")]
    pub retry_attempts: u32,
    /// Age at which a push that could heal is given up, whatever its attempts
    #[arg(long = "retry-give-up-seconds", env = "STOCK_SYNC_RETRY_GIVE_UP_SECONDS", value_parser = in_seconds, default_value = "86400", value_name = "SECONDS")]
    pub retry_give_up: Duration,
    /// Wait when a marketplace asks to slow down without saying for how long
    #[arg(long = "throttled-wait-seconds", env = "STOCK_SYNC_THROTTLED_WAIT_SECONDS", value_parser = in_seconds, default_value = "5", value_name = "SECONDS")]
    pub throttled_wait: Duration,
    /// Wait while a listing is locked, unless the marketplace says for how long
    #[arg(long = "locked-wait-seconds", env = "STOCK_SYNC_LOCKED_WAIT_SECONDS", value_parser = in_seconds, default_value = "900", value_name = "SECONDS")]
    pub locked_wait: Duration,
    /// How long a call that was cut may still be applied; nothing is sent for its listings until then
    #[arg(long = "hold-seconds", env = "STOCK_SYNC_HOLD_SECONDS", value_parser = in_seconds, default_value = "15", value_name = "SECONDS")]
    pub hold: Duration,
    /// Calls to a store that fail in a row before it is paused, but for single probes
    #[arg(
        long,
        env = "STOCK_SYNC_PAUSE_AFTER_FAILURES",
        default_value_t = 10,
        value_name = "N"
    )]
    pub pause_after_failures: u32,
    /// Wait before the first probe of such a store; doubles with every further one
    #[arg(long = "probe-base-seconds", env = "STOCK_SYNC_PROBE_BASE_SECONDS", value_parser = in_seconds, default_value = "30", value_name = "SECONDS")]
    pub probe_base: Duration,
    /// Longest wait before any probe
    #[arg(long = "probe-cap-seconds", env = "STOCK_SYNC_PROBE_CAP_SECONDS", value_parser = in_seconds, default_value = "900", value_name = "SECONDS")]
    pub probe_cap: Duration,
}

impl Default for Worker {
    fn default() -> Self {
        Self {
            concurrency: 64,
            worker_concurrency_per_merchant: 16,
            calls_per_store: 4,
            batch_size: 50,
            lease: Duration::from_secs(30),
            poll_interval: Duration::from_millis(500),
            retry_base: Duration::from_secs(1),
            retry_cap: Duration::from_secs(600),
            retry_attempts: 10,
            retry_give_up: days(1),
            throttled_wait: Duration::from_secs(5),
            locked_wait: Duration::from_secs(900),
            hold: Duration::from_secs(15),
            pause_after_failures: 10,
            probe_base: Duration::from_secs(30),
            probe_cap: Duration::from_secs(900),
        }
    }
}

impl Worker {
    /// The settings in the form that the worker takes.
    #[must_use]
    pub fn settings(&self) -> worker::Settings {
        worker::Settings {
            concurrency: usize::try_from(self.concurrency).unwrap_or(usize::MAX),
            concurrency_per_merchant: usize::try_from(self.worker_concurrency_per_merchant).unwrap_or(usize::MAX),
            calls_per_store: self.calls_per_store,
            batch_size: u64::from(self.batch_size),
            lease: self.lease,
            poll_interval: self.poll_interval,
            policy: Policy {
                backoff: Backoff {
                    base: self.retry_base,
                    cap: self.retry_cap,
                    max_attempts: self.retry_attempts,
                },
                throttled: self.throttled_wait,
                deferred: self.locked_wait,
                hold: self.hold,
                max_age: self.retry_give_up,
            },
            probing: Probing {
                failures: self.pause_after_failures,
                base: self.probe_base,
                cap: self.probe_cap,
            },
        }
    }
}
