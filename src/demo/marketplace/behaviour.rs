//! How often the demo's marketplace misbehaves, and how.

use std::time::Duration;

/// How a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// Answered at once.
    Well,
    /// Answered well, but late.
    Slow,
    /// 429 with Retry-After; nothing is applied.
    Throttling,
    /// 500; nothing is applied.
    Broken,
    /// Everything is applied, but the answer cannot be read.
    Garbled,
}

/// Why one row of a call that went well is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The quantity is not accepted: for good.
    Quantity,
    /// The listing is in a promotion: for a while.
    Locked,
    /// The marketplace has a hiccup: soon better.
    Hiccup,
}

/// Chances of everything that can go wrong, in percent.
pub(super) struct Rates {
    throttling: u8,
    broken: u8,
    slow: u8,
    garbled: u8,
    quantity: u8,
    locked: u8,
    hiccup: u8,
}

/// The demo's rates.
pub(super) const RATES: Rates = Rates {
    throttling: 3,
    broken: 5,
    slow: 6,
    garbled: 1,
    quantity: 2,
    locked: 1,
    hiccup: 2,
};

/// How long a slow answer takes.
pub(super) const SLOWNESS: Duration = Duration::from_millis(2_500);

/// What a throttled caller is told to wait.
pub(super) const THROTTLED_SECONDS: u64 = 2;

/// How long a promotion is said to last.
pub(super) const LOCKED_SECONDS: u64 = 20;

impl Rates {
    /// The mood of a call, by a random number in 0..100.
    pub(super) fn mood(&self, random: u8) -> Mood {
        let moods = [
            (self.throttling, Mood::Throttling),
            (self.broken, Mood::Broken),
            (self.slow, Mood::Slow),
            (self.garbled, Mood::Garbled),
        ];
        pick(&moods, random).unwrap_or(Mood::Well)
    }

    /// Whether and why a row is refused, by a random number in 0..100.
    pub(super) fn refusal(&self, random: u8) -> Option<Refusal> {
        let refusals = [
            (self.quantity, Refusal::Quantity),
            (self.locked, Refusal::Locked),
            (self.hiccup, Refusal::Hiccup),
        ];
        pick(&refusals, random)
    }

    /// The rates in words.
    pub(super) fn describe(&self) -> [String; 2] {
        let calls = format!(
            "of all calls {} % answer 429 (Retry-After {THROTTLED_SECONDS} s), {} % answer 500, {} % take {:.1} s, {} % apply but answer with garbage",
            self.throttling,
            self.broken,
            self.slow,
            SLOWNESS.as_secs_f32(),
            self.garbled
        );
        let rows = format!(
            "of all rows {} % are refused for good (quantity), {} % are locked by a promotion, {} % fail for now",
            self.quantity, self.locked, self.hiccup
        );
        [calls, rows]
    }
}

fn pick<T: Copy>(chances: &[(u8, T)], random: u8) -> Option<T> {
    let mut below = 0;
    chances.iter().find_map(|(chance, value)| {
        below += chance;
        (random < below).then_some(*value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_has_the_stated_rates() {
        let moods: Vec<Mood> = (0..100).map(|random| RATES.mood(random)).collect();
        let count = |mood| moods.iter().filter(|other| **other == mood).count();
        assert_eq!(count(Mood::Throttling), usize::from(RATES.throttling));
        assert_eq!(count(Mood::Garbled), usize::from(RATES.garbled));
        let refused = (0..100).filter_map(|random| RATES.refusal(random)).count();
        assert_eq!(refused, usize::from(RATES.quantity + RATES.locked + RATES.hiccup));
    }
}
