//! How long history is kept.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::{FailureCode, ManualSyncKind, SyncReason, SyncStatus};
use entity::{failed_trigger, idempotency_key, manual_sync, sync_record, sync_trace};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use stock_sync::db::failed_trigger_tally;
use uuid::{NoContext, Timestamp, Uuid};

use crate::support::graphql::Client;
use crate::support::marketplace::{Reply, Row};
use crate::support::program;
use crate::support::seed::{Catalogue, stock, stock_changes};
use crate::support::{PATIENCE, TestApp, both};
use crate::tally::{exact, make_anew};

both! {
    /// The hundred newest records, and never one more: after each change, within one batch, and while an old one is
    /// still in flight.
    async fn there_are_never_more_than_a_hundred_records(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        let (admin, viewer) = (app.admin(), app.viewer());
        for available in 0..110 {
            stock(&admin, "A", available).await;
            let count = record_count(&viewer).await;
            assert!(count <= 100 && (count == 100 || available < 100), "{count} records after {available} changes");
        }
        app.settled().await;
        assert_eq!(record_count(&viewer).await, 100);

        // One call is held, so that its record is in flight and cannot go; the batch brings 250 more.
        let gate = app.market().hold_next_call(Reply::Rows);
        let calls = app.market().calls().len();
        stock(&admin, "A", 500).await;
        app.market().wait_for_calls(calls + 1).await;
        let changes = (0..250).map(|number| {
            json!({ "warehouse": "w1", "sku": "A", "available": 1_000 + number, "reason": "STOCK_COUNTED" })
        });
        stock_changes(&admin, changes.collect()).await;
        assert_eq!(record_count(&viewer).await, 100, "the one in flight included");
        let in_flight = "{ syncRecords(filter: { statusIn: [PENDING] }) { nodes { isInFlight quantityAfter } } }";
        let data = viewer.query(in_flight, json!({})).await;
        let expected = json!([{ "isInFlight": false, "quantityAfter": 1_249 }, { "isInFlight": true, "quantityAfter": 500 }]);
        assert_eq!(data["syncRecords"]["nodes"], expected);
        gate.open();
        app.settled().await;
        assert_eq!(record_count(&viewer).await, 100);
        app.market().wait_for_quantity("s1-A", 1_249).await;
    }

    /// How many are kept is the operator's choice.
    async fn an_operator_may_keep_fewer(app: &TestApp) {
        app.restart(|config| config.retention.keep_records = 3).await;
        Catalogue::least(app.market()).make(&app.admin()).await;
        for available in 0..8 {
            stock(&app.admin(), "A", available).await;
            assert!(record_count(&app.viewer()).await <= 3);
        }
        app.settled().await;
        let document = "{ syncRecords { nodes { quantityAfter } } }";
        let data = app.viewer().query(document, json!({})).await;
        let newest = json!([{ "quantityAfter": 7 }, { "quantityAfter": 6 }, { "quantityAfter": 5 }]);
        assert_eq!(data["syncRecords"]["nodes"], newest);
    }

    /// `prune --dry-run` tells what `prune` then deletes: what is too old and not pending, attempts included.
    async fn prune_deletes_what_its_dry_run_told(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        app.market().every_row("s1-A", Row::error_for("LISTING_LOCKED", 3_600));
        stock(&app.admin(), "A", 5).await;
        app.market().wait_for_calls(1).await;
        app.stop_server().await;
        age(app).await;

        let told = prune(app, &["--dry-run"]).await;
        let expected = ["WHAT WOULD GO", "sync records 1100", "failed triggers 2", "manual syncs 1", "idempotency keys 1", "traces 1"];
        assert_eq!(told, expected);
        assert_eq!(prune(app, &["--dry-run"]).await, expected, "a dry run deletes nothing");
        let deleted = prune(app, &[]).await;
        assert_eq!(deleted[0], "WHAT DELETED");
        assert_eq!(deleted[1..], expected[1..]);
        let nothing = ["sync records 0", "failed triggers 0", "manual syncs 0", "idempotency keys 0", "traces 0"];
        assert_eq!(prune(app, &[]).await[1..], nothing);

        // The pending record is kept, and what is young enough.
        let db = app.db().reader();
        assert_eq!(sync_record::Entity::find().all(db).await.unwrap().len(), 2);
        assert_eq!(failed_trigger::Entity::find().all(db).await.unwrap().len(), 1);
        exact(app.db()).await;
        assert_eq!(manual_sync::Entity::find().all(db).await.unwrap().len(), 2);
        assert_eq!(sync_trace::Entity::find().all(db).await.unwrap().len(), 1);
        // Other ages are other choices: the flags are those of the server.
        let all = prune(app, &["--dry-run", "--keep-failed-triggers-days", "0", "--keep-records-days", "1"]).await;
        assert_eq!(all[1..3], ["sync records 1", "failed triggers 1"]);
    }

    /// A worker prunes by itself. A store SKU keeps its last sync when the record behind it is gone.
    async fn the_last_sync_outlives_its_record(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        stock(&app.admin(), "A", 5).await;
        app.settled().await;
        let operator = app.operator();
        let again = json!({ "filter": {}, "idempotencyKey": "once" });
        operator.mutate("resync", "__typename", again.clone()).await;
        app.settled().await;
        let last = "{ storeSkus { nodes { pushedQuantity lastSync { status quantity reason at } } }
                      warehouseSkus { nodes { lastSync { status quantity reason at } } } }";
        let before = operator.query(last, json!({})).await;
        app.restart(|config| {
            config.retention.record_age = Duration::ZERO;
            config.retention.manual_sync_age = Duration::ZERO;
            config.retention.prune_interval = Duration::from_millis(10);
        })
        .await;
        let operator = app.operator();
        until_none_is_left(&operator).await;
        assert_eq!(operator.query(last, json!({})).await, before);
        let record = operator.query("{ storeSkus { nodes { lastSync { record { id } } } } }", json!({})).await;
        assert_eq!(record["storeSkus"]["nodes"][0]["lastSync"]["record"], Value::Null);

        // The next record goes on from there: before is what was pushed last.
        app.restart(|config| config.retention.prune_interval = Duration::from_secs(3_600)).await;
        stock(&app.admin(), "A", 9).await;
        app.settled().await;
        let data = app.viewer().query("{ syncRecords { nodes { quantityBefore movement quantityAfter } } }", json!({})).await;
        let expected = json!([{ "quantityBefore": 5, "movement": 4, "quantityAfter": 9 }]);
        assert_eq!(data["syncRecords"]["nodes"], expected);
    }
}

