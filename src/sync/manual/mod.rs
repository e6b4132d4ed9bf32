//! Syncs that a person starts: resync, manual sync, sync now.
//!
//! # Guarantees
//!
//! - One action is one [`manual_sync`] row with all the records that it caused, or nothing at all. Of a large one the
//!   row comes first, and what is not planned yet counts as pending ([`super::backlog`]).
//! - What was asked for but could not be synced is counted by its reason, and is among the failed triggers.
//! - An action that is repeated under its idempotency key starts nothing and gets the first one's row.

mod left_out;
mod resolve;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::manual_sync;
use entity::types::{ManualSyncKind, SyncReason};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

pub(super) use self::left_out::add_left_out;
use self::left_out::to_json;
pub use self::left_out::{LeftOut, left_out};
use self::resolve::resolve;
use super::Engine;
use super::backlog::{defer, sync_or_defer};
use super::plan::{Cause, Planned};
use super::problems::at_most;
use crate::clock::now;
use crate::db;
use crate::db::idempotency::Request;
use crate::db::store_sku::Filter;
use crate::domain::status::Counts;
use crate::error::{Error, ProblemCode, Result};

/// Most ids in one call; a filter has no such limit.
pub const MAX_IDS: usize = 1_000;

/// What a person wants to have synced.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// These store SKUs again. Each has to be the merchant's.
    StoreSkus(Vec<Uuid>),
    /// Everything that matches, again.
    Matching(Filter),
    /// The store SKUs that are governed by the rule, in these stores and made of these warehouse SKUs, as far as each
    /// is given; at least one is.
    Chosen {
        /// The governing rule.
        rule: Option<Uuid>,
        /// The stores.
        stores: Option<Vec<Uuid>>,
        /// The warehouse SKUs.
        warehouse_skus: Option<Vec<Uuid>>,
    },
    /// Everything that the rule governs.
    Rule(Uuid),
}

/// One manual action.
#[derive(Debug, Clone)]
pub struct Order {
    /// The merchant.
    pub merchant: Uuid,
    /// Who ordered it.
    pub requested_by: String,
    /// What is to be synced.
    pub wanted: Wanted,
    /// The caller's key that makes a repeated order harmless.
    pub idempotency_key: Option<String>,
}

/// An action that was started.
#[derive(Debug, Clone)]
pub struct Started {
    /// Its row.
    pub manual_sync: manual_sync::Model,
    /// Whether it had been started before, so that nothing was started now.
    pub is_replay: bool,
}

impl Wanted {
    fn kind(&self) -> (ManualSyncKind, SyncReason, &'static str) {
        match self {
            Self::StoreSkus(_) | Self::Matching(_) => (ManualSyncKind::Resync, SyncReason::Resync, "resync"),
            Self::Chosen { .. } => (ManualSyncKind::ManualSync, SyncReason::ManualSync, "syncManually"),
            Self::Rule(_) => (ManualSyncKind::SyncNow, SyncReason::SyncNow, "syncRuleNow"),
        }
    }

    fn rule(&self) -> Option<Uuid> {
        match self {
            Self::Rule(rule) => Some(*rule),
            Self::Chosen { rule, .. } => *rule,
            Self::StoreSkus(_) | Self::Matching(_) => None,
        }
    }

    fn check(&self) -> Result<()> {
        match self {
            Self::StoreSkus(ids) if ids.is_empty() => Err(Error::invalid(
                "storeSkuIds",
                ProblemCode::Required,
                "at least one id is needed",
            )),
            Self::StoreSkus(ids) => Ok(at_most("storeSkuIds", ids.len(), MAX_IDS)?),
            Self::Chosen {
                rule: None,
                stores: None,
                warehouse_skus: None,
            } => Err(Error::invalid(
                "syncRuleId",
                ProblemCode::Required,
                "at least one of syncRuleId, storeIds and warehouseSkuIds is needed",
            )),
            Self::Chosen {
                stores, warehouse_skus, ..
            } => {
                at_most("storeIds", stores.as_ref().map_or(0, Vec::len), MAX_IDS)?;
                Ok(at_most(
                    "warehouseSkuIds",
                    warehouse_skus.as_ref().map_or(0, Vec::len),
                    MAX_IDS,
                )?)
            }
            Self::Matching(_) | Self::Rule(_) => Ok(()),
        }
    }
}

