//! A cache that is bounded in entries and in bytes; what was not used for the longest time goes first.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;

/// Values by their keys, each with the bytes that it counts for. Shared by all requests of a process.
#[derive(Debug)]
pub(super) struct Bounded<K, V> {
    /// Most entries.
    most_entries: usize,
    /// Most bytes of all entries together.
    most_bytes: usize,
    kept: Mutex<Kept<K, V>>,
}

#[derive(Debug)]
struct Kept<K, V> {
    values: LruCache<K, (V, usize)>,
    bytes: usize,
}

impl<K: Eq + Hash, V: Clone> Bounded<K, V> {
    pub(super) fn new(most_entries: usize, most_bytes: usize) -> Self {
        Self {
            most_entries,
            most_bytes,
            kept: Mutex::new(Kept {
                values: LruCache::new_unbounded(),
                bytes: 0,
            }),
        }
    }

    /// The value of this key; it counts as used.
    pub(super) fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.kept().values.get(key).map(|(value, _)| value.clone())
    }

    /// Takes a value in, which counts for so many bytes. One that is larger than all may be is left out.
    pub(super) fn insert(&self, key: K, value: V, size: usize) {
        if size > self.most_bytes {
            return;
        }
        let mut kept = self.kept();
        if let Some((_, before)) = kept.values.insert(key, (value, size)) {
            kept.bytes = kept.bytes.saturating_sub(before);
        }
        kept.bytes += size;
        while kept.bytes > self.most_bytes || kept.values.len() > self.most_entries {
            let Some((_, (_, oldest))) = kept.values.remove_lru() else {
                return;
            };
            kept.bytes = kept.bytes.saturating_sub(oldest);
        }
    }

    /// The bytes of all entries together.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.kept().bytes
    }

    /// Nothing in here can panic half way.
    fn kept(&self) -> MutexGuard<'_, Kept<K, V>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
