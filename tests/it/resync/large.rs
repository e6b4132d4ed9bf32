//! Syncs that are planned in portions: they lose nothing, and hold nobody up.

use std::collections::HashMap;
use std::time::Duration;

use entity::planning_backlog;
use entity::types::Role;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use stock_sync::config;
use stock_sync::feed::Topic;
use uuid::Uuid;

use super::{STARTED, finished, records, totals};
use crate::support::graphql::{Client, each, text};
use crate::support::seed::{Catalogue, listing, stock};
use crate::support::{PATIENCE, TestApp, both};

const PROGRESS: &str = "subscription($id: ID!) { manualSyncProgress(id: $id) { status finishedAt
    counts { total pending success partiallyFailed failed skipped } } }";

both! {
    /// What could not be synced is left out of the counts when it is found out, be it the whole last portion.
    async fn every_store_sku_is_planned_once(app: &TestApp) {
        let catalogue = shop(app, 8).unconnected_store("s2", "LAZADA").store_sku("s2", "A", &[("A", 1)]);
        catalogue.sku("U").store_sku("s1", "U", &[("U", 1)]).make(&app.admin()).await;
        stock(&app.admin(), "A", 5).await;
        app.settled().await;
        plan(app, 3, PATIENCE).await;

        let payload = app.operator().mutate("resync", STARTED, json!({ "filter": {} })).await;
        assert_eq!((&payload["takenCount"], &payload["leftOutCount"]), (&json!(8), &json!(2)), "{payload:#}");
        let mut left_out = each(&payload["leftOut"], |left_out| text(&left_out["failureReason"]["code"]));
        left_out.sort();
        assert_eq!(left_out, ["STOCK_UNKNOWN", "STORE_NOT_CONNECTED"]);
        let mut events = app.viewer().events(PROGRESS, json!({ "id": payload["manualSync"]["id"] })).await;
        let mut last = Value::Null;
        while let Some(mut data) = events.next().await {
            last = data["manualSyncProgress"].take();
        }
        assert_eq!((&last["status"], &last["counts"]), (&json!("SUCCESS"), &counts(8, 0, 8)));
        let expected: Vec<String> = (0..8).map(|number| format!("s1/{number} SUCCESS 5")).collect();
        assert_eq!(records(&app.viewer(), &payload["manualSync"]).await, expected);
        assert_eq!(portions_left(app, app.tenant().id).await, 0);
    }

    /// One of which nothing can be synced has ended when that is known, and whoever watches it is told.
    async fn one_that_comes_to_nothing_ends(app: &TestApp) {
        let mut catalogue = shop(app, 0).unconnected_store("s2", "LAZADA");
        for number in 0..5 {
            catalogue = catalogue.store_sku("s2", &number.to_string(), &[("A", 1)]);
        }
        catalogue.make(&app.admin()).await;
        stock(&app.admin(), "A", 5).await;
        plan(app, 2, Duration::ZERO).await;
        let payload = app.operator().mutate("resync", STARTED, json!({ "filter": {} })).await;
        let mut events = app.viewer().events(PROGRESS, json!({ "id": payload["manualSync"]["id"] })).await;
        let mut last = Value::Null;
        while let Some(mut data) = events.next().await {
            last = data["manualSyncProgress"].take();
        }
        assert_eq!((&last["status"], &last["counts"]), (&json!("SKIPPED"), &counts(0, 0, 0)));
        assert!(last["finishedAt"].is_string(), "{last}");
    }

    /// What is not planned yet counts as pending. A repeat under the key gets the same row, pruning leaves it alone, and
    /// after a crash the rest is planned, nothing twice.
    async fn a_crash_in_the_middle_loses_nothing(app: &TestApp) {
        shop(app, 10).make(&app.admin()).await;
        stock(&app.admin(), "A", 5).await;
        app.settled().await;
        plan(app, 3, Duration::ZERO).await;
        refuse_records_of(app, "4").await;
        let input = json!({ "filter": {}, "idempotencyKey": "once" });
        let first = app.operator().mutate("resync", STARTED, input.clone()).await;
        let id = first["manualSync"]["id"].clone();
        assert_eq!((&first["takenCount"], &first["manualSync"]["status"]), (&json!(10), &json!("PENDING")));
        reach(app, &id, &counts(10, 7, 3)).await;

        let before = totals(&app.viewer()).await;
        let again = app.operator().mutate("resync", STARTED, input.clone()).await;
        assert_eq!((&again["isReplay"], &again["manualSync"]["id"]), (&json!(true), &id));
        assert_eq!(again["manualSync"]["counts"], counts(10, 7, 3));
        assert_eq!(totals(&app.viewer()).await, before);
        app.restart(|config| {
            config.planning = sizes(3, Duration::ZERO);
            config.retention.manual_sync_age = Duration::ZERO;
        }).await;
        app.engine().prune().await.unwrap();
        assert_eq!(manual_sync(&app.viewer(), &id).await["counts"], counts(10, 7, 3));

        app.kill_server();
        accept_all_records(app).await;
        app.start_server(|config| config.planning = sizes(3, Duration::ZERO)).await;
        let done = finished(app, &first["manualSync"]).await;
        assert_eq!((&done["status"], &done["counts"]), (&json!("SUCCESS"), &counts(10, 0, 10)));
        let after = totals(&app.viewer()).await;
        assert_eq!(after, [before[0], before[1] + 7, before[2]]);
        for number in 0..10 {
            let sent = app.market().wait_until("the calls", |log| Some(log.sent(&listing("s1", &number.to_string())))).await;
            assert_eq!(sent, [5, 5], "{number}");
        }
    }

    /// A stock change that comes before its store SKU is planned is pushed at once, and is not undone by the planning.
    async fn a_newer_stock_change_is_not_overtaken(app: &TestApp) {
        let catalogue = shop(app, 6).sku("B").store_sku("s1", "early", &[("B", 1)]);
        catalogue.sku("C").store_sku("s1", "late", &[("C", 1)]).make(&app.admin()).await;
        for sku in ["A", "B", "C"] {
            stock(&app.admin(), sku, 5).await;
        }
        app.settled().await;
        plan(app, 2, Duration::ZERO).await;
        refuse_records_of(app, "2").await;
        let payload = app.operator().mutate("resync", STARTED, json!({ "filter": {} })).await;
        reach(app, &payload["manualSync"]["id"], &counts(8, 6, 2)).await;
        stock(&app.admin(), "C", 77).await;
        app.market().wait_for_quantity("s1-late", 77).await;
        accept_all_records(app).await;
        let done = finished(app, &payload["manualSync"]).await;
        assert_eq!((&done["status"], &done["counts"]), (&json!("SUCCESS"), &counts(8, 0, 8)));
        let synced = records(&app.viewer(), &payload["manualSync"]).await;
        assert!(synced.contains(&"s1/late SUCCESS 77".to_owned()), "{synced:?}");
        let sent = app.market().wait_until("the calls", |log| Some(log.sent("s1-late"))).await;
        assert_eq!(sent, [5, 77, 77]);
    }

    /// Others neither wait for a large sync nor for the planning of it: a stock change is pushed, and a large sync of
    /// another merchant is planned, before it is through.
    async fn another_merchant_gets_its_turn(app: &TestApp) {
        shop(app, 400).make(&app.admin()).await;
        stock(&app.admin(), "A", 5).await;
        let other = app.another_tenant().await;
        let admin = app.client(&other, Role::Admin);
        let theirs = Catalogue::default().store("theirs", "LAZADA", app.market()).warehouse("w1").sku("A");
        let theirs = theirs.store_sku("theirs", "1", &[("A", 1)]).store_sku("theirs", "2", &[("A", 1)]);
        theirs.rule("everything", json!({})).make(&admin).await;
        stock(&admin, "A", 1).await;
        app.market().wait_for_quantity("theirs-2", 1).await;
        app.settled().await;
        plan(app, 1, Duration::ZERO).await;
        let admin = app.client(&other, Role::Admin);

        app.operator().mutate("resync", STARTED, json!({ "filter": {} })).await;
        stock(&admin, "A", 2).await;
        app.market().wait_for_quantity("theirs-1", 2).await;
        app.market().wait_for_quantity("theirs-2", 2).await;
        assert_ne!(portions_left(app, app.tenant().id).await, 0, "the stock change waited for the large sync");
        admin.mutate("resync", STARTED, json!({ "filter": {} })).await;
        let mut listener = app.engine().feed().listen(other.id, [Topic::Everything]);
        while portions_left(app, other.id).await > 0 {
            crate::support::soon("their portions", listener.next()).await;
        }
        assert_ne!(portions_left(app, app.tenant().id).await, 0, "their sync waited for the large one");
    }

    /// Two processes at one backlog: each store SKU gets one record.
    async fn two_processes_plan_nothing_twice(app: &TestApp) {
        if app.db().backend() == DbBackend::Sqlite {
            // Only one process has the file.
            return;
        }
        shop(app, 100).make(&app.admin()).await;
        stock(&app.admin(), "A", 5).await;
        app.settled().await;
        plan(app, 1, Duration::ZERO).await;
        let replica = app.replica(|config| config.planning = sizes(1, Duration::ZERO)).await;
        let before = totals(&app.viewer()).await;
        let payload = app.operator().mutate("resync", STARTED, json!({ "filter": {} })).await;
        let done = finished(app, &payload["manualSync"]).await;
        assert_eq!((&done["status"], &done["counts"]), (&json!("SUCCESS"), &counts(100, 0, 100)));
        assert_eq!(totals(&app.viewer()).await, [before[0] + 1, before[1] + 100, before[2]]);
        replica.stop().await;
    }

    /// Changes of rules and of shortage marks that concern many store SKUs are planned the same way, in one record each.
    async fn so_are_rules_and_shortage_marks(app: &TestApp) {
        let rules = shop(app, 10).make(&app.admin()).await;
        stock(&app.admin(), "A", 5).await;
        app.settled().await;
        plan(app, 3, Duration::ZERO).await;
        let change = json!({ "id": rules[0], "offset": 1 });
        app.admin().mutate("updateSyncRule", "syncRule { id }", change).await;
        planned_for(app, "RULE_CHANGED", 10).await;
        app.market().wait_for_quantity("s1-9", 6).await;
        let better = json!({ "name": "better", "warehouses": ["w1"], "percent": 100, "priority": 9, "offset": 2 });
        app.admin().mutate("createSyncRule", "syncRule { id }", better).await;
        let governed = app.viewer().query("{ storeSkus { nodes { syncRule { name } } } }", json!({})).await;
        let governed = each(&governed["storeSkus"]["nodes"], |node| text(&node["syncRule"]["name"]));
        assert_eq!(governed, vec!["better"; 10], "at once, planned or not");
        planned_for(app, "RULE_CHANGED", 20).await;
        for is_marked_short in [true, false] {
            let mark = json!({ "skus": ["A"], "isMarkedShort": is_marked_short });
            app.admin().mutate("setShortageMark", "__typename", mark).await;
        }
        planned_for(app, "SHORTAGE_CLEARED", 10).await;
        app.settled().await;
        assert_eq!(app.market().quantity("s1-0"), Some(7));
    }
}

