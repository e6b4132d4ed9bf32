//! Warehouses: what they can be filtered and sorted by.

use entity::warehouse;
use sea_orm::Condition;
use uuid::Uuid;

use super::cursor::{CursorKind, KeyKind};
use super::filter::{Conditions, contains_any};
use super::keyset::{Direction, Order, OrderField, Paged, SortKey};

/// Which warehouses.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// These.
    pub ids: Option<Vec<Uuid>>,
    /// Whose code or name has this text in it.
    pub search: Option<String>,
}

/// What warehouses can be sorted by.
#[derive(async_graphql::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "WarehouseOrderField")]
pub enum WarehouseOrderField {
    /// The merchant's own code.
    Code,
    /// Name.
    Name,
    /// When it was made.
    CreatedAt,
}

impl OrderField for WarehouseOrderField {
    fn tag(self) -> u8 {
        self as u8
    }

    fn key(self) -> Option<SortKey> {
        use warehouse::Column as C;
        match self {
            Self::Code => SortKey::column(C::Code, KeyKind::Text),
            Self::Name => SortKey::column(C::Name, KeyKind::Text),
            Self::CreatedAt => None,
        }
    }
}

impl Paged for warehouse::Entity {
    type Filter = Filter;
    type OrderField = WarehouseOrderField;
    const KIND: CursorKind = CursorKind::Warehouse;
    const DEFAULT_ORDER: Order<WarehouseOrderField> = Order {
        field: WarehouseOrderField::Code,
        direction: Direction::Asc,
    };

    fn condition(merchant: Uuid, filter: &Filter) -> Condition {
        use warehouse::Column as C;
        Conditions::of(C::MerchantId, merchant)
            .one_of(C::Id, filter.ids.as_deref())
            .maybe(filter.search.as_deref(), |needle| {
                contains_any([C::Code, C::Name], needle)
            })
            .done()
    }
}
