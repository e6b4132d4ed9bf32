//! Processes on one PostgreSQL database that hear of each other at once.
//!
//! Nothing here is polled for within an hour, so whatever arrives was announced.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use entity::sync_record;
use entity::types::Role as KeyRole;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgListener};
use sqlx::{ConnectOptions, Connection, PgConnection};
use stock_sync::config::{Config, Role};
use uuid::Uuid;

use crate::support::app::Tenant;
use crate::support::graphql::{Client, text};
use crate::support::history::pick;
use crate::support::live::Events;
use crate::support::marketplace::Reply;
use crate::support::seed::{Catalogue, stock, stock_changes};
use crate::support::server::Server;
use crate::support::{TestApp, on_postgres, soon};

const HOUR: Duration = Duration::from_secs(3_600);
/// So many a server has opened when it has started: it needs no new one for as long as there are none to be had.
const NO_MORE_CONNECTIONS: u32 = 2;
const STEPS: &str = "subscription {
    syncStatusChanged { status version record { id quantityAfter isInFlight storeSku { sku } } } }";
const PROGRESS: &str = "subscription($id: ID!) { manualSyncProgress(id: $id) { finishedAt counts { success } } }";

on_postgres! {
    /// Stock is reported to one replica, a worker pushes it, and a subscriber of a third sees every step, over both ways.
    async fn a_subscriber_sees_each_step_that_other_replicas_made(app: &TestApp) {
        let others = Others::start(app).await;
        Catalogue::least(app.market()).make(&app.admin()).await;
        let mut events = app.viewer().events(STEPS, json!({})).await;
        let mut socket = app.viewer().socket().await;
        socket.subscribe("steps", STEPS, json!({})).await;
        socket.settle().await;
        for quantity in [3, 4] {
            let gate = app.market().hold_next_call(Reply::Rows);
            stock(&others.api_client(app.tenant()), "A", quantity).await;
            let mut seen = [vec![], vec![]];
            for _ in 0..2 {
                seen[0].push(step_of(events.next().await));
                seen[1].push(step_of(socket.next("steps").await));
            }
            for steps in &seen {
                assert_eq!(steps[1]["record"]["isInFlight"], true, "{steps:#?}");
            }
            gate.open();
            seen[0].push(step_of(events.next().await));
            seen[1].push(step_of(socket.next("steps").await));
            for steps in seen {
                let steps: Value = steps.iter().map(|step| pick(step, &["status", "version", "record.quantityAfter"])).collect();
                assert_eq!(steps, json!([["PENDING", 1, quantity], ["PENDING", 2, quantity], ["SUCCESS", 3, quantity]]));
            }
        }
        others.stop().await;
    }

    /// A worker is woken by what was planned elsewhere, by a stock change and by hand, and whoever watches a manual
    /// sync elsewhere sees its end.
    async fn a_worker_is_woken_by_what_another_replica_planned(app: &TestApp) {
        let others = Others::start(app).await;
        let admin = app.admin();
        let rules = Catalogue::least(app.market()).make(&admin).await;
        for quantity in 1..4 {
            stock(&admin, "A", quantity).await;
            app.market().wait_for_quantity("s1-A", i64::from(quantity)).await;
        }
        app.settled().await;
        let gate = app.market().hold_next_call(Reply::Rows);
        let started = others.api_client(app.tenant()).mutate("syncRuleNow", "manualSync { id }", json!({ "syncRuleId": rules[0] })).await;
        let mut events = app.viewer().events(PROGRESS, json!({ "id": started["manualSync"]["id"] })).await;
        let mut state = events.next().await.unwrap();
        assert_eq!(state["manualSyncProgress"]["finishedAt"], Value::Null);
        gate.open();
        while let Some(next) = events.next().await {
            state = next;
        }
        assert_eq!(state["manualSyncProgress"]["counts"]["success"], 1);
        others.stop().await;
    }

    /// A replica whose listening connection is cut, and that gets no new one for a while, finds what happened until
    /// then and in the meantime, and hears again afterwards.
    async fn nothing_is_lost_while_nothing_is_heard(app: &TestApp) {
        let others = Others::start(app).await;
        let (near, far) = (app.admin(), others.api_client(app.tenant()));
        Catalogue::least(app.market()).make(&near).await;
        let mut events = app.viewer().events(STEPS, json!({})).await;
        stock(&far, "A", 1).await;
        until(&mut events, &json!(["SUCCESS", 3, 1])).await;

        // A change of which nobody is told, as when the message is sent while nobody hears.
        let mut aside = Aside::connect(app).await;
        aside.step_in_silence().await;
        allow_connections(app, false).await;
        aside.cut_listeners().await;
        until(&mut events, &json!(["SUCCESS", 4, 1])).await;
        aside.step_in_silence().await;
        allow_connections(app, true).await;
        until(&mut events, &json!(["SUCCESS", 5, 1])).await;

        for quantity in 2..5 {
            stock(&far, "A", quantity).await;
            until(&mut events, &json!(["SUCCESS", 3, quantity])).await;
        }
        others.stop().await;
    }

    /// Where nothing can be heard, the table is read at the short interval.
    async fn what_cannot_be_heard_is_polled_for(app: &TestApp) {
        app.restart(|config| {
            config.server.live_poll_interval = Duration::from_millis(20);
            config.database.max_connections = NO_MORE_CONNECTIONS;
        }).await;
        Catalogue::least(app.market()).make(&app.admin()).await;
        let mut events = app.viewer().events(STEPS, json!({})).await;
        stock(&app.admin(), "A", 1).await;
        until(&mut events, &json!(["SUCCESS", 3, 1])).await;
        let mut aside = Aside::connect(app).await;
        allow_connections(app, false).await;
        aside.cut_listeners().await;
        for version in 4..7 {
            aside.step_in_silence().await;
            until(&mut events, &json!(["SUCCESS", version, 1])).await;
        }
        allow_connections(app, true).await;
    }

    /// What is heard of one merchant is shown to that one alone, and so it is with messages that are forged or garbled.
    async fn nobody_hears_another_merchants_changes(app: &TestApp) {
        let others = Others::start(app).await;
        let (first, second) = (app.tenant().clone(), app.another_tenant().await);
        for tenant in [&first, &second] {
            Catalogue::least(app.market()).make(&app.client(tenant, KeyRole::Admin)).await;
        }
        let mut to_first = app.client(&first, KeyRole::Viewer).events(STEPS, json!({})).await;
        let mut to_second = app.client(&second, KeyRole::Viewer).events(STEPS, json!({})).await;
        stock(&others.api_client(&first), "A", 1).await;
        until(&mut to_first, &json!(["SUCCESS", 3, 1])).await;
        let record = only_record(app).await;
        let mut aside = Aside::connect(app).await;
        aside.notify(&format!("2 {}\nm {}\nc {record} {record} {record} 9 SUCCESS", Uuid::now_v7(), second.id)).await;
        aside.notify("9 of another version").await;

        stock(&others.api_client(&second), "A", 22).await;
        for (status, version) in [("PENDING", 1), ("PENDING", 2), ("SUCCESS", 3)] {
            let seen = pick(&step_of(to_second.next().await), &["status", "version", "record.quantityAfter"]);
            assert_eq!(seen, json!([status, version, 22]));
        }
        stock(&others.api_client(&first), "A", 2).await;
        let seen = step_of(to_first.next().await);
        assert_eq!(pick(&seen, &["version", "record.quantityAfter"]), json!([1, 2]));
        others.stop().await;
    }

    /// A resync that is too large to be told record by record: in the end a subscriber of another replica has seen the
    /// last state of every record, those that it replaced included.
    async fn the_end_of_every_record_of_a_large_resync_is_seen(app: &TestApp) {
        const EACH: usize = 50;
        const SKUS: usize = 60;
        let others = Others::start_without_worker(app).await;
        let admin = app.admin();
        let mut catalogue = Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1").rule("everything", json!({}));
        for sku in (0..SKUS).map(|sku| format!("W{sku}")) {
            catalogue = catalogue.sku(&sku);
            for number in 0..EACH {
                catalogue = catalogue.store_sku("s1", &format!("{sku}-{number}"), &[(&sku, 1)]);
            }
        }
        catalogue.make(&admin).await;
        let mut socket = app.viewer().socket().await;
        socket.subscribe("steps", STEPS, json!({})).await;
        socket.settle().await;
        let change = |sku: usize| json!({ "warehouse": "w1", "sku": format!("W{sku}"), "available": 5, "reason": "STOCK_COUNTED" });
        let far = others.api_client(app.tenant());
        stock_changes(&far, (0..SKUS).map(change).collect()).await;
        let input = json!({ "filter": { "statusIn": ["PENDING"] } });
        let started = far.mutate("resync", "takenCount", input).await;
        assert_eq!(started["takenCount"], EACH * SKUS);
        let worker = app.replica(|config| at_its_leisure(config, Role::Worker)).await;

        let mut ends: HashMap<String, String> = HashMap::new();
        while ends.len() < 2 * EACH * SKUS {
            let step = step_of(socket.next("steps").await);
            if step["status"] != "PENDING" {
                ends.insert(text(&step["record"]["id"]), text(&step["status"]));
            }
        }
        for status in ["SKIPPED", "SUCCESS"] {
            assert_eq!(ends.values().filter(|end| *end == status).count(), EACH * SKUS, "{status}");
        }
        worker.stop().await;
        others.stop().await;
    }
}

