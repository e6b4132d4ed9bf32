//! The migrations, up and down and up again, and what the database itself refuses.

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use stock_sync::db::Db;

use crate::support::{Database, both};

both! {
    /// Nothing is left behind by going down, and everything is back after going up again.
    async fn up_down_and_up_again(database: &Database) {
        let db = database.open().await;
        db.migrate().await.unwrap();
        let first = objects(&db).await;
        assert!(first.iter().any(|name| name == "sync_record"), "{first:?}");
        db.migrate().await.unwrap();
        assert_eq!(objects(&db).await, first, "a second run changes nothing");

        db.unmigrate().await.unwrap();
        assert_eq!(objects(&db).await, Vec::<String>::new());

        db.migrate().await.unwrap();
        assert_eq!(objects(&db).await, first);
    }

    /// Replicas that start together on an empty database all come up.
    async fn several_at_once(database: &Database) {
        if database.url().starts_with("sqlite:") {
            // Only one process has the file.
            return;
        }
        let (a, b, c) = tokio::join!(database.open(), database.open(), database.open());
        let results = tokio::join!(a.migrate(), b.migrate(), c.migrate());
        assert!(results.0.is_ok() && results.1.is_ok() && results.2.is_ok(), "{results:?}");
    }

    /// The merchant comes first in every index, so that the data can be spread by merchant.
    async fn every_index_begins_with_the_merchant(database: &Database) {
        let db = database.open().await;
        db.migrate().await.unwrap();
        let indexes = first_columns(&db).await;
        assert!(indexes.len() > 30, "{indexes:?}");
        for (index, table, column) in indexes {
            if table != "merchant" {
                assert_eq!(column, "merchant_id", "{index} on {table}");
            }
        }
    }
}

/// A server that is killed in the middle of a step finds none of it. On SQLite a step has to ask for that.
#[test]
fn every_step_is_a_transaction() {
    for step in Migrator::migrations() {
        assert_eq!(step.use_transaction(), Some(true), "{}", step.name());
    }
}

/// The names of all tables and indexes of ours.
async fn objects(db: &Db) -> Vec<String> {
    let sql = match db.backend() {
        DbBackend::Postgres => {
            "SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = 'public' AND c.relkind IN ('r', 'i') AND c.relname NOT LIKE 'seaql%' ORDER BY 1"
        }
        _ => "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite%' AND name NOT LIKE 'seaql%' ORDER BY 1",
    };
    let rows = db
        .reader()
        .query_all_raw(Statement::from_string(db.backend(), sql))
        .await;
    rows.unwrap()
        .iter()
        .map(|row| row.try_get("", "name").unwrap())
        .collect()
}

/// Every index, primary keys included, with its table and first column.
async fn first_columns(db: &Db) -> Vec<(String, String, String)> {
    let sql = match db.backend() {
        DbBackend::Postgres => {
            "SELECT i.relname::text AS name, t.relname::text AS tab, a.attname::text AS col FROM pg_index x \
             JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid \
             JOIN pg_namespace n ON n.oid = t.relnamespace \
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0] \
             WHERE n.nspname = 'public' AND t.relname NOT LIKE 'seaql%'"
        }
        _ => {
            "SELECT l.name AS name, t.name AS tab, i.name AS col FROM sqlite_master t, pragma_index_list(t.name) l, \
             pragma_index_info(l.name) i WHERE t.type = 'table' AND i.seqno = 0 AND t.name NOT LIKE 'seaql%'"
        }
    };
    let rows = db
        .reader()
        .query_all_raw(Statement::from_string(db.backend(), sql))
        .await;
    let rows = rows.unwrap();
    let text = |row: &sea_orm::QueryResult, column: &str| row.try_get("", column).unwrap();
    rows.iter()
        .map(|row| (text(row, "name"), text(row, "tab"), text(row, "col")))
        .collect()
}
