//! How long history is kept.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// What an operator may choose; the defaults are the product's promise to merchants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Newest records kept per store SKU, at every moment.
    pub records_per_store_sku: u32,
    /// Oldest record, by the time it was made.
    pub record_age: Duration,
    /// Oldest failed trigger, by the time it came.
    pub failed_trigger_age: Duration,
    /// Oldest manual sync, by the time it was asked for.
    pub manual_sync_age: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            records_per_store_sku: 100,
            record_age: days(30),
            failed_trigger_age: days(7),
            manual_sync_age: days(30),
        }
    }
}

/// The times before which things go. Idempotency keys go with the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cutoffs {
    /// For records, and for idempotency keys.
    pub records: DateTime<Utc>,
    /// For failed triggers.
    pub failed_triggers: DateTime<Utc>,
    /// For manual syncs.
    pub manual_syncs: DateTime<Utc>,
    /// For what is remembered of traces.
    pub traces: DateTime<Utc>,
}

/// Oldest trace that is remembered; what was planned before has been pushed, or given up, by all defaults.
const TRACE_AGE: Duration = days(2);

impl Retention {
    /// What is too old at `now`. An age that reaches before the calendar begins keeps everything.
    #[must_use]
    pub fn cutoffs(&self, now: DateTime<Utc>) -> Cutoffs {
        let before = |age: Duration| {
            chrono::TimeDelta::from_std(age)
                .ok()
                .and_then(|age| now.checked_sub_signed(age))
                .unwrap_or(DateTime::UNIX_EPOCH)
        };
        Cutoffs {
            records: before(self.record_age),
            failed_triggers: before(self.failed_trigger_age),
            manual_syncs: before(self.manual_sync_age),
            traces: before(TRACE_AGE),
        }
    }

    /// The newest record number that goes, where the newest of all is `newest` and a record that is still in flight
    /// is `in_flight`. A record in flight is never deleted, so one that is older than what is kept takes a place.
    #[must_use]
    pub fn last_seq_to_go(&self, newest: i64, in_flight: Option<i64>) -> i64 {
        let last = newest - i64::from(self.records_per_store_sku);
        if in_flight.is_some_and(|seq| seq <= last) {
            last + 1
        } else {
            last
        }
    }
}

/// A number of days.
#[must_use]
pub const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 60 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_in_flight_takes_a_place() {
        let retention = Retention::default();
        assert_eq!(retention.last_seq_to_go(100, None), 0);
        assert_eq!(retention.last_seq_to_go(250, None), 150);
        assert_eq!(retention.last_seq_to_go(250, Some(151)), 150);
        assert_eq!(retention.last_seq_to_go(250, Some(20)), 151);
    }

    #[test]
    fn an_age_beyond_the_calendar_keeps_everything() {
        let forever = Retention {
            record_age: Duration::MAX,
            ..Retention::default()
        };
        assert_eq!(
            forever.cutoffs(DateTime::UNIX_EPOCH + days(20_000)).records,
            DateTime::UNIX_EPOCH
        );
    }
}
