//! Opening the database and bringing its schema up to date.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use log::LevelFilter;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbBackend};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::error::{Error, Result};

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `sqlite://path`, `sqlite::memory:` is not supported, or `postgres://user@host/name`.
    pub url: String,
    /// Most connections of the reading pool, and on PostgreSQL of the one pool that there is.
    pub max_connections: u32,
}

/// A database: a pool to read from and one to write to. On PostgreSQL both are the same pool.
#[derive(Debug, Clone)]
pub struct Db {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
}

/// How long to wait for a connection, and on SQLite for the write lock of another process.
const PATIENCE: Duration = Duration::from_secs(10);

/// The advisory lock that replicas take before they migrate.
const MIGRATION_LOCK: i64 = 0x5354_4f43_4b53_594e;

impl Db {
    /// Opens the database; an SQLite file and its folder are made when they are not there.
    ///
    /// # Errors
    /// The URL is not one of SQLite or PostgreSQL, or the database cannot be reached.
    pub async fn connect(settings: &Settings) -> Result<Self> {
        if settings.url.starts_with("sqlite:") {
            make_folder(&settings.url)?;
            let writer = Database::connect(sqlite(&settings.url, 1)).await?;
            let reader = Database::connect(sqlite(&settings.url, settings.max_connections)).await?;
            Ok(Self { reader, writer })
        } else if settings.url.starts_with("postgres:") || settings.url.starts_with("postgresql:") {
            let pool = Database::connect(postgres(&settings.url, settings.max_connections)).await?;
            Ok(Self {
                reader: pool.clone(),
                writer: pool,
            })
        } else {
            Err(Error::internal("the database URL must begin with sqlite: or postgres:"))
        }
    }

    /// Runs the migrations that have not run yet. On PostgreSQL several replicas may do so at once: one runs them,
    /// the others wait for it.
    ///
    /// # Errors
    /// A migration failed; on PostgreSQL it is rolled back.
    pub async fn migrate(&self) -> Result<()> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(Migrator::up(&self.writer, None).await?);
        }
        let mut lock = self
            .writer
            .get_postgres_connection_pool()
            .acquire()
            .await
            .map_err(Error::internal)?;
        let advisory = |verb: &str| format!("SELECT pg_advisory_{verb}({MIGRATION_LOCK})");
        run(&mut lock, advisory("lock")).await?;
        let migrated = Migrator::up(&self.writer, None).await;
        run(&mut lock, advisory("unlock")).await?;
        Ok(migrated?)
    }

    /// Takes all migrations back, and with them all data. For tests and for developers.
    ///
    /// # Errors
    /// A migration failed.
    pub async fn unmigrate(&self) -> Result<()> {
        Ok(Migrator::down(&self.writer, None).await?)
    }

    /// Where reads go.
    #[must_use]
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Where [`Db::write`] begins its transactions.
    pub(super) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Which of the two databases it is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.reader.get_database_backend()
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// It gave none.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.reader.ping().await?)
    }

    /// Closes both pools, when what is under way has ended.
    ///
    /// # Errors
    /// The database did not take the goodbye well.
    pub async fn close(self) -> Result<()> {
        self.reader.close().await?;
        Ok(self.writer.close().await?)
    }
}

async fn run(connection: &mut sqlx::PgConnection, statement: String) -> Result<()> {
    use sqlx::Executor;
    connection
        .execute(sqlx::AssertSqlSafe(statement))
        .await
        .map(|_| ())
        .map_err(Error::internal)
}

fn sqlite(url: &str, max_connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .acquire_timeout(PATIENCE)
        .sqlx_logging_level(LevelFilter::Debug)
        .test_before_acquire_if_idle_for(Duration::from_secs(5))
        .map_sqlx_sqlite_opts(|options: SqliteConnectOptions| {
            options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(PATIENCE)
                .pragma("cache_size", "-65536")
        });
    options
}

fn postgres(url: &str, max_connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .acquire_timeout(PATIENCE)
        .sqlx_logging_level(LevelFilter::Debug)
        .test_before_acquire_if_idle_for(Duration::from_secs(5))
        .map_sqlx_postgres_opts(|options| {
            // A transaction that was left open by a fault is ended by the server instead of holding its locks.
            options
                .application_name("stock-sync")
                .options([("idle_in_transaction_session_timeout", "30s")])
        });
    options
}

fn make_folder(url: &str) -> Result<()> {
    let options = SqliteConnectOptions::from_str(url).map_err(Error::internal)?;
    let folder: PathBuf = options.get_filename().parent().map(PathBuf::from).unwrap_or_default();
    std::fs::create_dir_all(&folder)
        .map_err(|error| Error::internal(format!("cannot make the folder {}: {error}", folder.display())))
}
