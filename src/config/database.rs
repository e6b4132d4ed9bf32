//! The database.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::parse::in_seconds;

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
        value_name = "URL"
    )]
    pub url: SecretString,
    /// Most connections: on PostgreSQL in all, but for one that listens; on SQLite for what is counted and summed up, and as many
    /// for pages and rows that take long. What workers write takes three quarters of PostgreSQL's at most
    #[arg(
        long = "database-connections",
        env = "STOCK_SYNC_DATABASE_CONNECTIONS",
        default_value_t = 16,
        value_name = "N"
    )]
    pub max_connections: u32,
    /// Longest wait for a connection, and for a lock that somebody else holds; then callers are told to try again
    #[arg(
        id = "database_wait",
        long = "database-wait-seconds",
        env = "STOCK_SYNC_DATABASE_WAIT_SECONDS",
        value_parser = in_seconds,
        default_value = "10",
        value_name = "SECONDS"
    )]
    pub patience: Duration,
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
            patience: Duration::from_secs(10),
        }
    }
}

impl Database {
    /// The file of the database, where it is one.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<std::path::PathBuf> {
        let url = Some(self.url.expose_secret()).filter(|url| url.starts_with("sqlite:"))?;
        let options: sqlx::sqlite::SqliteConnectOptions = url.parse().ok()?;
        Some(options.get_filename().to_owned())
    }

    /// The settings in the form that the database layer takes.
    #[must_use]
    pub fn settings(&self) -> crate::db::Settings {
        crate::db::Settings {
            url: self.url.expose_secret().to_owned(),
            max_connections: self.max_connections,
            patience: self.patience,
        }
    }
}
