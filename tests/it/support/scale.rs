//! How much the tests of `chaos` do: a short form in every run, and a long form, the soak, that somebody asks for.
//!
//! The numbers are here and nowhere else. Everything random in these tests comes from one number, which they print:
//! with it in [`SEED`] the same dice fall again. The schedule of threads and processes does not repeat itself.

use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;

/// With this variable set to 1 the long form runs.
const SOAK: &str = "STOCK_SYNC_SOAK";

/// The number that everything random comes from; chosen anew for each test when it is not set.
const SEED: &str = "STOCK_SYNC_SEED";

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// Warehouse SKUs; there are four store SKUs to each.
    pub(crate) skus: usize,
    /// Stock changes of a storm on one server.
    pub(crate) storm: usize,
    /// Stock changes of a storm on several.
    pub(crate) replicas: usize,
    /// How often a server is killed under load.
    pub(crate) kills: usize,
    /// How often a server is killed while it makes its tables.
    pub(crate) kills_at_first_start: usize,
    /// How often a worker is stopped under load, and goes on later.
    pub(crate) stops: usize,
    /// Whether it is the long form.
    pub(crate) is_long: bool,
    /// Store SKUs of a resync that is large.
    pub(crate) large: usize,
    /// How often eight writers write at a time.
    pub(crate) retention_rounds: usize,
    /// The lease where a whole test waits for its end.
    pub(crate) lease: Duration,
    /// How long everything that is pending may take to be pushed once the load has ended.
    pub(crate) settling: Duration,
    /// How long a whole test may take.
    pub(crate) test: Duration,
}

const SHORT: Scale = Scale {
    skus: 50,
    storm: 1_500,
    replicas: 240,
    kills: 4,
    kills_at_first_start: 6,
    stops: 3,
    is_long: false,
    large: 2_000,
    retention_rounds: 1,
    lease: Duration::from_secs(3),
    settling: Duration::from_secs(60),
    test: Duration::from_secs(180),
};

const LONG: Scale = Scale {
    skus: 100,
    storm: 20_000,
    replicas: 4_000,
    kills: 32,
    kills_at_first_start: 40,
    stops: 30,
    is_long: true,
    large: 100_000,
    retention_rounds: 10,
    lease: Duration::from_secs(30),
    settling: Duration::from_secs(300),
    test: Duration::from_secs(1_800),
};

impl Scale {
    /// The long form where it is asked for.
    pub(crate) fn of_this_run() -> Self {
        match std::env::var(SOAK).as_deref() {
            Ok("1") => LONG,
            _ => SHORT,
        }
    }
}

/// What the chance of one test begins with; it prints it.
pub(crate) fn seed() -> u64 {
    let seed = match std::env::var(SEED) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{SEED} is not a number: {text}")),
        Err(_) => rand::random::<u32>().into(),
    };
    // Shown when the test fails, and with --nocapture.
    eprintln!("{SEED}={seed}");
    seed
}

/// The dice of one part of a test.
pub(crate) fn dice(seed: u64, part: &str) -> StdRng {
    let part = part
        .bytes()
        .fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    StdRng::seed_from_u64(seed ^ part.rotate_left(32))
}
