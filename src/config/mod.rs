//! What the operator can choose: one struct a concern, each filled from flags and `STOCK_SYNC_*` variables.
//!
//! A flag wins over its variable. Units are in the names. The form of single values is checked as they are read;
//! [`Config::validate`] checks ranges and what only makes sense together, and names every problem at once. Secrets are
//! held so that neither `Debug` nor `--help` shows them.
//!
//! A test builds a [`Config`] from [`Config::default`], which is what no flags and no variables give.

mod parse;
mod validate;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::builder::BoolishValueParser;
use secrecy::{ExposeSecret, SecretString};

use crate::domain::retention::{self, days};
use parse::{in_days, in_millis, in_seconds};

/// Everything that the server can be told.
#[derive(clap::Args, Debug, Clone, Default)]
pub struct Config {
    /// Where the data is.
    #[command(flatten)]
    pub database: Database,
    /// What this process does, and where it listens.
    #[command(flatten)]
    pub server: Server,
    /// What callers may do.
    #[command(flatten)]
    pub http: Http,
    /// How marketplaces are reached.
    #[command(flatten)]
    pub marketplace: Marketplace,
    /// How pushes are made.
    #[command(flatten)]
    pub worker: Worker,
    /// How long history is kept.
    #[command(flatten)]
    pub retention: Retention,
}

/// Where the data is.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "Database")]
pub struct Database {
    /// sqlite://path or postgres://user:password@host/name; an SQLite file is made when it is not there
    #[arg(
        id = "database_url",
        long = "database-url",
        env = "STOCK_SYNC_DATABASE_URL",
        hide_env_values = true,
        default_value = DEFAULT_URL,
        default_value_if("demo", clap::builder::ArgPredicate::Equals("true".into()), DEMO_URL),
        value_name = "URL"
    )]
    pub url: SecretString,
    /// Most connections for reading; on PostgreSQL most connections in all
    #[arg(
        long = "database-connections",
        env = "STOCK_SYNC_DATABASE_CONNECTIONS",
        default_value_t = 16,
        value_name = "N"
    )]
    pub max_connections: u32,
}

/// The database when none is named.
pub const DEFAULT_URL: &str = "sqlite://data/stock-sync.db";

/// The demo's database when none is named: the demo never touches the data of a real server.
pub const DEMO_URL: &str = "sqlite://data/demo.db";

impl Default for Database {
    fn default() -> Self {
        Self {
            url: DEFAULT_URL.into(),
            max_connections: 16,
        }
    }
}

impl Database {
    /// The settings in the form that the database layer takes.
    #[must_use]
    pub fn settings(&self) -> crate::db::Settings {
        crate::db::Settings {
            url: self.url.expose_secret().to_owned(),
            max_connections: self.max_connections,
        }
    }
}

/// What this process does, and where it listens.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "Server")]
pub struct Server {
    /// Address and port to listen on; the health checks are there for every role
    #[arg(
        long,
        env = "STOCK_SYNC_LISTEN",
        default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
        value_name = "ADDRESS"
    )]
    pub listen: SocketAddr,
    /// What this process does; several processes may share one PostgreSQL database
    #[arg(long, env = "STOCK_SYNC_ROLE", value_enum, default_value_t = Role::All, value_name = "ROLE")]
    pub role: Role,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            role: Role::All,
        }
    }
}

/// What a process does.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Answers callers, pushes nothing
    Api,
    /// Pushes to marketplaces and prunes history, answers nothing but health checks
    Worker,
    /// Both
    All,
}

impl Role {
    /// Whether it answers callers.
    #[must_use]
    pub fn answers(self) -> bool {
        matches!(self, Self::Api | Self::All)
    }

    /// Whether it pushes and prunes.
    #[must_use]
    pub fn works(self) -> bool {
        matches!(self, Self::Worker | Self::All)
    }
}

