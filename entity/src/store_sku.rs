//! An article as a store lists it.

use sea_orm::entity::prelude::*;

use crate::types::{Marketplace, SyncReason, SyncStatus};

/// A store SKU, with its governing rule and its last sync.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "store_sku")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// Version 7, so that ids grow with time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The store that lists it.
    pub store_id: Uuid,
    /// The store's marketplace, kept here so that it can be filtered and sorted by.
    pub marketplace: Marketplace,
    /// The SKU code, unique per store.
    pub sku: String,
    /// Name of the product in the store.
    pub product_name: String,
    /// Name of the variation in the store; empty where there is none.
    pub variation_name: String,
    /// Lower-cased code and names, for text search.
    pub search_text: String,
    /// The one rule that governs it; kept up to date by whatever changes rules, mappings or stores.
    pub sync_rule_id: Option<Uuid>,
    /// Number of the newest sync record; the next one takes the next number.
    pub record_seq: i64,
    /// What is added to a record's number to make the sequence that is pushed. It lifts the sequence above what other
    /// store SKUs of the store have pushed when a listing moves between them, so that a listing's sequence only grows.
    pub sequence_offset: i64,
    /// Quantity of the newest record that was pushed; the next record's quantity before.
    pub pushed_quantity: Option<i32>,
    /// No push before this time, because an earlier one may still be applied by the marketplace.
    pub held_until: Option<DateTimeUtc>,
    /// The newest record, which may be gone by now.
    pub last_sync_record_id: Option<Uuid>,
    /// Status of the newest sync; none while there was no sync. Kept when the record behind it is gone.
    pub last_sync_status: Option<SyncStatus>,
    /// Quantity of the newest sync; 0 while there was none.
    pub last_sync_quantity: i32,
    /// Reason of the newest sync.
    pub last_sync_reason: Option<SyncReason>,
    /// Time of the newest sync; the Unix epoch while there was none, so that it can be a sort key.
    pub last_sync_at: DateTimeUtc,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
