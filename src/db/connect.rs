//! Opening the database and bringing its schema up to date.
//!
//! # Guarantees
//!
//! - A commit is on disk before it is acknowledged, whatever the database's own settings say: `synchronous = FULL` on
//!   SQLite, `synchronous_commit = on` on PostgreSQL. (What a server without `fsync` calls its disk is not ours to know.)
//! - Nobody waits longer than the patience for a connection, nor for a lock, but for replicas that start: they wait for the one that
//!   migrates as long as it takes.
//! - On PostgreSQL a transaction that is left idle, by a process that was stopped or a host that is gone, is ended by the
//!   server after [`IDLE_TRANSACTION`], and a session whose host is gone after about a minute; what they locked is free
//!   again then.
//! - A connection whose transaction could not be ended does not go back into the pool.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use log::LevelFilter;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use tokio::sync::Semaphore;

use super::sqlite::Readers;
use crate::domain::text::counted;
use crate::error::{Error, Result};

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `sqlite://path`, `sqlite::memory:` is not supported, or `postgres://user@host/name`.
    pub url: String,
    /// Most connections of the reading pool, and on PostgreSQL of the one pool that there is.
    pub max_connections: u32,
    /// How long to wait for a connection, and how long for a lock that somebody else holds.
    pub patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: String::new(),
            max_connections: 16,
            patience: Duration::from_secs(10),
        }
    }
}

/// A database: a pool to read from and one to write to. On PostgreSQL both are the same pool.
#[derive(Debug, Clone)]
pub struct Db {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    /// Where there is SQLite.
    sqlite: Option<Arc<Readers>>,
    /// Places for what nobody waits for.
    background: Arc<Semaphore>,
    patience: Duration,
}

/// How long PostgreSQL lets a transaction lie idle. No transaction of ours waits for anything but the database.
const IDLE_TRANSACTION: &str = "15s";

/// How PostgreSQL notices that the other end is gone: it asks after 30 silent seconds, three times, 10 seconds apart; and
/// it takes no longer for an answer that it could not deliver. On a Unix socket these mean nothing.
const KEEPALIVE: [(&str, &str); 4] = [
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "60000"),
];

/// How long a connection may lie in the pool before it is asked for a sign of life at its next use. Those that are used
/// all the time fail once after a restart of the server; the others not even that.
const TRUSTED: Duration = Duration::from_secs(1);

/// The advisory lock that replicas take before they migrate.
const MIGRATION_LOCK: i64 = 0x5354_4f43_4b53_594e;

impl Db {
    /// Opens the database; an SQLite file and its folder are made when they are not there.
    ///
    /// # Errors
    /// The URL is not one of SQLite or PostgreSQL, or the database cannot be reached.
    pub async fn connect(settings: &Settings) -> Result<Self> {
        if url::Url::parse(&settings.url).is_err() {
            // SeaORM's own error would show it, with the password that may be in it.
            return Err(Error::internal("the database URL cannot be read"));
        }
        if settings.url.starts_with("sqlite:") {
            make(&settings.url)?;
            let writer = Database::connect(sqlite(settings, 1)).await?;
            let reader = Database::connect(sqlite(settings, settings.max_connections)).await?;
            let patience = settings.patience;
            let readers = Readers::new(file(&settings.url)?, settings.max_connections, patience);
            Ok(Self {
                reader,
                writer,
                sqlite: Some(Arc::new(readers)),
                background: places(1),
                patience,
            })
        } else if settings.url.starts_with("postgres:") || settings.url.starts_with("postgresql:") {
            let pool = Database::connect(postgres(settings)).await?;
            Ok(Self {
                reader: pool.clone(),
                writer: pool,
                sqlite: None,
                background: places(settings.max_connections),
                patience: settings.patience,
            })
        } else {
            Err(Error::internal("the database URL must begin with sqlite: or postgres:"))
        }
    }

    /// Opens a database that is there, with its schema up to date. Makes and changes nothing.
    ///
    /// # Errors
    /// Those of [`Db::connect`]; there is no such SQLite file; or the schema is behind.
    pub async fn existing(settings: &Settings) -> Result<Self> {
        if let Some(file) = missing_file(settings)? {
            let text = format!("there is no database {}; serve and migrate make one", file.display());
            return Err(Error::internal(text));
        }
        let db = Self::connect(settings).await?;
        let left = db.pending_migrations().await?.len();
        if left == all_migrations().len() {
            let text = "the database has no tables of stock-sync; serve and migrate make them";
            return Err(Error::internal(text));
        }
        refuse_behind(left)?;
        Ok(db)
    }

