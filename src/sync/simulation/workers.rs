//! Workers that take one step at a time.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::db::queue::DueStore;
use crate::db::turn::Lease;
use crate::error::Result;
use crate::sync::Engine;
use crate::sync::turn::{Round, Turn};
use crate::sync::worker::Settings;

/// One worker, which may stand still after any step for as long as the simulation likes.
#[derive(Default)]
pub(super) enum Worker {
    /// Has no turn.
    #[default]
    Idle,
    /// Has claimed a round and called nobody yet.
    Claimed(Arc<Turn<'static>>, Box<Round>),
    /// Waits for the answer to a call.
    Calling(Arc<Turn<'static>>, JoinHandle<Result<()>>, usize),
    /// Has written what came of a round.
    Reported(Arc<Turn<'static>>),
}

impl Worker {
    /// Takes a store's turn, as [`crate::sync::turn::serve`] does.
    pub(super) async fn begin(engine: &'static Engine, settings: &'static Settings, store: DueStore) -> Self {
        engine.rescue(store).await.expect("a good database");
        let lease = Lease {
            store,
            id: uuid::Uuid::now_v7(),
        };
        let turn = Arc::new(Turn::new(engine, settings, lease));
        let round = turn.begin().await.expect("a good database");
        round.map_or(Self::Idle, |round| Self::Claimed(turn, Box::new(round)))
    }

    /// Does the next thing, up to where it waits for the marketplace or has something written. One that waits for the
    /// marketplace has been answered.
    pub(super) async fn go_on(self, arrivals: &mut mpsc::UnboundedReceiver<usize>, keeps_the_turn: bool) -> Self {
        match self {
            Self::Claimed(turn, round) => {
                let pushing = Arc::clone(&turn);
                let task = tokio::spawn(async move { pushing.push(*round).await });
                Self::wait(turn, task, arrivals).await
            }
            Self::Reported(turn) if keeps_the_turn => {
                let round = turn.go_on().await.expect("a good database");
                round.map_or(Self::Idle, |round| Self::Claimed(turn, Box::new(round)))
            }
            Self::Reported(turn) => {
                turn.give_back().await.expect("a good database");
                Self::Idle
            }
            Self::Calling(turn, task, _) => Self::wait(turn, task, arrivals).await,
            Self::Idle => Self::Idle,
        }
    }

    /// Waits until the round is written or its next call has arrived.
    async fn wait(
        turn: Arc<Turn<'static>>,
        mut task: JoinHandle<Result<()>>,
        arrivals: &mut mpsc::UnboundedReceiver<usize>,
    ) -> Self {
        tokio::select! {
            biased;
            Some(number) = arrivals.recv() => Self::Calling(turn, task, number),
            ended = &mut task => {
                ended.expect("no panic").expect("a good database");
                Self::Reported(turn)
            }
        }
    }

    /// Dies on the spot.
    pub(super) async fn die(self) {
        if let Self::Calling(_, task, _) = self {
            task.abort();
            let _ = task.await;
        }
    }

    /// The call that it waits for.
    pub(super) fn call(&self) -> Option<usize> {
        match self {
            Self::Calling(_, _, number) => Some(*number),
            _ => None,
        }
    }

    /// Whether it has no turn.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }
}
