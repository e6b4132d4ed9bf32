//! Reading durations from whole numbers, whose unit is in the flag's name.

use std::time::Duration;

use crate::domain::retention::days;

/// More than any sensible setting, and small enough for every clock and calendar.
const MOST_DAYS: u64 = 36_500;

pub(super) fn in_millis(text: &str) -> Result<Duration, String> {
    within(text, MOST_DAYS * 86_400_000).map(Duration::from_millis)
}

pub(super) fn in_seconds(text: &str) -> Result<Duration, String> {
    within(text, MOST_DAYS * 86_400).map(Duration::from_secs)
}

pub(super) fn in_days(text: &str) -> Result<Duration, String> {
    within(text, MOST_DAYS).map(days)
}

fn within(text: &str, most: u64) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if number <= most => Ok(number),
        _ => Err(format!("expected a whole number from 0 to {most}")),
    }
}
