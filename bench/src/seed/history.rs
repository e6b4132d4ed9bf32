//! Records with their tally, attempts of those that failed, manual syncs, and failed triggers with their tally.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::SyncStatus;
use stock_sync::db::failed_trigger_tally::hour_of;

use super::catalogue::{marketplace, row, rule_name};
use super::plan::{Plan, RULES, Record, STORES, Table, WAREHOUSES, one_of};
use super::sink::{Cell, Sink};
use crate::Result;

/// How many failed triggers of an hour and code there are, and when the last of them came.
type Tally = BTreeMap<(DateTime<Utc>, &'static str), (i64, DateTime<Utc>)>;

const RECORD: &str = "merchant_id, id, seq, store_id, marketplace, store_sku_id, warehouse_sku_id, warehouse_id, \
    sync_rule_id, rule_name, manual_sync_id, reason, reference, quantity_before, movement, quantity_after, is_clamped, \
    status, failure_code, failure_message, attempt_count, due_at, superseded_by, version, created_at, started_at, \
    finished_at, updated_at";

/// Writes all of a merchant's history; how many records there are.
pub(super) async fn write(plan: &Plan, sink: &mut Sink) -> Result<u64> {
    manual_syncs(plan, sink).await?;
    let records =
        (0..plan.store_skus).flat_map(|one| (0..plan.records(one)).map(move |place| record(plan, one, place)));
    let written = sink.write("sync_record", RECORD, records).await?;
    record_tally(plan, sink).await?;
    attempts(plan, sink).await?;
    failed_triggers(plan, sink).await?;
    Ok(written)
}

/// When a record that is not pending came to its end.
fn finished_at(record: &Record) -> DateTime<Utc> {
    record.at + TimeDelta::milliseconds(740)
}

fn record(plan: &Plan, one: u64, place: u64) -> Vec<Cell> {
    let record = plan.record(one, place);
    let before = place.checked_sub(1).map_or(0, |place| plan.record(one, place).quantity);
    let rule = plan.rule_of(one).unwrap_or(Plan::store_of(one) % RULES);
    let is_pending = record.status == SyncStatus::Pending;
    let is_skipped = record.status == SyncStatus::Skipped;
    let was_sent = !is_pending && !is_skipped;
    let successor = is_skipped.then(|| plan.record(one, place + 1).id);
    let message = record.failure.map(|_| "the marketplace did not take the quantity");
    let mut row = row![
        plan.merchant,
        record.id,
        place + 1,
        plan.id(Table::Store, Plan::store_of(one)),
        marketplace(Plan::store_of(one)),
        plan.id(Table::StoreSku, one),
        plan.id(Table::Article, one / super::plan::LISTED_IN),
        record
            .manual
            .is_none()
            .then(|| plan.id(Table::Warehouse, one % WAREHOUSES)),
        plan.id(Table::Rule, rule),
        rule_name(rule),
        record
            .manual
            .map(|manual| plan.id_at(Table::Manual, manual, plan.manual_made_at(manual))),
        record.reason.word(),
    ];
    row.extend(row![
        format!("ORDER-{:09}", plan.dice(30, one * 100 + place, 1_000_000_000)),
        before,
        record.quantity - before,
        record.quantity,
        false,
        record.status.word(),
        record.failure.map(entity::types::FailureCode::word),
        message,
        i64::from(was_sent),
        is_pending.then_some(record.at),
        successor,
        i64::from(was_sent) + 1,
        record.at,
        was_sent.then(|| record.at + TimeDelta::milliseconds(310)),
        (!is_pending).then(|| finished_at(&record)),
        if is_pending { record.at } else { finished_at(&record) },
    ]);
    row
}

/// How many records of each store stand at each status. The first row of a store and status has the store's id.
async fn record_tally(plan: &Plan, sink: &mut Sink) -> Result<()> {
    let mut tally: BTreeMap<(u64, String), i64> = BTreeMap::new();
    for one in 0..plan.store_skus {
        for place in 0..plan.records(one) {
            let status = plan.record(one, place).status.word();
            *tally.entry((Plan::store_of(one), status)).or_default() += 1;
        }
    }
    let rows = tally.into_iter().map(|((store, status), matching)| {
        let store = plan.id(Table::Store, store);
        row![plan.merchant, store, status, store, matching]
    });
    let columns = "merchant_id, store_id, status, id, matching";
    sink.write("sync_record_tally", columns, rows).await?;
    Ok(())
}

/// Each record that failed has one attempt.
async fn attempts(plan: &Plan, sink: &mut Sink) -> Result<()> {
    let failed = |(one, place): (u64, u64)| {
        let record = plan.record(one, place);
        record.failure.map(|code| (one, place, record, code))
    };
    let all = (0..plan.store_skus).flat_map(|one| (0..plan.records(one)).map(move |place| (one, place)));
    let rows = all.filter_map(failed).map(|(one, place, record, code)| {
        let at = finished_at(&record);
        let quantity = record.quantity;
        row![
            plan.merchant,
            plan.id_at(Table::Attempt, one * 100 + place, at),
            record.id,
            plan.id(Table::Listing, one),
            format!("{}", 1_000_000 + one),
            "",
            "",
            1_i64,
            "PERMANENT",
            code.word(),
            "the marketplace did not take the quantity",
            200_i64,
            format!("{{\"quantity\":{quantity}}}"),
            "{\"outcome\":\"rejected\"}",
            record.at,
            at,
        ]
    });
    let columns = "merchant_id, id, sync_record_id, listing_id, product_id, variant_id, location_id, attempt_number, \
        outcome, failure_code, message, http_status, request, response, started_at, finished_at";
    sink.write("sync_attempt", columns, rows).await?;
    Ok(())
}

async fn manual_syncs(plan: &Plan, sink: &mut Sink) -> Result<()> {
    let count = usize::try_from(plan.manual_syncs)?;
    let mut counts = vec![[0_i64; 5]; count];
    for one in 0..plan.store_skus {
        for place in 0..plan.records(one) {
            let record = plan.record(one, place);
            if let Some(manual) = record.manual {
                counts[usize::try_from(manual)?][place_of(record.status)] += 1;
            }
        }
    }
    let rows = counts.into_iter().zip(0..).map(|(counts, manual)| {
        let at = plan.manual_made_at(manual);
        let status = status(&counts);
        let is_done = status != SyncStatus::Pending;
        let mut row = row![
            plan.merchant,
            plan.id_at(Table::Manual, manual, at),
            "RESYNC",
            "Siti",
            (manual % 3 == 0).then(|| plan.id(Table::Rule, manual % RULES)),
            status.word(),
            counts.iter().sum::<i64>(),
        ];
        row.extend(counts.map(Cell::from));
        row.extend(row!["[]", at, is_done.then(|| at + TimeDelta::minutes(2)), at]);
        row
    });
    let columns = "merchant_id, id, kind, requested_by, sync_rule_id, status, total, pending, success, partially_failed, \
        failed, skipped, left_out, created_at, finished_at, updated_at";
    sink.write("manual_sync", columns, rows).await?;
    Ok(())
}

/// The place of a status among the counts.
fn place_of(status: SyncStatus) -> usize {
    match status {
        SyncStatus::Pending => 0,
        SyncStatus::Success => 1,
        SyncStatus::PartiallyFailed => 2,
        SyncStatus::Failed => 3,
        SyncStatus::Skipped => 4,
    }
}

fn status(counts: &[i64; 5]) -> SyncStatus {
    match counts {
        [pending, ..] if *pending > 0 => SyncStatus::Pending,
        [_, _, 0, 0, _] => SyncStatus::Success,
        [_, 0, 0, _, _] => SyncStatus::Failed,
        _ => SyncStatus::PartiallyFailed,
    }
}

/// Why a trigger failed.
fn code(plan: &Plan, trigger: u64) -> &'static str {
    const CODES: [&str; 5] = [
        "NOT_IN_ANY_RULE",
        "NO_STORE_SKU_MAPPING",
        "MARKED_SHORT",
        "WAREHOUSE_NOT_IN_RULE",
        "NO_STORE_SKU_MAPPING",
    ];
    one_of(&CODES, plan.dice(41, trigger, 5))
}

