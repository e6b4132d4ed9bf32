//! Keeping the catalogue: stores, warehouses, SKUs, listings, components and the shortage mark.
//!
//! # Guarantees
//!
//! - Everything is addressed by the merchant's own codes. A call makes what is not there and changes what is; giving
//!   the same again changes nothing and triggers nothing, so a call whose answer was lost can be repeated.
//! - A call is applied whole or not at all. Everything that is wrong with it is reported at once, each problem with
//!   the path of the value.
//! - A store SKU whose components or listings changed is governed by the right rule, and has been planned anew, when
//!   the call returns. So has every store SKU of which a component lost its shortage mark; where these are many, they
//!   are planned in the background.
//! - The calls of one merchant run one after the other, see [`crate::db::catalogue::lock`].
//!
//! # Not guaranteed
//!
//! - Nothing is deleted: a store, a warehouse or a SKU that is no longer given stays. Listings and components that are
//!   no longer given with their store SKU do go.
//! - A push that is in flight while its listing goes may still reach the marketplace.
//! - Connecting a store sends what waited for its connection. It plans nothing anew: triggers that failed while there
//!   was no connection stay failed.

mod input;
mod shortage;
mod store_skus;
mod stores;
mod warehouses;

pub use input::{
    ComponentInput, ConnectionInput, ListingInput, StoreInput, StoreSkuInput, WarehouseInput, WarehouseSkuInput,
};

use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::db::{catalogue, lock};
use crate::error::Result;

/// Most items of one call.
pub const MAX_ITEMS: usize = 1_000;
/// Most listings of one store SKU.
pub const MAX_LISTINGS: usize = 100;
/// Most components of one store SKU.
pub const MAX_COMPONENTS: usize = 50;

/// Locks everything that planning these store SKUs locks, and `warehouse_skus` besides: all at once, because locks
/// that are taken in several rounds are not taken in the order of the ids. After [`catalogue::lock`], under which the
/// components cannot change.
pub(super) async fn lock_skus(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    store_skus: &[Uuid],
    warehouse_skus: impl IntoIterator<Item = Uuid>,
) -> Result<()> {
    let components = catalogue::components(tx, merchant, store_skus).await?;
    let parts = components.iter().map(|component| component.warehouse_sku_id);
    let parts: Vec<Uuid> = parts.chain(warehouse_skus).collect();
    lock::warehouse_skus(tx, merchant, &parts).await?;
    lock::store_sku_ids(tx, merchant, store_skus).await?;
    Ok(())
}
