//! SKU codes that are hard to handle are kept, found and shown exactly as they were given.

use serde_json::{Value, json};

use crate::support::seed::{Catalogue, stock_changes};
use crate::support::{TestApp, both};

/// Codes that all differ, though some look alike.
const CODES: [&str; 14] = [
    "O'Brien",
    "say \"hi\"",
    "100%",
    "100x",
    "a_b",
    "axb",
    "a\\b",
    "'; DROP TABLE warehouse_sku; --",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd}-1",
    "\u{202e}321",
    // The same letter, composed and decomposed: codes are compared as they are.
    "caf\u{e9}",
    "cafe\u{301}",
    "\u{1f469}\u{200d}\u{1f680}",
    "\u{fb01}sh",
];

both! {
    /// Through the catalogue, a stock change, the push and the history.
    async fn odd_codes_come_back_as_they_were(app: &TestApp) {
        let admin = app.admin();
        let mut catalogue = Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1");
        for code in CODES {
            catalogue = catalogue.sku(code).store_sku("s1", code, &[(code, 1)]);
        }
        catalogue.rule("everything", json!({})).make(&admin).await;
        let change = |(at, code): (usize, &&str)| json!({ "warehouse": "w1", "sku": code, "available": at, "reason": "STOCK_COUNTED", "reference": code });
        stock_changes(&admin, CODES.iter().enumerate().map(change).collect()).await;
        app.settled().await;

        let data = admin
            .query("{ storeSkus(first: 100) { nodes { sku lastSync { quantity status } } } warehouseSkus(first: 100) { nodes { sku } } }", json!({}))
            .await;
        let mut shown: Vec<&str> = data["warehouseSkus"]["nodes"].as_array().unwrap().iter().map(|node| node["sku"].as_str().unwrap()).collect();
        shown.sort_unstable();
        let mut given = CODES;
        given.sort_unstable();
        assert_eq!(shown, given);
        for (at, code) in CODES.iter().enumerate() {
            let node = data["storeSkus"]["nodes"].as_array().unwrap().iter().find(|node| node["sku"] == *code).unwrap();
            assert_eq!(node["lastSync"], json!({ "quantity": at, "status": "SUCCESS" }), "{code}");
        }
    }

    /// What is searched for is looked for as it is: `%`, `_` and the backslash stand for themselves.
    async fn a_search_finds_what_was_typed(app: &TestApp) {
        let admin = app.admin();
        let mut catalogue = Catalogue::default().store("s1", "SHOPEE", app.market()).warehouse("w1");
        for code in CODES {
            catalogue = catalogue.sku(code).store_sku("s1", code, &[(code, 1)]);
        }
        catalogue.make(&admin).await;
        for code in CODES {
            assert_eq!(found(app, "storeSkus", code).await, [code]);
        }
        for (needle, expected) in [
            ("%", vec!["100%"]),
            ("_", vec!["'; DROP TABLE warehouse_sku; --", "a_b"]),
            ("\\", vec!["a\\b"]),
            ("'", vec!["'; DROP TABLE warehouse_sku; --", "O'Brien"]),
            ("%%", vec![]),
            ("1_0", vec![]),
        ] {
            assert_eq!(found(app, "storeSkus", needle).await, expected, "{needle}");
        }
    }
}

async fn found(app: &TestApp, field: &str, needle: &str) -> Vec<String> {
    let document = format!(
        "query($needle: String) {{ {field}(first: 100, filter: {{ search: $needle }}) {{ nodes {{ sku }} }} }}"
    );
    let data = app.viewer().query(&document, json!({ "needle": needle })).await;
    let nodes = data[field]["nodes"].as_array().unwrap();
    let mut skus: Vec<String> = nodes
        .iter()
        .filter_map(|node: &Value| node["sku"].as_str().map(str::to_owned))
        .collect();
    skus.sort();
    skus
}
