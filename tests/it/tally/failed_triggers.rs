//! The tally of failed triggers, and the summary that is read from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::{FailureCode, SyncReason};
use entity::{failed_trigger, failed_trigger_tally};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use stock_sync::db::failed_trigger::{Filter, summary_statement};
use stock_sync::db::failed_trigger_tally::{self as tallies, hour_of};
use stock_sync::db::filter::Range;
use stock_sync::db::{Db, prune};
use stock_sync::domain::retention::Cutoffs;
use tokio_util::sync::CancellationToken;
use uuid::{NoContext, Timestamp, Uuid};

use super::make_anew;
use crate::plans::collect;
use crate::support::graphql::Client;
use crate::support::seed::Catalogue;
use crate::support::{TestApp, both};

const CODES: [FailureCode; 3] = [
    FailureCode::MarkedShort,
    FailureCode::NotInAnyRule,
    FailureCode::NoListing,
];
/// Over how many hours the triggers of a test are strewn.
const HOURS: i64 = 12;

both! {
    /// The summary is what counting finds, whatever the time that is asked about and whatever was pruned before.
    async fn the_summary_is_what_counting_finds(app: &TestApp) {
        let mut dice = StdRng::seed_from_u64(8);
        let begin = begin();
        let stranger = app.another_tenant().await;
        for size in [1, 300, 40, 2] {
            put(app.db(), app.tenant().id, strewn(&mut dice, begin, size)).await;
            put(app.db(), stranger.id, strewn(&mut dice, begin, size)).await;
        }
        for pruned_minutes in [0, 95, 200, 60 * HOURS - 10] {
            prune_before(app.db(), begin + TimeDelta::minutes(pruned_minutes)).await;
            exact(app.db()).await;
            for filter in filters(&mut dice, begin) {
                agree(app, filter).await;
            }
        }
        prune_before(app.db(), begin + TimeDelta::hours(HOURS + 2)).await;
        exact(app.db()).await;
        let left = failed_trigger_tally::Entity::find().all(app.db().reader()).await.unwrap();
        assert!(left.is_empty(), "an hour without failed triggers has no tally");
    }

    /// Callers whose changes fail for two reasons each, and a pruner that takes away what they have just added.
    async fn it_is_exact_among_writers_and_a_pruner(app: &TestApp) {
        const WRITERS: usize = 4;
        let codes: Vec<String> = (0..WRITERS * 2).map(|number| format!("S{number}")).collect();
        let catalogue = Catalogue::least(app.market());
        codes.iter().fold(catalogue, |catalogue, code| catalogue.sku(code)).make(&app.admin()).await;
        let short: Vec<&String> = codes.iter().skip(WRITERS).collect();
        app.admin().mutate("setShortageMark", "__typename", json!({ "skus": short, "isMarkedShort": true })).await;

        let codes = Arc::new(codes);
        let mut added = write(app.admin(), Arc::clone(&codes), 0, 1).await;
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write(app.admin(), Arc::clone(&codes), writer, 15)))
            .collect();
        let end = CancellationToken::new();
        let pruner = tokio::spawn(prune_until(app.engine().db().clone(), end.clone()));
        for writer in writers {
            added += writer.await.unwrap();
        }
        end.cancel();
        let pruned = pruner.await.unwrap();
        exact(app.db()).await;
        added += write(app.admin(), codes, 0, 2).await;
        exact(app.db()).await;
        let kept = failed_trigger::Entity::find().all(app.db().reader()).await.unwrap().len() as u64;
        assert!(kept > 0 && pruned > 0, "{kept} kept, {pruned} pruned");
        assert_eq!(added, kept + pruned);
        agree(app, json!({})).await;
    }

    /// What was there before there was a tally is in it, under the hours that later triggers are added to.
    async fn older_triggers_are_tallied_by_the_migration(app: &TestApp) {
        let mut dice = StdRng::seed_from_u64(9);
        let begin = begin();
        put(app.db(), app.tenant().id, strewn(&mut dice, begin, 200)).await;
        make_anew(app.db()).await;
        exact(app.db()).await;
        put(app.db(), app.tenant().id, strewn(&mut dice, begin, 200)).await;
        exact(app.db()).await;
        agree(app, json!({})).await;
    }

    /// Of 100,000 failed triggers the summary reads those around the two ends of the time, and none where it has no ends.
    async fn the_summary_reads_few_triggers(app: &TestApp) {
        seed(app).await;
        let end = begin();
        let span = |from: i64, to: Option<i64>| Range {
            from: Some(end - TimeDelta::minutes(from)),
            to: to.map(|to| end - TimeDelta::minutes(to)),
        };
        let week = 7 * 24 * 60;
        let cases = [
            (Range::default(), None, 0),
            (span(week, None), None, MOST_ROWS),
            (span(week + 29, Some(31)), None, MOST_ROWS),
            (span(week + 29, Some(31)), Some(vec![FailureCode::MarkedShort, FailureCode::NoListing]), MOST_ROWS),
        ];
        for (occurred_at, failure_codes, most) in cases {
            let filter = Filter { occurred_at, failure_codes, ..Filter::default() };
            let statement = summary_statement(app.tenant().id, &filter);
            match app.db().backend() {
                DbBackend::Postgres => reads_at_most(app.db(), &statement, most).await,
                _ => seeks(app.db(), &statement).await,
            }
        }
    }
}

