//! Values that are bound to statements of the plain loop.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// One value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Id(Uuid),
    MaybeId(Option<Uuid>),
    Ids(Vec<Uuid>),
    Text(String),
    MaybeText(Option<String>),
    Words(Vec<String>),
    Number(i32),
    Long(i64),
    Truth(bool),
    Time(DateTime<Utc>),
    MaybeTime(Option<DateTime<Utc>>),
    Json(serde_json::Value),
}

macro_rules! from {
    ($($from:ty => $variant:ident),+ $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )+};
}

from!(
    Uuid => Id, Option<Uuid> => MaybeId, Vec<Uuid> => Ids, String => Text, &str => Text, Option<String> => MaybeText,
    Vec<String> => Words, i32 => Number, i64 => Long, bool => Truth, DateTime<Utc> => Time,
    Option<DateTime<Utc>> => MaybeTime, serde_json::Value => Json,
);

/// Values of any kind.
macro_rules! values {
    ($($value:expr),+ $(,)?) => { [$($crate::writes::plain::Value::from($value)),+] };
}
pub(crate) use values;

/// A query with its values; `$ids` and `$words` say how the database takes lists.
macro_rules! bound {
    ($query:expr, $values:expr, $ids:path, $words:path) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Id(id) => query.bind(*id),
                Value::MaybeId(id) => query.bind(*id),
                Value::Ids(ids) => query.bind($ids(ids)),
                Value::Text(text) => query.bind(text.clone()),
                Value::MaybeText(text) => query.bind(text.clone()),
                Value::Words(words) => query.bind($words(words)),
                Value::Number(number) => query.bind(*number),
                Value::Long(number) => query.bind(*number),
                Value::Truth(is_so) => query.bind(*is_so),
                Value::Time(time) => query.bind(*time),
                Value::MaybeTime(time) => query.bind(*time),
                Value::Json(json) => query.bind(json.clone()),
            };
        }
        query
    }};
}
pub(super) use bound;

pub(super) fn array(ids: &[Uuid]) -> Vec<Uuid> {
    ids.to_vec()
}

pub(super) fn words(words: &[String]) -> Vec<String> {
    words.to_vec()
}

/// A list of ids for SQLite.
pub(super) fn json_ids(ids: &[Uuid]) -> String {
    let quoted: Vec<String> = ids.iter().map(|id| format!("\"{}\"", id.simple())).collect();
    format!("[{}]", quoted.join(","))
}

/// A list of texts for SQLite.
pub(super) fn json_words(words: &[String]) -> String {
    serde_json::Value::from(words).to_string()
}
