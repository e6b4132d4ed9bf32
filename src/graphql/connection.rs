//! Relay connections over [`db::keyset`].
//!
//! A connection reads its page at once, and its counts only when they are selected.

use std::borrow::Cow;
use std::collections::HashMap;

use async_graphql::connection::{Connection, Edge};
use async_graphql::{Context, InputObject, InputType, Object, ObjectType, OutputType, SimpleObject, TypeName};
use entity::types::SyncStatus;
use uuid::Uuid;

use super::context;
use super::filters::FilterInput;
use crate::db::Db;
use crate::db::failed_trigger::FailedTriggerOrderField;
use crate::db::keyset::{self, Counted, Direction, Order, Paged};
use crate::db::manual_sync::ManualSyncOrderField;
use crate::db::store::StoreOrderField;
use crate::db::store_sku::StoreSkuOrderField;
use crate::db::sync_attempt::SyncAttemptOrderField;
use crate::db::sync_record::SyncRecordOrderField;
use crate::db::sync_rule::SyncRuleOrderField;
use crate::db::warehouse::WarehouseOrderField;
use crate::db::warehouse_sku::WarehouseSkuOrderField;
use crate::domain::page::PageArgs;
use crate::domain::status::Counts;
use crate::error::Result;

/// An aggregate that has a connection in the API.
pub trait Listed: Paged {
    /// The object that stands for a row.
    type Node: OutputType + From<Self::Model>;
    /// The counts beside the page.
    type Totals: ObjectType + From<Matching<Self>>;
}

/// The connection of an aggregate.
pub type ConnectionOf<P> = Connection<String, <P as Listed>::Node, <P as Listed>::Totals>;

/// In which order the items come. The id decides between items that are equal in the field.
#[derive(InputObject, Debug, Clone, Copy)]
#[graphql(concrete(name = "StoreSkuOrder", params(StoreSkuOrderField)))]
#[graphql(concrete(name = "WarehouseSkuOrder", params(WarehouseSkuOrderField)))]
#[graphql(concrete(name = "SyncRecordOrder", params(SyncRecordOrderField)))]
#[graphql(concrete(name = "ManualSyncOrder", params(ManualSyncOrderField)))]
#[graphql(concrete(name = "FailedTriggerOrder", params(FailedTriggerOrderField)))]
#[graphql(concrete(name = "SyncAttemptOrder", params(SyncAttemptOrderField)))]
#[graphql(concrete(name = "StoreOrder", params(StoreOrderField)))]
#[graphql(concrete(name = "WarehouseOrder", params(WarehouseOrderField)))]
#[graphql(concrete(name = "SyncRuleOrder", params(SyncRuleOrderField)))]
pub struct OrderBy<F: InputType> {
    /// What the items are sorted by.
    pub field: F,
    /// Which way.
    pub direction: Direction,
}

/// One page of the caller's rows.
///
/// # Errors
/// The request carries no caller, the page is not a possible one, or the database failed.
pub async fn connect<P: Listed>(
    ctx: &Context<'_>,
    filter: P::Filter,
    order: Option<OrderBy<P::OrderField>>,
    page: PageArgs,
) -> Result<ConnectionOf<P>>
where
    P::OrderField: InputType,
{
    let merchant = context::caller(ctx)?.merchant_id;
    let db = context::engine(ctx)?.db();
    let page = page.check()?;
    let order = order.map_or(P::DEFAULT_ORDER, |order| Order {
        field: order.field,
        direction: order.direction,
    });
    let rows = keyset::page::<P, _>(db.reader(), merchant, &filter, order, &page).await?;
    let matching = Matching {
        db: db.clone(),
        merchant,
        filter,
    };
    let mut connection = Connection::with_additional_fields(rows.has_previous, rows.has_next, matching.into());
    let edges = rows.rows.into_iter().map(|(cursor, row)| Edge::new(cursor, row.into()));
    connection.edges.extend(edges);
    Ok(connection)
}

/// One page of the caller's rows for a field of the query: the filter is checked, and an error leaves the fields beside
/// it standing.
pub async fn listed<P, F>(
    ctx: &Context<'_>,
    filter: Option<F>,
    order: Option<OrderBy<P::OrderField>>,
    page: PageArgs,
) -> Option<async_graphql::Result<ConnectionOf<P>>>
where
    P: Listed,
    P::OrderField: InputType,
    F: FilterInput<Filter = P::Filter>,
{
    listed_within::<P, F>(ctx, filter, order, page, |_| ()).await
}

/// Like [`listed`], for a field of an object: `restrict` narrows the filter to what belongs to the object.
pub async fn listed_within<P, F>(
    ctx: &Context<'_>,
    filter: Option<F>,
    order: Option<OrderBy<P::OrderField>>,
    page: PageArgs,
    restrict: impl FnOnce(&mut P::Filter),
) -> Option<async_graphql::Result<ConnectionOf<P>>>
where
    P: Listed,
    P::OrderField: InputType,
    F: FilterInput<Filter = P::Filter>,
{
    let connection = match filter.unwrap_or_default().check("filter") {
        Ok(mut filter) => {
            restrict(&mut filter);
            connect::<P>(ctx, filter, order, page).await
        }
        Err(error) => Err(error),
    };
    Some(connection.map_err(Into::into))
}