/// Rows of `failed_trigger` that PostgreSQL may read for one summary, of 100,000: the triggers of six hours at most.
const MOST_ROWS: u64 = 500;

/// A time some hours ago that is cut out of its hour.
fn begin() -> DateTime<Utc> {
    hour_of(stock_sync::clock::now()) - TimeDelta::hours(HOURS * 3) + TimeDelta::minutes(17)
}

/// Failed triggers at random times, at the first and the last moment of hours too, with ids that are about as old.
fn strewn(dice: &mut StdRng, begin: DateTime<Utc>, size: usize) -> Vec<failed_trigger::Model> {
    let mut one = || {
        let any = begin + TimeDelta::microseconds(dice.random_range(0..HOURS * 3_600_000_000));
        let occurred_at = match dice.random_range(0..6) {
            0 => hour_of(any) + TimeDelta::hours(1),
            1 => hour_of(any) + TimeDelta::hours(1) - TimeDelta::microseconds(1),
            _ => any,
        };
        let made_at = occurred_at + TimeDelta::minutes(dice.random_range(-30..=30));
        let code = CODES[dice.random_range(0..CODES.len())];
        (occurred_at, made_at, code)
    };
    let triggers = std::iter::repeat_with(&mut one).take(size);
    triggers
        .map(|(occurred_at, made_at, failure_code)| failed_trigger::Model {
            merchant_id: Uuid::nil(),
            id: id_of(made_at),
            failure_code,
            reason: SyncReason::StockCounted,
            reference: None,
            warehouse_sku_id: None,
            warehouse_id: None,
            store_id: None,
            store_sku_id: None,
            sync_rule_id: None,
            manual_sync_id: None,
            movement: 1,
            occurred_at,
        })
        .collect()
}

fn id_of(time: DateTime<Utc>) -> Uuid {
    let seconds = u64::try_from(time.timestamp()).unwrap();
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, time.timestamp_subsec_nanos()))
}

/// Adds failed triggers as planning does: with their tally, in one transaction.
async fn put(db: &Db, merchant: Uuid, mut triggers: Vec<failed_trigger::Model>) {
    for trigger in &mut triggers {
        trigger.merchant_id = merchant;
    }
    let triggers = Arc::new(triggers);
    let written = db.write(move |tx| {
        let triggers = Arc::clone(&triggers);
        Box::pin(async move {
            let rows = triggers.iter().cloned().map(IntoActiveModel::into_active_model);
            failed_trigger::Entity::insert_many(rows)
                .exec_without_returning(tx)
                .await?;
            tallies::add(tx, merchant, &triggers).await
        })
    });
    written
        .await
        .unwrap_or_else(|error| panic!("{}", error.operator_text()));
}

