//! One double for each platform.

pub(crate) mod shopify;
pub(crate) mod woocommerce;
