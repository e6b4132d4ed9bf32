//! CSV files into a merchant's catalogue, by the program.

use serde_json::{Value, json};

use crate::support::graphql::{each, text};
use crate::support::program::{self, Ended};
use crate::support::{TestApp, both};

const WAREHOUSES: &str = "code,name\nw1,Main\nw2,\"Second, with a comma\"\n";
const WAREHOUSE_SKUS: &str = "sku,name\nA,Article A\nB,\"Article \"\"B\"\"\"\nC,Artikel Ç\n";
/// A bundle on two rows, two listings, and one without a listing.
const STORE_SKUS: &str = "store,sku,product_name,variation_name,product_id,variant_id,component_sku,component_quantity\n\
    s1,A,Product A,Red,s1-A,,A,1\n\
    s1,BUNDLE,Bundle,,s1-BUNDLE,,A,2\n\
    s1,BUNDLE,,,s1-BUNDLE,2,B,1\n\
    s2,C,Product C,,,,C,1\n";
const STOCK: &str = "warehouse,sku,available,reference\nw1,A,10,opening\nw1,B,3,opening\nw2,C,7,\n";

both! {
    /// A whole catalogue and its opening stock; then the server pushes what it finds.
    async fn a_catalogue_is_imported_and_its_stock_is_pushed(app: &TestApp) {
        assert_eq!(import(app, "stores", &stores(app)).await, "imported 2 stores from 2 rows");
        assert_eq!(import(app, "warehouses", WAREHOUSES).await, "imported 2 warehouses from 2 rows");
        assert_eq!(import(app, "warehouse-skus", WAREHOUSE_SKUS).await, "imported 3 warehouse SKUs from 3 rows");
        assert_eq!(import(app, "store-skus", STORE_SKUS).await, "imported 3 store SKUs from 4 rows");
        let rule = json!({ "name": "all", "warehouses": ["w1"] });
        app.admin().mutate("createSyncRule", "__typename", rule).await;
        let imported = import(app, "stock", STOCK).await;
        assert!(imported.starts_with("imported 3 ") && imported.ends_with(" from 3 rows"), "{imported}");

        for (listing, quantity) in [("s1-A", 10), ("s1-BUNDLE", 3), ("s1-BUNDLE/2", 3)] {
            app.market().wait_for_quantity(listing, quantity).await;
        }
        app.settled().await;
        let document = "{ storeSkus(orderBy: { field: SKU, direction: ASC }) { nodes { sku productName variationName
            store { code marketplace } listings { productId variantId }
            components { quantity warehouseSku { sku name } } lastSync { quantity status reason } } }
            warehouses { nodes { code name } } }";
        let data = app.viewer().query(document, json!({})).await;
        let nodes = &data["storeSkus"]["nodes"];
        assert_eq!(each(nodes, |node| text(&node["sku"])), ["A", "BUNDLE", "C"]);
        assert_eq!(nodes[0]["store"], json!({ "code": "s1", "marketplace": "TIKTOK_SHOP" }));
        assert_eq!(nodes[0]["variationName"], "Red");
        let components = json!([
            { "quantity": 2, "warehouseSku": { "sku": "A", "name": "Article A" } },
            { "quantity": 1, "warehouseSku": { "sku": "B", "name": "Article \"B\"" } },
        ]);
        assert_eq!(nodes[1]["components"], components);
        assert_eq!(nodes[1]["lastSync"], json!({ "quantity": 3, "status": "SUCCESS", "reason": "STOCK_COUNTED" }));
        assert_eq!((&nodes[2]["lastSync"], &nodes[2]["listings"]), (&Value::Null, &json!([])));
        assert!(each(&data["warehouses"]["nodes"], |node| text(&node["name"])).contains(&"Second, with a comma".to_owned()));
    }

    /// The same files again change nothing; a changed cell changes that.
    async fn importing_again_changes_only_what_is_different(app: &TestApp) {
        import(app, "stores", &stores(app)).await;
        import(app, "warehouse-skus", WAREHOUSE_SKUS).await;
        import(app, "store-skus", STORE_SKUS).await;
        let document = "{ storeSkus { nodes { id sku updatedAt listings { id } components { quantity } } } }";
        let before = app.viewer().query(document, json!({})).await;
        import(app, "store-skus", STORE_SKUS).await;
        assert_eq!(app.viewer().query(document, json!({})).await, before);
        import(app, "store-skus", &STORE_SKUS.replace(",A,2\n", ",A,5\n")).await;
        let data = app.viewer().query("{ storeSkus(filter: { search: \"BUNDLE\" }) { nodes { components { quantity } } } }", json!({})).await;
        assert_eq!(data["storeSkus"]["nodes"][0]["components"], json!([{ "quantity": 5 }, { "quantity": 1 }]));
    }

    /// Every refused cell is named by its line and column, and nothing of the file is imported.
    async fn refused_cells_are_named_by_line_and_column(app: &TestApp) {
        import(app, "stores", &stores(app)).await;
        import(app, "warehouse-skus", WAREHOUSE_SKUS).await;
        for (kind, file, told) in [
            ("warehouses", "code,name\nw1,Good\n,No code\nw1,Twice\n", vec![
                "line 3, column code: \"\" must not be blank",
                "line 4, column code: ",
            ]),
            ("store-skus", "store,sku,product_name,component_sku,component_quantity\n\ns9,A,P,A,1\ns1,B,P,NOPE,1\n", vec![
                "line 3, column store: ",
                "line 4, column component_sku: ",
            ]),
            ("store-skus", "store,sku,product_name,component_sku,component_quantity\ns1,C,P,A,0\ns1,D,P,A,x\n", vec![
                "line 2, column component_quantity: ",
                "line 3, column component_quantity: \"x\" is not a whole number",
            ]),
            ("stock", "warehouse,sku,available\nw1,A,1\nw1,A,-5\nw1,\"two\nlines\",3\nw1,B\n", vec![
                "line 2, column warehouse: ",
                "line 3, column available: -5 is negative",
                "line 4, column sku: ",
                "line 6, column warehouse: the row has 2 cells, the header has 3",
            ]),
            ("stores", "code,name,marketplace,endpoint,signing_secret\na,A,EBAY,,\nb,B,SHOPEE,ftp://x,whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\nc,C,SHOPEE,http://127.0.0.1:9,secret\n", vec![
                "line 2, column marketplace: \"EBAY\"",
                "line 3, column endpoint: ",
                "line 4, column signing_secret: ",
            ]),
            ("warehouse-skus", "sku,nom\nA,x\n", vec!["header: \"nom\"", "header: the column name is missing"]),
        ] {
            let ended = run(app, kind, file).await;
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{kind}");
            for told in told {
                let line = format!("error: {told}");
                assert!(ended.stderr.lines().any(|at| at.starts_with(&line)), "{kind}: no \"{line}\" in\n{}", ended.stderr);
            }
            assert!(!ended.stderr.contains("C2FVsBQ"), "no secret is shown: {}", ended.stderr);
        }
        let data = app.viewer().query("{ warehouses { totalCount } stores { totalCount } storeSkus { totalCount } }", json!({})).await;
        let expected = json!({ "warehouses": { "totalCount": 0 }, "stores": { "totalCount": 2 }, "storeSkus": { "totalCount": 0 } });
        assert_eq!(data, expected, "nothing of a refused file is imported");
    }

    /// Thousands of rows, of which one late one is bad: found before anything is written.
    async fn a_late_refusal_leaves_nothing_behind(app: &TestApp) {
        let rows: String = (0..2_500).map(|number| format!("S{number},Article {number}\n")).collect();
        let ended = run(app, "warehouse-skus", &format!("sku,name\n{rows},late\n")).await;
        assert!(ended.stderr.contains("line 2502, column sku"), "{}", ended.stderr);
        let count = "{ warehouseSkus { totalCount } }";
        assert_eq!(app.viewer().query(count, json!({})).await["warehouseSkus"]["totalCount"], 0);
        let imported = import(app, "warehouse-skus", &format!("sku,name\n{rows}")).await;
        assert_eq!(imported, "imported 2500 warehouse SKUs from 2500 rows");
        assert_eq!(app.viewer().query(count, json!({})).await["warehouseSkus"]["totalCount"], 2_500);
    }

    /// Files as other programs write them, and what cannot be read at all.
    async fn files_of_other_programs(app: &TestApp) {
        let file = "\u{feff}SKU;Name\r\nA;Article A\r\n\r\nB;Article B";
        let path = app.database().file("excel.csv");
        std::fs::write(&path, file).unwrap();
        let arguments = ["import", "warehouse-skus", path.to_str().unwrap(), "--delimiter", ";", "--merchant", &app.tenant().code];
        let ended = program::run(app.database(), &arguments).await;
        assert_eq!((ended.code, ended.stdout.trim()), (Some(0), "imported 2 warehouse SKUs from 2 rows"), "{}", ended.stderr);
        let missing = ["import", "stock", "/nowhere.csv", "--merchant", &app.tenant().code];
        assert_eq!(program::run(app.database(), &missing).await.code, Some(1));
        let nobody = ["import", "stock", path.to_str().unwrap(), "--merchant", "nobody"];
        let ended = program::run(app.database(), &nobody).await;
        assert!(ended.code == Some(1) && ended.stderr.contains("nobody"), "{}", ended.stderr);
    }
}

/// One store that is connected, one that is not.
fn stores(app: &TestApp) -> String {
    let (endpoint, secret) = (app.market().endpoint(), app.market().secret().to_owned());
    format!(
        "code,name,marketplace,endpoint,signing_secret\ns1,Store 1,tiktok shop,{endpoint},{secret}\ns2,Store 2,LAZADA,,\n"
    )
}

/// Imports what must be good; what the program answers.
async fn import(app: &TestApp, kind: &str, file: &str) -> String {
    let ended = run(app, kind, file).await;
    assert_eq!(ended.code, Some(0), "{kind}: {}", ended.stderr);
    ended.stdout.trim().to_owned()
}

async fn run(app: &TestApp, kind: &str, file: &str) -> Ended {
    let path = app.database().file(&format!("{kind}.csv"));
    std::fs::write(&path, file).unwrap();
    let arguments = ["import", kind, path.to_str().unwrap(), "--merchant", &app.tenant().code];
    program::run(app.database(), &arguments).await
}
