//! Write transactions.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use sea_orm::{DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};

use super::Db;
use crate::error::{Error, Result};

/// How often a transaction is run before a conflict is reported to the caller.
const TRIES: u32 = 5;

impl Db {
    /// Runs `work` in one write transaction: commits when it returns `Ok`, rolls back when it returns `Err`.
    ///
    /// It runs in a task of its own, because a future that is dropped between BEGIN and COMMIT (the caller hung up)
    /// can leave an open transaction behind in the pool, into which later writes would vanish. `work` is called again
    /// from the start when the database reports a conflict, so it must have no effects but those on the transaction.
    ///
    /// # Errors
    /// What `work` returned, or what the database said.
    pub async fn write<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    {
        let db = self.clone();
        let work = Arc::new(work);
        let task = tokio::spawn(async move {
            let mut tries = 1;
            loop {
                match db.write_once(&*work).await {
                    Err(error) if error.is_conflict() && tries < TRIES => tries += 1,
                    result => return result,
                }
            }
        });
        task.await
            .map_err(|error| Error::internal(format!("a write ended early: {error}")))?
    }

    async fn write_once<T, W>(&self, work: &W) -> Result<T>
    where
        W: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T>>,
    {
        let options = TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        let transaction = self.writer().begin_with_options(options).await?;
        match work(&transaction).await {
            Ok(value) => {
                transaction.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // The first error is the one to report; a rollback that fails closes the connection by itself.
                if let Err(rollback) = transaction.rollback().await {
                    tracing::warn!(%rollback, "could not roll back");
                }
                Err(error)
            }
        }
    }
}
