//! Which store SKUs an order is about.

use std::collections::BTreeSet;

use entity::sync_rule;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::Wanted;
use crate::db;
use crate::db::store_sku::{Filter, ids as matching};
use crate::error::{Error, ProblemCode, Result};

/// The store SKUs that are wanted.
///
/// # Errors
/// Something that was named is not the merchant's.
pub(super) async fn resolve<C: ConnectionTrait>(conn: &C, merchant: Uuid, wanted: &Wanted) -> Result<Vec<Uuid>> {
    match wanted {
        Wanted::StoreSkus(ids) => {
            let known = matching(
                conn,
                merchant,
                &Filter {
                    ids: Some(ids.clone()),
                    ..Filter::default()
                },
            )
            .await?;
            require("storeSkuIds", "store SKU", ids, &known)?;
            Ok(known)
        }
        Wanted::Matching(filter) => matching(conn, merchant, filter).await,
        Wanted::Chosen {
            rule,
            stores,
            warehouse_skus,
        } => {
            if let Some(rule) = rule {
                enabled_rule(conn, merchant, *rule).await?;
            }
            if let Some(stores) = stores {
                let known = db::by_ids::<entity::store::Entity, _>(conn, merchant, stores).await?;
                require("storeIds", "store", stores, &known.into_keys().collect::<Vec<_>>())?;
            }
            if let Some(skus) = warehouse_skus {
                let known = db::by_ids::<entity::warehouse_sku::Entity, _>(conn, merchant, skus).await?;
                require(
                    "warehouseSkuIds",
                    "warehouse SKU",
                    skus,
                    &known.into_keys().collect::<Vec<_>>(),
                )?;
            }
            let filter = Filter {
                sync_rules: rule.map(|rule| vec![rule]),
                stores: stores.clone(),
                warehouse_skus: warehouse_skus.clone(),
                ..Filter::default()
            };
            matching(conn, merchant, &filter).await
        }
        Wanted::Rule(rule) => {
            enabled_rule(conn, merchant, *rule).await?;
            matching(
                conn,
                merchant,
                &Filter {
                    sync_rules: Some(vec![*rule]),
                    ..Filter::default()
                },
            )
            .await
        }
    }
}

/// The position of the first id that is not known is named; the id itself is the caller's and needs no repeating.
fn require(path: &str, what: &str, asked: &[Uuid], known: &[Uuid]) -> Result<()> {
    let known: BTreeSet<&Uuid> = known.iter().collect();
    match asked.iter().position(|id| !known.contains(id)) {
        None => Ok(()),
        Some(index) => {
            let path = format!("{path}.{index}");
            Err(Error::invalid(
                &path,
                ProblemCode::NotFound,
                format!("there is no {what} with this id"),
            ))
        }
    }
}

async fn enabled_rule<C: ConnectionTrait>(conn: &C, merchant: Uuid, id: Uuid) -> Result<()> {
    let rule = db::find::<sync_rule::Entity, _>(conn, merchant, id).await?;
    match rule.filter(|rule| rule.deleted_at.is_none()) {
        Some(rule) if rule.is_enabled => Ok(()),
        Some(rule) => {
            let message = format!("the rule \"{}\" is disabled, so it governs nothing", rule.name);
            Err(Error::invalid("syncRuleId", ProblemCode::Invalid, message))
        }
        None => Err(Error::invalid(
            "syncRuleId",
            ProblemCode::NotFound,
            "there is no sync rule with this id",
        )),
    }
}
