//! The doubles of the platforms, one a file.

pub(crate) mod lazada;
pub(crate) mod tiktok_shop;
//! One double for each platform.

pub(crate) mod shopify;
pub(crate) mod woocommerce;
