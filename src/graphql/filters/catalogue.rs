//! Filters of stores, warehouses and sync rules.

use async_graphql::{ID, InputObject};
use entity::types::{ConnectionStatus, Marketplace};

use super::{Checks, FilterInput};
use crate::db::{store, sync_rule, warehouse};
use crate::error::Result;
use crate::graphql::ids::NodeKind;

/// Which stores. Fields are ANDed; one that is left out says nothing; an empty list matches nothing.
#[derive(InputObject, Debug, Clone, Default)]
pub struct StoreFilter {
    /// These stores; at most 500.
    pub ids: Option<Vec<ID>>,
    /// Text that the code or the name has in it; letter case does not matter.
    pub search: Option<String>,
    /// Marketplace is one of these.
    pub marketplace_in: Option<Vec<Marketplace>>,
    /// State of the connection is one of these.
    pub connection_status_in: Option<Vec<ConnectionStatus>>,
}

impl FilterInput for StoreFilter {
    type Filter = store::Filter;

    fn check(self, path: &str) -> Result<store::Filter> {
        let mut checks = Checks::new(path);
        let filter = store::Filter {
            ids: checks.ids(NodeKind::Store, "ids", self.ids),
            search: checks.text("search", self.search),
            marketplaces: checks.list("marketplaceIn", self.marketplace_in),
            connection_statuses: checks.list("connectionStatusIn", self.connection_status_in),
        };
        checks.done(filter)
    }
}

/// Which warehouses. Fields are ANDed; one that is left out says nothing; an empty list matches nothing.
#[derive(InputObject, Debug, Clone, Default)]
pub struct WarehouseFilter {
    /// These warehouses; at most 500.
    pub ids: Option<Vec<ID>>,
    /// Text that the code or the name has in it; letter case does not matter.
    pub search: Option<String>,
}

impl FilterInput for WarehouseFilter {
    type Filter = warehouse::Filter;

    fn check(self, path: &str) -> Result<warehouse::Filter> {
        let mut checks = Checks::new(path);
        let filter = warehouse::Filter {
            ids: checks.ids(NodeKind::Warehouse, "ids", self.ids),
            search: checks.text("search", self.search),
        };
        checks.done(filter)
    }
}

/// Which sync rules. Fields are ANDed; one that is left out says nothing; an empty list matches nothing.
#[derive(InputObject, Debug, Clone, Default)]
pub struct SyncRuleFilter {
    /// These sync rules; at most 500.
    pub ids: Option<Vec<ID>>,
    /// Text that the name has in it; letter case does not matter.
    pub search: Option<String>,
    /// True: enabled. False: disabled.
    pub is_enabled: Option<bool>,
}

impl FilterInput for SyncRuleFilter {
    type Filter = sync_rule::Filter;

    fn check(self, path: &str) -> Result<sync_rule::Filter> {
        let mut checks = Checks::new(path);
        let filter = sync_rule::Filter {
            ids: checks.ids(NodeKind::SyncRule, "ids", self.ids),
            search: checks.text("search", self.search),
            is_enabled: self.is_enabled,
        };
        checks.done(filter)
    }
}
