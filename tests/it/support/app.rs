//! A server with a merchant, keys of every role and a marketplace to push to.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use entity::types::Role;
use secrecy::ExposeSecret;
use stock_sync::config::{self, Config};
use stock_sync::db::{self, Db};
use stock_sync::feed::Topic;
use stock_sync::sync::Engine;
use uuid::Uuid;

use super::database::Schema;
use super::graphql::Client;
use super::marketplace::Marketplace;
use super::server::Server;
use super::{Backend, Database, Fixture, PATIENCE};

/// 32 bytes; every server of a test must be able to read what another one encrypted.
pub(crate) const ENCRYPTION_KEY: &str = "c3RvY2stc3luYyB0ZXN0cywgMzIgYnl0ZXMga2V5ISE=";

/// What most tests run against.
pub(crate) struct TestApp {
    database: Database,
    /// Connections of the test's own.
    db: Db,
    config: Config,
    /// None while the server is down.
    server: Mutex<Option<Server>>,
    tenant: Tenant,
    market: Marketplace,
}

/// A merchant, and a key for each role.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    /// The merchant.
    pub(crate) id: Uuid,
    /// The merchant's code, for the command line.
    pub(crate) code: String,
    viewer: String,
    operator: String,
    admin: String,
}

impl TestApp {
    /// On a database that has its schema already.
    pub(crate) async fn on(database: Database) -> Self {
        let db = database.open().await;
        let tenant = Tenant::create(&db).await;
        let config = quick(database.url());
        let server = Mutex::new(Some(Server::start(&config).await));
        let market = Marketplace::start().await;
        Self {
            database,
            db,
            config,
            server,
            tenant,
            market,
        }
    }

    /// May do everything.
    pub(crate) fn admin(&self) -> Client {
        self.client(&self.tenant, Role::Admin)
    }

    /// May read and resync.
    pub(crate) fn operator(&self) -> Client {
        self.client(&self.tenant, Role::Operator)
    }

    /// May read.
    pub(crate) fn viewer(&self) -> Client {
        self.client(&self.tenant, Role::Viewer)
    }

    /// Has no key.
    pub(crate) fn stranger(&self) -> Client {
        self.client_with(None)
    }

    /// Calls with one of a merchant's keys.
    pub(crate) fn client(&self, tenant: &Tenant, role: Role) -> Client {
        self.client_with(Some(tenant.token(role)))
    }

    /// Calls with any token.
    pub(crate) fn client_with(&self, token: Option<&str>) -> Client {
        let server = self.server();
        let server = server.as_ref().expect("the server runs");
        Client::new(server.address(), token)
    }

    /// The merchant of [`TestApp::admin`] and the others.
    pub(crate) fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The marketplace that its stores are connected to.
    pub(crate) fn market(&self) -> &Marketplace {
        &self.market
    }

    /// The database from outside, with connections of the test's own.
    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// The database's own place and name.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// What the server writes through.
    pub(crate) fn engine(&self) -> Engine {
        let server = self.server();
        server.as_ref().expect("the server runs").engine().clone()
    }

    /// What the server was started with.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// One more merchant on the same server.
    pub(crate) async fn another_tenant(&self) -> Tenant {
        Tenant::create(&self.db).await
    }

    /// One more server on the same database, which stops when it is dropped.
    pub(crate) async fn replica(&self, change: impl FnOnce(&mut Config)) -> Server {
        let mut config = self.config.clone();
        change(&mut config);
        Server::start(&config).await
    }

    /// Stops the server as an operator does.
    pub(crate) async fn stop_server(&self) {
        let server = self.server().take();
        server.expect("the server runs").stop().await;
    }

    /// Ends the server in the middle of whatever it does.
    pub(crate) fn kill_server(&self) {
        let server = self.server().take();
        server.expect("the server runs").kill();
    }

    /// Starts the server again, with a changed configuration; its address changes too, so clients are to be made anew.
    pub(crate) async fn start_server(&self, change: impl FnOnce(&mut Config)) {
        let server = self.replica(change).await;
        let before = self.server().replace(server);
        assert!(before.is_none(), "stop the server before it is started again");
    }

