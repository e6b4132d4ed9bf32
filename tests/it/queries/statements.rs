//! How many SQL statements a page costs.

use entity::types::Role;
use serde_json::{Value, json};

use super::world;
use crate::support::graphql::{Client, each};
use crate::support::program::Process;
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

/// A page of tab 1, as a frontend shows it.
const PAGE: &str = "{ storeSkus(first: 50) { nodes { id sku productName variationName store { name marketplace
    connection { status } } components { quantity warehouseSku { sku name } } syncRule { name }
    lastSync { status quantity reason at record { id quantityBefore movement quantityAfter status } } }
    pageInfo { hasNextPage endCursor } } }";

/// Most statements that it may cost.
const MOST: usize = 6;

both! {
    /// Fifty store SKUs in several stores, bundles among them, each with a record of its own.
    async fn a_page_of_fifty_costs_at_most_six(app: &TestApp) {
        let mut catalogue = Catalogue::default().warehouse("w1").rule("everything", json!({}));
        for store in ["s1", "s2", "s3"] {
            catalogue = catalogue.store(store, "SHOPEE", app.market());
        }
        for number in 0..20 {
            let (sku, other) = (format!("W{number}"), format!("W{}", (number + 1) % 20));
            catalogue = catalogue.sku(&sku);
            catalogue = catalogue.store_sku("s1", &sku, &[(&sku, 1)]);
            catalogue = catalogue.store_sku("s2", &sku, &[(&sku, 1), (&other, 2)]);
            catalogue = catalogue.store_sku("s3", &sku, &[(&sku, 3)]);
        }
        catalogue.make(&app.admin()).await;
        for number in 0..20 {
            stock(&app.admin(), &format!("W{number}"), 9).await;
        }
        app.settled().await;

        let (data, statements) = cost(app, PAGE).await;
        let has_all = |node: &Value| {
            node["lastSync"]["record"]["quantityAfter"].is_number()
                && node["store"]["name"].is_string()
                && node["syncRule"]["name"] == "everything"
                && node["components"][0]["warehouseSku"]["name"].is_string()
        };
        assert_eq!(each(&data["storeSkus"]["nodes"], has_all), [true; 50]);
        assert!(statements.len() <= MOST, "{} statements: {statements:#?}", statements.len());
    }

    /// A page of failed triggers with all that they link to, and one of records.
    async fn the_other_tabs_cost_a_statement_a_link(app: &TestApp) {
        world(app).await;
        let records = "{ syncRecords(first: 50) { nodes { status storeSku { sku } warehouseSku { name } store { name }
            warehouse { name } syncRule { name } manualSync { kind } failureReason { title } } } }";
        let (_, statements) = cost(app, records).await;
        assert!(statements.len() <= 7, "{statements:#?}");
        let triggers = "{ failedTriggers(first: 50) { nodes { failureReason { title } warehouseSku { sku } store { name }
            warehouse { name } storeSku { sku } syncRule { name } manualSync { kind } } } }";
        let (_, statements) = cost(app, triggers).await;
        assert!(statements.len() <= 7, "{statements:#?}");
        let manual = "{ manualSyncs(first: 50) { nodes { kind status counts { total } syncRule { name } } } }";
        let (_, statements) = cost(app, manual).await;
        assert!(statements.len() <= 2, "{statements:#?}");
    }
}

/// What a request is answered with, and the statements that a server runs for it once it knows the caller's key. What sets up
/// a connection and what notes the use of the key is not the request's.
async fn cost(app: &TestApp, document: &str) -> (Value, Vec<String>) {
    let server = Process::serve(app.database(), &["--role", "api"]).await;
    let client = Client::new(server.address(), Some(app.tenant().token(Role::Viewer)));
    client.query("{ viewer { keyName } }", json!({})).await;
    let request = client.request(document, &json!({})).header("x-request-id", "counted");
    let mut answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer.get("errors"), None, "{answer}");
    let mut statements = server.statements_of("counted");
    assert!(!statements.is_empty(), "no statement was logged for {answer}");
    statements.retain(|statement| !statement.contains("api_key") && !statement.starts_with("PRAGMA"));
    (answer["data"].take(), statements)
}