fn sizes(at_once: u32, patience: Duration) -> config::Planning {
    config::Planning {
        at_once,
        portion: at_once,
        patience,
    }
}

/// Starts the server anew, with portions of so many store SKUs.
async fn plan(app: &TestApp, portion: u32, patience: Duration) {
    app.restart(|config| config.planning = sizes(portion, patience)).await;
}

/// The store `s1` with so many store SKUs, called by their numbers, each made of one `A`.
fn shop(app: &TestApp, number: usize) -> Catalogue {
    let mut catalogue = Catalogue::default()
        .store("s1", "SHOPEE", app.market())
        .warehouse("w1")
        .sku("A")
        .rule("everything", json!({}));
    for number in 0..number {
        catalogue = catalogue.store_sku("s1", &number.to_string(), &[("A", 1)]);
    }
    catalogue
}

fn counts(total: i64, pending: i64, success: i64) -> Value {
    json!({ "total": total, "pending": pending, "success": success, "partiallyFailed": 0, "failed": 0, "skipped": 0 })
}

async fn manual_sync(client: &Client, id: &Value) -> Value {
    let document = "query($id: ID!) { node(id: $id) { ... on ManualSync { status finishedAt
        counts { total pending success partiallyFailed failed skipped } } } }";
    let mut data = client.query(document, json!({ "id": id })).await;
    data["node"].take()
}

