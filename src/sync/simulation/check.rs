//! What must hold.

use std::collections::{BTreeMap, HashMap};

use entity::types::SyncStatus;
use entity::{failed_trigger, manual_sync, store_sku, sync_record};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::market::Market;
use crate::db::sync_record::Filter;
use crate::db::{keyset, progress};
use crate::domain::status::Counts;
use crate::sync::Engine;

/// What was seen in earlier steps.
#[derive(Default)]
pub(super) struct Check {
    finals: HashMap<Uuid, sync_record::Model>,
    steps: usize,
}

/// Steps from one reading of all records to the next.
const EVERY: usize = 5;

impl Check {
    /// After each step: the marketplace saw nothing that must not be, and what was final is as it was.
    pub(super) async fn step(&mut self, engine: &Engine, merchant: Uuid, market: &Market) {
        let faults = market.state().faults.clone();
        assert!(faults.is_empty(), "{faults:#?}");
        self.steps += 1;
        if !self.steps.is_multiple_of(EVERY) {
            return;
        }
        for record in records(engine, merchant).await {
            if record.status == SyncStatus::Pending {
                let before = self.finals.get(&record.id);
                assert!(before.is_none(), "a final record is pending again: {before:?}");
                continue;
            }
            let before = self.finals.entry(record.id).or_insert_with(|| record.clone());
            assert_eq!(*before, record, "a final record was changed");
        }
    }

    /// Whether anything is still to be pushed.
    pub(super) async fn has_pending(engine: &Engine, merchant: Uuid) -> bool {
        let records = records(engine, merchant).await;
        records.iter().any(|record| record.status == SyncStatus::Pending)
    }

    /// Every listing shows the quantity that it should.
    pub(super) fn shown(market: &Market, wanted: &BTreeMap<String, i32>) {
        let state = market.state();
        let shown: BTreeMap<String, i32> = wanted
            .keys()
            .filter_map(|listing| Some((listing.clone(), state.shown.get(listing)?.quantity)))
            .collect();
        assert_eq!(&shown, wanted, "what the listings show, and what they should");
    }

    /// Every acknowledged change has its record in every store or a failed trigger; the records of a store SKU are
    /// numbered without gaps, and its last sync is the newest that was not skipped.
    pub(super) async fn history(engine: &Engine, merchant: Uuid, acknowledged: &[String], stores: usize) {
        let records = records(engine, merchant).await;
        let failed = failed_trigger::Entity::find()
            .filter(failed_trigger::Column::MerchantId.eq(merchant))
            .all(engine.db().reader())
            .await
            .expect("a good database");
        for reference in acknowledged {
            let made = records
                .iter()
                .filter(|record| record.reference.as_ref() == Some(reference))
                .count();
            let failed = failed
                .iter()
                .filter(|failed| failed.reference.as_ref() == Some(reference))
                .count();
            assert_eq!(made + failed, stores, "records and failed triggers of {reference}");
        }
        let store_skus = store_sku::Entity::find()
            .filter(store_sku::Column::MerchantId.eq(merchant))
            .all(engine.db().reader())
            .await
            .expect("a good database");
        for store_sku in store_skus {
            let mine: Vec<&sync_record::Model> = records
                .iter()
                .filter(|record| record.store_sku_id == store_sku.id)
                .collect();
            let numbers: Vec<i64> = mine.iter().map(|record| record.seq).collect();
            let from = numbers.first().copied().unwrap_or(1);
            assert!(numbers.iter().copied().eq((from..).take(numbers.len())), "{numbers:?}");
            let last = mine.iter().rev().find(|record| record.status != SyncStatus::Skipped);
            assert_eq!(
                store_sku.last_sync_record_id,
                last.map(|record| record.id),
                "the last sync"
            );
            assert_eq!(
                store_sku.last_sync_status,
                last.map(|record| record.status),
                "its status"
            );
        }
    }

    /// What connections say of how many records there are at each status is what there is.
    pub(super) async fn totals(engine: &Engine, merchant: Uuid) {
        let mut expected: HashMap<Option<SyncStatus>, i64> = HashMap::new();
        for record in records(engine, merchant).await {
            *expected.entry(Some(record.status)).or_default() += 1;
        }
        let (reader, all) = (engine.db().reader(), Filter::default());
        let told = keyset::status_counts::<sync_record::Entity, _>(reader, merchant, &all).await;
        let mut told = told.expect("a good database");
        told.retain(|_, number| *number != 0);
        assert_eq!(told, expected, "the numbers of records");
    }

    /// The counts of every manual sync are those of its records.
    pub(super) async fn manual_syncs(engine: &Engine, merchant: Uuid) {
        let rows = manual_sync::Entity::find()
            .filter(manual_sync::Column::MerchantId.eq(merchant))
            .all(engine.db().reader())
            .await
            .expect("a good database");
        let records = records(engine, merchant).await;
        for row in rows {
            let mut counts = Counts::default();
            let mine = records.iter().filter(|record| record.manual_sync_id == Some(row.id));
            mine.for_each(|record| counts.add(record.status));
            assert_eq!(progress::counts(&row), counts, "the counts of a manual sync");
            assert!(row.finished_at.is_some() && row.total == counts.total(), "{row:?}");
        }
    }
}

async fn records(engine: &Engine, merchant: Uuid) -> Vec<sync_record::Model> {
    sync_record::Entity::find()
        .filter(sync_record::Column::MerchantId.eq(merchant))
        .order_by_asc(sync_record::Column::StoreSkuId)
        .order_by_asc(sync_record::Column::Seq)
        .all(engine.db().reader())
        .await
        .expect("a good database")
}
