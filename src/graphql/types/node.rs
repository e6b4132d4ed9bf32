//! `Node`: whatever has a global id.

#![expect(missing_docs, reason = "the derive makes a method that it does not document")]

use async_graphql::{Context, ID, Interface, Result};
use uuid::Uuid;

use super::{
    FailedTrigger, Listing, ManualSync, Merchant, Store, StoreSku, SyncAttempt, SyncRecord, SyncRule, Warehouse,
    WarehouseSku,
};
use crate::db;
use crate::graphql::context;
use crate::graphql::ids::{self, NodeKind};
use crate::graphql::loaders;

/// Whatever has a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id."))]
pub enum Node {
    /// See `Merchant`.
    Merchant(Merchant),
    /// See `Store`.
    Store(Store),
    /// See `Warehouse`.
    Warehouse(Warehouse),
    /// See `WarehouseSku`.
    WarehouseSku(WarehouseSku),
    /// See `StoreSku`.
    StoreSku(StoreSku),
    /// See `Listing`.
    Listing(Listing),
    /// See `SyncRule`.
    SyncRule(SyncRule),
    /// See `SyncRecord`.
    SyncRecord(SyncRecord),
    /// See `SyncAttempt`.
    SyncAttempt(SyncAttempt),
    /// See `ManualSync`.
    ManualSync(ManualSync),
    /// See `FailedTrigger`.
    FailedTrigger(FailedTrigger),
}

impl Node {
    /// What the caller's merchant has under a global id; none where it has nothing, or the id is none.
    ///
    /// # Errors
    /// What the database said.
    pub async fn load(ctx: &Context<'_>, id: &str) -> Result<Option<Self>> {
        let Some((kind, id)) = ids::decode(id) else {
            return Ok(None);
        };
        let loaders = loaders::current(ctx)?;
        Ok(match kind {
            NodeKind::Merchant => Self::merchant(ctx, id).await?,
            NodeKind::Store => loaders.store(id).await?.map(|row| Self::Store(row.into())),
            NodeKind::Warehouse => loaders.warehouse(id).await?.map(|row| Self::Warehouse(row.into())),
            NodeKind::WarehouseSku => loaders
                .warehouse_sku(id)
                .await?
                .map(|row| Self::WarehouseSku(row.into())),
            NodeKind::StoreSku => loaders.store_sku(id).await?.map(|row| Self::StoreSku(row.into())),
            NodeKind::Listing => loaders.listing(id).await?.map(|row| Self::Listing(row.into())),
            NodeKind::SyncRule => loaders.sync_rule(id).await?.map(|row| Self::SyncRule(row.into())),
            NodeKind::SyncRecord => loaders.sync_record(id).await?.map(|row| Self::SyncRecord(row.into())),
            NodeKind::SyncAttempt => loaders.sync_attempt(id).await?.map(|row| Self::SyncAttempt(row.into())),
            NodeKind::ManualSync => loaders.manual_sync(id).await?.map(|row| Self::ManualSync(row.into())),
            NodeKind::FailedTrigger => loaders
                .failed_trigger(id)
                .await?
                .map(|row| Self::FailedTrigger(row.into())),
        })
    }

    async fn merchant(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>> {
        if context::caller(ctx)?.merchant_id != id {
            return Ok(None);
        }
        let merchant = db::merchant::by_id(context::engine(ctx)?.db(), id).await?;
        Ok(merchant.map(|row| Self::Merchant(row.into())))
    }
}
