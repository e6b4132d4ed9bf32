//! The edge, over a small schema of its own that can do what the real one never should: panic and hang.

mod codes;
mod connections;
pub(crate) mod flood;
mod http;
mod keys;
mod panics;
mod persisted;
mod sse;
pub(crate) mod websocket;

use std::time::Duration;

use async_graphql::{Context, Object, Schema, Subscription};
use entity::types::Role;
use futures_util::{Stream, StreamExt, stream};
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use stock_sync::db::{Db, api_key, merchant};
use stock_sync::domain::reason::Language;
use stock_sync::graphql::context::Caller;
use stock_sync::http::{Connections, Settings, router, serve};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::{self, Backend, Database, Fixture};

pub(crate) struct Query;

#[Object]
impl Query {
    /// The name of the key.
    async fn name(&self, ctx: &Context<'_>) -> Option<String> {
        Some(ctx.data_opt::<Caller>()?.name.clone())
    }

    async fn language(&self, ctx: &Context<'_>) -> Option<String> {
        Some(format!("{:?}", ctx.data_opt::<Language>()?))
    }

    async fn echo(&self, text: String) -> Option<String> {
        Some(text)
    }

    async fn child(&self) -> Option<Query> {
        Some(Query)
    }

    async fn fails(&self) -> Option<Result<bool, async_graphql::Error>> {
        Some(Err(stock_sync::error::Error::internal("the secret of the house").into()))
    }

    async fn panics(&self, #[graphql(default)] spared: bool) -> Option<bool> {
        assert!(spared, "the secret of the house");
        Some(spared)
    }

    async fn hangs(&self) -> Option<bool> {
        std::future::pending().await
    }
}

pub(crate) struct Mutation;

#[Object]
impl Mutation {
    async fn bump(&self) -> Option<i32> {
        Some(1)
    }
}

pub(crate) struct Events;

#[Subscription]
impl Events {
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        stream::iter(1..=to)
    }

    async fn once_and_wait(&self) -> impl Stream<Item = i32> {
        stream::iter([1]).chain(stream::pending())
    }

    /// Without an end, in large pieces. What becomes of it is seen in [`flood`].
    async fn flood(&self, id: i32) -> impl Stream<Item = String> {
        let flowing = flood::Flowing::new(id);
        stream::repeat_with(move || flowing.piece())
    }

    async fn panics(&self) -> impl Stream<Item = i32> {
        stream::iter(0..2).map(|number| {
            assert!(number == 0, "the secret of the house");
            number
        })
    }
}

/// A running server with one merchant and one key.
pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) db: Db,
    pub(crate) merchant: Uuid,
    pub(crate) key: Uuid,
    pub(crate) token: String,
    pub(crate) settings: Settings,
    client: reqwest::Client,
    database: Database,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        Self::on(Backend::Sqlite, settings).await
    }

    async fn on(backend: Backend, settings: Settings) -> Self {
        Self::within(backend, settings, Connections::default()).await
    }

    /// With limits of the test's own.
    pub(crate) async fn within(backend: Backend, settings: Settings, connections: Connections) -> Self {
        support::prepare_process();
        let database = Database::create(backend, support::database::Schema::Migrated).await;
        let db = database.open().await;
        let merchant = merchant::create(&db, "toko-satu", "Toko Satu").await.unwrap().id;
        let issued = api_key::issue(&db, merchant, "frontend", Role::Viewer).await.unwrap();
        let schema = Schema::build(Query, Mutation, Events).finish();
        let app = router(schema, db.clone(), settings.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(serve(listener, app, connections, CancellationToken::new()));
        Self {
            address,
            db,
            merchant,
            key: issued.id,
            token: issued.token.expose_secret().to_owned(),
            settings,
            client: reqwest::Client::new(),
            database,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A POST to /graphql without a key.
    pub(crate) fn anonymous(&self) -> RequestBuilder {
        self.client.post(self.url("/graphql"))
    }

    /// A POST to /graphql with the key.
    pub(crate) fn post(&self) -> RequestBuilder {
        self.anonymous().bearer_auth(&self.token)
    }

    /// A GET with the key.
    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path)).bearer_auth(&self.token)
    }

    /// What a query answers to who takes `application/graphql-response+json`.
    pub(crate) async fn ask(&self, body: Value) -> (StatusCode, Value) {
        let request = self.post().header("accept", "application/graphql-response+json");
        read(request.json(&body).send().await.unwrap()).await
    }

    pub(crate) async fn query(&self, query: &str) -> (StatusCode, Value) {
        self.ask(json!({ "query": query })).await
    }
}

/// For tests on both databases.
impl Fixture for Server {
    async fn start(backend: Backend) -> Self {
        Self::on(backend, Settings::default()).await
    }

    async fn check(&self) {}

    async fn stop(self) {
        let _ = self.db.close().await;
        self.database.remove().await;
    }
}

pub(crate) async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    (status, response.json().await.unwrap())
}

/// The code of the first error.
pub(crate) fn code(body: &Value) -> &str {
    body["errors"][0]["extensions"]["code"].as_str().unwrap_or("none")
}

/// Waits until something becomes true, and fails when it takes too long.
pub(crate) async fn eventually<F: Future<Output = bool>>(mut check: impl FnMut() -> F) {
    for _ in 0..100 {
        if check().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it did not become true in time");
}
