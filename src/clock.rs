//! The one clock.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

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

/// Tells that something which goes on for ever still does.
#[derive(Debug, Default)]
pub struct Pulse(Mutex<Option<(Instant, SystemTime)>>);

impl Pulse {
    /// It goes on.
    pub fn beat(&self) {
        *self.lock() = Some((Instant::now(), SystemTime::now()));
    }

    /// When it last beat, if it ever did.
    #[must_use]
    pub fn last(&self) -> Option<SystemTime> {
        self.lock().map(|(_, at)| at)
    }

    /// Whether it beat once, and not for longer than this.
    #[must_use]
    pub fn stands_still(&self, longest: Duration) -> bool {
        self.lock().is_some_and(|(at, _)| at.elapsed() > longest)
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Instant, SystemTime)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
