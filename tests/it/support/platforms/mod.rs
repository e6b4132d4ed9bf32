//! The doubles of the platforms, one for each.

pub(crate) mod lazada;
pub(crate) mod shopee;
pub(crate) mod shopify;
pub(crate) mod tiktok_shop;
pub(crate) mod tokopedia;
pub(crate) mod woocommerce;
