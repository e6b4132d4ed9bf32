//! Compares what was acknowledged with what the marketplace shows and with what the database holds.
//!
//! What it wants to be true is computed from the ledger, by the formula and by counting: nothing that is compared was
//! read from where it is compared with.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use entity::types::{AttemptOutcome, ConnectionStatus, SyncStatus};
use entity::{failed_trigger, manual_sync, mapping, store, store_sku, sync_attempt, sync_record, warehouse_sku};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};
use serde_json::json;
use uuid::Uuid;

use super::Bench;
use super::load::Ledger;
use super::world::code;
use crate::support::marketplace::Log;
use crate::tally::exact;

/// Between two looks. Other processes' changes cannot be listened for while these are killed, so this test asks.
const LOOK: Duration = Duration::from_millis(200);

/// Problems of one kind that are shown.
const SHOWN: usize = 5;

/// Waits until no record is pending and no call is under way.
pub(super) async fn settled(bench: &Bench<'_>) {
    let document = "{ syncRecords(first: 3, filter: { statusIn: [PENDING] }) { totalCount
        nodes { id isInFlight attemptCount nextAttemptAt failureMessage store { code connection { status pausedUntil } } } }
    }";
    let (client, begun) = (bench.client(), Instant::now());
    loop {
        let data = client.query(document, json!({})).await;
        if data["syncRecords"]["totalCount"] == 0 {
            break;
        }
        let left = bench.scale.settling.checked_sub(begun.elapsed());
        assert!(left.is_some(), "still pending, seed {}: {data:#}", bench.seed);
        tokio::time::sleep(LOOK).await;
    }
    let is_idle = |log: &Log| log.calls.iter().all(|call| call.answered_at.is_some());
    let market = bench.app.market();
    market
        .wait_until("no call to be under way", |log| is_idle(log).then_some(()))
        .await;
}

/// Judges; every problem is told.
pub(super) async fn judge(bench: &Bench<'_>, ledger: &Ledger) {
    let rows = Rows::read(bench).await;
    let mut problems = Problems::default();
    rows.check_records(&mut problems);
    rows.check_attempts(&mut problems);
    rows.check_last_syncs(&mut problems);
    rows.check_warehouse_skus(&mut problems);
    rows.check_manual_syncs(ledger, &mut problems);
    rows.check_quantities(bench, ledger, &mut problems);
    rows.check_acknowledged(bench, ledger, &mut problems);
    exact(bench.app.db()).await;
    check_calls(bench, &mut problems);
    check_file(bench, &mut problems).await;
    let calls = bench.app.market().calls();
    let lost = calls.iter().filter(|call| call.status.is_none()).count();
    eprintln!(
        "{} changes, {} batches answered again, {} records, {} attempts, {} calls of which {lost} without an answer",
        ledger.changes.len(),
        ledger.replays,
        rows.records.len(),
        rows.attempts.len(),
        calls.len(),
    );
    problems.report(bench.seed);
}

