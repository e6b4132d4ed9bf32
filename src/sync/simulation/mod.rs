//! A simulation of the state machine of the records: the real engine on a real database, with workers that are stopped,
//! killed and woken between any two steps, a marketplace that answers, lies and is late, and time that only the
//! simulation moves. Everything random comes from a seed; a failure names the seed that replays it:
//!
//! ```sh
//! STOCK_SYNC_SIMULATION_SEED=123 cargo test --workspace simulation
//! STOCK_SYNC_SIMULATIONS=5000 cargo test --workspace simulation      # so many seeds, instead of a few
//! ```
//!
//! # What must hold
//!
//! In every step: no listing is in two calls at once, no listing goes back to an older quantity, and a final record does
//! not change. In the end: nothing is pending, every listing shows the newest quantity, every change that was acknowledged
//! has its record, and the counts of manual syncs add up.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod catalogue;
mod check;
mod market;
mod workers;
mod world;

use std::env;
use std::panic::AssertUnwindSafe;
use std::sync::OnceLock;

use futures_util::FutureExt;
use tempfile::TempDir;

use self::world::World;
use crate::db::{Db, Settings};

/// Seeds of a run that does not say how many.
const FEW: u64 = 12;
/// Steps of one simulation.
const STEPS: usize = 120;

#[test]
fn nothing_is_lost_and_nothing_is_stale() {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>());
    let number = |name| number(name).map(|parsed| parsed.unwrap_or_else(|_| panic!("{name} is a whole number")));
    let seeds = match number("STOCK_SYNC_SIMULATION_SEED") {
        Some(seed) => seed..=seed,
        None => 1..=number("STOCK_SYNC_SIMULATIONS").unwrap_or(FEW),
    };
    for seed in seeds {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(simulate(seed));
    }
}

async fn simulate(seed: u64) {
    let folder = TempDir::new().expect("a folder");
    let mut world = World::new(&fresh_database(&folder).await, seed).await;
    let run = async {
        for _ in 0..STEPS {
            world.step().await;
        }
        world.settle().await;
    };
    let outcome = AssertUnwindSafe(run).catch_unwind().await;
    if let Err(panic) = outcome {
        let log = world.log().join("\n");
        panic!(
            "{}\n\nwith the seed {seed}; STOCK_SYNC_SIMULATION_SEED={seed} replays it. The steps:\n{log}",
            text(&*panic)
        );
    }
    world.close().await;
}

fn text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_default()
}

/// A copy of a database that was migrated once.
async fn fresh_database(folder: &TempDir) -> String {
    static TEMPLATE: OnceLock<TempDir> = OnceLock::new();
    let url = |folder: &TempDir| format!("sqlite://{}", folder.path().join("simulation.db").display());
    if TEMPLATE.get().is_none() {
        let template = TempDir::new().expect("a folder");
        let db = open(&url(&template)).await;
        db.migrate().await.expect("good migrations");
        db.close().await.expect("a good database");
        let _ = TEMPLATE.set(template);
    }
    let template = TEMPLATE.get().expect("it was made");
    let (from, to) = (
        template.path().join("simulation.db"),
        folder.path().join("simulation.db"),
    );
    std::fs::copy(from, to).expect("room on the disk");
    url(folder)
}

async fn open(url: &str) -> Db {
    let settings = Settings {
        url: url.to_owned(),
        max_connections: 2,
        patience: std::time::Duration::from_secs(10),
    };
    Db::connect(&settings).await.expect("a database")
}
