//! When a push that failed is tried again.

use std::time::Duration;

/// Full-jitter exponential backoff: before try n + 1 a wait of random x min(cap, base x 2^(n - 1)), and no more than
/// `max_attempts` tries. The jitter keeps thousands of records that failed together from coming back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Longest wait before the second try.
    pub base: Duration,
    /// Longest wait before any try.
    pub cap: Duration,
    /// Tries, the first included.
    pub max_attempts: u32,
}

impl Backoff {
    /// The wait after attempt number `attempt` (from 1) failed, or none when there are to be no more. `random` is in
    /// 0..=1.
    #[must_use]
    pub fn after(&self, attempt: u32, random: f64) -> Option<Duration> {
        if attempt >= self.max_attempts {
            return None;
        }
        let doublings = attempt.saturating_sub(1).min(31);
        let longest = self.base.saturating_mul(1 << doublings).min(self.cap);
        Some(longest.mul_f64(random.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        base: Duration::from_secs(1),
        cap: Duration::from_secs(60),
        max_attempts: 10,
    };

    #[test]
    fn it_doubles_up_to_the_cap_and_ends() {
        let longest: Vec<u64> = (1..10)
            .filter_map(|n| BACKOFF.after(n, 1.0))
            .map(|wait| wait.as_secs())
            .collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(BACKOFF.after(10, 1.0), None);
    }

    #[test]
    fn the_jitter_reaches_down_to_nothing() {
        assert_eq!(BACKOFF.after(3, 0.0), Some(Duration::ZERO));
        assert_eq!(BACKOFF.after(3, 0.5), Some(Duration::from_secs(2)));
    }
}
