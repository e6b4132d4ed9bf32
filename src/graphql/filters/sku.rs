//! Filters of store SKUs and warehouse SKUs.

use async_graphql::{ID, InputObject};
use entity::types::{Marketplace, SyncReason, SyncStatus};

use super::{Checks, DateTimeRange, FilterInput, IntRange};
use crate::db::{store_sku, warehouse_sku};
use crate::error::Result;
use crate::graphql::ids::NodeKind;

/// Which store SKUs. Fields are ANDed; one that is left out says nothing; an empty list matches nothing.
#[derive(InputObject, Debug, Clone, Default)]
pub struct StoreSkuFilter {
    /// These store SKUs; at most 500.
    pub ids: Option<Vec<ID>>,
    /// Text that the SKU code, product name or variation name has in it, or the code or name of a warehouse SKU that the
    /// store SKU is made of; letter case does not matter.
    pub search: Option<String>,
    /// Status of the last sync is one of these.
    pub status_in: Option<Vec<SyncStatus>>,
    /// Reason of the last sync is one of these.
    pub reason_in: Option<Vec<SyncReason>>,
    /// Marketplace is one of these.
    pub marketplace_in: Option<Vec<Marketplace>>,
    /// Store is one of these; at most 500.
    pub store_ids: Option<Vec<ID>>,
    /// Governing sync rule is one of these; at most 500.
    pub sync_rule_ids: Option<Vec<ID>>,
    /// True: governed by a sync rule. False: governed by none.
    pub has_sync_rule: Option<bool>,
    /// True: synced at least once. False: never synced.
    pub has_last_sync: Option<bool>,
    /// Time of the last sync. What was never synced is in no range.
    pub last_sync_at: Option<DateTimeRange>,
    /// Quantity of the last sync. What was never synced is in no range.
    pub quantity: Option<IntRange>,
    /// Made of one of these warehouse SKUs, among others perhaps; at most 500.
    pub warehouse_sku_ids: Option<Vec<ID>>,
}

impl FilterInput for StoreSkuFilter {
    type Filter = store_sku::Filter;

    fn check(self, path: &str) -> Result<store_sku::Filter> {
        let mut checks = Checks::new(path);
        let filter = store_sku::Filter {
            ids: checks.ids(NodeKind::StoreSku, "ids", self.ids),
            search: checks.text("search", self.search),
            statuses: checks.list("statusIn", self.status_in),
            reasons: checks.list("reasonIn", self.reason_in),
            marketplaces: checks.list("marketplaceIn", self.marketplace_in),
            stores: checks.ids(NodeKind::Store, "storeIds", self.store_ids),
            sync_rules: checks.ids(NodeKind::SyncRule, "syncRuleIds", self.sync_rule_ids),
            has_sync_rule: self.has_sync_rule,
            has_last_sync: self.has_last_sync,
            last_sync_at: checks.times("lastSyncAt", self.last_sync_at),
            quantity: checks.numbers("quantity", self.quantity),
            warehouse_skus: checks.ids(NodeKind::WarehouseSku, "warehouseSkuIds", self.warehouse_sku_ids),
            made_of: None,
        };
        checks.done(filter)
    }
}

/// Which warehouse SKUs. Fields are ANDed; one that is left out says nothing; an empty list matches nothing. What is said
/// about marketplaces, stores and rules must hold for one and the same store SKU that is made of the warehouse SKU.
#[derive(InputObject, Debug, Clone, Default)]
pub struct WarehouseSkuFilter {
    /// These warehouse SKUs; at most 500.
    pub ids: Option<Vec<ID>>,
    /// Text that the SKU code or the name has in it; letter case does not matter.
    pub search: Option<String>,
    /// Status of the last sync is one of these.
    pub status_in: Option<Vec<SyncStatus>>,
    /// Reason of the last sync is one of these.
    pub reason_in: Option<Vec<SyncReason>>,
    /// Has a store SKU on one of these marketplaces.
    pub marketplace_in: Option<Vec<Marketplace>>,
    /// Has a store SKU in one of these stores; at most 500.
    pub store_ids: Option<Vec<ID>>,
    /// Has a store SKU that one of these sync rules governs; at most 500.
    pub sync_rule_ids: Option<Vec<ID>>,
    /// True: carries the shortage mark. False: does not.
    pub is_marked_short: Option<bool>,
    /// True: synced at least once. False: never synced.
    pub has_last_sync: Option<bool>,
    /// Time of the last sync. What was never synced is in no range.
    pub last_sync_at: Option<DateTimeRange>,
    /// Quantity of the last sync. What was never synced is in no range.
    pub quantity: Option<IntRange>,
}

impl FilterInput for WarehouseSkuFilter {
    type Filter = warehouse_sku::Filter;

    fn check(self, path: &str) -> Result<warehouse_sku::Filter> {
        let mut checks = Checks::new(path);
        let filter = warehouse_sku::Filter {
            ids: checks.ids(NodeKind::WarehouseSku, "ids", self.ids),
            search: checks.text("search", self.search),
            statuses: checks.list("statusIn", self.status_in),
            reasons: checks.list("reasonIn", self.reason_in),
            marketplaces: checks.list("marketplaceIn", self.marketplace_in),
            stores: checks.ids(NodeKind::Store, "storeIds", self.store_ids),
            sync_rules: checks.ids(NodeKind::SyncRule, "syncRuleIds", self.sync_rule_ids),
            is_marked_short: self.is_marked_short,
            has_last_sync: self.has_last_sync,
            last_sync_at: checks.times("lastSyncAt", self.last_sync_at),
            quantity: checks.numbers("quantity", self.quantity),
            ..warehouse_sku::Filter::default()
        };
        checks.done(filter)
    }
}
