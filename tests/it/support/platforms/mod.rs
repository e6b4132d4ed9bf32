//! The doubles, one for each platform.

pub(crate) mod shopee;
pub(crate) mod tokopedia;
