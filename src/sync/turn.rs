//! A turn: one worker pushes to one store for a while, round after round.
//!
//! A round is what is claimed at once and pushed by calls that are under way together; the next begins when all of them
//! have ended. How many calls, and how long between them, is learnt from what they come to ([`crate::domain::pace`]).
//!
//! # Guarantees
//!
//! - One worker at a time, of all processes, has a store's turn. The calls of one round are for different listings, so a
//!   listing is never in two calls at once, even while it moves from one store SKU to another.
//! - The turn and the records claimed in it are held under one lease, which outlasts every call by the time in which a
//!   call that was cut may still be applied. A call that is not over by then is given up, also by a process that was
//!   stopped in the middle of it and goes on later.
//!
//! # Not guaranteed
//!
//! All of this goes by the clocks of the processes. Two whose clocks are apart by more than a call takes can have a
//! store's turn at the same time; what they write is still fenced by the lease.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::{ConnectionStatus, Marketplace};
use entity::{store, sync_record};
use futures_util::stream::{self, StreamExt};
use sea_orm::DatabaseTransaction;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Engine;
use super::access::Access;
use super::push::{Batch, split};
use super::worker::Settings;
use crate::clock::{self, now};
use crate::db;
use crate::db::queue::{self, Claim, DueStore};
use crate::db::turn::{self, Lease};
use crate::domain::pace::{CallEnd, Pace};
use crate::error::Result;
use crate::feed::Change;

/// Rounds that a turn has before it is given back, so that other stores get their place.
const ROUNDS: usize = 4;
/// A turn is kept while the next call is no further away than this; otherwise it is given back until then.
const LONGEST_STAY: Duration = Duration::from_secs(1);

/// A turn that was taken.
pub(super) struct Turn<'w> {
    /// What everything goes through.
    pub(super) engine: &'w Engine,
    /// How the worker works.
    pub(super) settings: &'w Settings,
    /// What the turn is held under.
    pub(super) lease: Lease,
    pace: Mutex<Pace>,
}

/// How the turn is held for the next round.
#[derive(Clone, Copy)]
enum Hold {
    /// It is taken, if nobody has it.
    Take,
    /// It is kept, with what was learnt so far, if it was not lost.
    Keep(Pace),
}

impl Hold {
    /// The store's pace; none when somebody else has the turn.
    async fn on(
        self,
        tx: &DatabaseTransaction,
        lease: &Lease,
        at: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Pace>> {
        match self {
            Self::Take => turn::take(tx, lease, at, until).await,
            Self::Keep(pace) => {
                let is_kept = turn::keep(tx, lease, &pace, until).await?;
                Ok(is_kept.then_some(pace))
            }
        }
    }
}

/// What was claimed at once.
pub(super) struct Round {
    /// What the store is connected by.
    pub(super) connector: Option<Marketplace>,
    /// Whether the store was paused, or is being probed.
    pub(super) was_paused: bool,
    /// The store, with its credentials.
    pub(super) access: Access,
    records: Vec<sync_record::Model>,
    /// Whether there was room for more, so that nothing else was due.
    was_all: bool,
    /// When the lease ends.
    pub(super) until: DateTime<Utc>,
    /// Set by a call after which nothing more may be sent to the store for now.
    pub(super) is_stopped: AtomicBool,
}

/// Takes a store's turn if nobody has it, and pushes what is due, until nothing is, or until others should be served.
///
/// # Errors
/// What the database said; then the turn ends with its lease.
pub(super) async fn serve(
    engine: &Engine,
    settings: &Settings,
    store: DueStore,
    stop: &CancellationToken,
) -> Result<()> {
    engine.rescue(store).await?;
    let lease = Lease {
        store,
        id: Uuid::now_v7(),
    };
    let turn = Turn::new(engine, settings, lease);
    let mut claimed = turn.begin().await?;
    for served in 1.. {
        let Some(round) = claimed else { return Ok(()) };
        // What has come since is found when the next store is looked for.
        let was_all = round.was_all;
        turn.push(round).await?;
        let interval = turn.pace().interval;
        if was_all || served >= ROUNDS || interval > LONGEST_STAY || stop.is_cancelled() {
            break;
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = clock::wait(interval) => {}
        }
        claimed = turn.go_on().await?;
    }
    turn.give_back().await
}

impl<'w> Turn<'w> {
    /// A turn that is still to be taken.
    pub(super) fn new(engine: &'w Engine, settings: &'w Settings, lease: Lease) -> Self {
        Self {
            engine,
            settings,
            lease,
            pace: Mutex::default(),
        }
    }

    /// Takes the turn and claims its first round; none when somebody else has the turn, or nothing is due.
    pub(super) async fn begin(&self) -> Result<Option<Round>> {
        self.claim(Hold::Take).await
    }

    /// Claims the next round; none when nothing is due any more, or the turn was lost.
    pub(super) async fn go_on(&self) -> Result<Option<Round>> {
        let pace = *self.pace();
        self.claim(Hold::Keep(pace)).await
    }