/// How many triggers failed in each hour, by reason, and when the last of them came.
async fn tally(plan: &Plan, sink: &mut Sink) -> Result<()> {
    let mut tally = Tally::new();
    for trigger in 0..plan.failed_triggers {
        let at = plan.trigger_at(trigger);
        let (matching, last) = tally.entry((hour_of(at), code(plan, trigger))).or_insert((0, at));
        *matching += 1;
        *last = at.max(*last);
    }
    let rows = tally
        .into_iter()
        .map(|((hour, code), (matching, last))| row![plan.merchant, hour, code, matching, last]);
    let columns = "merchant_id, hour, failure_code, matching, last_occurred_at";
    sink.write("failed_trigger_tally", columns, rows).await?;
    Ok(())
}

async fn failed_triggers(plan: &Plan, sink: &mut Sink) -> Result<()> {
    let rows = (0..plan.failed_triggers).map(|trigger| {
        let at = plan.trigger_at(trigger);
        let article = plan.dice(40, trigger, plan.articles);
        row![
            plan.merchant,
            plan.id_at(Table::Trigger, trigger, at),
            code(plan, trigger),
            "ORDER_SYNCED",
            format!("ORDER-{:09}", plan.dice(42, trigger, 1_000_000_000)),
            plan.id(Table::Article, article),
            plan.id(Table::Warehouse, trigger % WAREHOUSES),
            plan.id(Table::Store, plan.dice(43, trigger, STORES)),
            -1_i64,
            at,
        ]
    });
    let columns = "merchant_id, id, failure_code, reason, reference, warehouse_sku_id, warehouse_id, store_id, movement, \
        occurred_at";
    sink.write("failed_trigger", columns, rows).await?;
    tally(plan, sink).await
}
