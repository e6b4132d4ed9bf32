//! How things stand: what is not counted as it happens, but looked at when somebody asks.

use std::time::{Duration, SystemTime};

use ::metrics::{gauge, histogram};

use super::catalogue::{
    BACKLOG, BUILD_INFO, DATABASE_UP, LEASES, POOL, POOL_MAX, POOL_WAIT, QUEUE_DEPTH, QUEUE_OLDEST, STANDING_AGE,
    START_TIME, STORES, WORKER_LOOKED,
};
use super::is_on;

/// A pool of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Which.
    pub name: &'static str,
    /// Connections that somebody has.
    pub in_use: u32,
    /// Connections that are open and nobody has.
    pub idle: u32,
    /// Most connections.
    pub max: u32,
}

/// How things stand in the database.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// By marketplace: waiting, in flight, retrying, and the age of the oldest unsent one in seconds.
    pub queues: Vec<(String, [f64; 3], f64)>,
    /// Portions that are to be planned.
    pub backlog: f64,
    /// Stores by state.
    pub stores: [(&'static str, f64); 4],
    /// Turns by state.
    pub leases: [(&'static str, f64); 2],
}

impl Standing {
    /// Nothing is known of what this one has values for.
    #[must_use]
    pub fn unknown(mut self) -> Self {
        const NAN: f64 = f64::NAN;
        for (_, depths, age) in &mut self.queues {
            (*depths, *age) = ([NAN; 3], NAN);
        }
        self.backlog = NAN;
        self.stores.iter_mut().for_each(|(_, number)| *number = NAN);
        self.leases.iter_mut().for_each(|(_, number)| *number = NAN);
        self
    }

    /// Shows it, and how old it is; `is_up` says whether it could be read.
    pub fn show(&self, is_up: bool, age: Duration) {
        gauge!(DATABASE_UP.name).set(f64::from(u8::from(is_up)));
        gauge!(STANDING_AGE.name).set(age.as_secs_f64());
        for (marketplace, depths, oldest) in &self.queues {
            for (state, depth) in ["waiting", "in_flight", "retrying"].into_iter().zip(depths) {
                gauge!(QUEUE_DEPTH.name, "marketplace" => marketplace.clone(), "state" => state).set(*depth);
            }
            gauge!(QUEUE_OLDEST.name, "marketplace" => marketplace.clone()).set(*oldest);
        }
        gauge!(BACKLOG.name).set(self.backlog);
        for (state, number) in self.stores {
            gauge!(STORES.name, "state" => state).set(number);
        }
        for (state, number) in self.leases {
            gauge!(LEASES.name, "state" => state).set(number);
        }
    }
}

impl Pool {
    /// Shows it.
    pub fn show(&self) {
        for (state, number) in [("in_use", self.in_use), ("idle", self.idle)] {
            gauge!(POOL.name, "pool" => self.name, "state" => state).set(number);
        }
        gauge!(POOL_MAX.name, "pool" => self.name).set(self.max);
    }

    /// Shows how long a connection was waited for.
    pub fn waited(time: Duration) {
        histogram!(POOL_WAIT.name).record(time.as_secs_f64());
    }
}

/// Shows what runs, since now.
pub fn build(version: &'static str, database: &'static str, role: &'static str) {
    if is_on() {
        gauge!(BUILD_INFO.name, "version" => version, "database" => database, "role" => role).set(1.0);
        gauge!(START_TIME.name).set(seconds(SystemTime::now()));
    }
}

/// Shows when the worker last looked for work.
pub fn worker_looked(at: SystemTime) {
    gauge!(WORKER_LOOKED.name).set(seconds(at));
}

fn seconds(time: SystemTime) -> f64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}