/// Waits until a manual sync has these counts; they add up all the way, and it is pending.
async fn reach(app: &TestApp, id: &Value, expected: &Value) {
    let viewer = app.viewer();
    app.eventually("the counts", async || {
        let row = manual_sync(&viewer, id).await;
        assert_eq!((&row["status"], &row["finishedAt"]), (&json!("PENDING"), &Value::Null));
        (&row["counts"] == expected).then_some(())
    })
    .await;
}

/// Waits until so many records have this reason, of which each store SKU has as many as the others.
async fn planned_for(app: &TestApp, reason: &str, number: usize) {
    let viewer = app.viewer();
    let document = "query($reason: SyncReason!) { syncRecords(first: 100, filter: { reasonIn: [$reason] }) { nodes {
        storeSku { id } } } }";
    let found = app
        .eventually("the records", async || {
            let data = viewer.query(document, json!({ "reason": reason })).await;
            let found = each(&data["syncRecords"]["nodes"], |node| text(&node["storeSku"]["id"]));
            (found.len() >= number).then_some(found)
        })
        .await;
    let mut by_store_sku: HashMap<String, usize> = HashMap::new();
    for id in found {
        *by_store_sku.entry(id).or_default() += 1;
    }
    assert_eq!(by_store_sku.len(), 10);
    assert!(
        by_store_sku.values().all(|count| *count == number / 10),
        "{by_store_sku:?}"
    );
}

