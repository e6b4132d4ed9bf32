//! Documents that were parsed before. Frontends send the same few again and again, and parsing takes longer than most of
//! what is done with a small one.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::ExecutableDocument;
use hashlink::LruCache;

/// The longest text that is kept, in bytes: the operations of a frontend have one or two thousand.
const LONGEST: usize = 8 * 1024;
/// Bytes of all texts together. What is parsed takes up to some forty times that.
const ALL: usize = 256 * 1024;

/// A bounded number of parsed documents; what was not used for the longest time goes first.
#[derive(Debug)]
pub(super) struct Shelf(Mutex<Kept>);

#[derive(Debug)]
struct Kept {
    documents: LruCache<Box<str>, Arc<ExecutableDocument>>,
    bytes: usize,
}

impl Default for Shelf {
    fn default() -> Self {
        Self(Mutex::new(Kept {
            documents: LruCache::new_unbounded(),
            bytes: 0,
        }))
    }
}

impl Shelf {
    /// The document with this text.
    pub(super) fn get(&self, text: &str) -> Option<Arc<ExecutableDocument>> {
        if text.len() > LONGEST {
            return None;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.documents.get(text).cloned()
    }

    /// Keeps a document that is within the limits.
    pub(super) fn put(&self, text: &str, document: &ExecutableDocument) {
        if text.len() > LONGEST {
            return;
        }
        let document = Arc::new(document.clone());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.documents.insert(text.into(), document).is_none() {
            kept.bytes += text.len();
        }
        while kept.bytes > ALL {
            let Some((oldest, _)) = kept.documents.remove_lru() else {
                return;
            };
            kept.bytes -= oldest.len();
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
        assert!(shelf.0.lock().unwrap().bytes <= ALL);
        let long = format!("{{ a }} #{}", " ".repeat(LONGEST));
        shelf.put(&long, &parse_query(&long).unwrap());
        assert!(shelf.get(&long).is_none());
    }

    fn text(number: usize) -> String {
        format!("{{ a{number} }} #{}", " ".repeat(4_000))
    }
}