/// What callers may do, and what a request may cost.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "HTTP")]
pub struct Http {
    /// Answer introspection queries
    #[arg(long, env = "STOCK_SYNC_INTROSPECTION", value_parser = BoolishValueParser::new())]
    pub introspection: bool,
    /// Serve the GraphiQL page to browsers; it loads its scripts from a public content network
    #[arg(long, env = "STOCK_SYNC_GRAPHIQL", value_parser = BoolishValueParser::new())]
    pub graphiql: bool,
    /// Web origins, such as https://erp.example, whose pages may call from a browser; * stands for all
    #[arg(
        id = "allowed_origins",
        long = "allow-origin",
        env = "STOCK_SYNC_ALLOW_ORIGIN",
        value_delimiter = ',',
        value_name = "ORIGIN"
    )]
    pub allowed_origins: Vec<String>,
    /// Largest body of a request, and largest message of a WebSocket
    #[arg(
        long,
        env = "STOCK_SYNC_MAX_BODY_BYTES",
        default_value_t = 1_000_000,
        value_name = "BYTES"
    )]
    pub max_body_bytes: u32,
    /// Fields and fragments that a document may ask for, each counted wherever it is spread
    #[arg(long, env = "STOCK_SYNC_MAX_SELECTIONS", default_value_t = 2_000, value_name = "N")]
    pub max_selections: u32,
    /// Fields inside one another; the standard introspection query has 15
    #[arg(long, env = "STOCK_SYNC_MAX_DEPTH", default_value_t = 15, value_name = "N")]
    pub max_depth: u32,
    /// Longest time that a query or a mutation may take; a mutation that is past it still runs to its end
    #[arg(long = "request-timeout-seconds", env = "STOCK_SYNC_REQUEST_TIMEOUT_SECONDS", value_parser = in_seconds, default_value = "30", value_name = "SECONDS")]
    pub request_timeout: Duration,
    /// Operations that may be under way at once on one WebSocket
    #[arg(long, env = "STOCK_SYNC_SOCKET_OPERATIONS", default_value_t = 50, value_name = "N")]
    pub socket_operations: u32,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            introspection: false,
            graphiql: false,
            allowed_origins: Vec::new(),
            max_body_bytes: 1_000_000,
            max_selections: 2_000,
            max_depth: 15,
            request_timeout: Duration::from_secs(30),
            socket_operations: 50,
        }
    }
}

/// How marketplaces are reached.
#[derive(clap::Args, Debug, Clone, Default)]
#[command(next_help_heading = "Marketplaces")]
pub struct Marketplace {
    /// Allow store endpoints at loopback, private and link-local addresses
    #[arg(long, env = "STOCK_SYNC_ALLOW_PRIVATE_ENDPOINTS", value_parser = BoolishValueParser::new())]
    pub allow_private_endpoints: bool,
    /// Base64 of the 32 bytes that encrypt the stores' secrets; needed with PostgreSQL, with SQLite a key file beside
    /// the database is made when it is absent
    #[arg(long, env = "STOCK_SYNC_ENCRYPTION_KEY", hide_env_values = true, value_name = "KEY")]
    pub encryption_key: Option<SecretString>,
}

/// How pushes are made.
#[derive(clap::Args, Debug, Clone, PartialEq, Eq)]
#[command(next_help_heading = "Worker")]
pub struct Worker {
    /// Calls to marketplaces that may be under way at once
    #[arg(
        id = "worker_concurrency",
        long = "worker-concurrency",
        env = "STOCK_SYNC_WORKER_CONCURRENCY",
        default_value_t = 16,
        value_name = "N"
    )]
    pub concurrency: u32,
    /// Most store SKUs in one call
    #[arg(long, env = "STOCK_SYNC_BATCH_SIZE", default_value_t = 50, value_name = "N")]
    pub batch_size: u32,
    /// After this long, what a dead worker had in flight is taken up again
    #[arg(long = "lease-seconds", env = "STOCK_SYNC_LEASE_SECONDS", value_parser = in_seconds, default_value = "30", value_name = "SECONDS")]
    pub lease: Duration,
    /// How often to look for work that nothing announced
    #[arg(long = "poll-interval-ms", env = "STOCK_SYNC_POLL_INTERVAL_MS", value_parser = in_millis, default_value = "1000", value_name = "MS")]
    pub poll_interval: Duration,
    /// Longest wait before the second attempt of a push that failed; doubles with every further one
    #[arg(long = "retry-base-ms", env = "STOCK_SYNC_RETRY_BASE_MS", value_parser = in_millis, default_value = "1000", value_name = "MS")]
    pub retry_base: Duration,
    /// Longest wait before any attempt
    #[arg(long = "retry-cap-seconds", env = "STOCK_SYNC_RETRY_CAP_SECONDS", value_parser = in_seconds, default_value = "600", value_name = "SECONDS")]
    pub retry_cap: Duration,
    /// Attempts before a push that could heal is given up, the first included
    #[arg(long, env = "STOCK_SYNC_RETRY_ATTEMPTS", default_value_t = 10, value_name = "N")]
    pub retry_attempts: u32,
}

