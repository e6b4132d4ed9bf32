//! `FailureReason` and `FailedTrigger`.

use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use entity::failed_trigger;
use entity::types::{FailureCode, FailureStage, SyncReason};

use super::{ManualSync, Store, StoreSku, SyncRule, Warehouse, WarehouseSku, linked};
use crate::db::failed_trigger::{FailedTriggerOrderField, Filter, Summary};
use crate::domain::page::PageArgs;
use crate::domain::reason;
use crate::graphql::connection::{ConnectionOf, Listed, OrderBy, connect};
use crate::graphql::context::language;
use crate::graphql::ids::{self, NodeKind};
use crate::graphql::lean::{Lean, Linked};
use crate::graphql::loaders::{self, Wanted};
use crate::graphql::totals::Total;

/// Why a trigger never became a sync, or why a push failed.
pub struct FailureReason {
    code: FailureCode,
    summary: Option<Summary>,
    filter: Filter,
}

impl FailureReason {
    /// A reason by itself.
    #[must_use]
    pub fn of(code: FailureCode) -> Self {
        Self {
            code,
            summary: None,
            filter: Filter::default(),
        }
    }

    /// A reason with how often it kept triggers from becoming syncs, among those that match `filter`.
    #[must_use]
    pub fn summed_up(summary: Summary, filter: Filter) -> Self {
        Self {
            code: summary.code,
            summary: Some(summary),
            filter,
        }
    }
}

/// Why a trigger never became a sync, or why a push failed: one of a fixed list. The texts come in the language of the
/// request's Accept-Language (English or Indonesian); the code never changes.
#[Object]
impl FailureReason {
    /// The reason's code.
    async fn code(&self) -> FailureCode {
        self.code
    }

    /// Whether it kept a trigger from becoming a sync, or a push from succeeding.
    async fn stage(&self) -> FailureStage {
        reason::of_failure(self.code).stage
    }

    /// The reason in a few words.
    async fn title(&self, ctx: &Context<'_>) -> &'static str {
        reason::of_failure(self.code).title.in_language(language(ctx))
    }

    /// What happened.
    async fn explanation(&self, ctx: &Context<'_>) -> &'static str {
        reason::of_failure(self.code).explanation.in_language(language(ctx))
    }

    /// What the seller should do.
    async fn remedy(&self, ctx: &Context<'_>) -> &'static str {
        reason::of_failure(self.code).remedy.in_language(language(ctx))
    }

    /// Whether it may heal by itself, so that it is tried again without anyone's doing.
    async fn is_retryable(&self) -> bool {
        reason::of_failure(self.code).is_retryable
    }

    /// How many triggers failed for this reason, among those that the query asked about; null outside of
    /// `Query.failureReasons`.
    async fn count(&self) -> Option<i32> {
        self.summary
            .map(|summary| i32::try_from(summary.count).unwrap_or(i32::MAX))
    }

    /// When the last of them came; null outside of `Query.failureReasons`.
    async fn last_occurred_at(&self) -> Option<DateTime<Utc>> {
        self.summary.map(|summary| summary.last_occurred_at)
    }

    /// The triggers that failed for this reason, among those that the query asked about. There are none for the
    /// reasons of pushes.
    async fn failed_triggers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which order; the newest first when left out.")] order_by: Option<
            OrderBy<FailedTriggerOrderField>,
        >,
        #[graphql(desc = "How many from the front, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back, 1 to 100; not together with first.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ConnectionOf<failed_trigger::Entity>>> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        let filter = Filter {
            failure_codes: Some(vec![self.code]),
            ..self.filter.clone()
        };
        Some(
            connect::<failed_trigger::Entity>(ctx, filter, order_by, page)
                .await
                .map_err(Into::into),
        )
    }
}

/// A trigger that could not become a sync.
pub struct FailedTrigger(Arc<failed_trigger::Model>);

from_row!(FailedTrigger, failed_trigger);

impl Linked for FailedTrigger {
    fn want(&self, field: &Field, wanted: &mut Wanted) {
        match field.name.node.as_str() {
            "warehouseSku" => wanted.warehouse_sku.extend(self.0.warehouse_sku_id),
            "warehouse" => wanted.warehouse.extend(self.0.warehouse_id),
            "store" => wanted.store.extend(self.0.store_id),
            "storeSku" => wanted.store_sku.extend(self.0.store_sku_id),
            "syncRule" => wanted.sync_rule.extend(self.0.sync_rule_id),
            "manualSync" => wanted.manual_sync.extend(self.0.manual_sync_id),
            _ => {}
        }
    }
}

impl Listed for failed_trigger::Entity {
    type Node = FailedTrigger;
    type Totals = Total<Self>;
}

/// A trigger that could not become a sync, and why.
#[Object]
impl FailedTrigger {
    /// Global id.
    pub async fn id(&self) -> ID {
        ids::encode(NodeKind::FailedTrigger, self.0.id)
    }

    /// Why it could not become a sync.
    async fn failure_reason(&self) -> Lean<FailureReason> {
        Lean(FailureReason::of(self.0.failure_code))
    }

    /// What had triggered it.
    async fn reason(&self) -> SyncReason {
        self.0.reason
    }

    /// The caller's reference, such as an order number.
    async fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// The warehouse SKU; null where the failure is about none.
    async fn warehouse_sku(&self, ctx: &Context<'_>) -> Option<Result<Lean<WarehouseSku>>> {
        let id = self.0.warehouse_sku_id?;
        linked(async { loaders::current(ctx)?.warehouse_sku(id).await }).await
    }

    /// The warehouse whose stock changed; null where no stock changed.
    async fn warehouse(&self, ctx: &Context<'_>) -> Option<Result<Lean<Warehouse>>> {
        let id = self.0.warehouse_id?;
        linked(async { loaders::current(ctx)?.warehouse(id).await }).await
    }

    /// The store that would have been synced; null where the failure is not about one.
    async fn store(&self, ctx: &Context<'_>) -> Option<Result<Lean<Store>>> {
        let id = self.0.store_id?;
        linked(async { loaders::current(ctx)?.store(id).await }).await
    }

    /// The store SKU that would have been synced; null where the failure is not about one.
    async fn store_sku(&self, ctx: &Context<'_>) -> Option<Result<Lean<StoreSku>>> {
        let id = self.0.store_sku_id?;
        linked(async { loaders::current(ctx)?.store_sku(id).await }).await
    }

    /// The rule that covers the store and the SKU; null where none does.
    async fn sync_rule(&self, ctx: &Context<'_>) -> Option<Result<Lean<SyncRule>>> {
        let id = self.0.sync_rule_id?;
        linked(async { loaders::current(ctx)?.sync_rule(id).await }).await
    }

    /// The manual action that triggered it; null where none did, or where it is no longer kept.
    async fn manual_sync(&self, ctx: &Context<'_>) -> Option<Result<Lean<ManualSync>>> {
        let id = self.0.manual_sync_id?;
        linked(async { loaders::current(ctx)?.manual_sync(id).await }).await
    }

    /// Change in the warehouse SKU's available stock, in units; 0 where no stock changed.
    async fn movement(&self) -> i32 {
        self.0.movement
    }

    /// When the trigger came.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }
}
