//! The one clock.

use std::time::Duration;

use chrono::{DateTime, Datelike, DurationRound, TimeDelta, Utc};

/// Now, to the microsecond, which is what both databases keep.
#[must_use]
pub fn now() -> DateTime<Utc> {
    #[cfg(test)]
    if let Some(now) = virtual_time::now() {
        return now;
    }
    let now = Utc::now();
    now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
}

/// Whether a time that a caller gives can be looked for: one in the years 1 to 9999. Beyond them the databases do not agree
/// on how a time is written.
#[must_use]
pub fn is_accepted(time: DateTime<Utc>) -> bool {
    (1..=9999).contains(&time.year())
}

/// Waits. Where a test moves the time, it returns at once: whoever waits has to look at the clock anyway.
pub(crate) async fn wait(time: Duration) {
    #[cfg(test)]
    if virtual_time::now().is_some() {
        return;
    }
    tokio::time::sleep(time).await;
}

/// Time that only a test moves.
#[cfg(test)]
pub(crate) mod virtual_time {
    use std::cell::Cell;

    use chrono::{DateTime, TimeDelta, Utc};

    thread_local! {
        static NOW: Cell<Option<DateTime<Utc>>> = const { Cell::new(None) };
    }

    /// From now on, the clock on this thread stands at `at` until it is moved.
    pub(crate) fn set(at: DateTime<Utc>) {
        NOW.set(Some(at));
    }

    /// Moves the clock on.
    pub(crate) fn pass(time: TimeDelta) {
        NOW.set(NOW.get().map(|now| now + time));
    }

    pub(super) fn now() -> Option<DateTime<Utc>> {
        NOW.get()
    }
}
