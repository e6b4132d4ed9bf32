//! The way to the marketplaces.

use std::time::Duration;

use clap::builder::BoolishValueParser;
use secrecy::SecretString;

use super::parse::in_seconds;
use crate::marketplace::outgoing;

/// How marketplaces are reached.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "Marketplaces")]
pub struct Marketplace {
    /// Allow store endpoints at loopback, private and link-local addresses
    #[arg(long, env = "STOCK_SYNC_ALLOW_PRIVATE_ENDPOINTS", value_parser = BoolishValueParser::new())]
    pub allow_private_endpoints: bool,
    /// Base64 of the 32 bytes that encrypt the stores' secrets; all processes on one database need the same. When it is
    /// absent, a key file is made once: beside the SQLite database, or data/stock-sync.key with PostgreSQL
    #[arg(long, env = "STOCK_SYNC_ENCRYPTION_KEY", hide_env_values = true, value_name = "KEY")]
    pub encryption_key: Option<SecretString>,
    /// Longest time that one call to a marketplace may take
    #[arg(long = "call-timeout-seconds", env = "STOCK_SYNC_CALL_TIMEOUT_SECONDS", value_parser = in_seconds, default_value = "15", value_name = "SECONDS")]
    pub call_timeout: Duration,
}

impl Default for Marketplace {
    fn default() -> Self {
        Self {
            allow_private_endpoints: false,
            encryption_key: None,
            call_timeout: Duration::from_secs(15),
        }
    }
}

impl Marketplace {
    /// What calls may do, in the form that the client takes.
    #[must_use]
    pub fn calls(&self) -> outgoing::Settings {
        outgoing::Settings {
            allow_private: self.allow_private_endpoints,
            time_limit: self.call_timeout,
        }
    }
}
