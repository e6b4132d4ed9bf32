//! What a page cannot be asked for.

use serde_json::{Value, json};

use super::{FAILED_TRIGGERS, MANUAL_SYNCS, STORE_SKUS, SYNC_RECORDS, WAREHOUSE_SKUS, id, world};
use crate::support::{TestApp, both};

both! {
    /// Sizes that are none, cursors that are none, and cursors of another connection or order.
    async fn bad_pages_are_the_callers_fault(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        let foreign = STORE_SKUS.page(&viewer, json!({ "first": 1 })).await["pageInfo"]["endCursor"].clone();
        let by_sku = json!({ "field": "SKU", "direction": "ASC" });
        let cut: String = foreign.as_str().unwrap().chars().take(20).collect();
        for tab in [&STORE_SKUS, &WAREHOUSE_SKUS, &SYNC_RECORDS, &MANUAL_SYNCS, &FAILED_TRIGGERS] {
            let mut bad = vec![
                json!({ "first": 0 }),
                json!({ "first": -1 }),
                json!({ "first": 101 }),
                json!({ "last": 0 }),
                json!({ "last": 101 }),
                json!({ "first": 1, "last": 1 }),
                json!({ "after": "" }),
                json!({ "after": "not a cursor" }),
                json!({ "before": "MTIz" }),
                json!({ "last": 1, "before": cut }),
            ];
            match tab.field {
                "storeSkus" => bad.push(json!({ "order": by_sku, "after": foreign })),
                _ => bad.push(json!({ "after": foreign })),
            }
            for variables in bad {
                let code = viewer.error_code(&tab.document("totalCount"), variables.clone()).await;
                assert_eq!(code, "BAD_USER_INPUT", "{} {variables}", tab.field);
            }
        }
    }

    /// A filter that is wrong is named with all that is wrong with it.
    async fn bad_filters_are_named(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        let store_sku = id(&STORE_SKUS.all(&viewer, Value::Null).await[0]);
        let filter = json!({
            "storeIds": [store_sku, "?"],
            "quantity": { "from": 2, "to": 1 },
            "search": "x".repeat(501),
            "syncRuleIds": vec!["x"; 501],
        });
        let answer = viewer.raw(&STORE_SKUS.document("totalCount"), json!({ "filter": filter })).await;
        let error = &answer.body["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer:?}");
        let message = error["message"].as_str().unwrap();
        for field in ["filter.storeIds.0", "filter.storeIds.1", "filter.quantity", "filter.search", "filter.syncRuleIds"] {
            assert!(message.contains(field), "{field} is not named: {message}");
        }
    }

    /// One field that fails leaves the others standing.
    async fn a_bad_field_is_null_and_its_siblings_are_not(app: &TestApp) {
        world(app).await;
        let document = "{ bad: storeSkus(first: 0) { nodes { id } } good: storeSkus(first: 1) { nodes { sku } } \
                        viewer { keyName } failureReasons { code } }";
        let answer = app.viewer().raw(document, json!({})).await;
        let data = &answer.body["data"];
        assert_eq!(data["bad"], Value::Null);
        assert_eq!(data["viewer"]["keyName"], "viewer");
        assert_eq!(data["good"]["nodes"].as_array().map(Vec::len), Some(1), "{answer:?}");
        assert!(data["failureReasons"].is_array(), "{answer:?}");
        assert_eq!(answer.body["errors"].as_array().map(Vec::len), Some(1));
        assert_eq!(answer.body["errors"][0]["path"], json!(["bad"]));
    }

    /// The same inside of an object.
    async fn a_bad_nested_page_voids_only_itself(app: &TestApp) {
        world(app).await;
        let document = "{ storeSkus(first: 2) { nodes { sku syncRecords(first: 1000) { nodes { id } } } } }";
        let answer = app.viewer().raw(document, json!({})).await;
        let nodes = answer.body["data"]["storeSkus"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 2);
        assert!(nodes.iter().all(|node| node["sku"].is_string() && node["syncRecords"].is_null()), "{answer:?}");
    }
}