async fn record_count(client: &Client) -> u64 {
    let data = client
        .query("{ syncRecords(first: 1) { totalCount } }", json!({}))
        .await;
    data["syncRecords"]["totalCount"].as_u64().unwrap()
}

/// Asks again and again, since nobody is told when history goes.
async fn until_none_is_left(client: &Client) {
    let document = "{ syncRecords { totalCount } manualSyncs { totalCount } }";
    let asking = async {
        loop {
            let data = client.query(document, json!({})).await;
            if data["syncRecords"]["totalCount"] == 0 && data["manualSyncs"]["totalCount"] == 0 {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("the history goes");
}

/// Runs `prune`; its table with single spaces.
async fn prune(app: &TestApp, flags: &[&str]) -> Vec<String> {
    let ended = program::run(app.database(), &[&["prune"], flags].concat()).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let single = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    ended.stdout.lines().map(single).collect()
}

/// Adds history of long ago, and of just before each age, to the one record that is pending.
async fn age(app: &TestApp) {
    let db = app.db().reader();
    let pending = sync_record::Entity::find().one(db).await.unwrap().expect("the record");
    assert_eq!(pending.status, SyncStatus::Pending);
    let records = (1..=1_100).map(|number| old_record(&pending, 40, number));
    let young = std::iter::once(old_record(&pending, 29, 1_101));
    for record in records.chain(young) {
        record.into_active_model().insert(db).await.unwrap();
    }
    make_anew(app.db()).await;
    for days in [6, 8, 100] {
        let trigger = old_trigger(&pending, days);
        failed_trigger_tally::add(db, trigger.merchant_id, std::slice::from_ref(&trigger))
            .await
            .unwrap_or_else(|error| panic!("{}", error.operator_text()));
        trigger.into_active_model().insert(db).await.unwrap();
    }
    for (days, status) in [
        (29, SyncStatus::Skipped),
        (31, SyncStatus::Skipped),
        (31, SyncStatus::Pending),
    ] {
        old_manual_sync(&pending, days, status)
            .into_active_model()
            .insert(db)
            .await
            .unwrap();
    }
    for days in [1, 3] {
        let trace = sync_trace::Model {
            merchant_id: pending.merchant_id,
            sync_record_id: old_trigger(&pending, days).id,
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
        };
        trace.into_active_model().insert(db).await.unwrap();
    }
    let key = idempotency_key::Model {
        merchant_id: pending.merchant_id,
        operation: "resync".to_owned(),
        key: "old".to_owned(),
        request_hash: String::new(),
        answer: Value::Null,
        created_at: ago(31).0,
    };
    key.into_active_model().insert(db).await.unwrap();
}

fn old_record(of: &sync_record::Model, days: i64, number: i64) -> sync_record::Model {
    let (at, id) = ago(days);
    sync_record::Model {
        id,
        seq: of.seq + number,
        status: SyncStatus::Success,
        due_at: None,
        lease_id: None,
        created_at: at,
        finished_at: Some(at),
        updated_at: at,
        ..of.clone()
    }
}

fn old_trigger(of: &sync_record::Model, days: i64) -> failed_trigger::Model {
    let (occurred_at, id) = ago(days);
    failed_trigger::Model {
        merchant_id: of.merchant_id,
        id,
        failure_code: FailureCode::MarkedShort,
        reason: SyncReason::StockCounted,
        reference: None,
        warehouse_sku_id: of.warehouse_sku_id,
        warehouse_id: None,
        store_id: None,
        store_sku_id: None,
        sync_rule_id: None,
        manual_sync_id: None,
        movement: 0,
        occurred_at,
    }
}

fn old_manual_sync(of: &sync_record::Model, days: i64, status: SyncStatus) -> manual_sync::Model {
    let (at, id) = ago(days);
    let pending = i32::from(status == SyncStatus::Pending);
    manual_sync::Model {
        merchant_id: of.merchant_id,
        id,
        kind: ManualSyncKind::Resync,
        requested_by: "somebody".to_owned(),
        sync_rule_id: None,
        status,
        total: pending,
        pending,
        success: 0,
        partially_failed: 0,
        failed: 0,
        skipped: 0,
        left_out: json!([]),
        created_at: at,
        finished_at: (pending == 0).then_some(at),
        updated_at: at,
    }
}

/// A time so many days ago, and an id of that time.
fn ago(days: i64) -> (DateTime<Utc>, Uuid) {
    let at = stock_sync::clock::now() - TimeDelta::days(days);
    let seconds = u64::try_from(at.timestamp()).unwrap();
    let id = Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, at.timestamp_subsec_nanos()));
    (at, id)
}
