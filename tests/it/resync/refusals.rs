//! What cannot be started; then nothing is.

use serde_json::{Value, json};

use super::{id_of, store_sku_id, totals, world};
use crate::support::graphql::unknown_like;
use crate::support::{TestApp, both};

both! {
    /// Inputs that say nothing, too much, or name what there is not.
    async fn bad_inputs_start_nothing(app: &TestApp) {
        let rules = world(app).await;
        let operator = app.operator();
        let (before, a) = (totals(&operator).await, store_sku_id(&operator, "s1", "A").await);
        let store = id_of(&operator, "stores", "code", "s1").await;
        let resync: Vec<(Value, &[&str])> = vec![
            (json!({}), &["storeSkuIds INVALID"]),
            (json!({ "storeSkuIds": [a], "filter": {} }), &["filter INVALID"]),
            (json!({ "storeSkuIds": [] }), &["storeSkuIds REQUIRED"]),
            (json!({ "storeSkuIds": vec![&a; 1_001] }), &["storeSkuIds TOO_MANY"]),
            (json!({ "storeSkuIds": [a, unknown_like(&a)] }), &["storeSkuIds.1 NOT_FOUND"]),
            (json!({ "storeSkuIds": [store, a, "x"] }), &["storeSkuIds.0 NOT_FOUND", "storeSkuIds.2 NOT_FOUND"]),
            (json!({ "filter": { "storeIds": [a] } }), &["filter.storeIds.0 NOT_FOUND"]),
            (json!({ "filter": { "quantity": { "from": 2, "to": 1 } } }), &["filter.quantity OUT_OF_RANGE"]),
            (json!({ "storeSkuIds": [a], "idempotencyKey": " " }), &["idempotencyKey INVALID"]),
            (json!({ "storeSkuIds": [a], "idempotencyKey": "x".repeat(201) }), &["idempotencyKey INVALID"]),
        ];
        for (input, expected) in resync {
            assert_eq!(refused(app, "resync", &input).await, expected, "{input}");
        }
        let manually: Vec<(Value, &[&str])> = vec![
            (json!({}), &["syncRuleId REQUIRED"]),
            (json!({ "syncRuleId": a }), &["syncRuleId NOT_FOUND"]),
            (json!({ "syncRuleId": unknown_like(&rules[0]) }), &["syncRuleId NOT_FOUND"]),
            (json!({ "storeIds": [store, unknown_like(&store)] }), &["storeIds.1 NOT_FOUND"]),
            (json!({ "warehouseSkuIds": [store] }), &["warehouseSkuIds.0 NOT_FOUND"]),
            (json!({ "storeIds": vec![store; 1_001] }), &["storeIds TOO_MANY"]),
        ];
        for (input, expected) in manually {
            assert_eq!(refused(app, "syncManually", &input).await, expected, "{input}");
        }
        assert_eq!(totals(&operator).await, before);
    }

    /// A rule that is disabled or deleted governs nothing.
    async fn a_rule_has_to_be_enabled(app: &TestApp) {
        let rules = world(app).await;
        let admin = app.admin();
        let disabled = json!({ "id": rules[0], "isEnabled": false });
        admin.mutate("updateSyncRule", "__typename", disabled).await;
        admin.mutate("deleteSyncRule", "__typename", json!({ "id": rules[1] })).await;
        app.settled().await;
        let before = totals(&admin).await;
        for (rule, expected) in [(&rules[0], "syncRuleId INVALID"), (&rules[1], "syncRuleId NOT_FOUND")] {
            let input = json!({ "syncRuleId": rule });
            assert_eq!(refused(app, "syncRuleNow", &input).await, [expected]);
            assert_eq!(refused(app, "syncManually", &input).await, [expected]);
        }
        assert_eq!(totals(&admin).await, before);
    }
}

/// The user errors as `path CODE`; and nothing is said to have been started.
async fn refused(app: &TestApp, mutation: &str, input: &Value) -> Vec<String> {
    let errors = app.operator().refused(mutation, input.clone()).await;
    errors
        .into_iter()
        .map(|(path, code)| format!("{path} {code}"))
        .collect()
}