    /// One transaction: holds the turn, and claims what is due, or gives the turn back when nothing is.
    async fn claim(&self, hold: Hold) -> Result<Option<Round>> {
        let (lease, settings) = (self.lease, self.settings.clone());
        let claimed = self
            .engine
            .db()
            .write_in_background(move |tx| {
                let settings = settings.clone();
                Box::pin(async move {
                    let at = now();
                    let Some(pace) = hold.on(tx, &lease, at, lease_end(&settings, at)).await? else {
                        return Ok(None);
                    };
                    let round = claim_round(tx, &settings, &lease, &pace, at).await?;
                    if round.is_none() {
                        turn::give_back(tx, &lease, None).await?;
                    }
                    Ok(round.map(|round| (pace, round)))
                })
            })
            .await?;
        Ok(claimed.map(|(pace, round)| {
            *self.pace() = pace;
            let changes = round.records.iter().map(Change::of).collect();
            self.engine.feed().publish(changes);
            round
        }))
    }

    /// Makes the calls of a round, and writes what came of them.
    pub(super) async fn push(&self, round: Round) -> Result<()> {
        let work = queue::work(self.engine.db(), self.lease.store.merchant_id, &round.records).await?;
        let pace = *self.pace();
        let connector = self.engine.marketplaces().of(round.connector);
        let batches = split(&round.records, &work, connector, self.settings.batch_size);
        let calls = batches.into_iter().enumerate().map(|(place, records)| {
            let batch = Batch::new(self, &round, records, &work);
            // There is only an interval where one call at a time is made.
            let wait = if place > 0 { pace.interval } else { Duration::ZERO };
            async move {
                clock::wait(wait).await;
                batch.push().await
            }
        });
        let at_a_time = usize::try_from(pace.concurrency).unwrap_or(usize::MAX);
        let pushed: Vec<Result<Vec<CallEnd>>> = stream::iter(calls).buffer_unordered(at_a_time).collect().await;
        let ends: Vec<Vec<CallEnd>> = pushed.into_iter().collect::<Result<_>>()?;
        let most = self.settings.calls_per_store;
        self.pace().round_ended(&ends.concat(), most);
        Ok(())
    }

    /// Gives the turn back, with what was learnt.
    pub(super) async fn give_back(&self) -> Result<()> {
        let (lease, pace) = (self.lease, *self.pace());
        self.engine
            .db()
            .write_in_background(move |tx| {
                Box::pin(async move {
                    let ready_at = (!pace.interval.is_zero()).then(|| now() + pace.interval);
                    turn::end(tx, &lease, &pace, ready_at).await
                })
            })
            .await
    }

    /// Learns from a call that ended, and returns what is known then.
    pub(super) fn learn(&self, end: CallEnd) -> Pace {
        let mut pace = self.pace();
        pace.ended(end);
        *pace
    }

    /// Moves the end of the lease away, of the turn and of these records. Returns the new end, or none when the lease
    /// does not hold them all any more.
    pub(super) async fn renew(&self, records: &[Uuid]) -> Result<Option<DateTime<Utc>>> {
        let (lease, until) = (self.lease, lease_end(self.settings, now()));
        let records = Arc::new(records.to_vec());
        let expected = records.len() as u64;
        self.engine
            .db()
            .write_in_background(move |tx| {
                let records = Arc::clone(&records);
                Box::pin(async move {
                    if !turn::renew(tx, &lease, until).await? {
                        return Ok(None);
                    }
                    let held = queue::renew(tx, lease.store.merchant_id, lease.id, until, &records).await?;
                    Ok((held == expected).then_some(until))
                })
            })
            .await
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Claims what is due in a store that may be pushed to; none when nothing is. A store that keeps failing is probed with
/// a single record.
async fn claim_round(
    tx: &DatabaseTransaction,
    settings: &Settings,
    lease: &Lease,
    pace: &Pace,
    at: DateTime<Utc>,
) -> Result<Option<Round>> {
    let store = db::find::<store::Entity, _>(tx, lease.store.merchant_id, lease.store.store_id).await?;
    let may_be_pushed_to = |store: &store::Model| {
        store.connection_status == ConnectionStatus::Connected && store.paused_until.is_none_or(|until| until <= at)
    };
    let Some(store) = store.filter(may_be_pushed_to) else {
        return Ok(None);
    };
    let is_probe = pace.probe_after(&settings.probing).is_some();
    let claim = Claim {
        store: lease.store,
        lease: lease.id,
        now: at,
        until: lease_end(settings, at),
        limit: match is_probe {
            true => 1,
            false => u64::from(pace.concurrency).saturating_mul(settings.batch_size),
        },
    };
    let records = queue::claim(tx, &claim).await?;
    Ok((!records.is_empty()).then_some(Round {
        connector: store.connector,
        was_paused: store.pause_reason.is_some(),
        access: Access::to(store),
        was_all: !is_probe && (records.len() as u64) < claim.limit,
        records,
        until: claim.until,
        is_stopped: AtomicBool::new(false),
    }))
}

fn lease_end(settings: &Settings, from: DateTime<Utc>) -> DateTime<Utc> {
    from + TimeDelta::from_std(settings.lease).unwrap_or(TimeDelta::seconds(30))
}
