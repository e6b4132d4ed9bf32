//! Ranges that end before they begin, and what excludes each other.

use serde_json::json;

use crate::support::{TestApp, both};

both! {
    /// Both ends are named.
    async fn inverted_ranges_are_refused_with_both_ends(app: &TestApp) {
        let viewer = app.viewer();
        let (early, late) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
        let times = json!({ "from": late, "to": early });
        for (field, filter, path, ends) in [
            ("storeSkus", json!({ "quantity": { "from": 2, "to": 1 } }), "filter.quantity", ["2", "1"]),
            ("storeSkus", json!({ "lastSyncAt": times }), "filter.lastSyncAt", ["2026-02-01", "2026-01-01"]),
            ("syncRecords", json!({ "createdAt": times }), "filter.createdAt", ["2026-02-01", "2026-01-01"]),
            ("manualSyncs", json!({ "createdAt": times }), "filter.createdAt", ["2026-02-01", "2026-01-01"]),
            ("failedTriggers", json!({ "occurredAt": times }), "filter.occurredAt", ["2026-02-01", "2026-01-01"]),
        ] {
            let mut ty = field[..field.len() - 1].to_owned();
            ty[..1].make_ascii_uppercase();
            let document = format!("query($filter: {ty}Filter) {{ {field}(filter: $filter) {{ __typename }} }}");
            let answer = viewer.raw(&document, json!({ "filter": filter })).await;
            let error = &answer.body["errors"][0];
            assert_eq!((answer.status, &error["extensions"]["code"]), (200, &json!("BAD_USER_INPUT")), "{error}");
            let message = error["message"].as_str().unwrap();
            for part in [path, ends[0], ends[1]] {
                assert!(message.contains(part), "{part} is not in {message}");
            }
        }
        let answer = viewer.raw("{ storeSkus(first: 7, last: 8) { __typename } }", json!({})).await;
        let message = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("first is 7") && message.contains("last is 8"), "{message}");
    }

    /// A variable that is not given, or whose type is another than the argument's, is the caller's fault.
    async fn a_variable_that_does_not_fit_is_refused(app: &TestApp) {
        for document in [
            "query($v: [ID!]) { nodes(ids: $v) { id } }",
            "query($v: [[[ID!]!]!]) { nodes(ids: $v) { id } }",
            "query($v: ID) { node(id: $v) { id } }",
        ] {
            let answer = app.viewer().raw(document, serde_json::json!({})).await;
            let error = &answer.body["errors"][0];
            let code = error["extensions"]["code"].as_str().unwrap();
            assert!(["BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"].contains(&code), "{document} {}", answer.body);
            assert!(error["message"].as_str().unwrap().contains("node") || error["message"].as_str().unwrap().contains('v'), "{error}");
        }
    }

    /// Literals are checked like variables, wherever they stand, and a bad one stops everything beside it.
    async fn a_bad_literal_stops_the_whole_request(app: &TestApp) {
        let admin = app.admin();
        let good = "good: upsertWarehouses(input: { warehouses: [{ code: \"w\", name: \"w\" }] }) { userErrors { code } }";
        let bad = "bad: createSyncRule(input: { name: \"r\", warehouses: [\"w\"], percent: 2000.5 }) { userErrors { code } }";
        let answer = admin.raw(&format!("mutation {{ {good} {bad} }}"), json!({})).await;
        let error = &answer.body["errors"][0];
        assert_eq!((answer.status, &error["extensions"]["code"]), (400, &json!("BAD_USER_INPUT")));
        assert_eq!(error["message"], "input.percent: 2000.5 is not a Percent, from 0 to 2000 with at most two decimals");
        let data = admin.query("{ warehouses { totalCount } }", json!({})).await;
        assert_eq!(data["warehouses"]["totalCount"], 0);

        let document = "query($n: Int = 99999999999) { ...F } fragment F on Query { storeSkus(first: $n) { __typename } }";
        for (variables, value) in [(json!({ "n": "x" }), "\"x\""), (json!({}), "99999999999")] {
            let answer = admin.raw(document, variables).await;
            let message = answer.body["errors"][0]["message"].as_str().unwrap();
            assert!(message.starts_with(&format!("$n: {value} ")) || message.starts_with(&format!("first: {value} ")), "{message}");
        }
        let nested = "{ storeSkus { nodes { syncRecords(filter: { createdAt: { from: \"soon\" } }) { __typename } } } }";
        let answer = admin.raw(nested, json!({})).await;
        let message = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.starts_with("filter.createdAt.from: \"soon\" is not a DateTime"), "{message}");
    }
}
