//! Cursors: where in an order a page begins or ends, as an opaque text.
//!
//! A cursor holds the sort key and the id of the row that it points at, and says which connection and which order it
//! was made for, so that it cannot be mistaken for another's. It names no merchant and needs no row to be there still:
//! it is a place in the order. It is not signed, since a made-up place shows nothing that the caller may not see.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::clock;
use crate::domain::text;
use crate::error::{Error, ProblemCode, Result};

/// First byte of every cursor; changes when the form does.
const VERSION: u8 = 1;
/// Bytes before the id: version, connection, order and direction.
const HEAD: usize = 3;
/// Bytes of an id.
const ID: usize = 16;

/// The connections that have cursors. The byte of each is part of every cursor that is out there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum CursorKind {
    /// `storeSkus`.
    StoreSku = 1,
    /// `warehouseSkus`.
    WarehouseSku = 2,
    /// `syncRecords`.
    SyncRecord = 3,
    /// `manualSyncs`.
    ManualSync = 4,
    /// `failedTriggers`.
    FailedTrigger = 5,
    /// `stores`.
    Store = 6,
    /// `warehouses`.
    Warehouse = 7,
    /// `syncRules`.
    SyncRule = 8,
    /// `attempts`.
    SyncAttempt = 9,
}

/// What kind of value a sort key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Text, in the database's order of letters.
    Text,
    /// A whole number.
    Int,
    /// A time.
    Time,
}

/// The value of a row's sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyValue {
    /// See [`KeyKind::Text`].
    Text(String),
    /// See [`KeyKind::Int`].
    Int(i32),
    /// See [`KeyKind::Time`].
    Time(DateTime<Utc>),
}

/// Which connection, order and direction a cursor is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// The connection.
    pub kind: CursorKind,
    /// The order's own byte.
    pub order: u8,
    /// Whether the order is descending.
    pub is_descending: bool,
    /// The kind of the sort key; none where the id alone is the order.
    pub key: Option<KeyKind>,
}

/// The place of one row in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The row's sort key; none where the id alone is the order.
    pub key: Option<KeyValue>,
    /// The row's id.
    pub id: Uuid,
}

/// The place of one row in the order that it is shown in: what a cursor stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The order.
    pub scope: Scope,
    /// The place.
    pub position: Position,
}

impl Cursor {
    /// Its text. Few of those who ask for a page ask for the cursor of each row, so it is made only then.
    #[must_use]
    pub fn encode(&self) -> String {
        self.scope.encode(&self.position)
    }
}

impl Scope {
    fn head(self) -> [u8; HEAD] {
        [VERSION, self.kind as u8, self.order << 1 | u8::from(self.is_descending)]
    }

    /// The cursor of a position in this scope.
    #[must_use]
    pub fn encode(self, position: &Position) -> String {
        let mut bytes = self.head().to_vec();
        bytes.extend_from_slice(position.id.as_bytes());
        match &position.key {
            None => {}
            Some(KeyValue::Text(text)) => bytes.extend_from_slice(text.as_bytes()),
            Some(KeyValue::Int(number)) => bytes.extend_from_slice(&number.to_be_bytes()),
            Some(KeyValue::Time(time)) => bytes.extend_from_slice(&time.timestamp_micros().to_be_bytes()),
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position that a cursor of this scope points at.
    ///
    /// # Errors
    /// The cursor is cut or made up, or belongs to another connection or order; the problem names `argument`.
    pub fn decode(self, argument: &str, cursor: &str) -> Result<Position> {
        let bad = |expected: &str| {
            let message = format!("{} is not a cursor {expected}", text::shown(cursor));
            Error::invalid(argument, ProblemCode::Invalid, message)
        };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad("of this API"))?;
        let (head, rest) = bytes.split_at_checked(HEAD).ok_or_else(|| bad("of this API"))?;
        if head != self.head() {
            return Err(bad("of this connection in this order; start again from its first page"));
        }
        self.position(rest).ok_or_else(|| bad("of this API"))
    }

    fn position(self, bytes: &[u8]) -> Option<Position> {
        let (id, key) = bytes.split_at_checked(ID)?;
        let key = match self.key {
            None if key.is_empty() => None,
            None => return None,
            Some(kind) => Some(key_value(kind, key)?),
        };
        Some(Position {
            key,
            id: Uuid::from_slice(id).ok()?,
        })
    }
}

fn key_value(kind: KeyKind, bytes: &[u8]) -> Option<KeyValue> {
    match kind {
        // PostgreSQL refuses a text with a NUL.
        KeyKind::Text if bytes.contains(&0) => None,
        KeyKind::Text => Some(KeyValue::Text(String::from_utf8(bytes.to_vec()).ok()?)),
        KeyKind::Int => Some(KeyValue::Int(i32::from_be_bytes(bytes.try_into().ok()?))),
        KeyKind::Time => {
            let time = DateTime::from_timestamp_micros(i64::from_be_bytes(bytes.try_into().ok()?))?;
            clock::is_accepted(time).then_some(KeyValue::Time(time))
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;

    fn scope(key: Option<KeyKind>) -> Scope {
        Scope {
            kind: CursorKind::StoreSku,
            order: 3,
            is_descending: true,
            key,
        }
    }

    fn round_trip(key: KeyKind, value: KeyValue) {
        let position = Position {
            key: Some(value),
            id: Uuid::now_v7(),
        };
        let cursor = scope(Some(key)).encode(&position);
        assert_eq!(scope(Some(key)).decode("after", &cursor).unwrap(), position);
    }

    proptest! {
        #[test]
        fn cursors_come_back_as_what_they_were(text in "[^\0]{0,40}", number: i32, micros in -62_000_000_000_000_000_i64..250_000_000_000_000_000) {
            round_trip(KeyKind::Text, KeyValue::Text(text));
            round_trip(KeyKind::Int, KeyValue::Int(number));
            round_trip(KeyKind::Time, KeyValue::Time(DateTime::from_timestamp_micros(micros).unwrap()));
        }

        #[test]
        fn made_up_cursors_are_problems_not_panics(bytes: Vec<u8>, text: String) {
            for kind in [None, Some(KeyKind::Text), Some(KeyKind::Int), Some(KeyKind::Time)] {
                let _ = scope(kind).decode("after", &URL_SAFE_NO_PAD.encode(&bytes));
                let _ = scope(kind).decode("after", &text);
                let mut forged = scope(kind).head().to_vec();
                forged.extend_from_slice(&bytes);
                let _ = scope(kind).decode("after", &URL_SAFE_NO_PAD.encode(forged));
            }
        }
    }

    #[test]
    fn foreign_and_cut_cursors_are_refused() {
        let position = Position {
            key: Some(KeyValue::Int(7)),
            id: Uuid::now_v7(),
        };
        let good = scope(Some(KeyKind::Int));
        let cursor = good.encode(&position);
        let others = [
            Scope {
                kind: CursorKind::SyncRecord,
                ..good
            },
            Scope { order: 2, ..good },
            Scope {
                is_descending: false,
                ..good
            },
        ];
        for other in others {
            let Err(Error::Invalid(problems)) = other.decode("before", &cursor) else {
                panic!("{other:?} took a foreign cursor");
            };
            assert_eq!(problems[0].field, ["before"]);
        }
        for end in 0..cursor.len() {
            assert!(good.decode("after", &cursor[..end]).is_err(), "{end}");
        }
    }
}
