//! `WarehouseSku` and `StockLevel`.

use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use entity::{stock_level, store_sku, sync_record, warehouse, warehouse_sku};

use super::{LastSync, Warehouse, linked_list};
use crate::db::store_sku::{Filter, StoreSkuOrderField};
use crate::db::sync_record::SyncRecordOrderField;
use crate::domain::page::PageArgs;
use crate::graphql::connection::{ConnectionOf, Listed, OrderBy, connect_each, listed_within};
use crate::graphql::filters::{StoreSkuFilter, SyncRecordFilter};
use crate::graphql::ids::{self, NodeKind};
use crate::graphql::lean::{Lean, LeanList, Linked};
use crate::graphql::loaders::{self, Wanted};
use crate::graphql::totals::LastSyncTotals;

/// The merchant's own article.
pub struct WarehouseSku(Arc<warehouse_sku::Model>);

from_row!(WarehouseSku, warehouse_sku);

impl Linked for WarehouseSku {
    fn want(&self, field: &Field, wanted: &mut Wanted) {
        if field.name.node == "stockLevels" {
            wanted.stock_levels.push(self.0.id);
        }
    }
}

impl Listed for warehouse_sku::Entity {
    type Node = WarehouseSku;
    type Totals = LastSyncTotals<Self>;
}

/// The merchant's own article, as it lies in the warehouses.
#[Object]
impl WarehouseSku {
    /// Global id.
    pub async fn id(&self) -> ID {
        ids::encode(NodeKind::WarehouseSku, self.0.id)
    }

    /// The merchant's own SKU code, unique per merchant.
    async fn sku(&self) -> &str {
        &self.0.sku
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether it carries the shortage mark: the merchant says not to sell it, and nothing of it is synced.
    async fn is_marked_short(&self) -> bool {
        self.0.is_marked_short
    }

    /// How much of it lies in which warehouse; only warehouses that reported it.
    async fn stock_levels(&self, ctx: &Context<'_>) -> Result<LeanList<StockLevel>> {
        linked_list(async { loaders::current(ctx)?.stock_levels(self.0.id).await }).await
    }

    /// The aggregate of the last syncs of the store SKUs that are made of it; null while none was ever synced.
    async fn last_sync(&self) -> Option<Lean<LastSync>> {
        LastSync::of_warehouse_sku(&self.0).map(Lean)
    }

    /// The store SKUs that are made of it.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn store_skus(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<StoreSkuFilter>,
        #[graphql(desc = "In which order; the last synced first when left out.")] order_by: Option<
            OrderBy<StoreSkuOrderField>,
        >,
        #[graphql(desc = "How many from the front, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back, 1 to 100; not together with first.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ConnectionOf<store_sku::Entity>>> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        let asked = (filter, order_by, page);
        let restrict = |filter: &mut Filter| filter.made_of = Some(self.0.id);
        Some(connect_each(ctx, self.0.id, |loaders| &loaders.store_skus_within, asked, restrict).await)
    }

    /// The syncs of the store SKUs that are made of it: the details behind its row in the history.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn sync_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<SyncRecordFilter>,
        #[graphql(desc = "In which order; the newest first when left out.")] order_by: Option<
            OrderBy<SyncRecordOrderField>,
        >,
        #[graphql(desc = "How many from the front, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back, 1 to 100; not together with first.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ConnectionOf<sync_record::Entity>>> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        listed_within::<sync_record::Entity, _>(ctx, filter, order_by, page, |filter| {
            filter.made_of = Some(self.0.id);
        })
        .await
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed, its last sync included.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// How much of a warehouse SKU lies in one warehouse.
pub struct StockLevel {
    level: stock_level::Model,
    warehouse: Arc<warehouse::Model>,
}

impl Linked for StockLevel {}

impl From<(stock_level::Model, Arc<warehouse::Model>)> for StockLevel {
    fn from((level, warehouse): (stock_level::Model, Arc<warehouse::Model>)) -> Self {
        Self { level, warehouse }
    }
}

/// How much of a warehouse SKU lies in one warehouse.
#[Object]
impl StockLevel {
    /// The warehouse.
    async fn warehouse(&self) -> Lean<Warehouse> {
        Lean(self.warehouse.clone().into())
    }

    /// Units that can be sold.
    async fn available(&self) -> i32 {
        self.level.available
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.level.updated_at
    }
}
