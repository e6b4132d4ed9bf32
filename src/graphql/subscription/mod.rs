//! What can be watched live.
//!
//! # Guarantees
//!
//! - While the database is away a subscription stays open and silent, and tries again at growing pauses; when the database
//!   is back, the subscriber is shown everything that it missed, as one who was too slow is.
//! - Nobody is woken by what it did not ask for, as far as the ids in its filter say: of store SKUs, manual syncs or stores.
//!   The rest of a filter is compared with the record, which is read once for all whom the step wakes; a text search and
//!   what a store SKU is made of are asked of the database, for each.
//! - A subscriber that does not read keeps in memory: the ids of one transaction's changes, and the records of one reading
//!   ([`steps::PAGE`]). Nobody waits for it: the feed drops what is too old for it, and it is caught up from the table.

mod outage;
mod steps;

use std::time::Duration;

use async_graphql::{Context, ID, Result, SimpleObject, Subscription as SubscriptionObject};
use chrono::{DateTime, Utc};
use entity::manual_sync;
use entity::types::SyncStatus;
use futures_util::stream::{self, Stream};
use uuid::Uuid;

use self::outage::Outage;
use self::steps::{Step, Steps};
use super::context::{caller, engine};
use super::errors::public;
use super::filters::{FilterInput, SyncRecordFilter};
use super::ids::{NodeKind, decode_as, not_found};
use super::loaders;
use super::types::{ManualSync, SyncRecord};
use crate::db;
use crate::feed::{Listener, Topic};
use crate::sync::Engine;

/// What can be watched live.
#[derive(Default)]
pub struct Subscription;

/// One step of one sync record.
#[derive(SimpleObject)]
pub struct SyncStatusEvent {
    /// The record's status after this step. PENDING comes when the record is made, when it is sent, and when it has to be
    /// tried again; everything else is final.
    pub status: SyncStatus,
    /// Grows by one with every step of the record. An event with a version that was seen already may be ignored.
    pub version: i32,
    /// Where to come back to after a break: give it as `after`.
    pub cursor: String,
    /// When the record last changed.
    pub at: DateTime<Utc>,
    /// The record as it is now, which may be a step further.
    pub record: SyncRecord,
}

/// What can be watched live, over WebSocket or SSE.
#[SubscriptionObject]
impl Subscription {
    /// Each status step of each matching sync record, in order for each store SKU.
    ///
    /// Without `after`, from now on. With the cursor of an event that was seen: first one event for each record that
    /// changed since a little before it, as it is now, then what follows; so nothing is missed for good, and an event may
    /// come twice. A subscriber that is too slow for every step is caught up in the same way, and so is everybody after a
    /// fault of the database. An event that comes with errors could not be read whole: come back with the cursor before it.
    async fn sync_status_changed<'c>(
        &self,
        ctx: &'c Context<'c>,
        #[graphql(desc = "Of which records; all when left out.")] filter: Option<SyncRecordFilter>,
        #[graphql(desc = "The cursor of the last event that was seen.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Option<Result<SyncStatusEvent>>> + 'c> {
        let caller = caller(ctx)?;
        let filter = filter.unwrap_or_default().check("filter")?;
        let steps = Steps::new(engine(ctx)?.clone(), caller.merchant_id, filter, after.as_deref())?;
        Ok(stream::unfold(steps, move |mut steps| async move {
            let step = steps.next().await;
            Some((Some(event(ctx, step)), steps))
        }))
    }

    /// A manual sync: at once as it is, then at each change. Ends when it has finished.
    async fn manual_sync_progress<'c>(
        &self,
        ctx: &'c Context<'c>,
        #[graphql(desc = "The manual sync.")] id: ID,
    ) -> Result<impl Stream<Item = Option<Result<ManualSync>>> + 'c> {
        let merchant = caller(ctx)?.merchant_id;
        let uuid = decode_as(NodeKind::ManualSync, "id", &id).map_err(crate::error::Error::from)?;
        let progress = Progress::new(engine(ctx)?.clone(), merchant, uuid);
        if progress.read().await?.is_none() {
            return Err(crate::error::Error::from(not_found(NodeKind::ManualSync, "id", &id)).into());
        }
        Ok(stream::unfold(progress, move |mut progress| async move {
            let row = progress.next().await?;
            Some((Some(show(ctx, row)), progress))
        }))
    }
}

fn event(ctx: &Context<'_>, step: crate::error::Result<Step>) -> Result<SyncStatusEvent> {
    let step = step.map_err(public)?;
    loaders::fresh(ctx);
    Ok(SyncStatusEvent {
        status: step.status,
        version: step.version,
        cursor: steps::cursor(step.record.updated_at, step.record.id),
        at: step.record.updated_at,
        record: step.record.into(),
    })
}

fn show(ctx: &Context<'_>, row: crate::error::Result<manual_sync::Model>) -> Result<ManualSync> {
    let row = row.map_err(public)?;
    loaders::fresh(ctx);
    Ok(row.into())
}

/// How often a manual sync is read of which nothing is heard. What the planner of another process leaves out is a change
/// of no record, of which this process is not told.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// A manual sync that is watched.
struct Progress {
    engine: Engine,
    merchant: Uuid,
    id: Uuid,
    listener: Listener,
    outage: Outage,
    /// Whether the last reading failed, so that a change may have been heard of and not been shown.
    owes: bool,
    shown: Option<manual_sync::Model>,
}

impl Progress {
    fn new(engine: Engine, merchant: Uuid, id: Uuid) -> Self {
        // Listens before the first reading, so that no change falls in between.
        let listener = engine.feed().listen(merchant, [Topic::ManualSync(id)]);
        Self {
            engine,
            merchant,
            id,
            listener,
            outage: Outage::default(),
            owes: false,
            shown: None,
        }
    }

    async fn read(&self) -> crate::error::Result<Option<manual_sync::Model>> {
        let found = db::by_ids::<manual_sync::Entity, _>(self.engine.db(), self.merchant, &[self.id]).await?;
        Ok(found.into_values().next())
    }

    /// The next state; none after the final one.
    async fn next(&mut self) -> Option<crate::error::Result<manual_sync::Model>> {
        if self.shown.as_ref().is_some_and(|row| row.finished_at.is_some()) {
            return None;
        }
        loop {
            if self.shown.is_some() && !self.owes {
                // Whether something is heard or not, it looks.
                let _ = tokio::time::timeout(LOOK_AGAIN, self.listener.next()).await;
            }
            // The reading shows what came of all that was told before it.
            self.listener.skip();
            // In a box: it waits for most of the time, and needs no room for reading then.
            let row = match Box::pin(self.read()).await {
                Ok(row) => row,
                Err(error) => {
                    self.owes = true;
                    self.outage.wait(&error).await;
                    if error.is_unavailable() {
                        continue;
                    }
                    return Some(Err(error));
                }
            };
            self.owes = false;
            self.outage.over();
            match row {
                Some(row) if self.shown.as_ref() != Some(&row) => {
                    self.shown = Some(row.clone());
                    return Some(Ok(row));
                }
                Some(_) => {}
                None => return None,
            }
        }
    }
}
