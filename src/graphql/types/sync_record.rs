//! `SyncRecord`.

use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use entity::types::{ConnectionStatus, FailureCode, Marketplace, SyncReason, SyncStatus};
use entity::{sync_attempt, sync_record};

use super::{FailureReason, ManualSync, Store, StoreSku, SyncRule, Warehouse, WarehouseSku, linked};
use crate::clock::now;
use crate::db::sync_attempt::{Filter as AttemptFilter, SyncAttemptOrderField};
use crate::domain::page::PageArgs;
use crate::graphql::connection::{ConnectionOf, Listed, OrderBy, connect};
use crate::graphql::ids::{self, NodeKind};
use crate::graphql::lean::{Lean, Linked};
use crate::graphql::loaders::{self, Wanted};
use crate::graphql::totals::StatusTotals;

/// One sync of one store SKU.
pub struct SyncRecord(Arc<sync_record::Model>);

from_row!(SyncRecord, sync_record);

impl Linked for SyncRecord {
    fn want(&self, field: &Field, wanted: &mut Wanted) {
        match field.name.node.as_str() {
            "store" => wanted.store.push(self.0.store_id),
            "failureReason" | "nextAttemptAt" if self.0.due_at.is_some() => wanted.store.push(self.0.store_id),
            "storeSku" => wanted.store_sku.push(self.0.store_sku_id),
            "warehouseSku" => wanted.warehouse_sku.extend(self.0.warehouse_sku_id),
            "warehouse" => wanted.warehouse.extend(self.0.warehouse_id),
            "syncRule" => wanted.sync_rule.extend(self.0.sync_rule_id),
            "manualSync" => wanted.manual_sync.extend(self.0.manual_sync_id),
            "supersededBy" => wanted.sync_record.extend(self.0.superseded_by),
            _ => {}
        }
    }
}

impl Listed for sync_record::Entity {
    type Node = SyncRecord;
    type Totals = StatusTotals<Self>;
}

impl SyncRecord {
    /// When what is due at `due_at` can be sent at the earliest; none while the store waits to be connected.
    async fn when_the_store_allows(&self, ctx: &Context<'_>, due_at: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let store = loaders::current(ctx)?.store(self.0.store_id).await?;
        let connected = store.filter(|store| store.connection_status == ConnectionStatus::Connected);
        Ok(connected.map(|store| store.paused_until.map_or(due_at, |paused| paused.max(due_at))))
    }

    /// What has to end before the store is pushed to; none where nothing has to, and for a record that does not wait.
    async fn what_the_store_waits_for(&self, ctx: &Context<'_>) -> Result<Option<FailureCode>> {
        if self.0.due_at.is_none() || self.0.lease_id.is_some() {
            return Ok(None);
        }
        let store = loaders::current(ctx)?.store(self.0.store_id).await?;
        Ok(store.and_then(|store| match store.connection_status {
            ConnectionStatus::Connected if store.paused_until.is_some_and(|until| until > now()) => store.pause_reason,
            ConnectionStatus::Connected => None,
            ConnectionStatus::ReconnectRequired => store.connection_failure,
            ConnectionStatus::NotConnected => Some(FailureCode::StoreNotConnected),
        }))
    }
}

/// One sync of one store SKU. It is never rewritten once its status is final; a resync is a new one.
#[Object]
impl SyncRecord {
    /// Global id.
    pub async fn id(&self) -> ID {
        ids::encode(NodeKind::SyncRecord, self.0.id)
    }

    /// Where it stands.
    async fn status(&self) -> SyncStatus {
        self.0.status
    }

    /// Whether it is being sent right now.
    async fn is_in_flight(&self) -> bool {
        self.0.lease_id.is_some()
    }

    /// What triggered it.
    async fn reason(&self) -> SyncReason {
        self.0.reason
    }

    /// The caller's reference, such as an order number.
    async fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// The store's marketplace.
    async fn marketplace(&self) -> Marketplace {
        self.0.marketplace
    }

    /// The store.
    async fn store(&self, ctx: &Context<'_>) -> Option<Result<Lean<Store>>> {
        linked(async { loaders::current(ctx)?.store(self.0.store_id).await }).await
    }

    /// The store SKU.
    async fn store_sku(&self, ctx: &Context<'_>) -> Option<Result<Lean<StoreSku>>> {
        linked(async { loaders::current(ctx)?.store_sku(self.0.store_sku_id).await }).await
    }

