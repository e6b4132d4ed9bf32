//! The objects of the API, one file for each aggregate.
//!
//! An object wraps its row; what it links to comes through the [`loaders`](super::loaders). A link that may be missing
//! or fail is nullable, so that one failing link leaves the rest of the answer standing.

/// The object of a row, from the row itself or from what others hold too.
macro_rules! from_row {
    ($object:ident, $row:ident) => {
        impl From<$row::Model> for $object {
            fn from(row: $row::Model) -> Self {
                Self(std::sync::Arc::new(row))
            }
        }

        impl From<std::sync::Arc<$row::Model>> for $object {
            fn from(row: std::sync::Arc<$row::Model>) -> Self {
                Self(row)
            }
        }
    };
}

mod catalogue;
mod failure;
mod last_sync;
mod manual_sync;
mod node;
mod reason;
mod store_sku;
mod sync_attempt;
mod sync_record;
mod sync_rule;
mod viewer;
mod warehouse_sku;

pub use catalogue::{MarketplaceLink, Store, Warehouse};
pub use failure::{FailedTrigger, FailureReason};
pub use last_sync::LastSync;
pub use manual_sync::{LeftOut, ManualSync};
pub use node::Node;
pub use reason::{ConnectionStatusInfo, FailureReasonInfo, SyncReasonInfo, SyncStatusInfo};
pub use store_sku::{Component, Listing, StoreSku};
pub use sync_attempt::SyncAttempt;
pub use sync_record::SyncRecord;
pub use sync_rule::{SellOut, SyncRule};
pub use viewer::{Merchant, Viewer};
pub use warehouse_sku::{StockLevel, WarehouseSku};

use async_graphql::Result;
use chrono::{DateTime, Utc};

use super::lean::{Lean, LeanList};

/// The object of a row that a link points at: null where there is none, an error where it could not be read.
async fn linked<M, N: From<M>>(loading: impl Future<Output = Result<Option<M>>>) -> Option<Result<Lean<N>>> {
    loading.await.transpose().map(|row| row.map(|row| Lean(row.into())))
}

/// The objects of the rows that a link points at.
async fn linked_list<M, N: From<M>>(loading: impl Future<Output = Result<Vec<M>>>) -> Result<LeanList<N>> {
    Ok(LeanList(loading.await?.into_iter().map(N::from).collect()))
}

/// The time from one to the other, in milliseconds.
fn milliseconds(from: DateTime<Utc>, to: DateTime<Utc>) -> i32 {
    i32::try_from((to - from).num_milliseconds()).unwrap_or(i32::MAX).max(0)
}
