//! All that is in a database, as one text.

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use stock_sync::db::Db;

/// Reads the rows of all tables at once.
pub(crate) struct State {
    statement: Statement,
}

impl State {
    /// Finds out which tables there are.
    pub(crate) async fn of(db: &Db) -> Self {
        let backend = db.backend();
        let tables = match backend {
            DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            _ => "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'",
        };
        let mut tables = texts(db, tables).await;
        // It says when each key was last used.
        tables.retain(|table| table != "api_key");
        assert!(tables.len() > 15, "{tables:?}");
        let mut rows = Vec::new();
        for table in tables {
            rows.push(match backend {
                DbBackend::Sqlite => {
                    let columns = format!("SELECT name FROM pragma_table_info('{table}')");
                    let columns = texts(db, &columns).await;
                    let row: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
                    format!("SELECT '{table}' || {} AS name FROM {table}", row.join(" || ',' || "))
                }
                _ => format!("SELECT '{table}' || t::text AS name FROM {table} t"),
            });
        }
        let sql = format!("{} ORDER BY name", rows.join(" UNION ALL "));
        Self {
            statement: Statement::from_string(backend, sql),
        }
    }

    /// What is there now.
    pub(crate) async fn read(&self, db: &Db) -> Vec<String> {
        rows(db, self.statement.clone()).await
    }
}

async fn texts(db: &Db, sql: &str) -> Vec<String> {
    rows(db, Statement::from_string(db.backend(), sql)).await
}

async fn rows(db: &Db, statement: Statement) -> Vec<String> {
    let rows = db.reader().query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get("", "name").unwrap()).collect()
}
