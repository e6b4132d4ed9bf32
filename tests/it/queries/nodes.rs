//! `node` and `nodes`.

use serde_json::{Value, json};

use super::world;
use crate::support::graphql::{each, text, unknown_like};
use crate::support::{TestApp, both};

/// An id of each type that has one, under its type's name.
const ONE_OF_EACH: &str = "{
    viewer { merchant { __typename id } }
    stores(first: 1) { nodes { __typename id } }
    warehouses(first: 1) { nodes { __typename id } }
    warehouseSkus(first: 1) { nodes { __typename id } }
    storeSkus(first: 1) { nodes { __typename id listings { __typename id } } }
    syncRules(first: 1) { nodes { __typename id } }
    syncRecords(first: 1) { nodes { __typename id attempts { nodes { __typename id } } } }
    manualSyncs(first: 1) { nodes { __typename id } }
    failedTriggers(first: 1) { nodes { __typename id } }
}";

both! {
    /// Every type with an id is found by it, and is of the type that it says.
    async fn every_type_is_found_by_its_id(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        let mut expected = Vec::new();
        collect(&viewer.query(ONE_OF_EACH, json!({})).await, &mut expected);
        let mut types: Vec<String> = expected.iter().map(|node| text(&node["__typename"])).collect();
        types.sort();
        types.dedup();
        assert_eq!(types.len(), 11, "{types:?}");

        for node in &expected {
            let document = "query($id: ID!) { node(id: $id) { __typename id } }";
            let data = viewer.query(document, json!({ "id": node["id"] })).await;
            assert_eq!(data["node"], *node);
        }
        let ids: Vec<&Value> = expected.iter().map(|node| &node["id"]).collect();
        let data = viewer.query(NODES, json!({ "ids": ids })).await;
        assert_eq!(data["nodes"], Value::from(expected));
    }

    /// What is unknown or no id is null, in its place.
    async fn an_unknown_id_is_null(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        let data = viewer.query("{ stores(first: 1) { nodes { id } } }", json!({})).await;
        let known = text(&data["stores"]["nodes"][0]["id"]);
        let unknown = unknown_like(&known);
        let ids = json!(["", "x", unknown, known, "AAAA", known]);
        let data = viewer.query(NODES, json!({ "ids": ids })).await;
        let found = each(&data["nodes"], |node| node["id"].as_str().map(str::to_owned));
        assert_eq!(found, [None, None, None, Some(known.clone()), None, Some(known)]);
    }

    /// Links lead both ways: from a record to its SKU, rule, manual sync and attempts, and back to it.
    async fn links_lead_there_and_back(app: &TestApp) {
        world(app).await;
        let document = "{ syncRecords(filter: { reasonIn: [SYNC_NOW] }, first: 1) { nodes { id
            storeSku { sku syncRecords(first: 1) { nodes { id } } lastSync { record { id } } }
            warehouseSku { storeSkus { nodes { sku } } syncRecords(filter: { reasonIn: [SYNC_NOW] }) { nodes { id } } }
            manualSync { kind syncRule { name } counts { total } leftOut { count failureReason { code } }
                         syncRecords { nodes { id } } }
            attempts { nodes { syncRecord { id } } } } } }";
        let data = app.viewer().query(document, json!({})).await;
        let record = &data["syncRecords"]["nodes"][0];
        let sku = &record["storeSku"]["sku"];
        assert_eq!(record["storeSku"]["syncRecords"]["nodes"][0]["id"], record["id"]);
        assert_eq!(record["storeSku"]["lastSync"]["record"]["id"], record["id"]);
        assert!(each(&record["warehouseSku"]["storeSkus"]["nodes"], |of| of["sku"] == *sku).contains(&true));
        assert!(each(&record["warehouseSku"]["syncRecords"]["nodes"], |of| of["id"] == record["id"]).contains(&true));
        let manual = &record["manualSync"];
        assert_eq!((&manual["kind"], &manual["syncRule"]["name"]), (&json!("SYNC_NOW"), &json!("alpha")));
        let left_out = json!([{ "count": 1, "failureReason": { "code": "MARKED_SHORT" } }]);
        assert_eq!(manual["leftOut"], left_out);
        assert_eq!(manual["counts"]["total"], manual["syncRecords"]["nodes"].as_array().unwrap().len());
        assert_eq!(record["attempts"]["nodes"][0]["syncRecord"]["id"], record["id"]);
    }
}

const NODES: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";

/// Every object with a type and an id in the data, without what is nested in it.
fn collect(data: &Value, into: &mut Vec<Value>) {
    match data {
        Value::Object(fields) => {
            if let (Some(name), Some(id)) = (fields.get("__typename"), fields.get("id")) {
                into.push(json!({ "__typename": name, "id": id }));
            }
            fields.values().for_each(|value| collect(value, into));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        _ => {}
    }
}