impl Default for Worker {
    fn default() -> Self {
        Self {
            concurrency: 16,
            batch_size: 50,
            lease: Duration::from_secs(30),
            poll_interval: Duration::from_secs(1),
            retry_base: Duration::from_secs(1),
            retry_cap: Duration::from_secs(600),
            retry_attempts: 10,
        }
    }
}

/// How long history is kept. The defaults are the product's promise to merchants.
#[derive(clap::Args, Debug, Clone, PartialEq, Eq)]
#[command(next_help_heading = "Retention")]
pub struct Retention {
    /// Newest sync records kept per store SKU
    #[arg(long, env = "STOCK_SYNC_KEEP_RECORDS", default_value_t = 100, value_name = "N")]
    pub keep_records: u32,
    /// Age at which sync records go
    #[arg(long = "keep-records-days", env = "STOCK_SYNC_KEEP_RECORDS_DAYS", value_parser = in_days, default_value = "30", value_name = "DAYS")]
    pub record_age: Duration,
    /// Age at which failed triggers go
    #[arg(long = "keep-failed-triggers-days", env = "STOCK_SYNC_KEEP_FAILED_TRIGGERS_DAYS", value_parser = in_days, default_value = "7", value_name = "DAYS")]
    pub failed_trigger_age: Duration,
    /// Age at which manual syncs go
    #[arg(long = "keep-manual-syncs-days", env = "STOCK_SYNC_KEEP_MANUAL_SYNCS_DAYS", value_parser = in_days, default_value = "30", value_name = "DAYS")]
    pub manual_sync_age: Duration,
    /// How often to look for what is too old
    #[arg(long = "prune-interval-seconds", env = "STOCK_SYNC_PRUNE_INTERVAL_SECONDS", value_parser = in_seconds, default_value = "60", value_name = "SECONDS")]
    pub prune_interval: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            keep_records: 100,
            record_age: days(30),
            failed_trigger_age: days(7),
            manual_sync_age: days(30),
            prune_interval: Duration::from_secs(60),
        }
    }
}

impl Retention {
    /// The choices in the form that planning and pruning take.
    #[must_use]
    pub fn policy(&self) -> retention::Retention {
        retention::Retention {
            records_per_store_sku: self.keep_records,
            record_age: self.record_age,
            failed_trigger_age: self.failed_trigger_age,
            manual_sync_age: self.manual_sync_age,
        }
    }
}

/// How the log is written. Always to standard error, so that standard output is free for answers.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "Log")]
pub struct Log {
    /// What to log: a level, or levels by module such as info,stock_sync::sync=debug
    #[arg(
        long = "log",
        env = "STOCK_SYNC_LOG",
        default_value = "info,sea_orm_migration=warn",
        global = true,
        value_name = "FILTER"
    )]
    pub filter: String,
    /// How log lines look
    #[arg(long, env = "STOCK_SYNC_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true, value_name = "FORMAT")]
    pub log_format: LogFormat,
}

/// How log lines look.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        config: Config,
    }

    fn parsed(flags: &[&str]) -> Config {
        let arguments = std::iter::once(&"stock-sync").chain(flags);
        Cli::try_parse_from(arguments).unwrap().config
    }

    #[test]
    fn no_flags_give_the_defaults() {
        let (parsed, default) = (parsed(&[]), Config::default());
        assert_eq!(format!("{parsed:?}"), format!("{default:?}"));
        assert_eq!(
            parsed.database.url.expose_secret(),
            default.database.url.expose_secret()
        );
        assert_eq!(Retention::default().policy(), retention::Retention::default());
    }

    #[test]
    fn flags_have_the_units_of_their_names() {
        let config = parsed(&[
            "--lease-seconds",
            "7",
            "--poll-interval-ms",
            "20",
            "--keep-records-days",
            "2",
        ]);
        assert_eq!(config.worker.lease, Duration::from_secs(7));
        assert_eq!(config.worker.poll_interval, Duration::from_millis(20));
        assert_eq!(config.retention.record_age, days(2));
    }

    #[test]
    fn secrets_are_not_shown() {
        let url = "postgres://u:hunter2@localhost/db";
        let shown = format!("{:?}", parsed(&["--database-url", url, "--encryption-key", "hunter2"]));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
