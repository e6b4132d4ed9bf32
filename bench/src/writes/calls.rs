//! Calls: batches of stock changes, and many callers that make them.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::world::{Shape, sku};
use crate::{Result, process};

/// The reference that every change has.
pub(crate) const REFERENCE: &str = "ORDER-000000001";

/// One batch of stock changes.
pub(crate) struct Call {
    /// The place of the merchant.
    pub(crate) merchant: usize,
    pub(crate) key: String,
    /// Codes of articles, and how many units of them there are now.
    pub(crate) changes: Vec<(String, i32)>,
}

/// So many calls of so many changes each, in turns over all merchants and all articles of their first group. `first` is
/// how many changes there were before.
pub(crate) fn calls(shape: &Shape, count: usize, changes: usize, first: usize) -> Vec<Call> {
    let call = |number: usize| {
        let change = |place: usize| {
            let turn = first + number * changes + place;
            let article = turn / shape.merchants % shape.articles;
            (sku(article), 1 + i32::try_from(turn % 997).unwrap_or_default())
        };
        Call {
            merchant: (first + number * changes) % shape.merchants,
            key: format!("batch-{first}-{number}-{changes}"),
            changes: (0..changes).map(change).collect(),
        }
    };
    (0..count).map(call).collect()
}

/// What one turn came to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Turn {
    /// Changes, or records where nothing else is pushed.
    pub(crate) count: usize,
    pub(crate) seconds: f64,
    /// The times of one call, in milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Processor time in milliseconds for each, of the process itself and of the database.
    pub(crate) own_cpu: f64,
    pub(crate) database_cpu: f64,
}

impl Turn {
    /// How many in a second.
    pub(crate) fn rate(&self) -> f64 {
        self.count as f64 / self.seconds
    }
}

/// The processor times of a process and of the database.
pub(crate) struct Clock {
    process: u32,
    database: Option<u32>,
    before: (Duration, Duration),
    began: Instant,
}

impl Clock {
    /// Starts.
    pub(crate) fn start(process: u32, database: Option<u32>) -> Self {
        Self {
            process,
            database,
            before: Self::read(process, database),
            began: Instant::now(),
        }
    }

    fn read(process: u32, database: Option<u32>) -> (Duration, Duration) {
        let of_database = database.and_then(process::cpu_of_children);
        (
            process::cpu(process).unwrap_or_default(),
            of_database.unwrap_or_default(),
        )
    }

    /// Begins the time anew; the processor times go on.
    pub(crate) fn now_it_begins(&mut self) {
        self.began = Instant::now();
    }

    /// Ends.
    pub(crate) fn stop(self, count: usize, mut times: Vec<Duration>) -> Turn {
        let seconds = self.began.elapsed().as_secs_f64();
        let after = Self::read(self.process, self.database);
        let each = |before: Duration, after: Duration| {
            after.saturating_sub(before).as_secs_f64() * 1_000.0 / count.max(1) as f64
        };
        times.sort_unstable();
        let at = |part: usize| {
            let place = times.len().saturating_sub(1) * part / 100;
            times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
        };
        Turn {
            count,
            seconds,
            p50: at(50),
            p99: at(99),
            own_cpu: each(self.before.0, after.0),
            database_cpu: each(self.before.1, after.1),
        }
    }
}

/// Has so many workers do pieces of work, each with one under way at a time, and tells how long each took. `make` makes a
/// worker from its number.
pub(crate) async fn share<W, M, D, F>(workers: usize, pieces: usize, make: M, work: D) -> Result<Vec<Duration>>
where
    W: Send + 'static,
    M: Fn(usize) -> W,
    D: Fn(W, usize) -> F + Clone + Send + 'static,
    F: Future<Output = Result<W>> + Send,
{
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for number in 0..workers {
        let (next, work, mut worker) = (Arc::clone(&next), work.clone(), make(number));
        tasks.spawn(async move {
            let mut times = Vec::new();
            loop {
                let piece = next.fetch_add(1, Ordering::Relaxed);
                if piece >= pieces {
                    return Result::Ok(times);
                }
                let began = Instant::now();
                worker = work(worker, piece).await?;
                times.push(began.elapsed());
            }
        });
    }
    let mut times = Vec::with_capacity(pieces);
    while let Some(ended) = tasks.join_next().await {
        times.extend(ended??);
    }
    Ok(times)
}