/// Prunes failed triggers, and nothing else.
async fn prune_before(db: &Db, time: DateTime<Utc>) -> u64 {
    let cutoffs = Cutoffs {
        records: DateTime::UNIX_EPOCH,
        failed_triggers: time,
        manual_syncs: DateTime::UNIX_EPOCH,
        traces: DateTime::UNIX_EPOCH,
    };
    let pruned = prune::delete(db, &cutoffs).await;
    pruned
        .unwrap_or_else(|error| panic!("{}", error.operator_text()))
        .failed_triggers
}

async fn prune_until(db: Db, end: CancellationToken) -> u64 {
    let mut pruned = 0;
    while !end.is_cancelled() {
        pruned += prune_before(&db, stock_sync::clock::now()).await;
    }
    pruned
}

/// Sends batches in which one change fails for one reason and one for another; how many triggers failed.
async fn write(admin: Client, codes: Arc<Vec<String>>, writer: usize, batches: u64) -> u64 {
    let mut failed = 0;
    for _ in 0..batches {
        let skus = [&codes[writer], &codes[codes.len() / 2 + writer]];
        let changes = skus.map(|sku| json!({ "warehouse": "w1", "sku": sku, "delta": 1, "reason": "STOCK_IN_MANUAL" }));
        let input = json!({ "changes": changes });
        let answer = admin.mutate("recordStockChanges", "failedTriggerCount", input).await;
        failed += answer["failedTriggerCount"].as_u64().unwrap();
    }
    assert_eq!(failed, 2 * batches);
    failed
}

/// Times to ask about: none, open at one end, within an hour, of whole hours, inverted, and any.
fn filters(dice: &mut StdRng, begin: DateTime<Utc>) -> Vec<Value> {
    let mut time = || {
        let any = begin + TimeDelta::microseconds(dice.random_range(-3_600_000_000..(HOURS + 1) * 3_600_000_000));
        match dice.random_range(0..4) {
            0 => hour_of(any),
            1 => hour_of(any) - TimeDelta::microseconds(1),
            _ => any,
        }
    };
    let mut filters = vec![
        json!({}),
        json!({ "codeIn": ["NO_LISTING", "MARKED_SHORT"] }),
        json!({ "codeIn": [] }),
    ];
    for place in 0..24 {
        let (from, to) = (time(), time());
        let range = match place % 6 {
            0 => json!({ "from": from }),
            1 => json!({ "to": to }),
            2 => json!({ "from": from, "to": from + TimeDelta::minutes(20) }),
            _ => json!({ "from": from.min(to), "to": from.max(to) }),
        };
        filters.push(match place % 4 {
            0 => json!({ "occurredAt": range, "codeIn": ["MARKED_SHORT"] }),
            _ => json!({ "occurredAt": range }),
        });
    }
    filters
}

/// The summary with a filter is that with all reasons named besides, which is counted.
async fn agree(app: &TestApp, filter: Value) {
    let document =
        "query($filter: FailedTriggerFilter) { failureReasons(filter: $filter) { code count lastOccurredAt } }";
    let summed = app.viewer().query(document, json!({ "filter": filter })).await;
    let mut counted = filter.clone();
    counted["reasonIn"] = json!(["STOCK_COUNTED", "STOCK_IN_MANUAL"]);
    let counted = app.viewer().query(document, json!({ "filter": counted })).await;
    assert_eq!(summed, counted, "{filter}");
}