/// The replicas beside the one that the test's subscribers are connected to, which answers only.
struct Others {
    worker: Option<Server>,
    api: Server,
}

impl Others {
    async fn start(app: &TestApp) -> Self {
        Self::start_with(app, true).await
    }

    async fn start_without_worker(app: &TestApp) -> Self {
        Self::start_with(app, false).await
    }

    /// Starts all of them anew; once this returns, each hears the others.
    async fn start_with(app: &TestApp, has_worker: bool) -> Self {
        app.stop_server().await;
        let mut announced = PgListener::connect(app.database().url()).await.expect("a connection");
        announced.listen("stock_sync").await.expect("a channel");
        app.start_server(|config| {
            at_its_leisure(config, Role::Api);
            config.database.max_connections = NO_MORE_CONNECTIONS;
        })
        .await;
        let worker = match has_worker {
            true => Some(app.replica(|config| at_its_leisure(config, Role::Worker)).await),
            false => None,
        };
        let api = app.replica(|config| at_its_leisure(config, Role::Api)).await;
        // Each says something as soon as it listens, to hear whether it hears.
        let expected = if has_worker { 3 } else { 2 };
        let mut heard = HashSet::new();
        while heard.len() < expected {
            let message = soon("each replica to listen", announced.recv())
                .await
                .expect("a message");
            heard.insert(message.payload().lines().next().map(str::to_owned));
        }
        Self { worker, api }
    }

