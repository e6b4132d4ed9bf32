//! Manual syncs: what they can be filtered and sorted by.

use chrono::{DateTime, Utc};
use entity::manual_sync;
use entity::types::{ManualSyncKind, SyncStatus};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::cursor::{CursorKind, KeyKind};
use super::filter::{Conditions, Range};
use super::keyset::{Counted, Direction, Order, OrderField, Paged, SortKey, status_branches};

/// Which manual syncs.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one of these kinds.
    pub kinds: Option<Vec<ManualSyncKind>>,
    /// At one of these statuses.
    pub statuses: Option<Vec<SyncStatus>>,
    /// Done by exactly this one.
    pub requested_by: Option<String>,
    /// Of these rules.
    pub sync_rules: Option<Vec<Uuid>>,
    /// Done in this time.
    pub created_at: Range<DateTime<Utc>>,
}

/// The manual syncs of the merchant that match, as a condition on the table `manual_sync`.
#[must_use]
pub fn condition(merchant: Uuid, filter: &Filter) -> Condition {
    use manual_sync::Column as C;
    Conditions::of(C::MerchantId, merchant)
        .one_of(C::Kind, filter.kinds.as_deref())
        .one_of(C::Status, filter.statuses.as_deref())
        .maybe(filter.requested_by.as_deref(), |name| C::RequestedBy.eq(name))
        .one_of(C::SyncRuleId, filter.sync_rules.as_deref())
        .made_within(C::Id, C::CreatedAt, filter.created_at)
        .done()
}

/// What manual syncs can be sorted by.
#[derive(async_graphql::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "ManualSyncOrderField")]
pub enum ManualSyncOrderField {
    /// When the person did it.
    CreatedAt,
    /// Status, by its word.
    Status,
    /// Kind, by its word.
    Kind,
    /// Who did it.
    RequestedBy,
    /// When the last of its records became final; what is pending is the oldest.
    FinishedAt,
}

impl OrderField for ManualSyncOrderField {
    fn tag(self) -> u8 {
        self as u8
    }

    fn key(self) -> Option<SortKey> {
        use manual_sync::Column as C;
        match self {
            Self::CreatedAt => None,
            Self::Status => SortKey::column(C::Status, KeyKind::Text),
            Self::Kind => SortKey::column(C::Kind, KeyKind::Text),
            Self::RequestedBy => SortKey::column(C::RequestedBy, KeyKind::Text),
            Self::FinishedAt => SortKey::time(C::FinishedAt),
        }
    }
}

impl Paged for manual_sync::Entity {
    type Filter = Filter;
    type OrderField = ManualSyncOrderField;
    const KIND: CursorKind = CursorKind::ManualSync;
    const DEFAULT_ORDER: Order<ManualSyncOrderField> = Order {
        field: ManualSyncOrderField::CreatedAt,
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
}

impl Counted for manual_sync::Entity {
    const STATUS: manual_sync::Column = manual_sync::Column::Status;

    fn without_status(filter: &Filter) -> Filter {
        Filter {
            statuses: None,
            ..filter.clone()
        }
    }
}
