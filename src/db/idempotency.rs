//! Repeating a request without harm.
//!
//! The key is taken in the same transaction as the work that it stands for, so either both are there or neither is.
//! Of two requests with the same key at the same time, the second waits for the first and then gets its answer.

use chrono::{DateTime, Utc};
use entity::idempotency_key as table;
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::text;
use crate::error::{Error, ProblemCode, Result};

/// Longest key, in bytes.
const MAX_KEY: usize = 200;

/// One request under the caller's own key.
#[derive(Debug, Clone)]
pub struct Request {
    /// The merchant.
    pub merchant: Uuid,
    /// The mutation.
    pub operation: &'static str,
    /// The caller's key.
    pub key: String,
    /// What tells this request from another under the same key.
    pub hash: String,
}

impl Request {
    /// A request with the text that stands for its input.
    ///
    /// # Errors
    /// The key is blank or too long.
    pub fn new(merchant: Uuid, operation: &'static str, key: &str, input: &str) -> Result<Self> {
        if key.trim().is_empty() || key.len() > MAX_KEY || key.chars().any(char::is_control) {
            let shown = text::shown(key);
            let message = format!("{shown} must have 1 to {MAX_KEY} bytes, none of them control characters");
            return Err(Error::invalid("idempotencyKey", ProblemCode::Invalid, message));
        }
        let digest = Sha256::digest(input.as_bytes());
        let hash = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            merchant,
            operation,
            key: key.to_owned(),
            hash,
        })
    }

    /// Takes the key. Returns the answer of the first request when this one repeats it, and none when this is the
    /// first: then [`Request::answer`] is to follow in the same transaction.
    ///
    /// # Errors
    /// The key was used for another request.
    pub async fn take<T: DeserializeOwned>(&self, tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<Option<T>> {
        let insert = Query::insert()
            .into_table(table::Entity)
            .columns([
                table::Column::MerchantId,
                table::Column::Operation,
                table::Column::Key,
                table::Column::RequestHash,
                table::Column::Answer,
                table::Column::CreatedAt,
            ])
            .values_panic([
                self.merchant.into(),
                self.operation.into(),
                self.key.clone().into(),
                self.hash.clone().into(),
                Expr::val(serde_json::Value::Null),
                now.into(),
            ])
            .on_conflict(
                OnConflict::columns([table::Column::MerchantId, table::Column::Operation, table::Column::Key])
                    .do_nothing()
                    .to_owned(),
            )
            .to_owned();
        if tx.execute(&insert).await?.rows_affected() == 1 {
            return Ok(None);
        }
        let key = (self.merchant, self.operation.to_owned(), self.key.clone());
        let row = table::Entity::find_by_id(key)
            .one(tx)
            .await?
            .ok_or_else(|| Error::internal("an idempotency key is neither new nor there"))?;
        if row.request_hash != self.hash {
            let message = format!("{} was used before for a different request", text::shown(&self.key));
            return Err(Error::invalid(
                "idempotencyKey",
                ProblemCode::IdempotencyKeyReused,
                message,
            ));
        }
        serde_json::from_value(row.answer).map(Some).map_err(Error::internal)
    }

    /// Keeps the answer for those who repeat the request.
    ///
    /// # Errors
    /// What the database said.
    pub async fn answer<T: Serialize>(&self, tx: &DatabaseTransaction, answer: &T) -> Result<()> {
        let answer = serde_json::to_value(answer).map_err(Error::internal)?;
        table::Entity::update_many()
            .col_expr(table::Column::Answer, Expr::val(answer))
            .filter(table::Column::MerchantId.eq(self.merchant))
            .filter(table::Column::Operation.eq(self.operation))
            .filter(table::Column::Key.eq(&self.key))
            .exec(tx)
            .await?;
        Ok(())
    }
}
