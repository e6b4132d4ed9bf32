//! Stores: what they can be filtered and sorted by.

use chrono::{DateTime, Utc};
use entity::store;
use entity::types::{ConnectionStatus, Marketplace};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::Db;
use super::cursor::{CursorKind, KeyKind};
use super::filter::{Conditions, contains_any};
use super::keyset::{Direction, Order, OrderField, Paged, SortKey};
use crate::error::Result;

/// Which stores.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// These.
    pub ids: Option<Vec<Uuid>>,
    /// Whose code or name has this text in it.
    pub search: Option<String>,
    /// On these marketplaces.
    pub marketplaces: Option<Vec<Marketplace>>,
    /// Whose connection stands at one of these.
    pub connection_statuses: Option<Vec<ConnectionStatus>>,
}

/// A store, locked until the transaction ends.
///
/// # Errors
/// What the database said.
pub async fn lock(tx: &DatabaseTransaction, merchant: Uuid, id: Uuid) -> Result<Option<store::Model>> {
    let row = store::Entity::find_by_id((merchant, id)).lock_exclusive();
    Ok(row.one(tx).await?)
}

/// The sealed secret of some store, of any merchant: what an encryption key can be tried on.
///
/// # Errors
/// What the database said.
pub async fn any_sealed(db: &Db) -> Result<Option<(Uuid, Vec<u8>)>> {
    let found = store::Entity::find()
        .select_only()
        .column(store::Column::Id)
        .column(store::Column::Credentials)
        .filter(store::Column::Credentials.is_not_null())
        .into_tuple::<(Uuid, Vec<u8>)>()
        .one(db.reader())
        .await?;
    Ok(found)
}

/// Stores that have credentials, of all merchants, in the order of their keys.
///
/// # Errors
/// What the database said.
pub async fn sealed_after(db: &Db, after: Option<(Uuid, Uuid)>, limit: u64) -> Result<Vec<store::Model>> {
    use store::Column as C;
    let later = after.map(|(merchant, id)| {
        let same = Condition::all().add(C::MerchantId.eq(merchant)).add(C::Id.gt(id));
        Condition::any().add(C::MerchantId.gt(merchant)).add(same)
    });
    let found = store::Entity::find()
        .filter(C::Credentials.is_not_null())
        .filter(later.unwrap_or_else(Condition::all))
        .order_by_asc(C::MerchantId)
        .order_by_asc(C::Id)
        .limit(limit)
        .all(db.reader())
        .await?;
    Ok(found)
}

/// When a pause ends that only a person ends.
pub const FOR_GOOD: DateTime<Utc> = match DateTime::from_timestamp(253_402_214_400, 0) {
    Some(time) => time,
    None => DateTime::UNIX_EPOCH,
};

/// Stores what `access` is called with from now on. Returns whether it was still called with the same as when it was
/// read; otherwise nothing is changed.
///
/// # Errors
/// What the database said.
pub async fn replace_credentials(db: &Db, access: &store::Model, credentials: &[u8]) -> Result<bool> {
    let (access, credentials) = (access.clone(), credentials.to_vec());
    db.write(move |tx| {
        let (access, credentials) = (access.clone(), credentials.clone());
        Box::pin(async move {
            let result = store::Entity::update_many()
                .col_expr(store::Column::Credentials, Expr::val(credentials))
                .filter(by_access(&access))
                .exec(tx)
                .await?;
            Ok(result.rows_affected > 0)
        })
    })
    .await
}

/// The store, as long as it is connected as it was when `access` was read.
pub(super) fn by_access(access: &store::Model) -> Condition {
    Condition::all()
        .add(store::Column::MerchantId.eq(access.merchant_id))
        .add(store::Column::Id.eq(access.id))
        .add(store::Column::Credentials.eq(access.credentials.clone()))
}

/// What stores can be sorted by.
#[derive(async_graphql::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "StoreOrderField")]
pub enum StoreOrderField {
    /// The merchant's own code.
    Code,
    /// Name.
    Name,
    /// Marketplace, by its word.
    Marketplace,
    /// When it was made.
    CreatedAt,
}

impl OrderField for StoreOrderField {
    fn tag(self) -> u8 {
        self as u8
    }

    fn key(self) -> Option<SortKey> {
        use store::Column as C;
        match self {
            Self::Code => SortKey::column(C::Code, KeyKind::Text),
            Self::Name => SortKey::column(C::Name, KeyKind::Text),
            Self::Marketplace => SortKey::column(C::Marketplace, KeyKind::Text),
            Self::CreatedAt => None,
        }
    }
}

impl Paged for store::Entity {
    type Filter = Filter;
    type OrderField = StoreOrderField;
    const KIND: CursorKind = CursorKind::Store;
    const DEFAULT_ORDER: Order<StoreOrderField> = Order {
        field: StoreOrderField::Code,
        direction: Direction::Asc,
    };

    fn condition(merchant: Uuid, filter: &Filter) -> Condition {
        use store::Column as C;
        Conditions::of(C::MerchantId, merchant)
            .one_of(C::Id, filter.ids.as_deref())
            .one_of(C::Marketplace, filter.marketplaces.as_deref())
            .one_of(C::ConnectionStatus, filter.connection_statuses.as_deref())
            .maybe(filter.search.as_deref(), |needle| {
                contains_any([C::Code, C::Name], needle)
            })
            .done()
    }
}