/// The tally is that of the rows, of all merchants.
pub(super) async fn exact(db: &Db) {
    let mut expected: BTreeMap<_, (i64, DateTime<Utc>)> = BTreeMap::new();
    for row in failed_trigger::Entity::find().all(db.reader()).await.unwrap() {
        let key = (row.merchant_id, hour_of(row.occurred_at), row.failure_code);
        let (matching, last) = expected.entry(key).or_insert((0, row.occurred_at));
        *matching += 1;
        *last = row.occurred_at.max(*last);
    }
    let tallies = failed_trigger_tally::Entity::find().all(db.reader()).await.unwrap();
    let found: BTreeMap<_, _> = tallies
        .iter()
        .map(|row| {
            (
                (row.merchant_id, row.hour, row.failure_code),
                (row.matching, row.last_occurred_at),
            )
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!(tallies.len(), expected.len());
}

/// A trigger every 52 seconds: 60 days of them.
async fn seed(app: &TestApp) {
    let db = app.db();
    app.stop_server().await;
    let (id, time) = match db.backend() {
        DbBackend::Postgres => (
            "(lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid",
            "to_timestamp(ms / 1000)",
        ),
        _ => (
            "unhex(printf('%012x7%03x8%015x', ms, n % 4096, n))",
            "strftime('%Y-%m-%dT%H:%M:%S', ms / 1000, 'unixepoch') || '+00:00'",
        ),
    };
    let sql = format!(
        "INSERT INTO failed_trigger (merchant_id, id, failure_code, reason, movement, occurred_at)
        WITH RECURSIVE n(n) AS (SELECT CAST(0 AS bigint) UNION ALL SELECT n + 1 FROM n WHERE n < 99999),
            made AS (SELECT n, {} - n * 52000 AS ms FROM n)
        SELECT merchant.id, {id}, CASE n % 3 WHEN 0 THEN 'MARKED_SHORT' WHEN 1 THEN 'NOT_IN_ANY_RULE' ELSE 'NO_LISTING' END,
            'STOCK_COUNTED', 1, {time} FROM made, merchant",
        begin().timestamp_millis(),
    );
    db.reader().execute_unprepared(&sql).await.unwrap();
    make_anew(db).await;
    exact(db).await;
    if db.backend() == DbBackend::Postgres {
        // What autovacuum does on a running server.
        db.reader().execute_unprepared("ANALYZE").await.unwrap();
    }
}

/// PostgreSQL does it and tells how many rows it read.
async fn reads_at_most(db: &Db, statement: &SelectStatement, most: u64) {
    let mut explain = db.backend().build(statement);
    explain.sql = format!("EXPLAIN (ANALYZE, FORMAT JSON) {}", explain.sql);
    let row = db.reader().query_one_raw(explain).await.unwrap().unwrap();
    let plan: Value = row.try_get("", "QUERY PLAN").unwrap();
    let mut scans = Vec::new();
    collect(&plan[0]["Plan"], &mut scans);
    let of = |name: &str| {
        scans
            .iter()
            .filter(|(table, _)| table == name)
            .map(|(_, rows)| rows)
            .sum::<u64>()
    };
    assert!(
        of("failed_trigger") <= most && of("failed_trigger_tally") > 0,
        "{scans:?} in {plan:#}"
    );
}

/// SQLite tells how it would go about it: it reads failed triggers only between two ids, or from one on.
async fn seeks(db: &Db, statement: &SelectStatement) {
    let mut explain = db.backend().build(statement);
    explain.sql = format!("EXPLAIN QUERY PLAN {}", explain.sql);
    let rows = db.reader().query_all_raw(explain).await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    let of_tally = |step: &&String| step.starts_with("SEARCH failed_trigger_tally USING");
    assert_eq!(steps.iter().filter(of_tally).count(), 1, "{steps:#?}");
    let reads = |step: &&String| step.starts_with("SEARCH failed_trigger ") || step.starts_with("SCAN failed_trigger");
    for step in steps.iter().filter(reads) {
        assert!(step.contains("id>? AND id<?"), "{steps:#?}");
    }
}