    /// Stops the server and starts it with a changed configuration.
    pub(crate) async fn restart(&self, change: impl FnOnce(&mut Config)) {
        self.stop_server().await;
        self.start_server(change).await;
    }

    /// Looks whenever the server says that records changed, until `look` finds something.
    pub(crate) async fn eventually<T>(&self, what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
        self.eventually_of(&self.tenant, what, look).await
    }

    async fn eventually_of<T>(&self, tenant: &Tenant, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        // Listening before the first look, so that no change falls between.
        let mut changes = self.engine().feed().listen(tenant.id, [Topic::Everything]);
        let looking = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                changes.next().await;
            }
        };
        match tokio::time::timeout(PATIENCE, looking).await {
            Ok(found) => found,
            Err(_) => panic!("waited {PATIENCE:?} in vain for {what}"),
        }
    }

    /// Waits until no record of the merchant is pending.
    pub(crate) async fn settled(&self) {
        self.settled_of(&self.tenant).await;
    }

    /// The same for any merchant.
    pub(crate) async fn settled_of(&self, tenant: &Tenant) {
        let viewer = self.client(tenant, Role::Viewer);
        let pending = "{ syncRecords(first: 1, filter: { statusIn: [PENDING] }) { nodes { id } } }";
        self.eventually_of(tenant, "every record to be final", async || {
            let data = viewer.query(pending, serde_json::json!({})).await;
            (data["syncRecords"]["nodes"] == serde_json::json!([])).then_some(())
        })
        .await;
    }

    fn server(&self) -> MutexGuard<'_, Option<Server>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fixture for TestApp {
    async fn start(backend: Backend) -> Self {
        Self::on(Database::create(backend, Schema::Migrated).await).await
    }

    async fn check(&self) {
        self.market.check();
        let server = self.server().take();
        if let Some(server) = server {
            server.stop().await;
        }
    }

    async fn stop(self) {
        drop(self.server);
        // What is left of the connections goes with the database.
        let _ = self.db.close().await;
        self.database.remove().await;
    }
}

impl Tenant {
    async fn create(db: &Db) -> Self {
        let code = format!("m-{}", Uuid::now_v7().simple());
        let merchant = db::merchant::create(db, &code, "A merchant").await;
        let id = merchant.unwrap_or_else(|error| panic!("{}", error.operator_text())).id;
        Self {
            id,
            code,
            viewer: issue(db, id, Role::Viewer).await,
            operator: issue(db, id, Role::Operator).await,
            admin: issue(db, id, Role::Admin).await,
        }
    }

    /// The token of the merchant's key with this role.
    pub(crate) fn token(&self, role: Role) -> &str {
        match role {
            Role::Viewer => &self.viewer,
            Role::Operator => &self.operator,
            Role::Admin => &self.admin,
        }
    }
}

/// Makes a key that is called as its role is; its token.
async fn issue(db: &Db, merchant: Uuid, role: Role) -> String {
    let issued = db::api_key::issue(db, merchant, &role.word().to_lowercase(), role).await;
    let issued = issued.unwrap_or_else(|error| panic!("{}", error.operator_text()));
    issued.token.expose_secret().to_owned()
}

/// A configuration whose retries are over within a second.
fn quick(url: &str) -> Config {
    Config {
        database: config::Database {
            url: url.into(),
            max_connections: 6,
            ..config::Database::default()
        },
        marketplace: config::Marketplace {
            allow_private_endpoints: true,
            encryption_key: Some(ENCRYPTION_KEY.into()),
            ..config::Marketplace::default()
        },
        worker: config::Worker {
            concurrency: 4,
            poll_interval: Duration::from_millis(50),
            retry_base: Duration::from_millis(20),
            retry_cap: Duration::from_millis(100),
            retry_attempts: 4,
            throttled_wait: Duration::from_millis(50),
            locked_wait: Duration::from_millis(50),
            hold: Duration::from_millis(100),
            probe_base: Duration::from_millis(50),
            probe_cap: Duration::from_millis(100),
            ..config::Worker::default()
        },
        ..Config::default()
    }
}
