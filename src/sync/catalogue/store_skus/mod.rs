//! Store SKUs, where they are listed and what they are made of.

mod check;
mod parts;
mod resolve;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::store_sku;
use entity::types::SyncReason;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use self::resolve::Resolved;
use super::{StoreSkuInput, lock_skus};
use crate::clock::now;
use crate::db::snapshot::components_of;
use crate::db::{self, catalogue};
use crate::domain::text;
use crate::error::Result;
use crate::sync::Engine;
use crate::sync::plan::{self, Cause, Planned, Planning};

impl Engine {
    /// Makes and changes store SKUs, by store and code. Listings and components that are given replace the present
    /// ones as a whole; where none are given, those stay. Whatever gained or lost listings or components is governed
    /// and planned anew, except a new store SKU that is made of nothing yet. Returns the store SKUs in the order of
    /// the input.
    ///
    /// # Errors
    /// A problem of the input, such as a listing that another store SKU of the store has; then nothing is changed.
    pub async fn upsert_store_skus(
        &self,
        merchant: Uuid,
        store_skus: Vec<StoreSkuInput>,
    ) -> Result<Vec<store_sku::Model>> {
        let given = Arc::new(check::checked(store_skus)?);
        let engine = self.clone();
        let (rows, planned) = self
            .db()
            .write(move |tx| {
                let (planning, given) = (engine.planning(merchant, now()), Arc::clone(&given));
                Box::pin(async move { write(tx, &planning, &given).await })
            })
            .await?;
        self.announce(planned);
        Ok(rows)
    }

    /// Checks store SKUs as [`Engine::upsert_store_skus`] would, and changes nothing.
    ///
    /// # Errors
    /// The problems of the input.
    pub async fn check_store_skus(&self, merchant: Uuid, store_skus: Vec<StoreSkuInput>) -> Result<()> {
        let given = check::checked(store_skus)?;
        resolve::resolve(self.db().reader(), merchant, &given).await.map(|_| ())
    }
}

async fn write(
    tx: &DatabaseTransaction,
    planning: &Planning,
    given: &[StoreSkuInput],
) -> Result<(Vec<store_sku::Model>, Planned)> {
    let merchant = planning.merchant;
    catalogue::lock(tx, merchant).await?;
    let resolved = resolve::resolve(tx, merchant, given).await?;
    let ids: Vec<Uuid> = resolved.iter().map(|one| one.id).collect();
    let new_parts = resolved.iter().flat_map(|one| one.components.iter().flatten());
    lock_skus(tx, merchant, &ids, new_parts.map(|(warehouse_sku, _)| *warehouse_sku)).await?;
    write_rows(tx, merchant, &resolved, planning.now).await?;
    let changed = write_parts(tx, merchant, &resolved).await?;
    let governed = plan::governed_anew(tx, merchant, &changed.remade).await?;
    db::plan::set_governing_rules(tx, merchant, &governed).await?;
    let cause = Cause {
        reason: SyncReason::MappingChanged,
        manual_sync_id: None,
    };
    let planned = plan::sync_store_skus(tx, planning, &changed.store_skus, &cause).await?;
    db::aggregate::refresh_warehouse_skus(tx, merchant, &changed.parts).await?;
    db::aggregate::clear_warehouse_skus(tx, merchant, &changed.parts).await?;
    // Governing and planning moved the rule and the last sync, so the rows are read again.
    let rows = catalogue::store_skus_by_ids(tx, merchant, &ids).await?;
    let mut rows: HashMap<Uuid, store_sku::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    Ok((ids.iter().filter_map(|id| rows.remove(id)).collect(), planned))
}

async fn write_rows(tx: &DatabaseTransaction, merchant: Uuid, resolved: &[Resolved], now: DateTime<Utc>) -> Result<()> {
    let changed = resolved.iter().filter(|one| {
        let names = (&one.given.product_name, &one.given.variation_name);
        let old = one.existing.as_ref();
        old.is_none_or(|old| (&old.product_name, &old.variation_name) != names)
    });
    let rows = changed.map(|one| store_sku::Model {
        product_name: one.given.product_name.clone(),
        variation_name: one.given.variation_name.clone(),
        search_text: text::searchable(&[&one.given.sku, &one.given.product_name, &one.given.variation_name]),
        updated_at: now,
        ..one.existing.clone().unwrap_or_else(|| new_row(merchant, one, now))
    });
    catalogue::upsert_store_skus(tx, rows.collect()).await
}

fn new_row(merchant: Uuid, one: &Resolved, now: DateTime<Utc>) -> store_sku::Model {
    store_sku::Model {
        merchant_id: merchant,
        id: one.id,
        store_id: one.store,
        marketplace: one.marketplace,
        sku: one.given.sku.clone(),
        product_name: String::new(),
        variation_name: String::new(),
        search_text: String::new(),
        sync_rule_id: None,
        record_seq: 0,
        sequence_offset: 0,
        pushed_quantity: None,
        held_until: None,
        last_sync_record_id: None,
        last_sync_status: None,
        last_sync_quantity: 0,
        last_sync_reason: None,
        last_sync_at: DateTime::UNIX_EPOCH,
        created_at: now,
        updated_at: now,
    }
}

/// What writing listings and components came to.
struct Changed {
    /// The store SKUs that are made of something else now: another rule may cover them.
    remade: Vec<Uuid>,
    /// The store SKUs that have to be planned anew, in the order of the input.
    store_skus: Vec<Uuid>,
    /// The warehouse SKUs that gained or lost a store SKU, which their last sync is the aggregate of.
    parts: Vec<Uuid>,
}

async fn write_parts(tx: &DatabaseTransaction, merchant: Uuid, resolved: &[Resolved]) -> Result<Changed> {
    let ids: Vec<Uuid> = resolved.iter().map(|one| one.id).collect();
    let old = components_of(tx, merchant, &ids).await?;
    let listings = parts::replace_listings(tx, merchant, resolved).await?;
    let relisted: Vec<Uuid> = listings.iter().copied().collect();
    catalogue::take_over_listings(tx, merchant, &relisted).await?;
    let components = parts::replace_components(tx, merchant, resolved, &old).await?;
    let parts = resolved
        .iter()
        .filter(|one| components.contains(&one.id))
        .flat_map(|one| {
            let parts = old.get(&one.id).into_iter().chain(&one.components);
            parts.flatten().map(|(warehouse_sku, _)| *warehouse_sku)
        });
    // What is made of nothing, before and after, has no stock to be planned by.
    let is_planned = |one: &&Resolved| {
        let is_made = one.components.as_ref().is_some_and(|parts| !parts.is_empty());
        let is_changed = listings.contains(&one.id) || components.contains(&one.id);
        is_changed && (is_made || old.contains_key(&one.id))
    };
    Ok(Changed {
        parts: parts.collect(),
        remade: components.iter().copied().collect(),
        store_skus: resolved.iter().filter(is_planned).map(|one| one.id).collect(),
    })
}
