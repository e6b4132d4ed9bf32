//! One sync of one store SKU. The record is also the job: there is no other queue.

use sea_orm::entity::prelude::*;

use crate::types::{FailureCode, Marketplace, SyncReason, SyncStatus};

/// A sync record.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_record")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// Version 7, so that ids grow with time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Number among the store SKU's records, growing by one: the order of the syncs, whatever clocks say.
    pub seq: i64,
    /// The store.
    pub store_id: Uuid,
    /// The store's marketplace.
    pub marketplace: Marketplace,
    /// The store SKU.
    pub store_sku_id: Uuid,
    /// The warehouse SKU that triggered it, or the one that limits the quantity where none did.
    pub warehouse_sku_id: Option<Uuid>,
    /// The warehouse whose stock changed; none where no stock changed.
    pub warehouse_id: Option<Uuid>,
    /// The rule that governed.
    pub sync_rule_id: Option<Uuid>,
    /// The rule's name at that time.
    pub rule_name: String,
    /// The manual action that caused it.
    pub manual_sync_id: Option<Uuid>,
    /// What triggered it.
    pub reason: SyncReason,
    /// The caller's reference, such as an order number.
    pub reference: Option<String>,
    /// Quantity of the previous pushed record; where there is none, the warehouse SKU's available stock before the change.
    pub quantity_before: i32,
    /// Change in the warehouse SKU's available stock.
    pub movement: i32,
    /// What the rule computed and what is pushed.
    pub quantity_after: i32,
    /// Whether the computed quantity was cut to the marketplace's largest.
    pub is_clamped: bool,
    /// Where it stands.
    pub status: SyncStatus,
    /// Why it failed, or why the last attempt did.
    pub failure_code: Option<FailureCode>,
    /// What the marketplace said, cut to a stated size.
    pub failure_message: Option<String>,
    /// Calls that counted as attempts.
    pub attempt_count: i32,
    /// Unsent: when it may be sent. In flight: when its lease ends. Final: none.
    pub due_at: Option<DateTimeUtc>,
    /// The worker's claim that it is in flight under; none while it is unsent or final.
    pub lease_id: Option<Uuid>,
    /// The newer record that this one was skipped for.
    pub superseded_by: Option<Uuid>,
    /// Grows by one with every change of the record.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was first sent.
    pub started_at: Option<DateTimeUtc>,
    /// When it became final.
    pub finished_at: Option<DateTimeUtc>,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
