//! Filters of sync records, manual syncs and failed triggers.

use async_graphql::{ID, InputObject};
use entity::types::{FailureCode, ManualSyncKind, Marketplace, SyncReason, SyncStatus};

use super::{Checks, DateTimeRange, FilterInput};
use crate::db::{failed_trigger, manual_sync, sync_record};
use crate::error::Result;
use crate::graphql::ids::NodeKind;

/// Which sync records. Fields are ANDed; one that is left out says nothing; an empty list matches nothing.
#[derive(InputObject, Debug, Clone, Default)]
pub struct SyncRecordFilter {
    /// Text that the code or a name of the store SKU, or the code or name of the warehouse SKU that triggered the sync, has
    /// in it; letter case does not matter.
    pub search: Option<String>,
    /// Status is one of these.
    pub status_in: Option<Vec<SyncStatus>>,
    /// Reason is one of these.
    pub reason_in: Option<Vec<SyncReason>>,
    /// Marketplace is one of these.
    pub marketplace_in: Option<Vec<Marketplace>>,
    /// Store is one of these; at most 500.
    pub store_ids: Option<Vec<ID>>,
    /// Sync rule that governed is one of these; at most 500.
    pub sync_rule_ids: Option<Vec<ID>>,
    /// Store SKU is one of these; at most 500.
    pub store_sku_ids: Option<Vec<ID>>,
    /// Warehouse SKU that triggered the sync, or that limited the quantity, is one of these; at most 500.
    pub warehouse_sku_ids: Option<Vec<ID>>,
    /// Warehouse whose stock changed is one of these; at most 500.
    pub warehouse_ids: Option<Vec<ID>>,
    /// Caused by one of these manual syncs; at most 500.
    pub manual_sync_ids: Option<Vec<ID>>,
    /// Reason of the failure, of the last attempt while it is pending, is one of these.
    pub failure_code_in: Option<Vec<FailureCode>>,
    /// When the record was made.
    pub created_at: Option<DateTimeRange>,
}

impl FilterInput for SyncRecordFilter {
    type Filter = sync_record::Filter;

    fn check(self, path: &str) -> Result<sync_record::Filter> {
        let mut checks = Checks::new(path);
        let filter = sync_record::Filter {
            search: checks.text("search", self.search),
            statuses: checks.list("statusIn", self.status_in),
            reasons: checks.list("reasonIn", self.reason_in),
            marketplaces: checks.list("marketplaceIn", self.marketplace_in),
            stores: checks.ids(NodeKind::Store, "storeIds", self.store_ids),
            sync_rules: checks.ids(NodeKind::SyncRule, "syncRuleIds", self.sync_rule_ids),
            store_skus: checks.ids(NodeKind::StoreSku, "storeSkuIds", self.store_sku_ids),
            warehouse_skus: checks.ids(NodeKind::WarehouseSku, "warehouseSkuIds", self.warehouse_sku_ids),
            warehouses: checks.ids(NodeKind::Warehouse, "warehouseIds", self.warehouse_ids),
            manual_syncs: checks.ids(NodeKind::ManualSync, "manualSyncIds", self.manual_sync_ids),
            failure_codes: checks.list("failureCodeIn", self.failure_code_in),
            created_at: checks.times("createdAt", self.created_at),
            made_of: None,
        };
        checks.done(filter)
    }
}

/// Which manual syncs. Fields are ANDed; one that is left out says nothing; an empty list matches nothing.
#[derive(InputObject, Debug, Clone, Default)]
pub struct ManualSyncFilter {
    /// Kind is one of these.
    pub kind_in: Option<Vec<ManualSyncKind>>,
    /// Status is one of these.
    pub status_in: Option<Vec<SyncStatus>>,
    /// Requested by exactly this one: the name of an API key, or the subject of a token.
    pub requested_by: Option<String>,
    /// Sync rule that was chosen is one of these; at most 500.
    pub sync_rule_ids: Option<Vec<ID>>,
    /// When it was requested.
    pub created_at: Option<DateTimeRange>,
}

impl FilterInput for ManualSyncFilter {
    type Filter = manual_sync::Filter;

    fn check(self, path: &str) -> Result<manual_sync::Filter> {
        let mut checks = Checks::new(path);
        let filter = manual_sync::Filter {
            kinds: checks.list("kindIn", self.kind_in),
            statuses: checks.list("statusIn", self.status_in),
            requested_by: checks.text("requestedBy", self.requested_by),
            sync_rules: checks.ids(NodeKind::SyncRule, "syncRuleIds", self.sync_rule_ids),
            created_at: checks.times("createdAt", self.created_at),
        };
        checks.done(filter)
    }
}

/// Which failed triggers. Fields are ANDed; one that is left out says nothing; an empty list matches nothing.
#[derive(InputObject, Debug, Clone, Default)]
pub struct FailedTriggerFilter {
    /// Text that the code or name of the warehouse SKU, or the code or a name of the store SKU, has in it; letter case does
    /// not matter.
    pub search: Option<String>,
    /// Code of the failure is one of these.
    pub code_in: Option<Vec<FailureCode>>,
    /// Reason of the trigger is one of these.
    pub reason_in: Option<Vec<SyncReason>>,
    /// Store that the failure is about is one of these; at most 500.
    pub store_ids: Option<Vec<ID>>,
    /// Warehouse SKU is one of these; at most 500.
    pub warehouse_sku_ids: Option<Vec<ID>>,
    /// Sync rule is one of these; at most 500.
    pub sync_rule_ids: Option<Vec<ID>>,
    /// Triggered by one of these manual syncs; at most 500.
    pub manual_sync_ids: Option<Vec<ID>>,
    /// When the trigger came.
    pub occurred_at: Option<DateTimeRange>,
}

impl FilterInput for FailedTriggerFilter {
    type Filter = failed_trigger::Filter;

    fn check(self, path: &str) -> Result<failed_trigger::Filter> {
        let mut checks = Checks::new(path);
        let filter = failed_trigger::Filter {
            search: checks.text("search", self.search),
            failure_codes: checks.list("codeIn", self.code_in),
            reasons: checks.list("reasonIn", self.reason_in),
            stores: checks.ids(NodeKind::Store, "storeIds", self.store_ids),
            warehouse_skus: checks.ids(NodeKind::WarehouseSku, "warehouseSkuIds", self.warehouse_sku_ids),
            sync_rules: checks.ids(NodeKind::SyncRule, "syncRuleIds", self.sync_rule_ids),
            manual_syncs: checks.ids(NodeKind::ManualSync, "manualSyncIds", self.manual_sync_ids),
            occurred_at: checks.times("occurredAt", self.occurred_at),
        };
        checks.done(filter)
    }
}
