//! The details of tab 1 and tab 2: sync records and manual syncs.

use async_graphql::{Context, Object, Result};
use entity::{manual_sync, sync_record};

use crate::db::manual_sync::ManualSyncOrderField;
use crate::db::sync_record::SyncRecordOrderField;
use crate::domain::page::PageArgs;
use crate::graphql::connection::{ConnectionOf, OrderBy, listed};
use crate::graphql::context::caller;
use crate::graphql::filters::{ManualSyncFilter, SyncRecordFilter};
use crate::graphql::types::{ConnectionStatusInfo, SyncReasonInfo, SyncStatusInfo};

/// See the module.
#[derive(Default)]
pub(super) struct HistoryQuery;

#[Object]
impl HistoryQuery {
    /// Sync records: every sync of every store SKU that is still kept.
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
        listed::<sync_record::Entity, _>(
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

    /// Manual syncs: every sync that a person started and that is still kept.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn manual_syncs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<ManualSyncFilter>,
        #[graphql(desc = "In which order; the newest first when left out.")] order_by: Option<
            OrderBy<ManualSyncOrderField>,
        >,
        #[graphql(desc = "How many from the front, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back, 1 to 100; not together with first.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ConnectionOf<manual_sync::Entity>>> {
        listed::<manual_sync::Entity, _>(
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

    /// All reasons that trigger syncs, with texts to show.
    async fn sync_reasons(&self, ctx: &Context<'_>) -> Option<Result<Vec<SyncReasonInfo>>> {
        Some(caller(ctx).map(|_| SyncReasonInfo::all()).map_err(Into::into))
    }

    /// All statuses of syncs, with texts to show.
    async fn sync_statuses(&self, ctx: &Context<'_>) -> Option<Result<Vec<SyncStatusInfo>>> {
        Some(caller(ctx).map(|_| SyncStatusInfo::all()).map_err(Into::into))
    }

    /// All statuses of stores' connections, with texts to show.
    async fn connection_statuses(&self, ctx: &Context<'_>) -> Option<Result<Vec<ConnectionStatusInfo>>> {
        Some(caller(ctx).map(|_| ConnectionStatusInfo::all()).map_err(Into::into))
    }
}
