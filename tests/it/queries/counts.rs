//! The counts beside a page.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{FAILED_TRIGGERS, MANUAL_SYNCS, STORE_SKUS, SYNC_RECORDS, Tab, WAREHOUSE_SKUS, world};
use crate::support::graphql::Client;
use crate::support::{TestApp, both};

const OF_SKUS: &str = "totalCount statusCounts { neverSynced pending success partiallyFailed failed }";
const OF_SYNCS: &str = "totalCount statusCounts { total pending success partiallyFailed failed skipped }";

both! {
    /// They are of everything that matches, not of the page; and a chosen status does not empty the other chips.
    async fn counts_are_of_all_pages(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        for (tab, fields, pointer) in [
            (&STORE_SKUS, OF_SKUS, "/lastSync/status"),
            (&WAREHOUSE_SKUS, OF_SKUS, "/lastSync/status"),
            (&SYNC_RECORDS, OF_SYNCS, "/status"),
            (&MANUAL_SYNCS, OF_SYNCS, "/status"),
        ] {
            let all = tab.all(&viewer, Value::Null).await;
            let by_hand = by_status(&all, pointer);
            let page = counts(&viewer, tab, fields, Value::Null).await;
            assert_eq!(page["totalCount"], all.len(), "{}", tab.field);
            agree(&page["statusCounts"], &by_hand, tab.field);

            let chosen = counts(&viewer, tab, fields, json!({ "statusIn": ["PARTIALLY_FAILED"] })).await;
            assert_eq!(chosen["totalCount"], by_hand["partiallyFailed"], "{}", tab.field);
            assert_eq!(chosen["statusCounts"], page["statusCounts"], "{}", tab.field);
        }
    }

    /// The other fields of the filter do count.
    async fn counts_follow_the_rest_of_the_filter(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        let filter = json!({ "marketplaceIn": ["SHOPEE"], "statusIn": ["FAILED"] });
        let page = counts(&viewer, &STORE_SKUS, OF_SKUS, filter).await;
        let expected = json!({ "neverSynced": 1, "pending": 0, "success": 2, "partiallyFailed": 0, "failed": 1 });
        assert_eq!((&page["statusCounts"], &page["totalCount"]), (&expected, &json!(1)));
        let triggers = viewer.query("{ failedTriggers(first: 1) { totalCount nodes { id } } }", json!({})).await;
        let all = FAILED_TRIGGERS.all(&viewer, Value::Null).await;
        assert_eq!(triggers["failedTriggers"]["totalCount"], all.len());
    }
}

async fn counts(viewer: &Client, tab: &Tab, fields: &str, filter: Value) -> Value {
    let variables = json!({ "filter": filter, "first": 1 });
    let mut data = viewer.query(&tab.document(fields), variables).await;
    data[tab.field].take()
}

/// How many items have each status, under the name that it has among the counts.
fn by_status(nodes: &[Value], pointer: &str) -> HashMap<&'static str, usize> {
    let mut counts = HashMap::from([("total", nodes.len())]);
    for node in nodes {
        let name = match node.pointer(pointer).and_then(Value::as_str) {
            None => "neverSynced",
            Some("PENDING") => "pending",
            Some("SUCCESS") => "success",
            Some("PARTIALLY_FAILED") => "partiallyFailed",
            Some("FAILED") => "failed",
            Some("SKIPPED") => "skipped",
            Some(other) => panic!("{other} is no status"),
        };
        *counts.entry(name).or_default() += 1;
    }
    assert!(counts.contains_key("partiallyFailed"), "{counts:?}");
    counts
}

fn agree(counts: &Value, by_hand: &HashMap<&'static str, usize>, what: &str) {
    for (name, count) in counts.as_object().unwrap() {
        let expected = by_hand.get(name.as_str()).copied().unwrap_or_default();
        assert_eq!(count, expected, "{name} of {what}");
    }
}
