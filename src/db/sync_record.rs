//! Sync records: what they can be filtered and sorted by.

use chrono::{DateTime, Utc};
use entity::types::{FailureCode, Marketplace, SyncReason, SyncStatus};
use entity::{mapping, sync_record};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::cursor::{CursorKind, KeyKind};
use super::filter::{Conditions, Range, store_skus_made_of, store_skus_with, warehouse_skus_with};
use super::keyset::{self, Counted, Direction, Order, OrderField, Paged, SortKey, status_branches};
use super::sync_record_tally::{self, Those};

/// Which sync records.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose store SKU's code or names, or warehouse SKU's code or name, have this text in them.
    pub search: Option<String>,
    /// At one of these statuses.
    pub statuses: Option<Vec<SyncStatus>>,
    /// Triggered by one of these.
    pub reasons: Option<Vec<SyncReason>>,
    /// On these marketplaces.
    pub marketplaces: Option<Vec<Marketplace>>,
    /// Of these stores.
    pub stores: Option<Vec<Uuid>>,
    /// Governed by these rules when they were made.
    pub sync_rules: Option<Vec<Uuid>>,
    /// Of these store SKUs.
    pub store_skus: Option<Vec<Uuid>>,
    /// Triggered by these warehouse SKUs.
    pub warehouse_skus: Option<Vec<Uuid>>,
    /// Triggered by a change of stock in these warehouses.
    pub warehouses: Option<Vec<Uuid>>,
    /// Caused by these manual actions.
    pub manual_syncs: Option<Vec<Uuid>>,
    /// Failed, at last or for now, for one of these.
    pub failure_codes: Option<Vec<FailureCode>>,
    /// Of store SKUs that are made of this warehouse SKU.
    pub made_of: Option<Uuid>,
    /// Made in this time.
    pub created_at: Range<DateTime<Utc>>,
}

impl Filter {
    /// Whether it says nothing about anything but the record itself, so that [`takes_but_for_status`] can tell.
    ///
    /// [`takes_but_for_status`]: Self::takes_but_for_status
    #[must_use]
    pub fn is_about_the_record_alone(&self) -> bool {
        self.search.is_none() && self.made_of.is_none()
    }

    /// Whether a record meets what the filter says about the record itself, but for its status. [`condition`] says the
    /// same to the database.
    #[must_use]
    pub fn takes_but_for_status(&self, row: &sync_record::Model) -> bool {
        fn has<T: PartialEq>(list: Option<&Vec<T>>, value: &T) -> bool {
            list.is_none_or(|list| list.contains(value))
        }
        fn has_some<T: PartialEq>(list: Option<&Vec<T>>, value: Option<&T>) -> bool {
            list.is_none_or(|list| value.is_some_and(|value| list.contains(value)))
        }
        let made = self.created_at;
        has(self.store_skus.as_ref(), &row.store_sku_id)
            && has(self.stores.as_ref(), &row.store_id)
            && has(self.reasons.as_ref(), &row.reason)
            && has(self.marketplaces.as_ref(), &row.marketplace)
            && has_some(self.sync_rules.as_ref(), row.sync_rule_id.as_ref())
            && has_some(self.warehouse_skus.as_ref(), row.warehouse_sku_id.as_ref())
            && has_some(self.warehouses.as_ref(), row.warehouse_id.as_ref())
            && has_some(self.manual_syncs.as_ref(), row.manual_sync_id.as_ref())
            && has_some(self.failure_codes.as_ref(), row.failure_code.as_ref())
            && made.from.is_none_or(|from| from <= row.created_at)
            && made.to.is_none_or(|to| row.created_at <= to)
    }
}

impl Filter {
    /// What it says, where the tally can tell how many records meet it.
    fn tallied(&self) -> Option<Those<'_>> {
        let Self {
            search: None,
            statuses,
            reasons: None,
            marketplaces,
            stores,
            sync_rules: None,
            store_skus: None,
            warehouse_skus: None,
            warehouses: None,
            manual_syncs: None,
            failure_codes: None,
            made_of: None,
            created_at: Range { from: None, to: None },
        } = self
        else {
            return None;
        };
        Some(Those {
            statuses: statuses.as_deref(),
            stores: stores.as_deref(),
            marketplaces: marketplaces.as_deref(),
        })
    }
}

