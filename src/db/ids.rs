//! Lists of ids in statements: one value however many there are, so that a statement has one text and is prepared once.
//!
//! PostgreSQL gets them as a text, and would read that anew for each row that it compares; in a sub-select of its own it is
//! read once.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sea_orm::sea_query::Expr;
use sea_orm::{DbBackend, Value};
use uuid::Uuid;

/// The column, or other expression, is one of these ids.
pub(super) fn among(backend: DbBackend, column: Expr, ids: &[Uuid]) -> Expr {
    let (template, list) = match backend {
        DbBackend::Sqlite => ("? IN (SELECT unhex(value) FROM json_each(?))".to_owned(), json(ids)),
        _ => (format!("$1 {}", any("uuid", 2)), array(ids)),
    };
    Expr::cust_with_exprs(template, [column, Expr::val(list)])
}

/// What follows a column in a statement that is written by hand: that it is one of the ids which the value at this place
/// [lists](list).
pub(super) fn is_among(backend: DbBackend, place: usize) -> String {
    match backend {
        DbBackend::Sqlite => format!("IN (SELECT unhex(value) FROM json_each(${place}))"),
        _ => any("uuid", place),
    }
}

/// PostgreSQL's comparison with an array. The inner CAST is read once since it is a statement of its own; without the outer
/// one it would be compared with the rows of that statement, each of which would be an array.
fn any(kind: &str, place: usize) -> String {
    format!("= ANY (CAST((SELECT CAST(${place} AS {kind}[])) AS {kind}[]))")
}

/// Ids as one value.
pub(super) fn list(backend: DbBackend, ids: &[Uuid]) -> Value {
    match backend {
        DbBackend::Sqlite => json(ids).into(),
        _ => array(ids).into(),
    }
}

/// Texts as one value.
#[derive(Debug)]
pub(super) struct Words<'t>(BTreeSet<&'t str>);

impl<'t> Words<'t> {
    /// These, each of them once.
    pub(super) fn of(words: impl IntoIterator<Item = &'t str>) -> Self {
        Self(words.into_iter().collect())
    }

    /// What follows a column: that it is one of the texts which the value at this place lists.
    pub(super) fn is_among(backend: DbBackend, place: usize) -> String {
        match backend {
            DbBackend::Sqlite => format!("IN (SELECT value FROM json_each(${place}))"),
            _ => any("text", place),
        }
    }

    /// The value.
    pub(super) fn value(&self, backend: DbBackend) -> Value {
        match backend {
            DbBackend::Sqlite => serde_json::json!(self.0).to_string().into(),
            _ => {
                let quoted: Vec<String> = self.0.iter().map(|word| quoted(word)).collect();
                format!("{{{}}}", quoted.join(",")).into()
            }
        }
    }
}

/// A text as an element of an array of PostgreSQL's.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A table `merchant, one, other` of the ids and their partners which the value at `place` lists: [`pairs`] of ids, or of ids
/// and numbers. The merchant is the value $1. In SQLite it is written so that it cannot be known before a row of the list is
/// read: whoever joins on it has the list read first, and not all rows of the merchant.
pub(super) fn table(backend: DbBackend, place: usize, other: Other) -> String {
    let columns = match (backend, other) {
        (DbBackend::Sqlite, Other::Id) => "unhex(value ->> 0) AS one, unhex(value ->> 1) AS other",
        (DbBackend::Sqlite, Other::Number) => "unhex(value ->> 0) AS one, value ->> 1 AS other",
        (_, Other::Id) => "CAST(value ->> 0 AS uuid) AS one, CAST(value ->> 1 AS uuid) AS other",
        (_, Other::Number) => "CAST(value ->> 0 AS uuid) AS one, CAST(value ->> 1 AS bigint) AS other",
    };
    match backend {
        DbBackend::Sqlite => {
            let merchant = "CASE WHEN value IS NOT NULL THEN $1 END AS merchant";
            format!("(SELECT {merchant}, {columns} FROM json_each(${place}))")
        }
        _ => {
            let merchant = "CAST($1 AS uuid) AS merchant";
            format!("(SELECT {merchant}, {columns} FROM json_array_elements(CAST(${place} AS json)))")
        }
    }
}

/// What the ids of a [`table`] are paired with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Other {
    /// Ids.
    Id,
    /// Numbers.
    Number,
}

/// Pairs as one value. What follows the id is an id or a number.
pub(super) fn pairs<T: Pair>(pairs: impl IntoIterator<Item = (Uuid, T)>) -> Value {
    let mut text = String::from("[");
    for (place, (one, other)) in pairs.into_iter().enumerate() {
        text.push_str(if place == 0 { "[\"" } else { ",[\"" });
        text.push_str(one.simple().encode_lower(&mut Uuid::encode_buffer()));
        text.push_str("\",");
        other.write(&mut text);
        text.push(']');
    }
    text.push(']');
    text.into()
}

/// What can follow an id in [`pairs`].
pub(super) trait Pair {
    /// Writes it as JSON.
    fn write(&self, text: &mut String);
}

impl Pair for Uuid {
    fn write(&self, text: &mut String) {
        text.push('"');
        text.push_str(self.simple().encode_lower(&mut Self::encode_buffer()));
        text.push('"');
    }
}

impl Pair for i64 {
    fn write(&self, text: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{self}");
    }
}

/// As a JSON array of hexadecimal texts.
fn json(ids: &[Uuid]) -> String {
    let mut text = String::with_capacity(ids.len() * 35 + 2);
    text.push('[');
    for (place, id) in ids.iter().enumerate() {
        text.push_str(if place == 0 { "\"" } else { "\",\"" });
        text.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
    }
    text.push_str(if ids.is_empty() { "]" } else { "\"]" });
    text
}

/// As an array of PostgreSQL's.
fn array(ids: &[Uuid]) -> String {
    let mut text = String::with_capacity(ids.len() * 33 + 2);
    text.push('{');
    for (place, id) in ids.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_written_in_each_database_s_own_way() {
        let ids = [Uuid::from_u128(1), Uuid::from_u128(0xab)];
        let (one, two) = ("00000000000000000000000000000001", "000000000000000000000000000000ab");
        assert_eq!(json(&ids), format!("[\"{one}\",\"{two}\"]"));
        assert_eq!(array(&ids), format!("{{{one},{two}}}"));
        assert_eq!((json(&[]), array(&[])), ("[]".to_owned(), "{}".to_owned()));
        assert_eq!(
            pairs([(ids[0], ids[1])]),
            Value::from(format!("[[\"{one}\",\"{two}\"]]"))
        );
        assert_eq!(
            pairs([(ids[0], 7), (ids[1], -1)]),
            Value::from(format!("[[\"{one}\",7],[\"{two}\",-1]]"))
        );
        let words = || Words::of(["b", "a\\\"{,}", "b"]);
        let texts = (words().value(DbBackend::Sqlite), words().value(DbBackend::Postgres));
        let expected = (r#"["a\\\"{,}","b"]"#, r#"{"a\\\"{,}","b"}"#);
        assert_eq!(texts, (Value::from(expected.0), Value::from(expected.1)));
    }
}
