//! What must always hold (DOMAIN.md, section 7), under crashes, marketplaces that are slow or lie, and many replicas.
//!
//! Each test loads servers with stock changes and keeps a [`load::Ledger`] of what was acknowledged, while the marketplace
//! double answers by chance and servers are killed or stopped. When all is quiet the [`judge`] compares the ledger with
//! the marketplace and the database. How much is done is in [`crate::support::scale`].

mod fairness;
mod first_start;
mod judge;
mod kills;
mod load;
mod replicas;
mod retention;
mod stops;
mod storm;
mod world;

use std::time::{Duration, Instant};

use entity::types::Role;
use stock_sync::config::Config;

use crate::support::graphql::Client;
use crate::support::marketplace::LONGEST_CALL;
use crate::support::program::Process;
use crate::support::scale::{dice, seed};
use crate::support::{Scale, TestApp};

use self::load::{Doors, Ledger};
use self::world::World;

/// How long a cut call is waited for; longer than the marketplace takes.
const HOLD: Duration = Duration::from_secs(1);
/// Longer than any call at the double.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);
/// Short, so that the tests are.
const LEASE: Duration = Duration::from_secs(3);
/// No record is pruned unless a test is about that: the judge wants to see all.
const KEEP_ALL: u32 = 1_000_000;

/// What every test of this kind begins with.
struct Bench<'a> {
    app: &'a TestApp,
    scale: Scale,
    seed: u64,
    world: World,
    doors: Doors,
    begun: Instant,
}

impl<'a> Bench<'a> {
    /// Makes the catalogue. The server in this process goes on, as [`in_process`] says.
    async fn start(app: &'a TestApp) -> Self {
        assert!(LONGEST_CALL < HOLD && LONGEST_CALL < CALL_TIMEOUT);
        let (scale, seed) = (Scale::of_this_run(), seed());
        app.restart(in_process).await;
        let world = World { skus: scale.skus };
        world.make(app).await;
        let doors = Doors::new(app.tenant().token(Role::Admin));
        doors.open(vec![app.admin().address()]);
        let bench = Self {
            app,
            scale,
            seed,
            world,
            doors,
            begun: Instant::now(),
        };
        bench.app.market().go_mad(dice(seed, "marketplace"));
        bench
    }

    /// [`Bench::start`], for servers in processes of their own.
    async fn start_without_server(app: &'a TestApp) -> Self {
        let bench = Self::start(app).await;
        app.stop_server().await;
        bench
    }

    /// A server in a process of its own.
    async fn serve(&self, role: &str) -> Process {
        Process::serve_quietly(self.app.database(), &flags(role)).await
    }

    /// Reports the stock that everything begins with.
    async fn first_stock(&self) -> Ledger {
        let mut loader = self.doors.loader(self.seed, 0, 1);
        loader.report_all(&self.world).await;
        loader.into_ledger()
    }

    /// Waits until all is quiet, and judges.
    async fn judge(&self, ledger: &Ledger) {
        let loaded = self.begun.elapsed();
        judge::settled(self).await;
        eprintln!("loaded after {loaded:?}, settled after {:?}", self.begun.elapsed());
        judge::judge(self, ledger).await;
    }

    fn client(&self) -> Client {
        Client::new(self.doors.any(), Some(self.app.tenant().token(Role::Admin)))
    }
}

/// The server in this process: patient enough that every push succeeds in the end, and quick.
fn in_process(config: &mut Config) {
    config.marketplace.call_timeout = CALL_TIMEOUT;
    config.worker.lease = LEASE;
    config.worker.hold = HOLD;
    config.worker.retry_attempts = 1_000;
    config.worker.batch_size = 20;
    config.retention.keep_records = KEEP_ALL;
}

/// The same for a server in a process of its own.
fn flags(role: &str) -> [&str; 28] {
    [
        "--role",
        role,
        "--call-timeout-seconds",
        "2",
        "--lease-seconds",
        "3",
        "--hold-seconds",
        "1",
        "--poll-interval-ms",
        "100",
        "--retry-base-ms",
        "20",
        "--retry-cap-seconds",
        "1",
        "--retry-attempts",
        "1000",
        "--throttled-wait-seconds",
        "0",
        "--locked-wait-seconds",
        "1",
        "--batch-size",
        "20",
        "--keep-records",
        "1000000",
        "--worker-concurrency",
        "8",
        "--database-connections",
        "6",
    ]
}
