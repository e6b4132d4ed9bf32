//! The type names that differ between the two databases.
//!
//! SQLite's are the names that SeaORM gives these types, so that values come back as what they went in as.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Runs a script of statements, with `{uuid}`, `{time}`, `{bytes}` and `{json}` replaced by the database's names.
pub(crate) async fn run(manager: &SchemaManager<'_>, script: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let (uuid, time, bytes, json) = match manager.get_database_backend() {
        DbBackend::Postgres => ("uuid", "timestamptz", "bytea", "jsonb"),
        _ => ("uuid_text", "timestamp_with_timezone_text", "blob", "json_text"),
    };
    let script = script
        .replace("{uuid}", uuid)
        .replace("{time}", time)
        .replace("{bytes}", bytes)
        .replace("{json}", json);
    for statement in script
        .split(';')
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
    {
        connection.execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Drops tables, in the order given.
pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    for table in tables {
        connection.execute_unprepared(&format!("DROP TABLE {table}")).await?;
    }
    Ok(())
}
