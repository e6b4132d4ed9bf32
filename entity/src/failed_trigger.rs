//! A trigger that could not become a sync, and why.

use sea_orm::entity::prelude::*;

use crate::types::{FailureCode, SyncReason};

/// A failed trigger.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "failed_trigger")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// Version 7, so that ids grow with time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Why it could not become a sync.
    pub failure_code: FailureCode,
    /// What had triggered it.
    pub reason: SyncReason,
    /// The caller's reference, such as an order number.
    pub reference: Option<String>,
    /// The warehouse SKU.
    pub warehouse_sku_id: Option<Uuid>,
    /// The warehouse whose stock changed.
    pub warehouse_id: Option<Uuid>,
    /// The store that would have been synced, where the failure is about one.
    pub store_id: Option<Uuid>,
    /// The store SKU that would have been synced, where the failure is about one.
    pub store_sku_id: Option<Uuid>,
    /// The rule, where one covers the store and the SKU.
    pub sync_rule_id: Option<Uuid>,
    /// The manual action, where a person triggered it.
    pub manual_sync_id: Option<Uuid>,
    /// Change in the warehouse SKU's available stock.
    pub movement: i32,
    /// When the trigger came.
    pub occurred_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
