//! How pushes are put together into calls.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::seed::{Catalogue, stock, stock_changes};
use crate::support::{TestApp, both};

both! {
    /// Everything is sent once, in calls of one store with at most 100 listings.
    async fn calls_are_of_one_store_and_not_too_large(app: &TestApp) {
        app.restart(|config| config.worker.batch_size = 200).await;
        let admin = app.admin();
        let mut catalogue = Catalogue::default().store("s1", "SHOPEE", app.market()).store("s2", "LAZADA", app.market())
            .warehouse("w1").rule("everything", json!({}));
        let skus: Vec<String> = (0..60).map(|number| format!("A{number:02}")).collect();
        for sku in &skus {
            let listings: Vec<Value> = (0..3).map(|part| json!({ "productId": sku, "variantId": part.to_string() })).collect();
            catalogue = catalogue.sku(sku).store_sku_with("s1", sku, &[(sku, 1)], &json!(listings))
                .store_sku("s2", sku, &[(sku, 1)]);
        }
        catalogue.make(&admin).await;
        let change = |(sku, available): (&String, usize)| {
            json!({ "warehouse": "w1", "sku": sku, "available": available, "reason": "STOCK_COUNTED" })
        };
        stock_changes(&admin, skus.iter().zip(1..).map(change).collect()).await;
        app.settled().await;

        let calls = app.market().calls();
        let mut sent: BTreeMap<(String, String), Vec<i64>> = BTreeMap::new();
        for call in &calls {
            assert!(call.items.len() <= 100, "{} items", call.items.len());
            let listings: BTreeSet<String> = call.items.iter().map(|item| item.listing()).collect();
            assert_eq!(listings.len(), call.items.len(), "each listing at most once in a call");
            for item in &call.items {
                sent.entry((call.store.clone(), item.listing())).or_default().push(item.quantity);
            }
        }
        assert_eq!(sent.len(), 60 * 4);
        for (number, sku) in skus.iter().enumerate() {
            let quantity = vec![i64::try_from(number).unwrap() + 1];
            for listing in [("s1", format!("{sku}/0")), ("s1", format!("{sku}/2")), ("s2", format!("s2-{sku}"))] {
                assert_eq!(sent[&(listing.0.to_owned(), listing.1)], quantity);
            }
        }
        let ids: BTreeSet<&str> = calls.iter().map(|call| call.webhook_id.as_str()).collect();
        assert_eq!(ids.len(), calls.len(), "each call has an id of its own");
    }

    /// An item says what the merchant entered, null where that is nothing, and its sequence grows.
    async fn an_item_is_the_listing_as_it_was_entered(app: &TestApp) {
        let admin = app.admin();
        let listings = json!([
            { "productId": "p1" },
            { "productId": "p2", "variantId": "v" },
            { "productId": "p3", "locationId": "l" },
        ]);
        Catalogue::default().store("SHOPEE-JKT", "SHOPEE", app.market()).warehouse("w1").sku("A")
            .store_sku_with("SHOPEE-JKT", "KAOS HITAM/L", &[("A", 1)], &listings).rule("everything", json!({}))
            .make(&admin).await;
        for available in [4, 5] {
            stock(&admin, "A", available).await;
            app.market().wait_for_quantity("p3//l", available.into()).await;
        }
        let calls = app.market().calls();
        let body: Value = serde_json::from_str(&calls[0].body).unwrap();
        assert_eq!((&body["store"], &calls[0].path), (&json!("SHOPEE-JKT"), &"/stock".to_owned()));
        let entered: Vec<Value> = body["items"].as_array().unwrap().iter().map(|item| {
            json!([item["sku"], item["productId"], item["variantId"], item["locationId"], item["quantity"]])
        }).collect();
        assert_eq!(
            json!(entered),
            json!([
                ["KAOS HITAM/L", "p1", null, null, 4], ["KAOS HITAM/L", "p2", "v", null, 4], ["KAOS HITAM/L", "p3", null, "l", 4],
            ])
        );
        let ids: BTreeSet<&str> = calls.iter().flat_map(|call| &call.items).map(|item| item.id.as_str()).collect();
        assert_eq!(ids.len(), 6);
        assert!(calls[1].items[0].sequence > calls[0].items[0].sequence, "{calls:?}");
    }
}
