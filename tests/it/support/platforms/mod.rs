//! The doubles of the platforms, one a file.

pub(crate) mod lazada;
pub(crate) mod tiktok_shop;
