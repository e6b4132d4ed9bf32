//! What manual syncs left out, as their rows keep it.

use std::collections::BTreeMap;

use entity::manual_sync;
use entity::types::FailureCode;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::error::{Error, Result};

/// How many store SKUs were left out for one reason, as the row keeps it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct LeftOut {
    /// The reason.
    #[serde(with = "code")]
    pub code: FailureCode,
    /// How many.
    pub count: i64,
}

mod code {
    use entity::types::FailureCode;
    use sea_orm::ActiveEnum;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(code: &FailureCode, serializer: S) -> Result<S::Ok, S::Error> {
        code.word().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FailureCode, D::Error> {
        let word = String::deserialize(deserializer)?;
        FailureCode::try_from_value(&word).map_err(serde::de::Error::custom)
    }
}

/// What a manual sync left out, as its row keeps it.
#[must_use]
pub fn left_out(row: &manual_sync::Model) -> Vec<LeftOut> {
    serde_json::from_value(row.left_out.clone()).unwrap_or_default()
}

/// What a manual sync left out, with some more, as its row keeps it.
pub(in crate::sync) fn add_left_out(row: &manual_sync::Model, more: &BTreeMap<FailureCode, i64>) -> Result<Json> {
    let mut counts: BTreeMap<FailureCode, i64> = more.clone();
    for LeftOut { code, count } in left_out(row) {
        *counts.entry(code).or_default() += count;
    }
    to_json(&counts)
}

pub(super) fn to_json(counts: &BTreeMap<FailureCode, i64>) -> Result<Json> {
    let left_out = counts.iter().map(|(code, count)| LeftOut {
        code: *code,
        count: *count,
    });
    serde_json::to_value(left_out.collect::<Vec<_>>()).map_err(Error::internal)
}
