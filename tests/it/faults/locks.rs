//! Somebody else holds the database's locks.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use super::{assert_taken, assert_unavailable, final_records, try_records, try_stock, until};
use crate::support::marketplace::{Gate, Reply};
use crate::support::seed::{Catalogue, stock};
use crate::support::{Backend, TestApp, both, run, soon};

/// A connection of somebody else that locks out all writers until it is let go.
enum Intruder {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

both! {
    /// Callers are told in bounded time, however many they are, while reads go on; once the lock is gone everything goes
    /// on by itself, what was refused too.
    async fn a_lock_that_is_held_for_too_long(app: &TestApp) {
        app.restart(|config| {
            config.database.patience = Duration::from_millis(300);
        })
        .await;
        let admin = app.admin();
        Catalogue::least(app.market()).sku("B").store_sku("s1", "B", &[("B", 1)]).make(&admin).await;
        let gate = app.market().hold_next_call(Reply::Rows);
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;

        let intruder = Intruder::enter(app.database().url()).await;
        // The worker has a result to write all this time.
        gate.open();
        let before = try_records(&admin).await;
        assert!(before.is_some(), "reads need no lock");
        for answer in join_all((2..10).map(|quantity| try_stock(&admin, "B", quantity))).await {
            assert_unavailable(&answer);
        }
        assert_eq!(try_records(&admin).await, before);

        intruder.leave().await;
        // The key of the refused batch was not used up.
        assert_taken(&try_stock(&admin, "B", 2).await);
        app.market().wait_for_quantity("s1-B", 2).await;
        assert_eq!(final_records(&admin).await, json!([["SUCCESS", 1], ["SUCCESS", 2]]));
    }
}

/// However many results wait to be written, callers have connections: none of those who wait has to end first.
#[test]
fn results_that_wait_leave_room_for_callers() {
    const STORES: usize = 8;
    run(module_path!(), Backend::Postgres, async |app: &TestApp| {
        app.restart(|config| config.database.max_connections = 4).await;
        let admin = app.admin();
        let more = (2..=STORES).map(|number| format!("s{number}"));
        let catalogue = more.fold(Catalogue::least(app.market()), |catalogue, store| {
            let catalogue = catalogue.store(&store, "SHOPEE", app.market());
            catalogue.store_sku(&store, "A", &[("A", 1)])
        });
        catalogue.make(&admin).await;
        let gates: Vec<_> = (0..STORES).map(|_| app.market().hold_next_call(Reply::Rows)).collect();
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(STORES).await;

        let intruder = Intruder::enter(app.database().url()).await;
        gates.iter().for_each(Gate::open);
        let mut other = PgConnection::connect(app.database().url()).await.unwrap();
        let waiting = "SELECT pid::text || query_start FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock' ORDER BY pid";
        let mut waiters = async || {
            sqlx::query_scalar::<_, String>(waiting)
                .fetch_all(&mut other)
                .await
                .unwrap()
        };
        until("results to wait", async || (waiters().await.len() == 3).then_some(())).await;
        let before = waiters().await;
        assert!(try_records(&admin).await.is_some());
        assert_eq!(waiters().await, before);

        intruder.leave().await;
        app.settled().await;
        let all = vec![json!(["SUCCESS", 1]); STORES];
        assert_eq!(final_records(&admin).await, json!(all));
    });
}

/// A replica that starts while another one migrates waits for it, longer than it would wait for any other lock.
#[test]
fn a_long_migration_is_waited_for() {
    run(module_path!(), Backend::Postgres, async |app: &TestApp| {
        // The number that replicas agree on, of src/db/connect.rs.
        let lock = format!("SELECT pg_advisory_lock({})", 0x5354_4f43_4b53_594e_i64);
        let mut migrating = PgConnection::connect(app.database().url()).await.unwrap();
        migrating.execute(sqlx::AssertSqlSafe(lock)).await.unwrap();
        let starting = app.replica(|config| config.database.patience = Duration::from_millis(100));
        let migration = async {
            let waiting = "SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database
                WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()";
            until("the replica to wait", async || {
                migrating.fetch_optional(waiting).await.unwrap()
            })
            .await;
            // Three times the patience of the one that waits.
            migrating.execute("SELECT pg_sleep(0.3)").await.unwrap();
            migrating.close().await.unwrap();
        };
        let (replica, ()) = soon("the replica to start", async { tokio::join!(starting, migration) }).await;
        replica.stop().await;
    });
}

/// A mapping changes while the result of a push waits for the locks of what its store SKU was made of: the warehouse SKU
/// that it is made of now shows the result.
#[test]
fn a_mapping_that_changes_under_a_waiting_writer() {
    run(module_path!(), Backend::Postgres, async |app: &TestApp| {
        let admin = app.admin();
        Catalogue::least(app.market()).sku("B").make(&admin).await;
        let gate = app.market().hold_next_call(Reply::Rows);
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;

        let mut other = PgConnection::connect(app.database().url()).await.unwrap();
        let hold = "BEGIN; UPDATE warehouse_sku SET name = name WHERE sku = 'A'";
        other.execute(hold).await.unwrap();
        gate.open();
        let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        until("the result to wait", async || {
            other.fetch_optional(waiting).await.unwrap()
        })
        .await;
        let remap = "UPDATE mapping SET warehouse_sku_id = (SELECT id FROM warehouse_sku WHERE sku = 'B'); COMMIT";
        other.execute(remap).await.unwrap();
        other.close().await.unwrap();

        app.settled().await;
        let document =
            "{ warehouseSkus(orderBy: { field: SKU, direction: ASC }) { nodes { sku lastSync { status } } } }";
        let shown = app.viewer().query(document, json!({})).await;
        let expected = json!([{ "sku": "A", "lastSync": { "status": "PENDING" } },
            { "sku": "B", "lastSync": { "status": "SUCCESS" } }]);
        assert_eq!(shown["warehouseSkus"]["nodes"], expected);
    });
}

impl Intruder {
    async fn enter(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            connection.execute("BEGIN IMMEDIATE").await.unwrap();
            return Self::Sqlite(connection);
        }
        let mut connection = PgConnection::connect(url).await.unwrap();
        let lock = "BEGIN; LOCK TABLE warehouse_sku, store_sku, stock_level, sync_record IN EXCLUSIVE MODE";
        connection.execute(lock).await.unwrap();
        Self::Postgres(connection)
    }

    async fn leave(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await.unwrap(),
            Self::Postgres(connection) => connection.close().await.unwrap(),
        }
    }
}
