//! What stands beside a page: how many items match in all, and at each status.

use std::borrow::Cow;
use std::collections::HashMap;

use async_graphql::{Object, SimpleObject, TypeName};
use entity::types::SyncStatus;
use uuid::Uuid;

use crate::db::Db;
use crate::db::keyset::{self, Counted, Paged};
use crate::domain::status::Counts;
use crate::error::Result;

/// All rows that match a connection's filter, whatever page is shown.
pub struct Matching<P: Paged> {
    pub(super) db: Db,
    pub(super) merchant: Uuid,
    pub(super) filter: P::Filter,
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
