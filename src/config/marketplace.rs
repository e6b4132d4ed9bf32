//! The way to the marketplaces.

use std::time::Duration;

use clap::builder::BoolishValueParser;
use secrecy::SecretString;

use super::parse::in_seconds;
use crate::marketplace::{Addresses, outgoing};

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
    /// Keys that encrypted the stores' secrets before, separated by commas: what they encrypted is still opened. They can be
    /// left out once `stock-sync reseal` has run
    #[arg(
        long,
        env = "STOCK_SYNC_PREVIOUS_ENCRYPTION_KEYS",
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "KEYS"
    )]
    pub previous_encryption_keys: Vec<SecretString>,
    /// Longest time that one call to a marketplace may take
    #[arg(long = "call-timeout-seconds", env = "STOCK_SYNC_CALL_TIMEOUT_SECONDS", value_parser = in_seconds, default_value = "15", value_name = "SECONDS")]
    pub call_timeout: Duration,
    /// Where the platforms are.
    #[command(flatten)]
    pub urls: PlatformUrls,
}

/// Where the platforms are: for sandboxes and doubles. A store keeps the address that it was connected with.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "Marketplaces")]
pub struct PlatformUrls {
    /// Base URL of Shopee's API
    #[arg(
        long,
        env = "STOCK_SYNC_SHOPEE_URL",
        default_value = "https://partner.shopeemobile.com",
        value_name = "URL"
    )]
    pub shopee_url: String,
    /// Base URL of Lazada's API; {region} stands for the end of the country's domain, such as co.id
    #[arg(
        long,
        env = "STOCK_SYNC_LAZADA_URL",
        default_value = "https://api.lazada.{region}/rest",
        value_name = "URL"
    )]
    pub lazada_url: String,
    /// Base URL at which Lazada renews tokens
    #[arg(
        long,
        env = "STOCK_SYNC_LAZADA_AUTH_URL",
        default_value = "https://auth.lazada.com/rest",
        value_name = "URL"
    )]
    pub lazada_auth_url: String,
    /// Base URL of TikTok Shop's API
    #[arg(
        long,
        env = "STOCK_SYNC_TIKTOK_SHOP_URL",
        default_value = "https://open-api.tiktokglobalshop.com",
        value_name = "URL"
    )]
    pub tiktok_shop_url: String,
    /// Base URL at which TikTok Shop renews tokens
    #[arg(
        long,
        env = "STOCK_SYNC_TIKTOK_SHOP_AUTH_URL",
        default_value = "https://auth.tiktok-shops.com",
        value_name = "URL"
    )]
    pub tiktok_shop_auth_url: String,
    /// Base URL of Tokopedia's API
    #[arg(
        long,
        env = "STOCK_SYNC_TOKOPEDIA_URL",
        default_value = "https://fs.tokopedia.net",
        value_name = "URL"
    )]
    pub tokopedia_url: String,
    /// Base URL at which Tokopedia gives tokens
    #[arg(
        long,
        env = "STOCK_SYNC_TOKOPEDIA_AUTH_URL",
        default_value = "https://accounts.tokopedia.com",
        value_name = "URL"
    )]
    pub tokopedia_auth_url: String,
    /// Base URL of Shopify's API; {shop} stands for the shop's domain
    #[arg(
        long,
        env = "STOCK_SYNC_SHOPIFY_URL",
        default_value = "https://{shop}",
        value_name = "URL"
    )]
    pub shopify_url: String,
}

impl Default for PlatformUrls {
    fn default() -> Self {
        let addresses = Addresses::default();
        Self {
            shopee_url: addresses.shopee,
            lazada_url: addresses.lazada,
            lazada_auth_url: addresses.lazada_auth,
            tiktok_shop_url: addresses.tiktok_shop,
            tiktok_shop_auth_url: addresses.tiktok_shop_auth,
            tokopedia_url: addresses.tokopedia,
            tokopedia_auth_url: addresses.tokopedia_auth,
            shopify_url: addresses.shopify,
        }
    }
}

impl Default for Marketplace {
    fn default() -> Self {
        Self {
            allow_private_endpoints: false,
            encryption_key: None,
            previous_encryption_keys: Vec::new(),
            call_timeout: Duration::from_secs(15),
            urls: PlatformUrls::default(),
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

    /// Where the platforms are, in the form that the connectors take.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        let urls = self.urls.clone();
        Addresses {
            shopee: urls.shopee_url,
            lazada: urls.lazada_url,
            lazada_auth: urls.lazada_auth_url,
            tiktok_shop: urls.tiktok_shop_url,
            tiktok_shop_auth: urls.tiktok_shop_auth_url,
            tokopedia: urls.tokopedia_url,
            tokopedia_auth: urls.tokopedia_auth_url,
            shopify: urls.shopify_url,
        }
    }
}
