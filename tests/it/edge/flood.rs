//! Subscriptions without an end, and what became of each.

use std::collections::HashMap;
use std::sync::LazyLock;

use tokio::sync::watch;

use crate::support::soon;

/// Bytes of one piece.
pub(crate) const PIECE: usize = 64 * 1_024;

/// By the id that the subscriber gave: pieces made so far, and whether it has ended.
static FLOODS: LazyLock<watch::Sender<HashMap<i32, (usize, bool)>>> = LazyLock::new(watch::Sender::default);

/// One that flows; it has ended when this is dropped.
pub(super) struct Flowing(i32);

impl Flowing {
    pub(super) fn new(id: i32) -> Self {
        FLOODS.send_modify(|floods| {
            floods.insert(id, (0, false));
        });
        Self(id)
    }

    pub(super) fn piece(&self) -> String {
        FLOODS.send_modify(|floods| floods.entry(self.0).or_default().0 += 1);
        "x".repeat(PIECE)
    }
}

impl Drop for Flowing {
    fn drop(&mut self) {
        FLOODS.send_modify(|floods| floods.entry(self.0).or_default().1 = true);
    }
}

/// Waits until a flood has begun and ended; how many pieces were made.
pub(crate) async fn ended(id: i32) -> usize {
    let mut floods = FLOODS.subscribe();
    let has_ended = floods.wait_for(|floods| floods.get(&id).is_some_and(|(_, ended)| *ended));
    let floods = soon("the flood to end", has_ended).await.expect("the sender is static");
    floods[&id].0
}