/// All rows that match a connection's filter, whatever page is shown.
pub struct Matching<P: Paged> {
    db: Db,
    merchant: Uuid,
    filter: P::Filter,
}

impl<P: Paged> Matching<P> {
    async fn count(&self) -> Result<i32> {
        let count = keyset::count::<P, _>(self.db.reader(), self.merchant, &self.filter).await?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}

impl<P: Counted> Matching<P> {
    async fn by_status(&self) -> Result<ByStatus> {
        let counts = keyset::status_counts::<P, _>(self.db.reader(), self.merchant, &self.filter).await?;
        Ok(ByStatus(counts))
    }
}

struct ByStatus(HashMap<Option<SyncStatus>, i64>);

impl ByStatus {
    fn at(&self, status: Option<SyncStatus>) -> i32 {
        let count = self.0.get(&status).copied().unwrap_or_default();
        i32::try_from(count).unwrap_or(i32::MAX)
    }
}

/// How many syncs stand at each status.
#[derive(SimpleObject, Debug, Clone, Copy)]
pub struct StatusCounts {
    /// All of them.
    pub total: i32,
    /// Waiting or in flight, waiting for a retry included.
    pub pending: i32,
    /// Succeeded.
    pub success: i32,
    /// Succeeded in part.
    pub partially_failed: i32,
    /// Failed.
    pub failed: i32,
    /// Superseded by a newer sync before they were sent.
    pub skipped: i32,
}

impl From<Counts> for StatusCounts {
    fn from(counts: Counts) -> Self {
        Self {
            total: counts.total(),
            pending: counts.pending,
            success: counts.success,
            partially_failed: counts.partially_failed,
            failed: counts.failed,
            skipped: counts.skipped,
        }
    }
}

impl From<ByStatus> for StatusCounts {
    fn from(counts: ByStatus) -> Self {
        Counts {
            pending: counts.at(Some(SyncStatus::Pending)),
            success: counts.at(Some(SyncStatus::Success)),
            partially_failed: counts.at(Some(SyncStatus::PartiallyFailed)),
            failed: counts.at(Some(SyncStatus::Failed)),
            skipped: counts.at(Some(SyncStatus::Skipped)),
        }
        .into()
    }
}

/// How many SKUs have a last sync at each status. None has one that was skipped.
#[derive(SimpleObject, Debug, Clone, Copy)]
pub struct LastSyncStatusCounts {
    /// Never synced.
    pub never_synced: i32,
    /// Waiting or in flight, waiting for a retry included.
    pub pending: i32,
    /// Succeeded.
    pub success: i32,
    /// Succeeded in part.
    pub partially_failed: i32,
    /// Failed.
    pub failed: i32,
}

impl From<ByStatus> for LastSyncStatusCounts {
    fn from(counts: ByStatus) -> Self {
        Self {
            never_synced: counts.at(None),
            pending: counts.at(Some(SyncStatus::Pending)),
            success: counts.at(Some(SyncStatus::Success)),
            partially_failed: counts.at(Some(SyncStatus::PartiallyFailed)),
            failed: counts.at(Some(SyncStatus::Failed)),
        }
    }
}

/// How many items a connection has in all.
pub struct Total<P: Paged>(Matching<P>);

impl<P: Paged> From<Matching<P>> for Total<P> {
    fn from(matching: Matching<P>) -> Self {
        Self(matching)
    }
}

impl<P: Paged> TypeName for Total<P> {
    fn type_name() -> Cow<'static, str> {
        format!("{:?}Total", P::KIND).into()
    }
}

#[Object(name_type)]
impl<P: Paged> Total<P> {
    /// How many items match the filter, on all pages.
    async fn total_count(&self) -> Option<async_graphql::Result<i32>> {
        Some(self.0.count().await.map_err(Into::into))
    }
}

macro_rules! totals_by_status {
    ($(#[$doc:meta])* $name:ident, $suffix:literal, $counts:ident) => {
        $(#[$doc])*
        pub struct $name<P: Counted>(Matching<P>);

        impl<P: Counted> From<Matching<P>> for $name<P> {
            fn from(matching: Matching<P>) -> Self {
                Self(matching)
            }
        }

        impl<P: Counted> TypeName for $name<P> {
            fn type_name() -> Cow<'static, str> {
                format!(concat!("{:?}", $suffix), P::KIND).into()
            }
        }

        #[Object(name_type)]
        impl<P: Counted> $name<P> {
            /// How many items match the filter, on all pages.
            async fn total_count(&self) -> Option<async_graphql::Result<i32>> {
                Some(self.0.count().await.map_err(Into::into))
            }

            /// How many items match the filter at each status, whatever the filter says about the status.
            async fn status_counts(&self) -> Option<async_graphql::Result<$counts>> {
                Some(self.0.by_status().await.map(Into::into).map_err(Into::into))
            }
        }
    };
}

totals_by_status! {
    /// How many items a connection of syncs has in all, and at each status.
    StatusTotals, "StatusTotals", StatusCounts
}

totals_by_status! {
    /// How many items a connection of SKUs has in all, and at each status of their last sync.
    LastSyncTotals, "LastSyncTotals", LastSyncStatusCounts
}
