//! `SyncRule`.

use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use entity::types::Rounding;
use entity::{sync_rule, warehouse_sku};
use uuid::Uuid;

use super::{Store, Warehouse, linked, linked_list};
use crate::db::warehouse_sku::WarehouseSkuOrderField;
use crate::domain::page::PageArgs;
use crate::graphql::connection::{ConnectionOf, Listed, OrderBy, listed_within};
use crate::graphql::filters::WarehouseSkuFilter;
use crate::graphql::ids::{self, NodeKind};
use crate::graphql::lean::{Lean, LeanList, Linked};
use crate::graphql::loaders::{self, Wanted};
use crate::graphql::percent::Percent;
use crate::graphql::totals::Total;

/// Which SKUs, from which warehouses, to which stores, by which formula.
pub struct SyncRule(Arc<sync_rule::Model>);

from_row!(SyncRule, sync_rule);

impl Linked for SyncRule {
    fn want(&self, field: &Field, wanted: &mut Wanted) {
        match field.name.node.as_str() {
            "stores" => wanted.rule_stores.push(self.0.id),
            "warehouses" => wanted.rule_warehouses.push(self.0.id),
            _ => {}
        }
    }
}

impl Listed for sync_rule::Entity {
    type Node = SyncRule;
    type Totals = Total<Self>;
}

/// Which SKUs, from which warehouses, to which stores, by which formula: quantity = available stock x percent + offset,
/// rounded, never below 0.
#[Object]
impl SyncRule {
    /// Global id.
    pub async fn id(&self) -> ID {
        ids::encode(NodeKind::SyncRule, self.0.id)
    }

    /// Name, unique among the merchant's rules.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether it governs anything now.
    async fn is_enabled(&self) -> bool {
        self.0.is_enabled && self.0.deleted_at.is_none()
    }

    /// Of the rules that cover a store SKU the one with the highest priority governs; among equals the oldest.
    async fn priority(&self) -> i32 {
        self.0.priority
    }

    /// Whether it covers every store, new ones included.
    async fn covers_all_stores(&self) -> bool {
        self.0.covers_all_stores
    }

    /// The stores that were chosen; empty where it covers all.
    async fn stores(&self, ctx: &Context<'_>) -> Result<LeanList<Store>> {
        linked_list(async { loaders::current(ctx)?.rule_stores(self.0.id).await }).await
    }

    /// Whether it covers every warehouse SKU, new ones included.
    async fn covers_all_skus(&self) -> bool {
        self.0.covers_all_skus
    }

    /// The warehouse SKUs that were chosen; none where it covers all.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn warehouse_skus(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<WarehouseSkuFilter>,
        #[graphql(desc = "In which order; the last synced first when left out.")] order_by: Option<
            OrderBy<WarehouseSkuOrderField>,
        >,
        #[graphql(desc = "How many from the front, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back, 1 to 100; not together with first.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ConnectionOf<warehouse_sku::Entity>>> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        listed_within::<warehouse_sku::Entity, _>(ctx, filter, order_by, page, |filter| {
            filter.chosen_by_rule = Some(self.0.id);
        })
        .await
    }

    /// The warehouses whose available stock is summed.
    async fn warehouses(&self, ctx: &Context<'_>) -> Result<LeanList<Warehouse>> {
        linked_list(async { loaders::current(ctx)?.rule_warehouses(self.0.id).await }).await
    }

    /// Percent of the available stock.
    async fn percent(&self) -> Percent {
        Percent {
            hundredths: self.0.percent_hundredths,
        }
    }

    /// Units added after the percentage; may be negative.
    async fn offset(&self) -> i32 {
        self.0.quantity_offset
    }

    /// How the quantity becomes a whole number.
    async fn rounding(&self) -> Rounding {
        self.0.rounding
    }

    /// What happens when the stock is about to sell out; null where nothing special does.
    async fn sell_out(&self) -> Option<Lean<SellOut>> {
        Some(Lean(SellOut {
            threshold: self.0.sell_out_threshold?,
            exempt_store: self.0.exempt_store_id,
        }))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// When it was deleted; null where it was not. A deleted rule is only found through the history.
    async fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.0.deleted_at
    }
}

/// What a rule does when the stock is about to sell out.
pub struct SellOut {
    threshold: i32,
    exempt_store: Option<Uuid>,
}

/// What a rule does when the stock is about to sell out: below the threshold every store but the exempt one gets 0.
#[Object]
impl SellOut {
    /// Available stock, in units, below which the stores get 0.
    async fn threshold(&self) -> i32 {
        self.threshold
    }

    /// The store that still gets its quantity; null where none does.
    async fn exempt_store(&self, ctx: &Context<'_>) -> Option<Result<Lean<Store>>> {
        let id = self.exempt_store?;
        linked(async { loaders::current(ctx)?.store(id).await }).await
    }
}
