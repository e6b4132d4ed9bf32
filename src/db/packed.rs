//! Several short lists in one row: each is one JSON text that the database makes, so that what would be as many statements
//! is one. [`rows`](super::rows) does the same with all rows of one statement.

use sea_orm::{DbBackend, DbErr, QueryResult};
use serde::de::DeserializeOwned;

use crate::error::Result;

/// How a database writes lists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packing(pub(super) DbBackend);

impl Packing {
    /// An expression for all rows of what follows FROM, each a list of these columns. `@` stands before ids, which SQLite
    /// keeps as bytes.
    pub(super) fn list(self, columns: &[&str], from: &str) -> String {
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

/// The list at a place of a row.
///
/// # Errors
/// It is none, or not of these values.
pub(super) fn unpacked<T: DeserializeOwned>(row: &QueryResult, place: usize) -> Result<Vec<T>> {
    let text: String = row.try_get_by_index(place)?;
    Ok(serde_json::from_str(&text).map_err(|error| DbErr::Json(error.to_string()))?)
}
