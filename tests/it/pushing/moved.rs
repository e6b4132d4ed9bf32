//! A listing moves from one store SKU to another.

use serde_json::json;

use crate::support::marketplace::Reply;
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

/// Takes the listing `s1-A` from the store SKU `A` and gives it to `B`, in one call.
async fn move_listing(app: &TestApp) {
    let store_sku =
        |sku: &str, listings| json!({ "store": "s1", "sku": sku, "productName": sku, "listings": listings });
    let store_skus = [
        store_sku("A", json!([])),
        store_sku("B", json!([{ "productId": "s1-A" }])),
    ];
    app.admin()
        .mutate("upsertStoreSkus", "__typename", json!({ "storeSkus": store_skus }))
        .await;
}

fn catalogue(app: &TestApp) -> Catalogue {
    let catalogue = Catalogue::least(app.market()).sku("B");
    catalogue.store_sku_with("s1", "B", &[("B", 1)], &json!([]))
}

both! {
    /// What is pushed for the listing afterwards is newer for the receiver, too, however many syncs either store SKU had.
    async fn the_sequence_of_a_listing_only_grows(app: &TestApp) {
        catalogue(app).make(&app.admin()).await;
        stock(&app.admin(), "B", 5).await;
        for available in [10, 20, 30] {
            stock(&app.admin(), "A", available).await;
            app.settled().await;
        }
        move_listing(app).await;
        app.settled().await;
        stock(&app.admin(), "B", 6).await;
        app.settled().await;
        assert_eq!(app.market().quantity("s1-A"), Some(6));
        let sequences: Vec<i64> = sequences(app);
        assert_eq!(sequences.len(), 5, "three for A, two for B: {sequences:?}");
        assert!(sequences.is_sorted_by(|one, next| one < next), "{sequences:?}");
    }

    /// A call for it was cut and may still be applied: the other store SKU waits for that as well.
    async fn a_moved_listing_is_held(app: &TestApp) {
        catalogue(app).make(&app.admin()).await;
        stock(&app.admin(), "B", 5).await;
        let gate = app.market().hold_next_call(Reply::ApplyAndSay("who knows".to_owned()));
        stock(&app.admin(), "A", 10).await;
        app.market().wait_for_calls(1).await;
        move_listing(app).await;
        gate.open();
        app.market().wait_for_quantity("s1-A", 5).await;
        app.settled().await;
        let calls = app.market().calls();
        let [first, second] = calls.as_slice() else { panic!("one call for each store SKU: {calls:#?}") };
        let held = second.received_at - first.answered_at.unwrap();
        assert!(held >= app.config().worker.hold, "sent after {held:?}");
    }
}

fn sequences(app: &TestApp) -> Vec<i64> {
    let calls = app.market().calls();
    calls
        .iter()
        .flat_map(|call| &call.items)
        .filter(|item| item.listing() == "s1-A")
        .map(|item| item.sequence)
        .collect()
}
