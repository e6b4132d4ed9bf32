//! Many changes at once, and a marketplace on a bad day.

use super::Bench;
use super::load::{End, Load};
use crate::support::{TestApp, both};

/// Callers at the same time.
const CALLERS: usize = 4;

both! {
    /// Nothing is lost, nothing overlaps, nothing is out of date.
    async fn every_listing_ends_on_the_newest_quantity(app: &TestApp) {
        let bench = Bench::start(app).await;
        let mut ledger = bench.first_stock().await;
        let end = End::After(bench.scale.storm / CALLERS);
        Load::start(&bench.doors, bench.world, bench.seed, CALLERS, &end).end(&mut ledger).await;
        bench.judge(&ledger).await;
    }
}
