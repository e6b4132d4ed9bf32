//! Counts the bad keys that each peer tries.
//!
//! No key can be guessed, they have 256 random bits; this keeps those who try from keeping the database busy. Keys that
//! were good here before are known, so their callers do not notice when somebody at the same address, behind the same
//! proxy say, is refused. A key that this process has not seen yet is refused with the rest until the minute is over.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long bad attempts are held against a peer.
const WINDOW: Duration = Duration::from_secs(60);

/// Most peers that are remembered. Who has this many addresses is beyond this defence.
const MOST_PEERS: usize = 10_000;

/// The bad attempts of the last minute or so.
pub(super) struct Attempts {
    most: u32,
    peers: Mutex<HashMap<IpAddr, Count>>,
}

#[derive(Clone, Copy)]
struct Count {
    since: Instant,
    bad: u32,
}

impl Count {
    fn is_held(self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < WINDOW
    }
}

impl Attempts {
    /// Allows each peer `most` bad attempts a minute.
    pub(super) fn new(most: u32) -> Self {
        Self {
            most,
            peers: Mutex::default(),
        }
    }

    /// Whether a peer has used up its attempts. A peer whose address is not known never has.
    pub(super) fn are_used_up(&self, peer: Option<IpAddr>, now: Instant) -> bool {
        let Some(peer) = peer else {
            return false;
        };
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        peers
            .get(&network(peer))
            .is_some_and(|count| count.is_held(now) && count.bad >= self.most)
    }

    /// Notes a bad attempt.
    pub(super) fn note(&self, peer: Option<IpAddr>, now: Instant) {
        let Some(peer) = peer else {
            return;
        };
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= MOST_PEERS {
            peers.retain(|_, count| count.is_held(now));
        }
        let is_full = peers.len() >= MOST_PEERS;
        let fresh = Count { since: now, bad: 0 };
        let network = network(peer);
        if is_full && !peers.contains_key(&network) {
            return;
        }
        let count = peers.entry(network).or_insert(fresh);
        if !count.is_held(now) {
            *count = fresh;
        }
        count.bad = count.bad.saturating_add(1);
    }
}

/// What counts as one peer: an IPv4 address, or the 64 bits of an IPv6 address that name a site's network, in which
/// everybody has as many addresses as they like.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        four => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_attempts_are_held_against_a_network_for_a_minute() {
        let (attempts, start) = (Attempts::new(2), Instant::now());
        let used_up = |peer: &str, now| attempts.are_used_up(peer.parse().ok(), now);
        for _ in 0..2 {
            assert!(!used_up("2001:db8::1", start));
            attempts.note("2001:db8::1".parse().ok(), start);
            attempts.note(None, start);
        }
        assert!(used_up("2001:db8::2", start));
        for other in ["2001:db8:0:1::1", "192.0.2.1", "no address"] {
            assert!(!used_up(other, start), "{other}");
        }
        let later = start + WINDOW;
        assert!(!used_up("2001:db8::1", later));
        attempts.note("2001:db8::1".parse().ok(), later);
        assert!(!used_up("2001:db8::1", later));
    }
}
