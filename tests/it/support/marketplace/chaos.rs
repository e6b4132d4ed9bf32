//! A marketplace on a bad day: it answers by chance.

use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;

use super::script::{Reply, Row};

/// The longest that a call is under way: answered late, or applied after its connection was cut. Servers have to be
/// told to hold for longer than this, and to lease for longer.
pub(crate) const LONGEST_CALL: Duration = Duration::from_millis(400);

/// Answers by chance.
pub(super) struct Chaos(StdRng);

impl Chaos {
    pub(super) fn new(dice: StdRng) -> Self {
        Self(dice)
    }

    /// Of a hundred calls 10 are asked to slow down, 10 fail, 5 are lost before and 10 after they were applied, 5 are
    /// applied late, when the caller has given up, and 5 are slow.
    pub(super) fn reply(&mut self) -> Reply {
        match self.0.random_range(0..100) {
            0..3 => Reply::slow_down(1),
            3..10 => Reply::status(429),
            10..20 => Reply::status(500),
            20..25 => Reply::Cut,
            25..35 => Reply::ApplyAndCut,
            35..40 => Reply::CutAndApply(self.wait()),
            40..45 => Reply::Late(self.wait(), Box::default()),
            _ => Reply::Rows,
        }
    }

    /// Of a hundred rows 4 are not applied: each says so in its own way.
    pub(super) fn row(&mut self) -> Row {
        match self.0.random_range(0..100) {
            0..2 => Row::error("TEMPORARY"),
            2 => Row::error_for("LISTING_LOCKED", 1),
            3 => Row::Missing,
            _ => Row::Ok,
        }
    }

    fn wait(&mut self) -> Duration {
        LONGEST_CALL.mul_f64(self.0.random())
    }
}
