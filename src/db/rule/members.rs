//! The three sets that belong to a rule: its chosen stores, its chosen warehouse SKUs and its warehouses. Their tables
//! are alike, so there is one of each statement.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::{sync_rule_sku, sync_rule_store, sync_rule_warehouse};
use sea_orm::{
    ActiveModelBehavior, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use uuid::Uuid;

use crate::db::CHUNK;
use crate::error::Result;

/// Ids by rule.
pub(super) type Sets = HashMap<Uuid, HashSet<Uuid>>;

/// A table with one row for each member of a rule's set.
pub(super) trait Members: EntityTrait<Model: IntoActiveModel<Self::ActiveModel>> {
    const MERCHANT: Self::Column;
    const RULE: Self::Column;
    const MEMBER: Self::Column;

    fn row(merchant: Uuid, rule: Uuid, member: Uuid) -> Self::Model;
}

macro_rules! members {
    ($table:ident, $column:ident, $field:ident) => {
        impl Members for $table::Entity {
            const MERCHANT: Self::Column = $table::Column::MerchantId;
            const RULE: Self::Column = $table::Column::SyncRuleId;
            const MEMBER: Self::Column = $table::Column::$column;

            fn row(merchant: Uuid, rule: Uuid, member: Uuid) -> Self::Model {
                $table::Model {
                    merchant_id: merchant,
                    sync_rule_id: rule,
                    $field: member,
                }
            }
        }
    };
}

members!(sync_rule_store, StoreId, store_id);
members!(sync_rule_sku, WarehouseSkuId, warehouse_sku_id);
members!(sync_rule_warehouse, WarehouseId, warehouse_id);

/// The whole set of each of `rules`.
pub(super) async fn of_rules<E: Members, C: ConnectionTrait>(conn: &C, merchant: Uuid, rules: &[Uuid]) -> Result<Sets> {
    let mut sets = Sets::new();
    for chunk in rules.chunks(CHUNK) {
        let pairs = E::find()
            .select_only()
            .column(E::RULE)
            .column(E::MEMBER)
            .filter(E::MERCHANT.eq(merchant))
            .filter(E::RULE.is_in(chunk.iter().copied()))
            .into_tuple::<(Uuid, Uuid)>()
            .all(conn)
            .await?;
        for (rule, member) in pairs {
            sets.entry(rule).or_default().insert(member);
        }
    }
    Ok(sets)
}

/// Makes a rule's set, which is `before` now, `after`.
pub(super) async fn replace<E>(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    rule: Uuid,
    before: &BTreeSet<Uuid>,
    after: &BTreeSet<Uuid>,
) -> Result<()>
where
    E: Members,
    E::ActiveModel: ActiveModelBehavior + Send,
{
    let gone: Vec<Uuid> = before.difference(after).copied().collect();
    for chunk in gone.chunks(CHUNK) {
        E::delete_many()
            .filter(E::MERCHANT.eq(merchant))
            .filter(E::RULE.eq(rule))
            .filter(E::MEMBER.is_in(chunk.iter().copied()))
            .exec(tx)
            .await?;
    }
    let new: Vec<Uuid> = after.difference(before).copied().collect();
    for chunk in new.chunks(CHUNK) {
        let rows = chunk
            .iter()
            .map(|member| E::row(merchant, rule, *member).into_active_model());
        E::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}