    /// The names of the migrations that have not run on a database yet, which need not be there. Makes and changes nothing.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn left_to_migrate(settings: &Settings) -> Result<Vec<String>> {
        if missing_file(settings)?.is_some() {
            return Ok(all_migrations());
        }
        let db = Self::connect(settings).await?;
        let steps = db.pending_migrations().await?;
        db.close().await?;
        Ok(steps)
    }

    /// Makes the tables where there are none.
    ///
    /// # Errors
    /// The schema is behind: this is no moment to change it, as a server of an older version may run on it.
    pub async fn migrate_if_empty(&self) -> Result<()> {
        let left = self.pending_migrations().await?.len();
        if left == all_migrations().len() {
            return self.migrate().await;
        }
        refuse_behind(left)
    }

    /// Runs the migrations that have not run yet. On PostgreSQL several replicas may do so at once: one runs them,
    /// the others wait for it.
    ///
    /// # Errors
    /// A migration failed; on PostgreSQL it is rolled back. One that cannot have a table for the whole patience fails too:
    /// everybody else would wait behind it.
    pub async fn migrate(&self) -> Result<()> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(Migrator::up(&self.writer, None).await?);
        }
        let pool = self.writer.get_postgres_connection_pool();
        // A connection of its own, which is closed and not given back: it waits for its lock as long as it takes.
        let mut lock = pool.acquire().await?.detach();
        run(&mut lock, "SET lock_timeout = 0".to_owned()).await?;
        run(&mut lock, format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).await?;
        let migrated = Migrator::up(&self.writer, None).await;
        // The lock ends with its session.
        lock.close().await?;
        Ok(migrated?)
    }

    /// The names of the migrations that have not run yet. Changes nothing.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn pending_migrations(&self) -> Result<Vec<String>> {
        let statement = Statement::from_string(self.backend(), "SELECT version FROM seaql_migrations");
        let rows = match self.reader.query_all_raw(statement).await.map_err(Error::from) {
            Ok(rows) => rows,
            // There is no such table before the first one has run.
            Err(Error::Internal(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut done = Vec::new();
        for row in rows {
            done.push(row.try_get::<String>("", "version")?);
        }
        let all = all_migrations().into_iter();
        Ok(all.filter(|name| !done.contains(name)).collect())
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

    /// Where rows are read from, where that is not the reader.
    pub(super) fn sqlite(&self) -> Option<&Arc<Readers>> {
        self.sqlite.as_ref()
    }

    /// Where [`Db::write`] begins its transactions.
    pub(super) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Who has one of these places may write in the background.
    pub(super) fn background(&self) -> &Arc<Semaphore> {
        &self.background
    }

    /// How long to wait for a connection or a lock.
    pub(super) fn patience(&self) -> Duration {
        self.patience
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

    /// Closes all connections, when what is under way has ended.
    ///
    /// # Errors
    /// The database did not take the goodbye well.
    pub async fn close(self) -> Result<()> {
        if let Some(readers) = &self.sqlite {
            readers.close();
        }
        self.reader.close().await?;
        Ok(self.writer.close().await?)
    }
}

/// One place in the background for each of so many connections, but for a quarter, which is left to callers.
fn places(connections: u32) -> Arc<Semaphore> {
    let places = connections - connections / 4;
    Arc::new(Semaphore::new(usize::try_from(places).unwrap_or(usize::MAX)))
}

async fn run(connection: &mut sqlx::PgConnection, statement: String) -> Result<()> {
    use sqlx::Executor;
    connection.execute(sqlx::AssertSqlSafe(statement)).await?;
    Ok(())
}

fn pool(settings: &Settings, max_connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(&settings.url);
    options
        .max_connections(max_connections)
        .acquire_timeout(settings.patience)
        .sqlx_logging_level(LevelFilter::Debug)
        .test_before_acquire_if_idle_for(TRUSTED);
    options
}

fn sqlite(settings: &Settings, max_connections: u32) -> ConnectOptions {
    let mut options = pool(settings, max_connections);
    let patience = settings.patience;
    options
        .map_sqlx_sqlite_opts(move |options: SqliteConnectOptions| {
            options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(patience)
                .pragma("cache_size", "-65536")
        })
        .map_sqlx_sqlite_pool_opts(|pool| {
            // SQLite ends a transaction by itself when it cannot write. sqlx still takes it for open then, and would make
            // every later one a part of it.
            pool.after_release(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        });
    options
}

fn postgres(settings: &Settings) -> ConnectOptions {
    let mut options = pool(settings, settings.max_connections);
    let lock_timeout = settings.patience.as_millis().max(1).to_string();
    options.map_sqlx_postgres_opts(move |options| {
        options
            .application_name("stock-sync")
            .options([
                ("synchronous_commit", "on"),
                ("lock_timeout", lock_timeout.as_str()),
                ("idle_in_transaction_session_timeout", IDLE_TRANSACTION),
            ])
            .options(KEEPALIVE)
    });
    options
}

fn file(url: &str) -> Result<PathBuf> {
    let options = SqliteConnectOptions::from_str(url).map_err(Error::internal)?;
    Ok(options.get_filename().to_owned())
}

/// The file of an SQLite database that is not there.
fn missing_file(settings: &Settings) -> Result<Option<PathBuf>> {
    if !settings.url.starts_with("sqlite:") {
        return Ok(None);
    }
    Ok(Some(file(&settings.url)?).filter(|file| !file.exists()))
}

/// Makes the file and its folder where they are not there. The file is its owner's alone, and so is what SQLite puts beside it,
/// since that gets the rights of the file.
fn make(url: &str) -> Result<()> {
    let file = file(url)?;
    let folder = file.parent().map(PathBuf::from).unwrap_or_default();
    std::fs::create_dir_all(&folder)
        .map_err(|error| Error::internal(format!("cannot make the folder {}: {error}", folder.display())))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            let text = format!("cannot make the database {}: {error}", file.display());
            Err(Error::internal(text))
        }
        _ => Ok(()),
    }
}

fn refuse_behind(steps: usize) -> Result<()> {
    match steps {
        0 => Ok(()),
        steps => Err(Error::internal(format!(
            "the schema is {} behind; run `stock-sync migrate`",
            counted(steps as u64, "step")
        ))),
    }
}

/// The names of all migrations, oldest first.
fn all_migrations() -> Vec<String> {
    let all = Migrator::migrations();
    all.iter().map(|step| step.name().to_owned()).collect()
}
