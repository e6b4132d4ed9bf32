//! Several short lists in one row: each is one JSON text that the database makes, so that what would be as many statements
//! is one.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value};
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// How a database writes lists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packing(pub(super) DbBackend);

impl Packing {
    /// An expression for all rows of what follows FROM, each a list of these columns. `@` stands before ids, which SQLite
    /// keeps as bytes.
    pub(super) fn rows_of(self, columns: &[&str], from: &str) -> String {
        let is_sqlite = self.0 == DbBackend::Sqlite;
        let columns: Vec<String> = columns
            .iter()
            .map(|column| match column.strip_prefix('@') {
                Some(id) if is_sqlite => format!("nullif(hex({id}), '')"),
                Some(id) => id.to_owned(),
                None => (*column).to_owned(),
            })
            .collect();
        let columns = columns.join(", ");
        match is_sqlite {
            true => format!("(SELECT json_group_array(json_array({columns})) FROM {from})"),
            false => {
                format!("(SELECT CAST(COALESCE(json_agg(json_build_array({columns})), '[]') AS text) FROM {from})")
            }
        }
    }
}

/// Lists that were read by one statement.
pub(super) struct Packed(QueryResult);

impl Packed {
    /// Reads these lists of [`Packing::rows_of`].
    ///
    /// # Errors
    /// What the database said.
    pub(super) async fn read<C, const N: usize>(conn: &C, lists: &[String], values: [Value; N]) -> Result<Self>
    where
        C: ConnectionTrait,
    {
        let sql = format!("SELECT {}", lists.join(", "));
        let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
        let row = conn.query_one_raw(statement).await?;
        row.map(Self)
            .ok_or_else(|| Error::internal("a statement without a table has no row"))
    }

    /// The list at a place.
    ///
    /// # Errors
    /// It is none, or not of these values.
    pub(super) fn list<T: DeserializeOwned>(&self, place: usize) -> Result<Vec<T>> {
        let text: String = self.0.try_get_by_index(place)?;
        Ok(serde_json::from_str(&text).map_err(|error| DbErr::Json(error.to_string()))?)
    }
}
