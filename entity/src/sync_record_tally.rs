//! How many of the sync records that are kept stand at which status, by store: the sum of all rows.

use sea_orm::entity::prelude::*;

use crate::types::SyncStatus;

/// How many more sync records of a store stand at a status than before; a negative number for fewer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_record_tally")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// The store that the records are of.
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: Uuid,
    /// Where they stand.
    #[sea_orm(primary_key, auto_increment = false)]
    pub status: SyncStatus,
    /// Tells the rows of a store and status apart.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// How many more.
    pub matching: i64,
}

impl ActiveModelBehavior for ActiveModel {}
