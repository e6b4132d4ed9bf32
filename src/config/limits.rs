//! What numbers and times may be, and how it is said that they are not: in the unit of the setting's name.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Config;
use crate::error::{Problem, ProblemCode};

/// The shortest time between two looks at the database; less would only keep it busy.
pub(super) const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);

/// A setting that is a whole number: its flag, what it is, and what it may be.
type Number = (&'static str, u32, RangeInclusive<u32>);

/// The least and the most that a setting may be, where it is a whole number without a unit of time.
#[must_use]
pub fn range(flag: &str) -> Option<RangeInclusive<u32>> {
    let numbers = numbers(&Config::default()).into_iter();
    numbers
        .filter(|(name, ..)| *name == flag)
        .map(|(.., range)| range)
        .next()
}

pub(super) fn check_numbers(config: &Config, problems: &mut Vec<Problem>) {
    for (flag, value, range) in numbers(config) {
        if !range.contains(&value) {
            let message = format!("{value} is not between {} and {}", range.start(), range.end());
            problems.push(Problem::new(flag, ProblemCode::OutOfRange, message));
        }
    }
}

fn numbers(config: &Config) -> [Number; 16] {
    let (http, worker, planning) = (&config.http, &config.worker, &config.planning);
    let per_merchant = worker.worker_concurrency_per_merchant;
    [
        ("--database-connections", config.database.max_connections, 1..=1_000),
        ("--persisted-query-bytes", http.persisted_query_bytes, 0..=u32::MAX),
        ("--max-body-bytes", http.max_body_bytes, 1_000..=100_000_000),
        ("--max-selections", http.max_selections, 1..=1_000_000),
        ("--max-depth", http.max_depth, 1..=100),
        ("--max-connections", http.max_connections, 1..=1_000_000),
        ("--socket-operations", http.socket_operations, 1..=100_000),
        ("--plan-at-once", planning.at_once, 1..=100_000),
        ("--plan-portion", planning.portion, 1..=10_000),
        ("--worker-concurrency", worker.concurrency, 1..=1_000),
        ("--worker-concurrency-per-merchant", per_merchant, 1..=1_000),
        ("--calls-per-store", worker.calls_per_store, 1..=1_000),
        ("--batch-size", worker.batch_size, 1..=1_000),
        ("--pause-after-failures", worker.pause_after_failures, 1..=1_000_000),
        ("--retry-attempts", worker.retry_attempts, 1..=1_000),
        ("--keep-records", config.retention.keep_records, 1..=1_000_000),
    ]
}

pub(super) fn check_times(config: &Config, problems: &mut Vec<Problem>) {
    let (worker, call_timeout) = (&config.worker, config.marketplace.call_timeout);
    for (flag, value) in [
        ("--database-wait-seconds", config.database.patience),
        ("--live-poll-interval-ms", config.server.live_poll_interval),
        ("--request-timeout-seconds", config.http.request_timeout),
        ("--call-timeout-seconds", call_timeout),
        ("--poll-interval-ms", worker.poll_interval),
        ("--probe-base-seconds", worker.probe_base),
        ("--prune-interval-seconds", config.retention.prune_interval),
    ] {
        let least = in_unit(flag, SHORTEST_INTERVAL);
        at_least(problems, flag, (value, SHORTEST_INTERVAL), &format!("at least {least}"));
    }
    let (retry_base, probe_base) = (worker.retry_base, worker.probe_base);
    let whole = call_timeout.saturating_add(worker.hold);
    let lease = format!(
        "a lease has to outlast a call and the hold, --call-timeout-seconds ({}) and --hold-seconds ({}): at least {}",
        call_timeout.as_secs(),
        worker.hold.as_secs(),
        in_unit("--lease-seconds", whole)
    );
    let retry = format!("at least --retry-base-ms, {}", in_unit("--retry-base-ms", retry_base));
    let probe = format!(
        "at least --probe-base-seconds, {}",
        in_unit("--probe-base-seconds", probe_base)
    );
    at_least(problems, "--lease-seconds", (worker.lease, whole), &lease);
    at_least(problems, "--retry-cap-seconds", (worker.retry_cap, retry_base), &retry);
    at_least(problems, "--probe-cap-seconds", (worker.probe_cap, probe_base), &probe);
}

fn at_least(problems: &mut Vec<Problem>, flag: &str, (value, least): (Duration, Duration), wanted: &str) {
    if value < least {
        let message = format!("{} is too short; {wanted}", in_unit(flag, value));
        problems.push(Problem::new(flag, ProblemCode::OutOfRange, message));
    }
}

/// A time as the setting would have it, rounded up, with the unit that ends its name.
fn in_unit(flag: &str, time: Duration) -> String {
    let (number, unit) = match flag.ends_with("-ms") {
        true => (time.as_millis(), "millisecond"),
        false => (
            u128::from(time.as_secs()) + u128::from(time.subsec_nanos() > 0),
            "second",
        ),
    };
    match number {
        1 => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_the_unit_of_the_setting() {
        let text = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            config.validate().map_err(|error| error.operator_text()).err()
        };
        for (change, expected) in [
            (
                (|config| config.http.request_timeout = Duration::ZERO) as fn(&mut Config),
                "--request-timeout-seconds: 0 seconds is too short; at least 1 second",
            ),
            (
                |config| config.worker.poll_interval = Duration::from_millis(3),
                "--poll-interval-ms: 3 milliseconds is too short; at least 10 milliseconds",
            ),
            (
                |config| config.worker.hold = Duration::from_secs(1_000),
                "--lease-seconds: 30 seconds is too short; a lease has to outlast a call and the hold, \
                 --call-timeout-seconds (15) and --hold-seconds (1000): at least 1015 seconds",
            ),
            (
                |config| config.worker.retry_cap = Duration::ZERO,
                "--retry-cap-seconds: 0 seconds is too short; at least --retry-base-ms, 1000 milliseconds",
            ),
        ] {
            assert_eq!(text(change).as_deref(), Some(expected));
        }
    }

    #[test]
    fn the_range_of_a_number_is_known_by_its_flag() {
        assert_eq!(range("--max-depth"), Some(1..=100));
        assert_eq!(range("--lease-seconds"), None);
    }
}
