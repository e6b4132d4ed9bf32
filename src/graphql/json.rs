//! Answers as JSON text.
//!
//! What [`lean`](super::lean) resolves is written at once, in the place of being kept as a tree of values until the whole
//! answer is there. Such text stands in the tree as [`Value::Binary`], which has no other use: no type of the schema has
//! bytes.

use async_graphql::Value;
use serde_json::Result;

/// Writes a value; bytes are JSON text already.
///
/// # Errors
/// None that is known: there is no value that JSON cannot have, and memory takes all text.
pub fn write(text: &mut Vec<u8>, value: &Value) -> Result<()> {
    match value {
        Value::Binary(written) => text.extend_from_slice(written),
        Value::List(items) => {
            text.push(b'[');
            for item in items {
                separate(text);
                write(text, item)?;
            }
            text.push(b']');
        }
        Value::Object(fields) => {
            text.push(b'{');
            for (name, value) in fields {
                write_key(text, name);
                write(text, value)?;
            }
            text.push(b'}');
        }
        leaf => serde_json::to_writer(text, leaf)?,
    }
    Ok(())
}

/// Writes the key of an object's next value. It is a name of GraphQL's grammar, so it has nothing to escape.
pub fn write_key(text: &mut Vec<u8>, name: &str) {
    separate(text);
    text.push(b'"');
    text.extend_from_slice(name.as_bytes());
    text.extend_from_slice(b"\":");
}

/// What is next stands behind a comma, but for the first in a list or an object.
fn separate(text: &mut Vec<u8>) {
    if !matches!(text.last(), Some(b'[' | b'{')) {
        text.push(b',');
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use async_graphql::{Name, value};

    use super::*;

    #[test]
    fn values_are_written_as_serde_writes_them() {
        let values = value!({
            "none": null, "no": false, "number": -1.5, "great": 9_007_199_254_740_993_i64,
            "text": "a \"quoted\"\n\u{1}\u{2028} é 😀 \\ /",
            "list": [[], {}, [1, 2]], "object": { "a": 1, "b": { "c": "d" } },
        });
        assert_eq!(written(&values), serde_json::to_string(&values).unwrap());
        assert_eq!(written(&Value::Enum(Name::new("FAILED"))), r#""FAILED""#);
    }

    #[test]
    fn what_is_written_stands_as_it_is() {
        let object = Value::Binary(br#"{"id":"1"}"#.to_vec().into());
        let list = Value::List(vec![object, Value::Null]);
        assert_eq!(written(&list), r#"[{"id":"1"},null]"#);
    }

    fn written(value: &Value) -> String {
        let mut text = Vec::new();
        write(&mut text, value).unwrap();
        String::from_utf8(text).unwrap()
    }
}