async fn portions_left(app: &TestApp, merchant: Uuid) -> u64 {
    let portions = planning_backlog::Entity::find().filter(planning_backlog::Column::MerchantId.eq(merchant));
    portions.count(app.db().reader()).await.unwrap()
}

/// From now on the database takes no record of the store SKU with this code, so its portion cannot be planned.
async fn refuse_records_of(app: &TestApp, sku: &str) {
    let is_refused = format!("(SELECT sku FROM store_sku WHERE id = NEW.store_sku_id) = '{sku}'");
    execute(
        app,
        &match app.db().backend() {
            DbBackend::Postgres => format!(
                "CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN \
                 IF {is_refused} THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql; \
             CREATE TRIGGER refuse BEFORE INSERT ON sync_record FOR EACH ROW EXECUTE FUNCTION refuse()"
            ),
            _ => format!(
                "CREATE TRIGGER refuse BEFORE INSERT ON sync_record WHEN {is_refused} \
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
            ),
        },
    )
    .await;
}

/// Takes [`refuse_records_of`] back.
async fn accept_all_records(app: &TestApp) {
    let sql = match app.db().backend() {
        DbBackend::Postgres => "DROP TRIGGER refuse ON sync_record",
        _ => "DROP TRIGGER refuse",
    };
    execute(app, sql).await;
}

async fn execute(app: &TestApp, sql: &str) {
    let sql = sql.to_owned();
    let written = app.db().write(move |tx| {
        let sql = sql.clone();
        Box::pin(async move { Ok(tx.execute_unprepared(&sql).await.map(drop)?) })
    });
    written
        .await
        .unwrap_or_else(|error| panic!("{}", error.operator_text()));
}
