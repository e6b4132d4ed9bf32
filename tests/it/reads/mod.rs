//! The queries, over rows that the tests put into the database themselves.

mod lists;
mod pages;
mod plans;
mod rows;
mod statements;

use async_graphql::{Request, Variables};
use entity::types::Role;
use serde_json::{Value, json};
use stock_sync::db::Db;
use stock_sync::domain::retention::Retention;
use stock_sync::feed::Feed;
use stock_sync::graphql::context::Caller;
use stock_sync::graphql::{self, Schema, lean, loaders};
use stock_sync::marketplace::Marketplaces;
use stock_sync::marketplace::credentials::Cipher;
use stock_sync::marketplace::outgoing::{Client, Settings};
use stock_sync::sync::{Engine, backlog};
use uuid::Uuid;

use crate::support::Fixture;
use crate::support::database::{Backend, Database, Schema as Tables};
use rows::Rows;

/// The schema over a database with some rows, without a server.
pub(super) struct Reads {
    database: Database,
    db: Db,
    schema: Schema,
    rows: Rows,
}

impl Fixture for Reads {
    async fn start(backend: Backend) -> Self {
        let database = Database::create(backend, Tables::Migrated).await;
        let db = database.open().await;
        let rows = Rows::insert(&db).await;
        let cipher = Cipher::from_base64(&Cipher::new_key()).expect("a new key is good");
        let marketplaces = Marketplaces::new(Client::new(Settings::default()).expect("a client"), Default::default());
        let engine = Engine::new(
            db.clone(),
            Feed::default(),
            Retention::default(),
            cipher,
            marketplaces,
            backlog::Settings::default(),
        );
        let schema = graphql::schema(engine);
        Self {
            database,
            db,
            schema,
            rows,
        }
    }

    async fn check(&self) {}

    async fn stop(self) {
        drop(self.schema);
        self.db.close().await.expect("the database can be closed");
        self.database.remove().await;
    }
}

impl Reads {
    /// Asks as the merchant of the rows; errors are part of the answer.
    async fn ask(&self, document: &str, variables: Value) -> Value {
        self.ask_as(self.rows.merchant, document, variables).await
    }

    /// Asks as any merchant.
    async fn ask_as(&self, merchant: Uuid, document: &str, variables: Value) -> Value {
        let caller = Caller {
            merchant_id: merchant,
            role: Role::Viewer,
            name: "test".to_owned(),
        };
        let request = Request::new(document)
            .variables(Variables::from_json(variables))
            .data(caller);
        let request = lean::attach(loaders::attach(request, &self.db, merchant));
        let response = self.schema.execute(request).await;
        let mut text = Vec::new();
        graphql::json::write(&mut text, &response.data).expect("the answer can be written");
        let mut answer = json!({ "data": serde_json::from_slice::<Value>(&text).expect("the answer is JSON") });
        if !response.errors.is_empty() {
            answer["errors"] = serde_json::to_value(&response.errors).expect("errors are JSON");
        }
        answer
    }

    /// Asks what must be answered without an error.
    async fn data(&self, document: &str, variables: Value) -> Value {
        let mut answer = self.ask(document, variables).await;
        assert!(answer.get("errors").is_none(), "{document}: {answer:#}");
        answer["data"].take()
    }

    /// The SKU codes of the store SKUs that match a filter, by code.
    async fn skus(&self, filter: Value) -> Vec<String> {
        let document = "query($filter: StoreSkuFilter) { storeSkus(first: 100, filter: $filter, \
                        orderBy: { field: SKU, direction: ASC }) { nodes { sku } totalCount } }";
        let data = self.data(document, json!({ "filter": filter })).await;
        let skus: Vec<String> = data["storeSkus"]["nodes"]
            .as_array()
            .expect("nodes")
            .iter()
            .map(|node| node["sku"].as_str().expect("a code").to_owned())
            .collect();
        assert_eq!(
            data["storeSkus"]["totalCount"],
            json!(skus.len()),
            "the count of {filter}"
        );
        skus
    }
}
