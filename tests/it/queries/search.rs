//! Text search takes what is typed as it is.

use serde_json::{Value, json};

use super::{FAILED_TRIGGERS, STORE_SKUS, SYNC_RECORDS, Tab, WAREHOUSE_SKUS};
use crate::support::graphql::{Client, each, text};
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

/// Articles whose codes and names have in them what pattern languages and quotes could trip over.
const ARTICLES: &[(&str, &str)] = &[
    ("DISC-50%", "Half price"),
    ("DISC-500", "Almost the same"),
    ("A_B", "Under_score"),
    ("AxB", "Letter x"),
    ("BACK\\SLASH", "Back\\slash"),
    ("QUOTE", "Ibu's \"best\" tea; --"),
    ("KOPI-É", "Café Ünïcode"),
];

/// What is typed, and the articles that it finds.
const SEARCHES: &[(&str, &[&str])] = &[
    ("disc", &["DISC-50%", "DISC-500"]),
    ("50%", &["DISC-50%"]),
    ("%", &["DISC-50%"]),
    ("a_b", &["A_B"]),
    ("_", &["A_B"]),
    ("\\", &["BACK\\SLASH"]),
    ("k\\s", &["BACK\\SLASH"]),
    ("'", &["QUOTE"]),
    ("ibu's \"BEST\"", &["QUOTE"]),
    ("; --", &["QUOTE"]),
    ("kopi-é", &["KOPI-É"]),
    ("CAFÉ ÜNÏ", &["KOPI-É"]),
    ("  Half price  ", &["DISC-50%"]),
    ("nothing like it", &[]),
    ("price\nalmost", &[]),
];

both! {
    /// Tab 1 finds store SKUs by their own texts and by those of their parts, and warehouse SKUs by theirs.
    async fn texts_are_found_as_they_are_typed(app: &TestApp) {
        make(app).await;
        let viewer = app.viewer();
        for (needle, expected) in SEARCHES {
            if needle.contains('\n') {
                let document = STORE_SKUS.document("totalCount");
                let filter = json!({ "filter": { "search": needle } });
                assert_eq!(viewer.error_code(&document, filter).await, "BAD_USER_INPUT");
                continue;
            }
            assert_eq!(found(&viewer, &WAREHOUSE_SKUS, needle, "/sku").await, *expected, "{needle}");
            assert_eq!(found(&viewer, &STORE_SKUS, needle, PART).await, *expected, "{needle}");
            assert_eq!(found(&viewer, &SYNC_RECORDS, needle, "/warehouseSku/sku").await, *expected, "{needle}");
            assert_eq!(found(&viewer, &FAILED_TRIGGERS, needle, "/warehouseSku/sku").await, *expected, "{needle}");
        }
        for own in ["Variation 3", "product s-3", "S-3"] {
            assert_eq!(found(&viewer, &STORE_SKUS, own, "/sku").await, ["S-3"], "{own}");
            assert_eq!(found(&viewer, &SYNC_RECORDS, own, "/storeSku/sku").await, ["S-3"], "{own}");
        }
    }

    /// A blank search says nothing, and a renamed SKU is found by its new name only.
    async fn a_search_follows_the_names(app: &TestApp) {
        make(app).await;
        let viewer = app.viewer();
        assert_eq!(found(&viewer, &WAREHOUSE_SKUS, "   ", "/sku").await.len(), ARTICLES.len());
        let renamed = json!({ "warehouseSkus": [{ "sku": "AxB", "name": "Zebra" }] });
        app.admin().mutate("upsertWarehouseSkus", "__typename", renamed).await;
        assert_eq!(found(&viewer, &STORE_SKUS, "zebra", PART).await, ["AxB"]);
        assert_eq!(found(&viewer, &WAREHOUSE_SKUS, "Letter x", "/sku").await, [""; 0]);
    }
}

const PART: &str = "/components/0/warehouseSku/sku";

/// Each article in a store SKU of its own, S-0 and so on, with a record; and a failed trigger for each, in a store that
/// has none of them.
async fn make(app: &TestApp) {
    let admin = app.admin();
    Catalogue::default()
        .store("s1", "SHOPEE", app.market())
        .store("s2", "LAZADA", app.market())
        .warehouse("w1")
        .rule("everything", json!({}))
        .make(&admin)
        .await;
    let articles: Vec<Value> = ARTICLES
        .iter()
        .map(|(sku, name)| json!({ "sku": sku, "name": name }))
        .collect();
    let input = json!({ "warehouseSkus": articles });
    admin.mutate("upsertWarehouseSkus", "__typename", input).await;
    let store_skus: Vec<Value> = ARTICLES
        .iter()
        .enumerate()
        .map(|(at, (sku, _))| {
            json!({
                "store": "s1", "sku": format!("S-{at}"), "productName": format!("Product S-{at}"),
                "variationName": format!("Variation {at}"), "components": [{ "sku": sku }],
                "listings": [{ "productId": format!("P{at}") }],
            })
        })
        .collect();
    let input = json!({ "storeSkus": store_skus });
    admin.mutate("upsertStoreSkus", "__typename", input).await;
    for (sku, _) in ARTICLES {
        stock(&admin, sku, 5).await;
    }
    app.settled().await;
}

/// The texts at a place of what is found, sorted as in [`ARTICLES`].
async fn found(viewer: &Client, tab: &Tab, needle: &str, pointer: &str) -> Vec<String> {
    let nodes = Value::from(tab.all(viewer, json!({ "search": needle })).await);
    let mut found = each(&nodes, |node| text(node.pointer(pointer).unwrap()));
    let place = |sku: &String| ARTICLES.iter().position(|(article, _)| article == sku);
    found.sort_by_key(place);
    found
}
