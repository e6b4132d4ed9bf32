//! What a subscription does while the database is away.

use std::time::Duration;

use crate::error::Error;

/// The first pause; each further one is twice as long.
const SHORTEST: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(5);

/// Pauses between tries to read, which grow as long as none succeeds.
#[derive(Debug, Default)]
pub(super) struct Outage {
    /// None while all is well.
    pause: Option<Duration>,
}

impl Outage {
    /// Waits before the next try. Without it a subscriber would be sent errors as fast as it can read them.
    pub(super) async fn wait(&mut self, error: &Error) {
        if self.pause.is_none() {
            tracing::warn!(error = error.operator_text(), "a subscription cannot read");
        }
        tokio::time::sleep(self.next_pause()).await;
    }

    fn next_pause(&mut self) -> Duration {
        let pause = self.pause.map_or(SHORTEST, |last| LONGEST.min(last * 2));
        self.pause = Some(pause);
        pause
    }

    /// A reading succeeded.
    pub(super) fn over(&mut self) {
        self.pause = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_a_reading_succeeds() {
        let mut outage = Outage::default();
        let pauses: Vec<u128> = (0..8).map(|_| outage.next_pause().as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        outage.over();
        assert_eq!(outage.next_pause(), SHORTEST);
    }
}