    /// Calls the other replica that answers.
    fn api_client(&self, tenant: &Tenant) -> Client {
        Client::new(self.api.address(), Some(tenant.token(KeyRole::Admin)))
    }

    async fn stop(self) {
        if let Some(worker) = self.worker {
            worker.stop().await;
        }
        self.api.stop().await;
    }
}

/// Nothing is looked for within the time of a test.
fn at_its_leisure(config: &mut Config, role: Role) {
    config.server.role = role;
    config.server.live_poll_interval = HOUR;
    config.worker.poll_interval = HOUR;
    // A change of the catalogue is over when it is answered.
    config.planning.at_once = 10_000;
}

/// The next step of an event that came.
fn step_of(event: Option<Value>) -> Value {
    let mut data = event.expect("the subscription goes on");
    data["syncStatusChanged"].take()
}

/// Goes on to the step with this status, version and quantity.
async fn until(events: &mut Events, expected: &Value) -> Value {
    loop {
        let step = step_of(events.next().await);
        if pick(&step, &["status", "version", "record.quantityAfter"]) == *expected {
            return step;
        }
    }
}

/// A connection of the test's own, beside all replicas and all pools.
struct Aside(PgConnection);

impl Aside {
    async fn connect(app: &TestApp) -> Self {
        Self(PgConnection::connect(app.database().url()).await.expect("a connection"))
    }

    /// One more step of the only record, of which nobody is told.
    async fn step_in_silence(&mut self) {
        self.run("UPDATE sync_record SET version = version + 1, updated_at = now()")
            .await;
    }

    /// Ends every connection that listens.
    async fn cut_listeners(&mut self) {
        let listens = "datname = current_database() AND query LIKE 'LISTEN%'";
        let statement = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {listens}");
        let cut = self.run(&statement).await;
        assert!(cut > 0, "nobody listens");
    }

    async fn notify(&mut self, payload: &str) {
        self.run(&format!("SELECT pg_notify('stock_sync', '{payload}')")).await;
    }

    /// How many rows it returned or changed.
    async fn run(&mut self, statement: &str) -> u64 {
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        let ran = sqlx::query(statement).execute(&mut self.0).await;
        ran.expect("the statement is good").rows_affected()
    }
}

/// The id of the only record, as the database has it.
async fn only_record(app: &TestApp) -> Uuid {
    let found = sync_record::Entity::find().one(app.db().reader()).await;
    found.expect("the database answers").expect("a record").id
}

/// Whether the database takes connections, besides those that it has.
async fn allow_connections(app: &TestApp, allow: bool) {
    let options: PgConnectOptions = app.database().url().parse().expect("a URL");
    let name = options.get_database().expect("a name").to_owned();
    let mut elsewhere = options.database("postgres").connect().await.expect("a connection");
    let statement = format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {allow}");
    let ran = sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(&mut elsewhere)
        .await;
    ran.expect("the test cluster does as it is told");
    elsewhere.close().await.expect("a goodbye");
}
