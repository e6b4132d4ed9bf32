//! Viewers read, operators also start syncs, admins do everything.

use serde_json::{Value, json};

use crate::support::graphql::{Client, mutation};
use crate::support::seed::Catalogue;
use crate::support::{TestApp, both};

/// Every mutation with an input that changes nothing, and whether an operator may call it.
fn mutations() -> Vec<(&'static str, Value, bool)> {
    vec![
        ("resync", json!({ "storeSkuIds": [] }), true),
        ("syncManually", json!({}), true),
        ("syncRuleNow", json!({ "syncRuleId": "x" }), true),
        ("recordStockChanges", json!({ "changes": [] }), false),
        (
            "upsertStores",
            json!({ "stores": [{ "code": " ", "name": "", "marketplace": "SHOPEE" }] }),
            false,
        ),
        (
            "upsertWarehouses",
            json!({ "warehouses": [{ "code": " ", "name": "" }] }),
            false,
        ),
        (
            "upsertWarehouseSkus",
            json!({ "warehouseSkus": [{ "sku": " ", "name": "" }] }),
            false,
        ),
        (
            "upsertStoreSkus",
            json!({ "storeSkus": [{ "store": "x", "sku": " ", "productName": "" }] }),
            false,
        ),
        (
            "setShortageMark",
            json!({ "skus": ["x"], "isMarkedShort": true }),
            false,
        ),
        ("createSyncRule", json!({ "name": " ", "warehouses": [] }), false),
        ("updateSyncRule", json!({ "id": "x" }), false),
        ("deleteSyncRule", json!({ "id": "x" }), false),
        (
            "connectStore",
            json!({ "storeId": "x", "connection": { "custom": { "endpoint": "", "signingSecret": "" } } }),
            false,
        ),
        ("disconnectStore", json!({ "storeId": "x" }), false),
        ("pauseStore", json!({ "storeId": "x" }), true),
        ("resumeStore", json!({ "storeId": "x" }), true),
        ("testStoreConnection", json!({ "storeId": "x" }), true),
    ]
}

both! {
    /// The table above is all mutations that there are, and each asks for its role before it looks at the input.
    async fn every_mutation_asks_for_its_role(app: &TestApp) {
        let sdl = stock_sync::graphql::sdl();
        let fields = sdl.split("type Mutation {").nth(1).unwrap().split("\n}").next().unwrap();
        let mut names: Vec<&str> = fields.lines().filter_map(|line| line.trim().strip_suffix('(')).collect();
        let table = mutations();
        let mut listed: Vec<&str> = table.iter().map(|(name, _, _)| *name).collect();
        names.sort_unstable();
        listed.sort_unstable();
        assert_eq!(names, listed);

        for (name, input, is_for_operators) in table {
            assert_eq!(call(&app.viewer(), name, &input).await, "FORBIDDEN", "{name}");
            let expected = if is_for_operators { "userErrors" } else { "FORBIDDEN" };
            assert_eq!(call(&app.operator(), name, &input).await, expected, "{name}");
            assert_eq!(call(&app.admin(), name, &input).await, "userErrors", "{name}");
        }
    }

    /// A forbidden mutation beside an allowed one does not take that with it, and changes nothing.
    async fn a_forbidden_mutation_changes_nothing(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        let document = "mutation { setShortageMark(input: { skus: [\"A\"], isMarkedShort: true }) { userErrors { code } }
            resync(input: { filter: {} }) { takenCount leftOutCount } }";
        let answer = app.operator().raw(document, json!({})).await;
        assert_eq!(answer.body["data"]["setShortageMark"], Value::Null);
        assert_eq!(answer.body["data"]["resync"], json!({ "takenCount": 0, "leftOutCount": 1 }));
        let error = &answer.body["errors"][0];
        assert_eq!(error["extensions"]["code"], "FORBIDDEN");
        assert_eq!(error["message"], "this needs the role ADMIN; this caller's role is OPERATOR");
        let data = app.viewer().query("{ warehouseSkus { nodes { isMarkedShort } } }", json!({})).await;
        assert_eq!(data["warehouseSkus"]["nodes"], json!([{ "isMarkedShort": false }]));
    }

    /// Each key knows who it is.
    async fn the_viewer_is_told_its_role(app: &TestApp) {
        let document = "{ viewer { keyName role merchant { code } } }";
        for (client, role) in [(app.viewer(), "VIEWER"), (app.operator(), "OPERATOR"), (app.admin(), "ADMIN")] {
            let data = client.query(document, json!({})).await;
            let merchant = json!({ "code": app.tenant().code });
            assert_eq!(data["viewer"], json!({ "keyName": role.to_lowercase(), "role": role, "merchant": merchant }));
        }
    }
}

/// What a call with an input that nobody can mean ends in.
async fn call(client: &Client, name: &str, input: &Value) -> String {
    let answer = client.raw(&mutation(name, ""), json!({ "input": input })).await;
    match answer.body["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => {
            assert_eq!(answer.body["data"][name], Value::Null);
            code.to_owned()
        }
        None => {
            let errors = answer.body["data"][name]["userErrors"].as_array();
            assert!(errors.is_some_and(|errors| !errors.is_empty()), "{name}: {answer:?}");
            "userErrors".to_owned()
        }
    }
}