impl Engine {
    /// Starts what a person ordered: makes the records, which the worker then pushes. Where they are many they are made
    /// in the background; then it waits a while for that, and returns the row as it stands.
    ///
    /// # Errors
    /// [`Error::Invalid`] when something that was named is not the merchant's; then nothing was started.
    pub async fn start(&self, order: Order) -> Result<Started> {
        order.wanted.check()?;
        let (_, _, operation) = order.wanted.kind();
        let request = order
            .idempotency_key
            .as_ref()
            .map(|key| Request::new(order.merchant, operation, key, &format!("{:?}", order.wanted)))
            .transpose()?;
        let (engine, order) = (self.clone(), Arc::new(order));
        let merchant = order.merchant;
        let many = Arc::new(self.resolve_many(&order).await);
        let (mut started, planned) = self
            .db()
            .write(move |tx| {
                let (engine, order, request) = (engine.clone(), Arc::clone(&order), request.clone());
                let many = Arc::clone(&many);
                Box::pin(async move { engine.start_once(tx, &order, request.as_ref(), many.as_deref()).await })
            })
            .await?;
        let is_deferred = planned.deferred_count > 0;
        self.announce(planned);
        if is_deferred {
            match self.planned(merchant, started.manual_sync.id).await {
                Ok(row) => started.manual_sync = row,
                // It was started, so that is what the caller has to hear.
                Err(error) => tracing::warn!(error = error.operator_text(), "could not look how far a sync has come"),
            }
        }
        Ok(started)
    }

    /// The row of a manual sync when all of it is planned, or when that takes too long.
    async fn planned(&self, merchant: Uuid, id: Uuid) -> Result<manual_sync::Model> {
        self.wait_for_plan(merchant, id).await?;
        find(self.db().reader(), merchant, id).await
    }

    /// The store SKUs that are wanted, where they are many: finding them takes a while, in which others can write. None
    /// where they are few, or where something is wrong with the order, which is only told to who did not give it before.
    async fn resolve_many(&self, order: &Order) -> Option<Vec<Uuid>> {
        let (reader, at_once) = (self.db().reader(), self.backlog().settings.at_once);
        if matches!(&order.wanted, Wanted::StoreSkus(ids) if ids.len() <= at_once) {
            return None;
        }
        let found = resolve(reader, order.merchant, &order.wanted).await.ok()?;
        if found.len() <= at_once {
            return None;
        }
        db::backlog::in_order(reader, order.merchant, &found).await.ok()
    }

    async fn start_once(
        &self,
        tx: &DatabaseTransaction,
        order: &Order,
        request: Option<&Request>,
        many: Option<&[Uuid]>,
    ) -> Result<(Started, Planned)> {
        let now = now();
        if let Some(request) = request
            && let Some(first) = request.take::<Uuid>(tx, now).await?
        {
            let manual_sync = find(tx, order.merchant, first).await?;
            return Ok((
                Started {
                    manual_sync,
                    is_replay: true,
                },
                Planned::default(),
            ));
        }
        let (_, reason, _) = order.wanted.kind();
        let id = Uuid::now_v7();
        let cause = Cause {
            reason,
            manual_sync_id: Some(id),
        };
        let planning = self.planning(order.merchant, now);
        let planned = match many {
            Some(many) => defer(tx, &planning, many, &cause).await?,
            None => {
                let store_skus = resolve(tx, order.merchant, &order.wanted).await?;
                sync_or_defer(tx, &planning, &store_skus, &cause).await?
            }
        };
        let row = begun(order, id, &planned, now)?;
        db::progress::insert(tx, row.clone()).await?;
        if let Some(request) = request {
            request.answer(tx, &id).await?;
        }
        Ok((
            Started {
                manual_sync: row,
                is_replay: false,
            },
            planned,
        ))
    }
}

/// The row of a manual sync of which this was planned, and nothing has ended yet.
fn begun(order: &Order, id: Uuid, planned: &Planned, now: DateTime<Utc>) -> Result<manual_sync::Model> {
    let (kind, _, _) = order.wanted.kind();
    let counts = Counts {
        pending: count(planned.pending_count + planned.deferred_count),
        ..Counts::default()
    };
    Ok(manual_sync::Model {
        merchant_id: order.merchant,
        id,
        kind,
        requested_by: order.requested_by.clone(),
        sync_rule_id: order.wanted.rule(),
        status: counts.aggregate(),
        total: counts.total(),
        pending: counts.pending,
        success: 0,
        partially_failed: 0,
        failed: 0,
        skipped: 0,
        left_out: to_json(&planned.failed)?,
        created_at: now,
        finished_at: (counts.pending == 0).then_some(now),
        updated_at: now,
    })
}

pub(super) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The row of an action that was started before. It is kept as long as idempotency keys are.
async fn find<C: ConnectionTrait>(conn: &C, merchant: Uuid, id: Uuid) -> Result<manual_sync::Model> {
    let row = db::find::<manual_sync::Entity, _>(conn, merchant, id).await?;
    row.ok_or_else(|| {
        let message = "the key was used before, for a manual sync that is no longer kept";
        Error::invalid("idempotencyKey", ProblemCode::IdempotencyKeyReused, message)
    })
}
