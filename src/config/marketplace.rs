//! The way to the marketplaces.

use clap::builder::BoolishValueParser;
use secrecy::SecretString;

/// How marketplaces are reached.
#[derive(clap::Args, Debug, Clone, Default)]
#[command(next_help_heading = "Marketplaces")]
pub struct Marketplace {
    /// Allow store endpoints at loopback, private and link-local addresses
    #[arg(long, env = "STOCK_SYNC_ALLOW_PRIVATE_ENDPOINTS", value_parser = BoolishValueParser::new())]
    pub allow_private_endpoints: bool,
    /// Base64 of the 32 bytes that encrypt the stores' secrets; all processes on one database need the same. When it is
    /// absent, a key file is made once: beside the SQLite database, or data/stock-sync.key with PostgreSQL
    #[arg(long, env = "STOCK_SYNC_ENCRYPTION_KEY", hide_env_values = true, value_name = "KEY")]
    pub encryption_key: Option<SecretString>,
}
