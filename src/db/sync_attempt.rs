//! Attempts of a sync record: what they can be sorted by.

use entity::sync_attempt;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::cursor::CursorKind;
use super::filter::Conditions;
use super::keyset::{Direction, Order, OrderField, Paged, SortKey};

/// Which attempts.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// Those of this record.
    pub sync_record: Uuid,
}

/// What attempts can be sorted by.
#[derive(async_graphql::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "SyncAttemptOrderField")]
pub enum SyncAttemptOrderField {
    /// When it was made.
    CreatedAt,
}

impl OrderField for SyncAttemptOrderField {
    fn tag(self) -> u8 {
        self as u8
    }

    fn key(self) -> Option<SortKey> {
        match self {
            Self::CreatedAt => None,
        }
    }
}

impl Paged for sync_attempt::Entity {
    type Filter = Filter;
    type OrderField = SyncAttemptOrderField;
    const KIND: CursorKind = CursorKind::SyncAttempt;
    const DEFAULT_ORDER: Order<SyncAttemptOrderField> = Order {
        field: SyncAttemptOrderField::CreatedAt,
        direction: Direction::Asc,
    };

    fn condition(merchant: Uuid, filter: &Filter) -> Condition {
        Conditions::of(sync_attempt::Column::MerchantId, merchant)
            .and(sync_attempt::Column::SyncRecordId.eq(filter.sync_record))
            .done()
    }
}
