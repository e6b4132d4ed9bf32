//! The one source of chance.

/// A number in 0..=1, different every time.
#[must_use]
pub(crate) fn fraction() -> f64 {
    #[cfg(test)]
    if let Some(fraction) = scripted::next() {
        return fraction;
    }
    rand::random()
}

/// Chance that a test can repeat.
#[cfg(test)]
pub(crate) mod scripted {
    use std::cell::RefCell;

    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    thread_local! {
        static SOURCE: RefCell<Option<StdRng>> = const { RefCell::new(None) };
    }

    /// From now on, chance on this thread comes from the seed.
    pub(crate) fn seed(seed: u64) {
        SOURCE.set(Some(StdRng::seed_from_u64(seed)));
    }

    pub(super) fn next() -> Option<f64> {
        SOURCE.with_borrow_mut(|source| source.as_mut().map(|source| source.random()))
    }
}
