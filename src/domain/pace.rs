//! How fast a store is pushed to: learnt from what its calls come to.
//!
//! Additive increase, multiplicative decrease, as in TCP's congestion control (RFC 5681): a round of calls that the store
//! takes allows one more call at a time; one that it throttles halves what is allowed, and once that is a single call,
//! doubles the time between calls. A store whose calls keep failing is left alone but for single probes, at intervals
//! that double.

use std::time::Duration;

/// What is known of a store's pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Calls that may be under way at a time, at least one.
    pub concurrency: u32,
    /// Least time between the beginnings of two calls; only above zero while the concurrency is one.
    pub interval: Duration,
    /// Calls that failed as a whole since the last one that was answered.
    pub failures_in_a_row: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            concurrency: 1,
            interval: Duration::ZERO,
            failures_in_a_row: 0,
        }
    }
}

/// What one call came to, as far as the pace goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallEnd {
    /// The store answered, whatever it said of the single listings.
    Answered,
    /// It asked to slow down.
    Throttled,
    /// Nothing came of the call: no answer, an error, or an answer that says nothing.
    Failed,
}

/// When a store that keeps failing is probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probing {
    /// So many failed calls in a row, and the store is paused.
    pub failures: u32,
    /// Wait before the first probe.
    pub base: Duration,
    /// Longest wait before any probe.
    pub cap: Duration,
}

impl Default for Probing {
    fn default() -> Self {
        Self {
            failures: 10,
            base: Duration::from_secs(30),
            cap: Duration::from_secs(15 * 60),
        }
    }
}

/// The first time between calls, once a single call at a time is too much.
const FIRST_INTERVAL: Duration = Duration::from_millis(100);
/// The longest time between calls that is learnt.
const LONGEST_INTERVAL: Duration = Duration::from_secs(30);

impl Pace {
    /// Learns from a call that ended. Several calls that were under way together count for their failures one by one.
    pub fn ended(&mut self, end: CallEnd) {
        match end {
            CallEnd::Answered => self.failures_in_a_row = 0,
            CallEnd::Throttled => {}
            CallEnd::Failed => {
                self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
                self.concurrency = 1;
            }
        }
    }

    /// Learns from a round of calls that were under way together: so the store is slowed down once for a burst that it
    /// throttled, not once for each call of it. `most` is how many calls there may ever be at a time.
    pub fn round_ended(&mut self, ends: &[CallEnd], most: u32) {
        if ends.contains(&CallEnd::Throttled) {
            self.slow_down();
        } else if !ends.is_empty() && ends.iter().all(|end| *end == CallEnd::Answered) {
            self.speed_up(most);
        }
    }

    fn slow_down(&mut self) {
        if self.concurrency > 1 {
            self.concurrency /= 2;
        } else {
            self.interval = (self.interval * 2).clamp(FIRST_INTERVAL, LONGEST_INTERVAL);
        }
    }

    fn speed_up(&mut self, most: u32) {
        if self.interval >= FIRST_INTERVAL {
            self.interval = self.interval * 3 / 4;
        } else if !self.interval.is_zero() {
            self.interval = Duration::ZERO;
        } else {
            self.concurrency = (self.concurrency + 1).min(most.max(1));
        }
    }

    /// How long the store is left alone before the next probe; none while it does not keep failing.
    #[must_use]
    pub fn probe_after(&self, probing: &Probing) -> Option<Duration> {
        let doublings = self.failures_in_a_row.checked_sub(probing.failures)?;
        Some(probing.base.saturating_mul(1 << doublings.min(20)).min(probing.cap))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn failing(failures_in_a_row: u32) -> Pace {
        Pace {
            failures_in_a_row,
            ..Pace::default()
        }
    }

    #[test]
    fn it_is_probed_after_ten_failures_at_growing_intervals() {
        let probing = Probing::default();
        assert_eq!(failing(9).probe_after(&probing), None);
        let waits: Vec<u64> = (10..18)
            .filter_map(|failures| failing(failures).probe_after(&probing))
            .map(|wait| wait.as_secs())
            .collect();
        assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(failing(u32::MAX).probe_after(&probing), Some(probing.cap));
    }

    #[test]
    fn an_answer_ends_the_row_of_failures_and_throttling_does_not() {
        let mut pace = failing(9);
        pace.ended(CallEnd::Throttled);
        assert_eq!(pace.failures_in_a_row, 9);
        pace.ended(CallEnd::Failed);
        assert_eq!(pace.failures_in_a_row, 10);
        pace.ended(CallEnd::Answered);
        assert_eq!(pace.failures_in_a_row, 0);
    }

    #[test]
    fn a_throttled_burst_halves_once() {
        let mut pace = Pace {
            concurrency: 8,
            ..Pace::default()
        };
        pace.round_ended(&[CallEnd::Throttled; 8], 8);
        assert_eq!(pace.concurrency, 4);
        pace.round_ended(&[CallEnd::Answered, CallEnd::Throttled], 8);
        pace.round_ended(&[CallEnd::Throttled], 8);
        assert_eq!((pace.concurrency, pace.interval), (1, Duration::ZERO));
        pace.round_ended(&[CallEnd::Throttled], 8);
        pace.round_ended(&[CallEnd::Throttled], 8);
        assert_eq!(pace.interval, Duration::from_millis(200));
    }

    proptest! {
        #[test]
        fn it_stays_within_its_limits_and_always_recovers(
            rounds in prop::collection::vec(prop::collection::vec(0..3u8, 0..5), 0..200), most in 1..64u32,
        ) {
            let mut pace = Pace::default();
            for round in &rounds {
                let ends: Vec<CallEnd> = round
                    .iter()
                    .map(|end| [CallEnd::Answered, CallEnd::Throttled, CallEnd::Failed][usize::from(*end)])
                    .collect();
                ends.iter().for_each(|end| pace.ended(*end));
                pace.round_ended(&ends, most);
                prop_assert!((1..=most).contains(&pace.concurrency));
                prop_assert!(pace.interval <= LONGEST_INTERVAL);
                prop_assert!(pace.interval.is_zero() || pace.concurrency == 1);
            }
            for _ in 0..100 {
                pace.ended(CallEnd::Answered);
                pace.round_ended(&[CallEnd::Answered], most);
            }
            prop_assert_eq!(pace, Pace { concurrency: most, interval: Duration::ZERO, failures_in_a_row: 0 });
        }
    }
}