/// The records of the merchant that match, as a condition on the table `sync_record`.
#[must_use]
pub fn condition(merchant: Uuid, filter: &Filter) -> Condition {
    use sync_record::Column as C;
    Conditions::of(C::MerchantId, merchant)
        .one_of(C::Status, filter.statuses.as_deref())
        .one_of(C::Reason, filter.reasons.as_deref())
        .one_of(C::Marketplace, filter.marketplaces.as_deref())
        .one_of(C::StoreId, filter.stores.as_deref())
        .one_of(C::SyncRuleId, filter.sync_rules.as_deref())
        .one_of(C::StoreSkuId, filter.store_skus.as_deref())
        .one_of(C::WarehouseSkuId, filter.warehouse_skus.as_deref())
        .one_of(C::WarehouseId, filter.warehouses.as_deref())
        .one_of(C::ManualSyncId, filter.manual_syncs.as_deref())
        .one_of(C::FailureCode, filter.failure_codes.as_deref())
        .maybe(filter.made_of, |id| {
            let component = mapping::Column::WarehouseSkuId.eq(id);
            C::StoreSkuId.in_subquery(store_skus_made_of(merchant, component))
        })
        .made_within(C::Id, C::CreatedAt, filter.created_at)
        .maybe(filter.search.as_deref(), |needle| {
            Condition::any()
                .add(C::StoreSkuId.in_subquery(store_skus_with(merchant, needle)))
                .add(C::WarehouseSkuId.in_subquery(warehouse_skus_with(merchant, needle)))
        })
        .done()
}

/// What sync records can be sorted by: only what an index has in order, since a merchant may have millions.
#[derive(async_graphql::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "SyncRecordOrderField")]
pub enum SyncRecordOrderField {
    /// When it was made.
    CreatedAt,
    /// Status, by its word.
    Status,
    /// Reason, by its word.
    Reason,
    /// Marketplace, by its word.
    Marketplace,
}

impl OrderField for SyncRecordOrderField {
    fn tag(self) -> u8 {
        self as u8
    }

    fn key(self) -> Option<SortKey> {
        use sync_record::Column as C;
        match self {
            Self::CreatedAt => None,
            Self::Status => SortKey::column(C::Status, KeyKind::Text),
            Self::Reason => SortKey::column(C::Reason, KeyKind::Text),
            Self::Marketplace => SortKey::column(C::Marketplace, KeyKind::Text),
        }
    }
}

impl Paged for sync_record::Entity {
    type Filter = Filter;
    type OrderField = SyncRecordOrderField;
    const KIND: CursorKind = CursorKind::SyncRecord;
    const DEFAULT_ORDER: Order<SyncRecordOrderField> = Order {
        field: SyncRecordOrderField::CreatedAt,
        direction: Direction::Desc,
    };

    fn condition(merchant: Uuid, filter: &Filter) -> Condition {
        condition(merchant, filter)
    }

    fn branches(filter: &Filter) -> Vec<Filter> {
        status_branches(filter.statuses.as_deref(), |status| Filter {
            statuses: Some(vec![status]),
            ..filter.clone()
        })
    }

    /// From the [tally](sync_record_tally), where that can tell.
    fn counting(merchant: Uuid, filter: &Filter) -> SelectStatement {
        match filter.tallied() {
            Some(those) => sync_record_tally::all(merchant, those),
            None => keyset::counting::<Self>(merchant, filter),
        }
    }

    /// Only so many records are kept of each store SKU. Those of a single one come out of an index in their order.
    fn matches_few(filter: &Filter) -> bool {
        filter.made_of.is_some() || filter.store_skus.as_ref().is_some_and(|ids| ids.len() > 1)
    }
}

impl Counted for sync_record::Entity {
    const STATUS: sync_record::Column = sync_record::Column::Status;

    fn without_status(filter: &Filter) -> Filter {
        Filter {
            statuses: None,
            ..filter.clone()
        }
    }

    /// From the [tally](sync_record_tally), where that can tell.
    fn counting_by_status(merchant: Uuid, filter: &Filter) -> SelectStatement {
        match filter.tallied() {
            Some(those) => sync_record_tally::by_status(merchant, those),
            None => keyset::counting_by_status::<Self>(merchant, filter),
        }
    }
}