    /// The warehouse SKU that triggered it, or the one that limits the quantity where none did.
    async fn warehouse_sku(&self, ctx: &Context<'_>) -> Option<Result<Lean<WarehouseSku>>> {
        let id = self.0.warehouse_sku_id?;
        linked(async { loaders::current(ctx)?.warehouse_sku(id).await }).await
    }

    /// The warehouse whose stock changed; null where no stock changed.
    async fn warehouse(&self, ctx: &Context<'_>) -> Option<Result<Lean<Warehouse>>> {
        let id = self.0.warehouse_id?;
        linked(async { loaders::current(ctx)?.warehouse(id).await }).await
    }

    /// The rule that governed, as it is now.
    async fn sync_rule(&self, ctx: &Context<'_>) -> Option<Result<Lean<SyncRule>>> {
        let id = self.0.sync_rule_id?;
        linked(async { loaders::current(ctx)?.sync_rule(id).await }).await
    }

    /// The rule's name at the time of the sync.
    async fn rule_name(&self) -> &str {
        &self.0.rule_name
    }

    /// Quantity of the previous sync that was pushed, in units; where there is none, the warehouse SKU's available stock.
    async fn quantity_before(&self) -> i32 {
        self.0.quantity_before
    }

    /// Change in the warehouse SKU's available stock, in units; 0 where no stock changed. The quantity before and the
    /// movement need not add up to the quantity after.
    async fn movement(&self) -> i32 {
        self.0.movement
    }

    /// Quantity that the rule computed, in units: what is pushed.
    async fn quantity_after(&self) -> i32 {
        self.0.quantity_after
    }

    /// Whether the computed quantity was cut to the largest that the marketplace takes.
    async fn is_clamped(&self) -> bool {
        self.0.is_clamped
    }

    /// Why it failed; while it is pending, what its store waits for, or why the last attempt failed. Null where nothing
    /// failed and nothing holds it back.
    async fn failure_reason(&self, ctx: &Context<'_>) -> Option<Result<Lean<FailureReason>>> {
        match self.what_the_store_waits_for(ctx).await {
            Ok(None) => self.0.failure_code.map(FailureReason::of).map(Lean).map(Ok),
            held => held.map(|code| code.map(FailureReason::of).map(Lean)).transpose(),
        }
    }

    /// What the marketplace said, perhaps cut.
    async fn failure_message(&self) -> Option<&str> {
        self.0.failure_message.as_deref()
    }

    /// The calls to the marketplace, with what was sent and what came back.
    async fn attempts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which order; the oldest first when left out.")] order_by: Option<
            OrderBy<SyncAttemptOrderField>,
        >,
        #[graphql(desc = "How many from the front, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back, 1 to 100; not together with first.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ConnectionOf<sync_attempt::Entity>>> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        let filter = AttemptFilter { sync_record: self.0.id };
        Some(
            connect::<sync_attempt::Entity>(ctx, filter, order_by, page)
                .await
                .map_err(Into::into),
        )
    }

    /// How many attempts were made.
    async fn attempt_count(&self) -> i32 {
        self.0.attempt_count
    }

    /// When it is sent, or tried again: not before the store's pause is over. Null while it is being sent, while the store
    /// waits to be connected, and when its status is final.
    async fn next_attempt_at(&self, ctx: &Context<'_>) -> Option<Result<DateTime<Utc>>> {
        let due_at = self.0.due_at.filter(|_| self.0.lease_id.is_none())?;
        self.when_the_store_allows(ctx, due_at).await.transpose()
    }

    /// The manual action that caused it; null where none did, or where it is no longer kept.
    async fn manual_sync(&self, ctx: &Context<'_>) -> Option<Result<Lean<ManualSync>>> {
        let id = self.0.manual_sync_id?;
        linked(async { loaders::current(ctx)?.manual_sync(id).await }).await
    }

    /// The newer sync that it was skipped for; null where it was not skipped, or where that one is no longer kept.
    async fn superseded_by(&self, ctx: &Context<'_>) -> Option<Result<Lean<Self>>> {
        let id = self.0.superseded_by?;
        linked(async { loaders::current(ctx)?.sync_record(id).await }).await
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was first sent; null while it was not.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.0.started_at
    }

    /// When its status became final; null while it is pending.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }

    /// Time from when it was first sent until its status became final, in milliseconds, the waits before retries
    /// included; null while it is pending, and where it was never sent.
    async fn duration_ms(&self) -> Option<i32> {
        Some(super::milliseconds(self.0.started_at?, self.0.finished_at?))
    }
}
