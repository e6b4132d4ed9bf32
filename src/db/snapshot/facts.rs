//! What a snapshot reads without locking it, in one statement: every list is one text.

use std::collections::{HashMap, HashSet};

use entity::types::{ConnectionStatus, Marketplace};
use sea_orm::{ActiveEnum, ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::StoreLink;
use crate::db::ids::{is_among, list};
use crate::db::packed::{Packed, Packing};
use crate::error::Result;

/// See the fields of the same names of [`Snapshot`](super::Snapshot).
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) stock: HashMap<(Uuid, Uuid), i32>,
    pub(super) marked_short: HashSet<Uuid>,
    pub(super) listed: HashSet<Uuid>,
    pub(super) stores: HashMap<Uuid, StoreLink>,
}

impl Facts {
    /// Reads what there is about these warehouse SKUs and store SKUs.
    ///
    /// # Errors
    /// What the database said.
    pub(super) async fn read(
        tx: &DatabaseTransaction,
        merchant: Uuid,
        warehouse_skus: &[Uuid],
        store_skus: &[Uuid],
    ) -> Result<Self> {
        let backend = tx.get_database_backend();
        let (packing, among_parts, among_skus) = (Packing(backend), is_among(backend, 2), is_among(backend, 3));
        let lists = [
            packing.rows_of(
                &["@warehouse_sku_id", "@warehouse_id", "available"],
                &format!("stock_level WHERE merchant_id = $1 AND warehouse_sku_id {among_parts}"),
            ),
            packing.rows_of(
                &["@id"],
                &format!("warehouse_sku WHERE merchant_id = $1 AND id {among_parts} AND is_marked_short"),
            ),
            packing.rows_of(
                &["@store_sku_id"],
                &format!("listing WHERE merchant_id = $1 AND store_sku_id {among_skus}"),
            ),
            packing.rows_of(
                &["@id", "connection_status", "connector"],
                "store WHERE merchant_id = $1",
            ),
        ];
        let values = [
            merchant.into(),
            list(backend, warehouse_skus),
            list(backend, store_skus),
        ];
        let packed = Packed::read(tx, &lists, values).await?;
        let stores: Vec<(Uuid, String, Option<String>)> = packed.list(3)?;
        let stock: Vec<(Uuid, Uuid, i32)> = packed.list(0)?;
        let marked_short: Vec<(Uuid,)> = packed.list(1)?;
        let listed: Vec<(Uuid,)> = packed.list(2)?;
        Ok(Self {
            stock: stock
                .into_iter()
                .map(|(part, warehouse, available)| ((part, warehouse), available))
                .collect(),
            marked_short: marked_short.into_iter().map(|(id,)| id).collect(),
            listed: listed.into_iter().map(|(id,)| id).collect(),
            stores: stores.into_iter().map(link).collect::<Result<_>>()?,
        })
    }
}

fn link((id, status, connector): (Uuid, String, Option<String>)) -> Result<(Uuid, StoreLink)> {
    let link = StoreLink {
        status: ConnectionStatus::try_from_value(&status)?,
        connector: connector.map(|word| Marketplace::try_from_value(&word)).transpose()?,
    };
    Ok((id, link))
}
