//! Documents that were parsed before. Frontends send the same few again and again, and parsing takes longer than most of
//! what is done with a small one.

use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;

use super::bounded::Bounded;

/// The longest text that is kept, in bytes: the operations of a frontend have one or two thousand.
const LONGEST: usize = 8 * 1024;
/// Bytes of all texts together. What is parsed takes up to some forty times that.
const ALL: usize = 256 * 1024;

/// A bounded number of parsed documents; what was not used for the longest time goes first.
#[derive(Debug)]
pub(super) struct Shelf(Bounded<Box<str>, Arc<ExecutableDocument>>);

impl Default for Shelf {
    fn default() -> Self {
        Self(Bounded::new(usize::MAX, ALL))
    }
}

impl Shelf {
    /// The document with this text.
    pub(super) fn get(&self, text: &str) -> Option<Arc<ExecutableDocument>> {
        self.0.get(text)
    }

    /// Keeps a document that is within the limits.
    pub(super) fn put(&self, text: &str, document: &ExecutableDocument) {
        if text.len() <= LONGEST {
            self.0.insert(text.into(), Arc::new(document.clone()), text.len());
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn the_oldest_go_and_long_ones_never_come() {
        let shelf = Shelf::default();
        for number in 0..100 {
            let new = text(number);
            shelf.put(&new, &parse_query(&new).unwrap());
            shelf.put(&new, &parse_query(&new).unwrap());
            assert!(shelf.get(&new).is_some());
            assert!(shelf.get(&text(0)).is_some(), "what is used stays");
        }
        assert!(shelf.get(&text(1)).is_none());
        assert!(shelf.0.bytes() <= ALL);
        let long = format!("{{ a }} #{}", " ".repeat(LONGEST));
        shelf.put(&long, &parse_query(&long).unwrap());
        assert!(shelf.get(&long).is_none());
    }

    fn text(number: usize) -> String {
        format!("{{ a{number} }} #{}", " ".repeat(4_000))
    }
}
