//! The platforms that have a connector, and where they are.

use std::collections::HashMap;
use std::sync::Arc;

use entity::types::Marketplace;

use super::Connector;
use super::lazada::Lazada;
use super::outgoing::Client;
use super::shopee::Shopee;
use super::shopify::Shopify;
use super::tiktok_shop::TiktokShop;
use super::tokopedia::Tokopedia;
use super::woocommerce::WooCommerce;

/// Where the platforms' APIs are. A store keeps the address that it was connected with, as its keys are good there alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Shopee's.
    pub shopee: String,
    /// Lazada's; `{region}` stands for the end of the country's domain, such as `co.id`.
    pub lazada: String,
    /// Where Lazada renews tokens.
    pub lazada_auth: String,
    /// TikTok Shop's.
    pub tiktok_shop: String,
    /// Where TikTok Shop renews tokens.
    pub tiktok_shop_auth: String,
    /// Tokopedia's.
    pub tokopedia: String,
    /// Where Tokopedia renews tokens.
    pub tokopedia_auth: String,
    /// Shopify's; `{shop}` stands for the shop's domain.
    pub shopify: String,
}

impl Default for Addresses {
    fn default() -> Self {
        Self {
            shopee: "https://partner.shopeemobile.com".to_owned(),
            lazada: "https://api.lazada.{region}/rest".to_owned(),
            lazada_auth: "https://auth.lazada.com/rest".to_owned(),
            tiktok_shop: "https://open-api.tiktokglobalshop.com".to_owned(),
            tiktok_shop_auth: "https://auth.tiktok-shops.com".to_owned(),
            tokopedia: "https://fs.tokopedia.net".to_owned(),
            tokopedia_auth: "https://accounts.tokopedia.com".to_owned(),
            shopify: "https://{shop}".to_owned(),
        }
    }
}

/// The connectors of the platforms.
pub(super) fn connectors(client: &Client, addresses: &Addresses) -> HashMap<Marketplace, Arc<dyn Connector>> {
    let client = || client.clone();
    let lazada = Lazada::new(client(), addresses.lazada_auth.clone());
    let tiktok_shop = TiktokShop::new(client(), addresses.tiktok_shop_auth.clone());
    let tokopedia = Tokopedia::new(client(), &addresses.tokopedia_auth);
    let connectors: [(Marketplace, Arc<dyn Connector>); 6] = [
        (Marketplace::Shopee, Arc::new(Shopee::new(client()))),
        (Marketplace::Lazada, Arc::new(lazada)),
        (Marketplace::TiktokShop, Arc::new(tiktok_shop)),
        (Marketplace::Tokopedia, Arc::new(tokopedia)),
        (Marketplace::Shopify, Arc::new(Shopify::new(client()))),
        (Marketplace::Woocommerce, Arc::new(WooCommerce::new(client()))),
    ];
    HashMap::from(connectors)
}
