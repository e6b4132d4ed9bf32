//! The texts that clients may name by their hash. One cache a process, bounded in entries and in bytes; what was not
//! used for the longest time goes first.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::http::bounded::Bounded;

/// The SHA-256 of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Hash([u8; 32]);

impl Hash {
    /// The hash of a text.
    pub(super) fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Reads 64 hexadecimal digits.
    pub(super) fn parse(hex: &str) -> Option<Self> {
        let digits = hex.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(bytes))
    }

    /// As 64 hexadecimal digits.
    pub(super) fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// What an entry takes besides its text.
const OVERHEAD: usize = 200;

#[derive(Debug)]
pub(in crate::http) struct Cache(Bounded<Hash, Arc<str>>);

impl Cache {
    pub(super) fn new(most_entries: usize, most_bytes: usize) -> Self {
        Self(Bounded::new(most_entries, most_bytes))
    }

    /// The text with this hash.
    pub(super) fn get(&self, hash: &Hash) -> Option<Arc<str>> {
        self.0.get(hash)
    }

    /// Whether the text with this hash is here; it counts as used.
    pub(super) fn touch(&self, hash: &Hash) -> bool {
        self.get(hash).is_some()
    }

    /// Takes a text in, whose hash this is. One that is larger than all may be is left out.
    pub(super) fn insert(&self, hash: Hash, text: Arc<str>) {
        let size = size(&text);
        self.0.insert(hash, text, size);
    }
}

fn size(text: &str) -> usize {
    text.len() + OVERHEAD
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn add(cache: &Cache, text: &str) -> Hash {
        let hash = Hash::of(text);
        cache.insert(hash, text.into());
        hash
    }

    #[test]
    fn hashes_are_hexadecimal() {
        let hash = Hash::of("{__typename}");
        let hex = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";
        assert_eq!(hash.hex(), hex);
        assert_eq!(Hash::parse(hex), Some(hash));
        assert_eq!(Hash::parse(&hex.to_uppercase()), Some(hash));
        assert_eq!(Hash::parse(&hex[1..]), None);
        assert_eq!(Hash::parse(&hex.replace('e', "g")), None);
        assert_eq!(Hash::parse(&"é".repeat(32)), None);
    }

    #[test]
    fn what_was_used_least_recently_goes_first() {
        let cache = Cache::new(2, 10_000);
        let (a, b) = (add(&cache, "a"), add(&cache, "b"));
        assert!(cache.touch(&a));
        let c = add(&cache, "c");
        assert_eq!(cache.get(&a).unwrap().as_ref(), "a");
        assert_eq!(cache.get(&b), None);
        assert!(cache.get(&c).is_some());
    }

    #[test]
    fn bytes_are_bounded_too() {
        let cache = Cache::new(100, 3 * (OVERHEAD + 100));
        let hashes: Vec<Hash> = ["a", "b", "c", "c", "d"]
            .map(|letter| add(&cache, &letter.repeat(100)))
            .to_vec();
        assert_eq!(cache.get(&hashes[0]), None);
        assert!(hashes[1..].iter().all(|hash| cache.get(hash).is_some()));
        let large = add(&cache, &"x".repeat(2_000));
        assert_eq!(cache.get(&large), None);
        assert!(hashes[1..].iter().all(|hash| cache.get(hash).is_some()));
    }
}