/// What is wrong, by kind.
#[derive(Default)]
struct Problems(BTreeMap<&'static str, Vec<String>>);

impl Problems {
    fn unless(&mut self, holds: bool, kind: &'static str, what: impl FnOnce() -> String) {
        if !holds {
            self.0.entry(kind).or_default().push(what());
        }
    }

    fn report(self, seed: u64) {
        let kinds = self.0.iter().map(|(kind, found)| {
            let shown: Vec<&str> = found.iter().take(SHOWN).map(String::as_str).collect();
            format!("{} x {kind}:\n    {}", found.len(), shown.join("\n    "))
        });
        let kinds: Vec<String> = kinds.collect();
        assert!(kinds.is_empty(), "with the seed {seed}:\n  {}", kinds.join("\n  "));
    }
}

/// Everything that the database holds of the merchant's history.
struct Rows {
    records: Vec<sync_record::Model>,
    attempts: Vec<sync_attempt::Model>,
    manual_syncs: Vec<manual_sync::Model>,
    failed_triggers: Vec<failed_trigger::Model>,
    mappings: Vec<mapping::Model>,
    stores: HashMap<Uuid, store::Model>,
    store_skus: HashMap<Uuid, store_sku::Model>,
    warehouse_skus: HashMap<Uuid, warehouse_sku::Model>,
}

impl Rows {
    async fn read(bench: &Bench<'_>) -> Self {
        let db = bench.app.db().reader();
        let mut records = sync_record::Entity::find().all(db).await.expect("records");
        records.sort_by_key(|record| (record.store_sku_id, record.seq));
        let stores = store::Entity::find().all(db).await.expect("stores");
        let store_skus = store_sku::Entity::find().all(db).await.expect("store SKUs");
        let warehouse_skus = warehouse_sku::Entity::find().all(db).await.expect("warehouse SKUs");
        Self {
            records,
            attempts: sync_attempt::Entity::find().all(db).await.expect("attempts"),
            manual_syncs: manual_sync::Entity::find().all(db).await.expect("manual syncs"),
            failed_triggers: failed_trigger::Entity::find().all(db).await.expect("failed triggers"),
            mappings: mapping::Entity::find().all(db).await.expect("mappings"),
            stores: stores.into_iter().map(|row| (row.id, row)).collect(),
            store_skus: store_skus.into_iter().map(|row| (row.id, row)).collect(),
            warehouse_skus: warehouse_skus.into_iter().map(|row| (row.id, row)).collect(),
        }
    }

    /// The records of each store SKU, oldest first.
    fn by_store_sku(&self) -> impl Iterator<Item = &[sync_record::Model]> {
        self.records.chunk_by(|one, next| one.store_sku_id == next.store_sku_id)
    }

    /// Every record is final, numbered without gaps, and skipped only for a newer one of its store SKU.
    fn check_records(&self, problems: &mut Problems) {
        for records in self.by_store_sku() {
            let numbers: HashMap<Uuid, i64> = records.iter().map(|record| (record.id, record.seq)).collect();
            for (record, seq) in records.iter().zip(1..) {
                let what = || format!("{record:?}");
                problems.unless(record.seq == seq, "records with gaps in their numbers", what);
                let is_final = record.finished_at.is_some() && record.lease_id.is_none() && record.due_at.is_none();
                problems.unless(
                    is_final && record.status != SyncStatus::Pending,
                    "records that are not final",
                    what,
                );
                let newer = record.superseded_by.and_then(|by| numbers.get(&by));
                let is_right = match record.status {
                    SyncStatus::Skipped => newer.is_some_and(|newer| *newer > record.seq),
                    // The marketplace refuses nothing for good, and servers try a thousand times.
                    SyncStatus::Success => record.superseded_by.is_none() && record.started_at.is_some(),
                    _ => false,
                };
                problems.unless(is_right, "records of a wrong status", what);
            }
        }
    }

    /// A record that succeeded has the evidence: each of its listings took the quantity, once.
    fn check_attempts(&self, problems: &mut Problems) {
        let mut applied: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for attempt in self
            .attempts
            .iter()
            .filter(|attempt| attempt.outcome == AttemptOutcome::Applied)
        {
            applied
                .entry(attempt.sync_record_id)
                .or_default()
                .push(attempt.listing_id);
        }
        for record in &self.records {
            let listings = applied.get(&record.id).map(Vec::as_slice).unwrap_or_default();
            let distinct: HashSet<&Uuid> = listings.iter().collect();
            let what = || format!("{record:?} with applied attempts for {listings:?}");
            problems.unless(
                distinct.len() == listings.len(),
                "listings with two successes under one record",
                what,
            );
            let expected = if self.stores[&record.store_id].code == "s2" {
                2
            } else {
                1
            };
            let is_right = record.status != SyncStatus::Success || distinct.len() == expected;
            problems.unless(is_right, "successes without evidence", what);
        }
    }

    /// Each store SKU shows its newest record.
    fn check_last_syncs(&self, problems: &mut Problems) {
        for records in self.by_store_sku() {
            let Some(newest) = records.last() else { continue };
            let row = &self.store_skus[&newest.store_sku_id];
            let shown = (
                row.record_seq,
                row.last_sync_record_id,
                row.last_sync_status,
                row.last_sync_quantity,
            );
            let expected = (newest.seq, Some(newest.id), Some(newest.status), newest.quantity_after);
            let is_right = shown == expected && row.pushed_quantity == Some(newest.quantity_after);
            problems.unless(is_right, "store SKUs that do not show their last sync", || {
                format!("{row:?}, newest {newest:?}")
            });
        }
        for row in self.stores.values() {
            let is_right = row.connection_status == ConnectionStatus::Connected;
            problems.unless(is_right, "stores that lost their connection", || {
                format!("{:?}", row.code)
            });
        }
    }

    /// Each warehouse SKU shows the aggregate of its store SKUs.
    fn check_warehouse_skus(&self, problems: &mut Problems) {
        let mut made_of: HashMap<Uuid, Vec<&store_sku::Model>> = HashMap::new();
        for mapping in &self.mappings {
            let row = &self.store_skus[&mapping.store_sku_id];
            made_of.entry(mapping.warehouse_sku_id).or_default().push(row);
        }
        for (id, store_skus) in made_of {
            let row = &self.warehouse_skus[&id];
            let statuses: HashSet<Option<SyncStatus>> = store_skus.iter().map(|row| row.last_sync_status).collect();
            let newest = store_skus
                .iter()
                .max_by_key(|row| (row.last_sync_at, row.id.to_string()))
                .expect("one");
            let expected = match statuses.iter().next() {
                Some(status) if statuses.len() == 1 => *status,
                _ => Some(SyncStatus::PartiallyFailed),
            };
            let is_right = row.last_sync_status == expected
                && (row.last_sync_at, row.last_sync_quantity) == (newest.last_sync_at, newest.last_sync_quantity);
            problems.unless(is_right, "warehouse SKUs that do not show their aggregate", || {
                format!("{row:?}, newest {newest:?}")
            });
        }
    }

    /// Each manual sync counts its records as they are, and none was started twice.
    fn check_manual_syncs(&self, ledger: &Ledger, problems: &mut Problems) {
        let mut counts: HashMap<Uuid, HashMap<SyncStatus, i32>> = HashMap::new();
        for record in &self.records {
            if let Some(id) = record.manual_sync_id {
                *counts.entry(id).or_default().entry(record.status).or_default() += 1;
            }
        }
        for row in &self.manual_syncs {
            let of = |status| {
                counts
                    .get(&row.id)
                    .and_then(|counts| counts.get(&status))
                    .copied()
                    .unwrap_or_default()
            };
            let shown = (row.pending, row.success, row.skipped, row.failed + row.partially_failed);
            let counted = (0, of(SyncStatus::Success), of(SyncStatus::Skipped), 0);
            let is_right = shown == counted && row.total == counted.1 + counted.2;
            problems.unless(is_right, "manual syncs with wrong counts", || {
                format!("{row:?}, counted {counted:?}")
            });
        }
        let total: i64 = self.manual_syncs.iter().map(|row| i64::from(row.total)).sum();
        let (found, expected) = (
            (self.manual_syncs.len(), total.unsigned_abs()),
            (ledger.resyncs, ledger.resynced),
        );
        problems.unless(found == expected, "numbers of manual syncs", || {
            format!("{found:?} instead of {expected:?}")
        });
    }

    /// Each listing shows what the ledger says, and so does the newest record.
    fn check_quantities(&self, bench: &Bench<'_>, ledger: &Ledger, problems: &mut Problems) {
        let desired = bench.world.desired(ledger);
        let newest: HashMap<(&str, &str), &sync_record::Model> = self
            .by_store_sku()
            .filter_map(<[_]>::last)
            .map(|record| (self.name(record), record))
            .collect();
        for row in bench.world.store_skus() {
            let quantity = desired[&(row.store, row.sku.clone())];
            for listing in &row.listings {
                let shown = bench.app.market().quantity(listing);
                problems.unless(shown == Some(quantity), "listings that show a wrong quantity", || {
                    format!(
                        "{listing} shows {shown:?} instead of {quantity}; {:?}",
                        newest.get(&(row.store, &row.sku))
                    )
                });
            }
            let recorded = newest
                .get(&(row.store, row.sku.as_str()))
                .map(|record| i64::from(record.quantity_after));
            problems.unless(
                recorded == Some(quantity),
                "newest records with a wrong quantity",
                || format!("{} {}: {recorded:?} instead of {quantity}", row.store, row.sku),
            );
        }
    }

    /// Each acknowledged change has one record for each store SKU that it concerns, or a failed trigger; and nothing has
    /// records that was not acknowledged.
    fn check_acknowledged(&self, bench: &Bench<'_>, ledger: &Ledger, problems: &mut Problems) {
        let mut found: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
        for record in &self.records {
            if let Some(reference) = &record.reference {
                found.entry(reference).or_default().push(self.name(record));
            }
        }
        let failed: HashSet<&str> = self
            .failed_triggers
            .iter()
            .filter_map(|row| row.reference.as_deref())
            .collect();
        let store_skus = bench.world.store_skus();
        for change in &ledger.changes {
            let mut records = found.remove(change.reference.as_str()).unwrap_or_default();
            records.sort_unstable();
            let mut expected: Vec<(&str, &str)> = store_skus
                .iter()
                .filter(|row| row.parts.iter().any(|(part, _)| Some(*part) == change.sku))
                .map(|row| (row.store, row.sku.as_str()))
                .collect();
            expected.sort_unstable();
            problems.unless(records == expected, "changes with too few or too many records", || {
                format!(
                    "{change:?} ({:?}) has {records:?} instead of {expected:?}",
                    change.sku.map(code)
                )
            });
            let is_found = !expected.is_empty() || failed.contains(change.reference.as_str());
            problems.unless(is_found, "changes that vanished", || format!("{change:?}"));
        }
        problems.unless(found.is_empty(), "records of what was never acknowledged", || {
            format!("{found:?}")
        });
    }

    /// Store and code of a record's store SKU.
    fn name(&self, record: &sync_record::Model) -> (&str, &str) {
        (
            &self.stores[&record.store_id].code,
            &self.store_skus[&record.store_sku_id].sku,
        )
    }
}

/// No call overlapped another for a listing, none was older than one before it, and a repetition is the same.
fn check_calls(bench: &Bench<'_>, problems: &mut Problems) {
    for fault in bench.app.market().take_faults() {
        problems.unless(false, "calls at fault", || fault);
    }
    let mut sent: HashMap<(String, i64), i64> = HashMap::new();
    for item in bench.app.market().calls().iter().flat_map(|call| &call.items) {
        let first = *sent.entry((item.listing(), item.sequence)).or_insert(item.quantity);
        problems.unless(first == item.quantity, "sequences with two quantities", || {
            format!("{item:?} after {first}")
        });
    }
}

/// SQLite finds nothing wrong with its file.
async fn check_file(bench: &Bench<'_>, problems: &mut Problems) {
    let db = bench.app.db();
    if db.backend() != DbBackend::Sqlite {
        return;
    }
    let ask = async |pragma: &str| {
        let statement = Statement::from_string(DbBackend::Sqlite, format!("PRAGMA {pragma}"));
        db.reader().query_all_raw(statement).await.expect("SQLite checks")
    };
    let integrity: Vec<String> = ask("integrity_check")
        .await
        .iter()
        .map(|row| row.try_get_by_index(0).expect("a text"))
        .collect();
    problems.unless(integrity == ["ok"], "faults in the file", || format!("{integrity:?}"));
    let keys = ask("foreign_key_check").await.len();
    problems.unless(keys == 0, "broken foreign keys", || keys.to_string());
}
