//! What a trigger says, on its way to become a record or a failed trigger.

use entity::store_sku;
use entity::types::SyncReason;
use uuid::Uuid;

use super::StockTrigger;
use crate::domain::rule::Rule;

/// What a record is made from.
#[derive(Clone, Copy)]
pub(super) struct Draft<'t> {
    pub(super) reason: SyncReason,
    pub(super) reference: Option<&'t str>,
    pub(super) warehouse_sku: Option<Uuid>,
    pub(super) warehouse: Option<Uuid>,
    pub(super) movement: i32,
    pub(super) manual_sync_id: Option<Uuid>,
}

impl Draft<'_> {
    /// Whether a stock change triggered it.
    pub(super) fn is_of_stock(&self) -> bool {
        self.warehouse.is_some()
    }
}

impl<'t> From<&'t StockTrigger> for Draft<'t> {
    fn from(trigger: &'t StockTrigger) -> Self {
        Self {
            reason: trigger.reason,
            reference: trigger.reference.as_deref(),
            warehouse_sku: Some(trigger.warehouse_sku),
            warehouse: Some(trigger.warehouse),
            movement: trigger.movement,
            manual_sync_id: None,
        }
    }
}

/// What a failed trigger is about, as far as that is known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Where {
    pub(super) store: Option<Uuid>,
    pub(super) store_sku: Option<Uuid>,
    pub(super) rule: Option<Uuid>,
}

impl Where {
    pub(super) fn store_sku(store_sku: &store_sku::Model) -> Self {
        Self {
            store: Some(store_sku.store_id),
            store_sku: Some(store_sku.id),
            rule: None,
        }
    }

    pub(super) fn under(self, rule: &Rule) -> Self {
        Self {
            rule: Some(rule.id),
            ..self
        }
    }
}
