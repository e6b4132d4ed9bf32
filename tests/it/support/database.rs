//! A fresh database for one test, on SQLite or PostgreSQL.

use std::path::PathBuf;

use stock_sync::db::{Db, Settings};
use tempfile::TempDir;

use super::Fixture;
use super::postgres::{self, Cluster};

/// The two databases that everything is tested on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// A file in a temporary folder.
    Sqlite,
    /// A database of the throw-away cluster.
    Postgres,
}

/// One test's own database; gone after the test.
pub(crate) struct Database {
    url: String,
    /// For whatever else the test keeps in files.
    folder: TempDir,
    /// The cluster and the name of the database in it.
    on_cluster: Option<(&'static Cluster, String)>,
}

/// Whether the server has made its tables yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    /// No tables at all.
    Empty,
    /// All migrations ran.
    Migrated,
}

impl Database {
    /// A fresh database.
    pub(crate) async fn create(backend: Backend, schema: Schema) -> Self {
        match backend {
            Backend::Sqlite => Self::create_file(schema).await,
            Backend::Postgres => {
                let cluster = postgres::cluster().expect("tests on PostgreSQL run only where there is one");
                Self::create_on(cluster, schema).await
            }
        }
    }

    /// A fresh database of a cluster.
    pub(crate) async fn create_on(cluster: &'static Cluster, schema: Schema) -> Self {
        let name = match schema {
            Schema::Empty => cluster.create_empty_database().await,
            Schema::Migrated => cluster.create_database().await,
        };
        Self {
            url: cluster.url(&name),
            folder: folder(),
            on_cluster: Some((cluster, name)),
        }
    }

    async fn create_file(schema: Schema) -> Self {
        let folder = folder();
        let database = Self {
            url: format!("sqlite://{}", folder.path().join("test.db").display()),
            folder,
            on_cluster: None,
        };
        if schema == Schema::Migrated {
            let db = database.open().await;
            db.migrate().await.expect("a fresh database can be migrated");
            db.close().await.expect("the database can be closed");
        }
        database
    }

    /// What a server is told to find it by.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A path in the test's temporary folder, where nothing is yet.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A handle on it, with its own connections.
    pub(crate) async fn open(&self) -> Db {
        let settings = Settings {
            url: self.url.clone(),
            max_connections: 4,
            ..Settings::default()
        };
        Db::connect(&settings)
            .await
            .unwrap_or_else(|error| panic!("cannot open {}: {}", self.url, error.operator_text()))
    }

    /// Removes it.
    pub(crate) async fn remove(self) {
        if let Some((cluster, name)) = &self.on_cluster {
            cluster.drop_database(name).await;
        }
    }
}

fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("stock-sync-").tempdir();
    folder.expect("a temporary folder")
}

/// An empty database, for tests of the migrations themselves.
impl Fixture for Database {
    async fn start(backend: Backend) -> Self {
        Self::create(backend, Schema::Empty).await
    }

    async fn check(&self) {}

    async fn stop(self) {
        self.remove().await;
    }
}
