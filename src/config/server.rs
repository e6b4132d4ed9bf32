//! The process: what it does, where it listens, how it logs.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::parse::in_millis;
use crate::telemetry::Format;

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
    /// Address and port at which Prometheus finds /metrics, in every role; nothing is measured without it. Whoever reaches it can
    /// read it, so keep it from the public
    #[arg(long, env = "STOCK_SYNC_METRICS_LISTEN", value_name = "ADDRESS")]
    pub metrics_listen: Option<SocketAddr>,
    /// What this process does; several processes may share one PostgreSQL database
    #[arg(long, env = "STOCK_SYNC_ROLE", value_enum, default_value_t = Role::All, value_name = "ROLE")]
    pub role: Role,
    /// How often to look for what other processes changed, for those who watch live; six times as long while PostgreSQL
    /// announces it
    #[arg(long = "live-poll-interval-ms", env = "STOCK_SYNC_LIVE_POLL_INTERVAL_MS", value_parser = in_millis, default_value = "500", value_name = "MS")]
    pub live_poll_interval: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            metrics_listen: None,
            role: Role::All,
            live_poll_interval: Duration::from_millis(500),
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
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Worker => "worker",
            Self::All => "all",
        }
    }

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

/// How the log is written. Always to standard error, so that standard output is free for answers.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "Log")]
pub struct Log {
    /// What to log: a level, or levels by module such as info,stock_sync::sync=debug
    #[arg(
        long = "log",
        env = "STOCK_SYNC_LOG",
        default_value = "info,sea_orm_migration=warn,sqlx::postgres::notice=warn",
        global = true,
        value_name = "FILTER"
    )]
    pub filter: String,
    /// How log lines look
    #[arg(long = "log-format", env = "STOCK_SYNC_LOG_FORMAT", value_enum, default_value_t = Format::Text, global = true, value_name = "FORMAT")]
    pub format: Format,
}
