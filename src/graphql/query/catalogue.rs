//! Stores, warehouses and sync rules.

use async_graphql::{Context, Object, Result};
use entity::{store, sync_rule, warehouse};

use crate::db::store::StoreOrderField;
use crate::db::sync_rule::SyncRuleOrderField;
use crate::db::warehouse::WarehouseOrderField;
use crate::domain::page::PageArgs;
use crate::graphql::connection::{ConnectionOf, OrderBy, listed};
use crate::graphql::filters::{StoreFilter, SyncRuleFilter, WarehouseFilter};

/// See the module.
#[derive(Default)]
pub(super) struct CatalogueQuery;

#[Object]
impl CatalogueQuery {
    /// The merchant's stores.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn stores(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<StoreFilter>,
        #[graphql(desc = "In which order; by code when left out.")] order_by: Option<OrderBy<StoreOrderField>>,
        #[graphql(desc = "How many from the front, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back, 1 to 100; not together with first.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ConnectionOf<store::Entity>>> {
        listed::<store::Entity, _>(
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

    /// The places that hold the merchant's stock.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn warehouses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<WarehouseFilter>,
        #[graphql(desc = "In which order; by code when left out.")] order_by: Option<OrderBy<WarehouseOrderField>>,
        #[graphql(desc = "How many from the front, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back, 1 to 100; not together with first.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ConnectionOf<warehouse::Entity>>> {
        listed::<warehouse::Entity, _>(
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

    /// The merchant's sync rules; deleted ones are not among them.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn sync_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<SyncRuleFilter>,
        #[graphql(desc = "In which order; by name when left out.")] order_by: Option<OrderBy<SyncRuleOrderField>>,
        #[graphql(desc = "How many from the front, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back, 1 to 100; not together with first.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ConnectionOf<sync_rule::Entity>>> {
        listed::<sync_rule::Entity, _>(
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
