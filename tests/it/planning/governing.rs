//! Which rule governs a store SKU, and what a change of the rules triggers.

use serde_json::{Value, json};

use super::stop_pushing;
use crate::support::graphql::Client;
use crate::support::history::{failed_triggers, pick, pick_each, records, records_of, store_sku};
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

both! {
    /// Of the rules that cover it the one with the highest priority governs, among equals the oldest.
    async fn priority_decides_and_then_age(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::default().store("s1", "SHOPEE", app.market()).store("s2", "LAZADA", app.market()).warehouse("w1")
            .sku("A").store_sku("s1", "A", &[("A", 1)]).store_sku("s2", "A", &[("A", 1)])
            .sku("B").store_sku("s1", "B", &[("B", 1)])
            .rule("oldest", json!({ "priority": 1 }))
            .rule("as high but younger", json!({ "priority": 1 }))
            .rule("off", json!({ "priority": 9, "isEnabled": false }))
            .rule("high, one store", json!({ "priority": 5, "stores": ["s1"], "skus": ["A"] }))
            .rule("low", json!({ "priority": -5 }))
            .make(&admin).await;
        for (store, sku, rule) in [("s1", "A", "high, one store"), ("s2", "A", "oldest"), ("s1", "B", "oldest")] {
            assert_eq!(store_sku(&app.viewer(), store, sku).await["syncRule"]["name"], rule, "{store} {sku}");
            stock(&admin, sku, 4).await;
            let records = records_of(&app.viewer(), store, sku).await;
            assert_eq!(pick(records.last().unwrap(), &["ruleName", "syncRule.name"]), json!([rule, rule]));
        }
    }

    /// A bundle is governed by a rule that covers every component of it, and by no other.
    async fn a_bundle_needs_a_rule_for_all_its_components(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        let rules = Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1").sku("A").sku("B")
            .store_sku("s1", "SET", &[("A", 1), ("B", 1)])
            .rule("half of it", json!({ "priority": 9, "skus": ["A"] }))
            .make(&admin).await;
        assert_eq!(store_sku(&admin, "s1", "SET").await["syncRule"], Value::Null);
        update(&admin, &rules[0], json!({ "skus": ["A", "B"] })).await;
        assert_eq!(store_sku(&admin, "s1", "SET").await["syncRule"]["name"], "half of it");
    }

    /// A rule that computes another quantity is planned anew; one that only has another name is not.
    async fn a_changed_formula_is_planned_anew(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        let rules = Catalogue::least(app.market()).warehouse("w2").make(&admin).await;
        stock(&admin, "A", 10).await;
        update(&admin, &rules[0], json!({ "name": "renamed" })).await;
        update(&admin, &rules[0], json!({ "percent": 50 })).await;
        update(&admin, &rules[0], json!({ "percent": 50 })).await;
        update(&admin, &rules[0], json!({ "offset": 3 })).await;
        update(&admin, &rules[0], json!({ "sellOut": { "threshold": 20 } })).await;
        update(&admin, &rules[0], json!({ "sellOut": null })).await;
        update(&admin, &rules[0], json!({ "warehouses": ["w1", "w2"] })).await;
        let records = records(&app.viewer()).await;
        assert_eq!(
            pick_each(&records, &["reason", "movement", "quantityAfter", "ruleName", "syncRule.name"]),
            json!([
                ["STOCK_COUNTED", 10, 10, "everything", "renamed"],
                ["RULE_CHANGED", 0, 5, "renamed", "renamed"],
                ["RULE_CHANGED", 0, 8, "renamed", "renamed"],
                ["RULE_CHANGED", 0, 0, "renamed", "renamed"],
                ["RULE_CHANGED", 0, 8, "renamed", "renamed"],
                ["RULE_CHANGED", 0, 8, "renamed", "renamed"],
            ])
        );
    }

    /// When a rule is switched off, on, moved or deleted, what it governed goes to the next rule, and is planned anew.
    async fn another_rule_takes_over(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        let rules = Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1")
            .sku("A").store_sku("s1", "A", &[("A", 1)])
            .rule("first", json!({ "priority": 2 }))
            .rule("second", json!({ "priority": 1, "percent": 50 }))
            .make(&admin).await;
        stock(&admin, "A", 10).await;
        update(&admin, &rules[0], json!({ "isEnabled": false })).await;
        update(&admin, &rules[0], json!({ "isEnabled": true })).await;
        update(&admin, &rules[0], json!({ "priority": 0 })).await;
        admin.mutate("deleteSyncRule", "deletedSyncRuleId", json!({ "id": rules[1] })).await;
        let seen = records(&app.viewer()).await;
        assert_eq!(
            pick_each(&seen, &["reason", "ruleName", "quantityAfter"]),
            json!([
                ["STOCK_COUNTED", "first", 10],
                ["RULE_CHANGED", "second", 5],
                ["RULE_CHANGED", "first", 10],
                ["RULE_CHANGED", "second", 5],
                ["RULE_CHANGED", "first", 10],
            ])
        );
        assert_eq!(seen[1]["syncRule"]["name"], "second", "a deleted rule is still shown by its records");

        admin.mutate("deleteSyncRule", "deletedSyncRuleId", json!({ "id": rules[0] })).await;
        assert_eq!(store_sku(&admin, "s1", "A").await["syncRule"], Value::Null);
        stock(&admin, "A", 1).await;
        assert_eq!(records(&admin).await.len(), 5, "without a rule nothing is synced");
        let failed = failed_triggers(&admin).await;
        assert_eq!(
            pick(failed.last().unwrap(), &["failureReason.code", "reason", "movement"]),
            json!(["NOT_IN_ANY_RULE", "STOCK_COUNTED", -9])
        );
        assert_eq!(
            admin.refused("updateSyncRule", json!({ "id": rules[0], "priority": 1 })).await,
            [("id".to_owned(), "NOT_FOUND".to_owned())]
        );
    }

    /// New stores and SKUs join a rule that covers all of them, and no rule with a chosen set.
    async fn what_is_new_joins_rules_for_everything(app: &TestApp) {
        stop_pushing(app).await;
        let admin = app.admin();
        Catalogue::least(app.market())
            .rule("chosen", json!({ "priority": 9, "stores": ["s1"], "skus": ["A"] }))
            .make(&admin).await;
        Catalogue::default().store("s2", "LAZADA", app.market()).sku("B")
            .store_sku("s2", "A", &[("A", 1)]).store_sku("s1", "B", &[("B", 1)])
            .make(&admin).await;
        for (store, sku, rule) in [("s1", "A", "chosen"), ("s2", "A", "everything"), ("s1", "B", "everything")] {
            assert_eq!(store_sku(&admin, store, sku).await["syncRule"]["name"], rule, "{store} {sku}");
        }
    }
}

async fn update(admin: &Client, rule: &str, changes: Value) {
    let mut input = json!({ "id": rule });
    let Value::Object(changes) = changes else {
        panic!("the changes of a rule are an object");
    };
    input.as_object_mut().unwrap().extend(changes);
    admin.mutate("updateSyncRule", "syncRule { id }", input).await;
}
