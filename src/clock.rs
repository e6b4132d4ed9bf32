//! The one clock.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// Now, to the microsecond, which is what both databases keep.
#[must_use]
pub fn now() -> DateTime<Utc> {
    let now = Utc::now();
    now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
}
