//! Tab 1: store SKUs and warehouse SKUs with their last syncs.

use async_graphql::{Context, Object, Result};
use entity::{store_sku, warehouse_sku};

use crate::db::store_sku::StoreSkuOrderField;
use crate::db::warehouse_sku::WarehouseSkuOrderField;
use crate::domain::page::PageArgs;
use crate::graphql::connection::{ConnectionOf, OrderBy, listed};
use crate::graphql::filters::{StoreSkuFilter, WarehouseSkuFilter};

/// See the module.
#[derive(Default)]
pub(super) struct SkuQuery;

#[Object]
impl SkuQuery {
    /// Store SKUs with their last sync: the sync history by store SKU.
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
        listed::<store_sku::Entity, _>(
            ctx,
            filter,
            order_by,
            PageArgs {
                first,
                after,
                last,
                before,
            },
        )
        .await
    }

    /// Warehouse SKUs with the aggregate of their store SKUs' last syncs: the sync history by warehouse SKU.
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
        listed::<warehouse_sku::Entity, _>(
            ctx,
            filter,
            order_by,
            PageArgs {
                first,
                after,
                last,
                before,
            },
        )
        .await
    }
}
