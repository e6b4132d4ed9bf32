//! Every metric that there is.
//!
//! The documentation of a constant is the metric's help text. `docs/observability.md` has this list as a table; a test keeps
//! it so, and another one reads the dashboard and the alert rules for names that are not here.

use ::metrics::Unit;

/// A metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name; a histogram is served under it with `_bucket`, `_sum` and `_count`.
    pub name: &'static str,
    /// What kind it is.
    pub kind: Kind,
    /// What it is measured in.
    pub unit: Unit,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    help: &'static str,
}

/// The kinds of metrics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counted by size, with these upper bounds.
    Histogram(&'static [f64]),
}

impl Kind {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

impl Metric {
    /// The help text.
    #[must_use]
    pub fn text(&self) -> &'static str {
        self.help.trim()
    }
}

/// From a request that reads one row to one that has run out of time.
const REQUEST: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];
/// From an endpoint in the same house to a platform that gives no answer in time.
const CALL: &[f64] = &[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0];
/// From a database that is idle to one that is not had within its patience.
const WAIT: &[f64] = &[0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

macro_rules! catalogue {
    ($($(#[doc = $help:literal])+ $id:ident = $kind:expr, $unit:ident, $name:literal, [$($label:literal),*];)+) => {
        $(
            $(#[doc = $help])+
            pub const $id: Metric = Metric {
                name: $name,
                kind: $kind,
                unit: Unit::$unit,
                labels: &[$($label),*],
                help: concat!($($help),+),
            };
        )+

        /// All of them, in the order of the documentation.
        pub const ALL: &[Metric] = &[$($id),+];
    };
}

catalogue! {
    /// 1, with the version, the database (sqlite or postgres) and the role of the process.
    BUILD_INFO = Kind::Gauge, Count, "stock_sync_build_info", ["version", "database", "role"];
    /// When the process started, in seconds since 1970.
    START_TIME = Kind::Gauge, Seconds, "stock_sync_start_time_seconds", [];
    /// 1 when the database told how things stand within 2 seconds, 0 when not; then what is read from it is NaN.
    DATABASE_UP = Kind::Gauge, Count, "stock_sync_database_up", [];
    /// How long ago what is read from the database was read.
    STANDING_AGE = Kind::Gauge, Seconds, "stock_sync_database_read_age_seconds", [];

    /// Sync records that are not final: waiting (never sent), in_flight, or retrying (sent before, waiting for the next attempt).
    /// Read from the database, so every process says the same.
    QUEUE_DEPTH = Kind::Gauge, Count, "stock_sync_queue_depth", ["marketplace", "state"];
    /// Age of the oldest unsent sync record, 0 where there is none. Read from the database.
    QUEUE_OLDEST = Kind::Gauge, Seconds, "stock_sync_queue_oldest_unsent_age_seconds", ["marketplace"];
    /// Portions of large syncs that are still to be planned. Read from the database.
    BACKLOG = Kind::Gauge, Count, "stock_sync_planning_backlog_portions", [];
    /// Stores: connected, paused (connected, but nothing is sent for now), reconnect_required or not_connected. Read from
    /// the database.
    STORES = Kind::Gauge, Count, "stock_sync_stores", ["state"];
    /// Turns of stores that a worker holds (held), or that nobody has taken over from a worker that did not come back (ended).
    /// Read from the database.
    LEASES = Kind::Gauge, Count, "stock_sync_leases", ["state"];

    /// Listings that were pushed, by outcome (applied or failed) and class of the outcome (as `SyncAttempt.outcome`).
    PUSHES = Kind::Counter, Count, "stock_sync_pushes_total", ["marketplace", "outcome", "class"];
    /// Time of a call to a marketplace, by what it came to for the store: answered, throttled or failed. A call has one or more
    /// listings.
    PUSH_TIME = Kind::Histogram(CALL), Seconds, "stock_sync_push_duration_seconds", ["marketplace", "outcome"];
    /// Sync records that failed and will be sent again.
    RETRIES = Kind::Counter, Count, "stock_sync_retries_total", ["marketplace"];
    /// Sync records that a worker brought to their final status.
    FINISHED = Kind::Counter, Count, "stock_sync_records_finished_total", ["marketplace", "status"];
    /// Sync records that were given up because their store could not be pushed to for too long.
    GIVEN_UP = Kind::Counter, Count, "stock_sync_records_given_up_total", [];
    /// Sync records that were taken over after the lease of a worker that did not come back.
    RESCUES = Kind::Counter, Count, "stock_sync_lease_rescues_total", [];
    /// When this process's worker last went round its loop, in seconds since 1970, whether it looked for stores to push to or had no
    /// place for another; only where it has the role to push.
    WORKER_LOOKED = Kind::Gauge, Seconds, "stock_sync_worker_last_look_timestamp_seconds", [];

    /// Time of planning within its transaction, by what is planned: stock_change or store_skus (everything else). Includes plans
    /// that were taken back or made again.
    PLANNING_TIME = Kind::Histogram(REQUEST), Seconds, "stock_sync_planning_duration_seconds", ["what"];
    /// Sync records that were planned: pending, or skipped at once because of a newer one in the same batch.
    PLANNED = Kind::Counter, Count, "stock_sync_records_planned_total", ["status"];
    /// Triggers that could not become a sync, by the code of the reason.
    FAILED_TRIGGERS = Kind::Counter, Count, "stock_sync_failed_triggers_total", ["code"];

    /// Operations of GraphQL, by kind (query, mutation, subscription; none where it was refused before that was known) and
    /// outcome: ok, or the code of the first error. A subscription is counted when it ends.
    OPERATIONS = Kind::Counter, Count, "stock_sync_graphql_operations_total", ["kind", "outcome"];
    /// Time of executing a query or a mutation.
    OPERATION_TIME = Kind::Histogram(REQUEST), Seconds, "stock_sync_graphql_operation_duration_seconds", ["kind"];
    /// Time from a request to the head of its answer, by route (graphql, stream, health, other) and status. Of an event
    /// stream or a WebSocket that is its beginning.
    HTTP_TIME = Kind::Histogram(REQUEST), Seconds, "stock_sync_http_request_duration_seconds", ["route", "status"];
    /// Subscriptions that are under way, by transport (websocket or sse).
    SUBSCRIBERS = Kind::Gauge, Count, "stock_sync_subscribers", ["transport"];
    /// Open WebSockets, with subscriptions or without.
    SOCKETS = Kind::Gauge, Count, "stock_sync_websockets", [];

    /// Connections of a pool, in_use or idle. The pools are rows (what is shown; in use are those for statements that take long), reader and writer on SQLite, and shared on PostgreSQL.
    POOL = Kind::Gauge, Count, "stock_sync_database_pool_connections", ["pool", "state"];
    /// Most connections that a pool may have.
    POOL_MAX = Kind::Gauge, Count, "stock_sync_database_pool_max_connections", ["pool"];
    /// Wait for a connection of the pool that reads go to, tried once for each look at these metrics.
    POOL_WAIT = Kind::Histogram(WAIT), Seconds, "stock_sync_database_pool_wait_seconds", [];
    /// Wait of a write transaction for its beginning: for a connection, on SQLite for the writers before it, and of a worker
    /// for its turn to have a connection.
    WRITE_WAIT = Kind::Histogram(WAIT), Seconds, "stock_sync_database_write_wait_seconds", [];

    /// Rows that retention deleted, by table. `records_beyond_limit` are sync records of which there were newer ones than are
    /// kept; they are counted again where their transaction was run again.
    DELETED = Kind::Counter, Count, "stock_sync_retention_deleted_rows_total", ["what"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_they_are() {
        for metric in ALL {
            let name = metric.name;
            let stem = name.strip_prefix("stock_sync_").unwrap_or_default();
            assert!(!stem.is_empty(), "{name}");
            assert_eq!(metric.kind == Kind::Counter, name.ends_with("_total"), "{name}");
            assert_eq!(metric.unit == Unit::Seconds, name.ends_with("_seconds"), "{name}");
            assert!(
                metric.text().ends_with('.') && !metric.text().contains("  "),
                "{name}: {}",
                metric.text()
            );
            if let Kind::Histogram(bounds) = metric.kind {
                assert!(bounds.is_sorted() && name.ends_with("_seconds"), "{name}");
            }
            let named = |other: &&Metric| other.name == name;
            assert_eq!(ALL.iter().filter(named).count(), 1, "{name} is there twice");
        }
    }

    #[test]
    fn no_label_is_of_a_tenant() {
        for label in ALL.iter().flat_map(|metric| metric.labels) {
            assert!(
                !["merchant", "store", "sku", "key", "document"].contains(label),
                "{label}"
            );
        }
    }
}
