//! What processes on one PostgreSQL database tell each other, by LISTEN and NOTIFY.
//!
//! # Guarantees
//!
//! - What is sent is committed at once, in a transaction of its own. PostgreSQL puts all commits that notify in one line,
//!   so a NOTIFY within a transaction that writes would have all writers wait for each other.
//! - What hears has a connection of its own, besides the pool's: whoever listens holds up no query.
//!
//! # Not guaranteed
//!
//! Delivery. What is sent while somebody is not connected is never heard there, and behind a pooler that hands
//! connections on after each transaction nothing is heard at all, without an error: trust it only after hearing
//! something.

use std::time::Duration;

use sea_orm::DbBackend;
use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};

use super::Db;
use crate::error::{Error, Result};

/// What all processes on the database listen to.
const CHANNEL: &str = "stock_sync";

/// The longest payload in bytes; PostgreSQL takes less than 8,000.
pub const LONGEST: usize = 7_900;

/// How long to wait for the connection.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a goodbye may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// A connection that hears what is sent.
pub struct Hearing {
    listener: PgListener,
    /// Of this one connection.
    pool: PgPool,
}

impl Db {
    /// Whether processes on this database can tell each other anything.
    #[must_use]
    pub fn can_notify(&self) -> bool {
        self.backend() == DbBackend::Postgres
    }

    /// Sends payloads to all that listen, this process included. Only where [`Db::can_notify`].
    ///
    /// # Errors
    /// What the database said; then none of them is heard.
    pub async fn notify(&self, payloads: Vec<String>) -> Result<()> {
        // Nobody needs a message to survive a crash, so its commit does not wait for the disk.
        let statement = "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, payload)
            FROM unnest($2::text[]) AS payload";
        sqlx::query(statement)
            .bind(CHANNEL)
            .bind(payloads)
            .execute(self.pool()?)
            .await
            .map(|_| ())
            .map_err(|error| unavailable(&error))
    }

    /// Begins to hear what is sent. Only where [`Db::can_notify`].
    ///
    /// # Errors
    /// There is no connection to be had, or it must not listen.
    pub async fn listen(&self) -> Result<Hearing> {
        let options = self.pool()?.connect_options();
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with(options.as_ref().clone());
        let listener = listen(&pool).await.map_err(|error| unavailable(&error))?;
        Ok(Hearing { listener, pool })
    }

    fn pool(&self) -> Result<&PgPool> {
        match self.can_notify() {
            true => Ok(self.writer().get_postgres_connection_pool()),
            false => Err(Error::internal("only processes on PostgreSQL tell each other anything")),
        }
    }
}

impl Hearing {
    /// Waits for the next payload. May be dropped while it waits without losing one.
    ///
    /// # Errors
    /// The connection was lost; there will be no more.
    pub async fn next(&mut self) -> Result<String> {
        match self.listener.try_recv().await {
            Ok(Some(notification)) => Ok(notification.payload().to_owned()),
            Ok(None) => Err(Error::Unavailable("the connection was lost".to_owned())),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// Ends the connection.
    pub async fn close(self) {
        drop(self.listener);
        // When it takes too long, the connection goes with the pool.
        let _ = tokio::time::timeout(FAREWELL, self.pool.close()).await;
    }
}

async fn listen(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    // Whoever hears has to know of every break, because of what was said in the meantime.
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

fn unavailable(error: &sqlx::Error) -> Error {
    Error::Unavailable(error.to_string())
}
