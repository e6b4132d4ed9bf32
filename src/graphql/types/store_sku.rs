//! `StoreSku`, `Component` and `Listing`.

use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use entity::types::Marketplace;
use entity::{listing, mapping, store_sku, sync_record, warehouse_sku};

use super::{LastSync, Store, SyncRule, WarehouseSku, linked, linked_list};
use crate::db::sync_record::SyncRecordOrderField;
use crate::domain::page::PageArgs;
use crate::graphql::connection::{ConnectionOf, Listed, OrderBy, listed_within};
use crate::graphql::filters::{SyncRecordFilter, narrow};
use crate::graphql::ids::{self, NodeKind};
use crate::graphql::lean::{Lean, LeanList, Linked};
use crate::graphql::loaders::{self, Wanted};
use crate::graphql::totals::LastSyncTotals;

/// An article as a store lists it.
pub struct StoreSku(Arc<store_sku::Model>);

from_row!(StoreSku, store_sku);

impl Linked for StoreSku {
    fn want(&self, field: &Field, wanted: &mut Wanted) {
        match field.name.node.as_str() {
            "store" => wanted.store.push(self.0.store_id),
            "components" => wanted.components.push(self.0.id),
            "listings" => wanted.listings.push(self.0.id),
            "syncRule" => wanted.sync_rule.extend(self.0.sync_rule_id),
            _ => {}
        }
    }
}

impl Listed for store_sku::Entity {
    type Node = StoreSku;
    type Totals = LastSyncTotals<Self>;
}

/// An article as a store lists it: what is synced.
#[Object]
impl StoreSku {
    /// Global id.
    pub async fn id(&self) -> ID {
        ids::encode(NodeKind::StoreSku, self.0.id)
    }

    /// SKU code, unique per store.
    async fn sku(&self) -> &str {
        &self.0.sku
    }

    /// Name of the product in the store.
    async fn product_name(&self) -> &str {
        &self.0.product_name
    }

    /// Name of the variation in the store; empty where there is none.
    async fn variation_name(&self) -> &str {
        &self.0.variation_name
    }

    /// The store's marketplace.
    async fn marketplace(&self) -> Marketplace {
        self.0.marketplace
    }

    /// The store that lists it.
    async fn store(&self, ctx: &Context<'_>) -> Option<Result<Lean<Store>>> {
        linked(async { loaders::current(ctx)?.store(self.0.store_id).await }).await
    }

    /// What it is made of; a bundle has several. Empty while it is mapped to nothing.
    async fn components(&self, ctx: &Context<'_>) -> Result<LeanList<Component>> {
        linked_list(async { loaders::current(ctx)?.components(self.0.id).await }).await
    }

    /// Where its quantity is written on the marketplace.
    async fn listings(&self, ctx: &Context<'_>) -> Result<LeanList<Listing>> {
        linked_list(async { loaders::current(ctx)?.listings(self.0.id).await }).await
    }

    /// The one rule that governs it; null where none does.
    async fn sync_rule(&self, ctx: &Context<'_>) -> Option<Result<Lean<SyncRule>>> {
        let id = self.0.sync_rule_id?;
        linked(async { loaders::current(ctx)?.sync_rule(id).await }).await
    }

    /// The newest sync; null while there was none.
    async fn last_sync(&self) -> Option<Lean<LastSync>> {
        LastSync::of_store_sku(&self.0).map(Lean)
    }

    /// Quantity that the marketplace was last told, in units; null while it was told none.
    async fn pushed_quantity(&self) -> Option<i32> {
        self.0.pushed_quantity
    }

    /// Its syncs: the details behind its row in the history.
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
            narrow(&mut filter.store_skus, self.0.id);
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

/// One part of a store SKU.
pub struct Component {
    quantity: i32,
    warehouse_sku: Arc<warehouse_sku::Model>,
}

impl Linked for Component {}

impl From<(mapping::Model, Arc<warehouse_sku::Model>)> for Component {
    fn from((mapping, warehouse_sku): (mapping::Model, Arc<warehouse_sku::Model>)) -> Self {
        Self {
            quantity: mapping.quantity,
            warehouse_sku,
        }
    }
}

/// One part of a store SKU: a warehouse SKU, and how much of it.
#[Object]
impl Component {
    /// The warehouse SKU.
    async fn warehouse_sku(&self) -> Lean<WarehouseSku> {
        Lean(self.warehouse_sku.clone().into())
    }

    /// Units of it in one unit of the store SKU, at least 1.
    async fn quantity(&self) -> i32 {
        self.quantity
    }
}

/// Where a store SKU's quantity is written.
pub struct Listing(Arc<listing::Model>);

from_row!(Listing, listing);

impl Linked for Listing {
    fn want(&self, field: &Field, wanted: &mut Wanted) {
        if field.name.node == "storeSku" {
            wanted.store_sku.push(self.0.store_sku_id);
        }
    }
}

/// Where a store SKU's quantity is written on the marketplace.
#[Object]
impl Listing {
    /// Global id.
    pub async fn id(&self) -> ID {
        ids::encode(NodeKind::Listing, self.0.id)
    }

    /// Product id on the marketplace.
    async fn product_id(&self) -> &str {
        &self.0.product_id
    }

    /// Variant id on the marketplace; null where there is none.
    async fn variant_id(&self) -> Option<&str> {
        Some(self.0.variant_id.as_str()).filter(|id| !id.is_empty())
    }

    /// Id of the marketplace's own warehouse; null where there is none.
    async fn location_id(&self) -> Option<&str> {
        Some(self.0.location_id.as_str()).filter(|id| !id.is_empty())
    }

    /// The store SKU that is listed here.
    async fn store_sku(&self, ctx: &Context<'_>) -> Option<Result<Lean<StoreSku>>> {
        linked(async { loaders::current(ctx)?.store_sku(self.0.store_sku_id).await }).await
    }
}
