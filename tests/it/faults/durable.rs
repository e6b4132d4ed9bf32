//! What was acknowledged is on disk.

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use stock_sync::error::Result;

use super::{QUICK, admin_of, assert_taken, try_stock};
use crate::support::marketplace::{Gate, Reply};
use crate::support::program::Process;
use crate::support::seed::Catalogue;
use crate::support::{TestApp, both};

both! {
    /// Every connection that writes waits for the disk, whatever the database was set to; and none waits for ever.
    async fn the_connection_is_durable(app: &TestApp) {
        if app.db().reader().get_database_backend() == DbBackend::Sqlite {
            assert_eq!(setting(app, "PRAGMA synchronous", "synchronous").await, "2", "FULL");
            assert_eq!(setting(app, "PRAGMA journal_mode", "journal_mode").await, "wal");
            return;
        }
        for weak in ["synchronous_commit = off", "lock_timeout = 0", "idle_in_transaction_session_timeout = 0"] {
            let statement = format!(
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {weak}', current_database()); END $$"
            );
            app.db().reader().execute_unprepared(&statement).await.unwrap();
        }
        app.restart(|_| {}).await;
        for (name, expected) in [
            ("synchronous_commit", "on"),
            ("lock_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "15s"),
        ] {
            assert_eq!(setting(app, &format!("SHOW {name}"), name).await, expected, "{name}");
        }
    }

    /// A server that is killed right after an answer, with everything still to be pushed, has lost nothing of it.
    async fn a_kill_after_the_answer_loses_nothing(app: &TestApp) {
        const SKUS: [&str; 5] = ["A", "B", "C", "D", "E"];
        app.stop_server().await;
        let arguments: Vec<&str> = QUICK.into_iter().chain(["--lease-seconds", "2", "--call-timeout-seconds", "1"]).collect();
        let process = Process::serve(app.database(), &arguments).await;
        let admin = admin_of(&process, app);
        let mut catalogue = Catalogue::least(app.market());
        for sku in &SKUS[1..] {
            catalogue = catalogue.sku(sku).store_sku("s1", sku, &[(sku, 1)]);
        }
        catalogue.make(&admin).await;
        let gate = Gate::default();
        app.market().every_call(Reply::Held(gate.clone(), Box::new(Reply::Rows)));
        for (sku, quantity) in SKUS.iter().zip(1..) {
            assert_taken(&try_stock(&admin, sku, quantity).await);
        }
        process.kill();

        gate.open();
        app.market()
            .wait_until("the calls to end", |log| log.calls.iter().all(|call| call.answered_at.is_some()).then_some(()))
            .await;
        app.start_server(|_| {}).await;
        for (sku, quantity) in SKUS.iter().zip(1..) {
            app.market().wait_for_quantity(&format!("s1-{sku}"), quantity).await;
        }
        app.settled().await;
    }
}

/// A setting of the connection that the server writes through.
async fn setting(app: &TestApp, statement: &str, column: &str) -> String {
    let engine = app.engine();
    let (statement, column) = (statement.to_owned(), column.to_owned());
    let read = engine.db().write(move |tx| {
        let statement = Statement::from_string(tx.get_database_backend(), statement.clone());
        let column = column.clone();
        Box::pin(async move {
            let row = tx.query_one_raw(statement).await?.expect("a row");
            let number = row.try_get::<i32>("", &column).map(|number| number.to_string());
            Result::Ok(number.or_else(|_| row.try_get::<String>("", &column))?)
        })
    });
    read.await.unwrap_or_else(|error| panic!("{}", error.operator_text()))
}
