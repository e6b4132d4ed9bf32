//! Who is told of what: each subscriber of what its filter lets through, whatever others ask for, and nobody who has left.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::graphql::text;
use crate::support::history::store_sku;
use crate::support::live::Socket;
use crate::support::marketplace::Reply;
use crate::support::seed::{Catalogue, stock, stock_changes};
use crate::support::{TestApp, both, soon};

const ENDS: &str = "subscription($filter: SyncRecordFilter) { syncStatusChanged(filter: $filter) {
    status record { quantityAfter store { code } storeSku { sku } } } }";
const STORES: [&str; 3] = ["s1", "s2", "s3"];
const SKUS: [&str; 4] = ["A", "B", "C", "D"];

/// The end of a record: its store, SKU and quantity.
type End = (String, String, i64);

/// One who subscribes, and what is to be seen.
struct Subscriber {
    id: String,
    filter: Value,
    sees: fn(&str, &str, bool) -> bool,
}

both! {
    /// Many subscribers with different filters, over two sockets: each sees its own, once, and nothing else.
    async fn each_sees_exactly_its_own(app: &TestApp) {
        let mut catalogue = Catalogue::default().warehouse("w1").rule("everything", json!({}));
        for store in STORES {
            catalogue = catalogue.store(store, "SHOPEE", app.market());
        }
        for sku in SKUS {
            catalogue = catalogue.sku(sku);
            for store in STORES {
                catalogue = catalogue.store_sku(store, sku, &[(sku, 1)]);
            }
        }
        catalogue.make(&app.admin()).await;
        report(app, 5).await;
        app.settled().await;

        // Of the first round B belongs to a manual sync.
        let gates = STORES.map(|_| app.market().hold_next_call(Reply::Rows));
        let b: Vec<Value> = ids(app, "B").await.into_iter().map(|(_, id)| id).collect();
        let started = app.operator().mutate("resync", "takenCount manualSync { id }", json!({ "storeSkuIds": b })).await;
        assert_eq!(started["takenCount"], 3);
        let subscribers = subscribers(app, &started["manualSync"]["id"]).await;
        let mut sockets = [app.viewer().socket().await, app.viewer().socket().await];
        for socket in &mut sockets {
            for one in &subscribers {
                socket.subscribe(&one.id, ENDS, json!({ "filter": one.filter })).await;
            }
            socket.settle().await;
        }
        for gate in gates {
            gate.open();
        }
        app.settled().await;
        see(&mut sockets, &subscribers, |sku| (sku == "B").then_some((5, true))).await;
        for quantity in [6, 7] {
            report(app, quantity).await;
            app.settled().await;
            see(&mut sockets, &subscribers, |_| Some((i64::from(quantity), false))).await;
        }
    }

    /// Nothing is listened to any more for who has unsubscribed or gone, one after the other; those who stay are told.
    async fn who_leaves_is_forgotten(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        let row = store_sku(&app.admin(), "s1", "A").await;
        let filter = json!({ "filter": { "storeSkuIds": [row["id"]], "statusIn": ["SUCCESS"] } });
        let (mut stays, mut leaves, mut goes) =
            (app.viewer().socket().await, app.viewer().socket().await, app.viewer().socket().await);
        for socket in [&mut stays, &mut leaves, &mut goes] {
            for id in ["1", "2"] {
                socket.subscribe(id, ENDS, filter.clone()).await;
            }
            socket.settle().await;
        }
        leaves.unsubscribe("1").await;
        leaves.unsubscribe("2").await;
        leaves.settle().await;
        drop(goes);
        stays.unsubscribe("1").await;
        stock(&app.admin(), "A", 3).await;
        assert_eq!(end(stays.next("2").await), ("s1".to_owned(), "A".to_owned(), 3));
        leaves.settle().await;
        assert_eq!(leaves.heard(""), Vec::<Value>::new());

        assert!(app.engine().feed().merchants().contains_key(&app.tenant().id));
        stays.unsubscribe("2").await;
        let nobody_listens = async {
            while !app.engine().feed().merchants().is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        soon("everybody to be forgotten", nobody_listens).await;
    }
}

/// Those who want one store SKU, several, a store, a manual sync, all, two things at once, and nothing that there is.
async fn subscribers(app: &TestApp, manual_sync: &Value) -> Vec<Subscriber> {
    let [a, b] = [ids(app, "A").await, ids(app, "B").await];
    let of =
        |ids: &[(String, Value)], store: &str| ids.iter().find(|(code, _)| code == store).map(|(_, id)| id.clone());
    let stores = app.viewer().query("{ stores { nodes { id code } } }", json!({})).await;
    let stores = stores["stores"]["nodes"].as_array().cloned().unwrap_or_default();
    let s2 = stores
        .into_iter()
        .find(|store| store["code"] == "s2")
        .map(|store| store["id"].clone());
    let new = |id: &str, filter: Value, sees: fn(&str, &str, bool) -> bool| {
        let mut filter = filter;
        filter["statusIn"] = json!(["SUCCESS"]);
        Subscriber {
            id: id.to_owned(),
            filter,
            sees,
        }
    };
    let two = json!([of(&a, "s1"), of(&b, "s3")]);
    vec![
        new("all", json!({}), |_, _, _| true),
        new("one", json!({ "storeSkuIds": [of(&b, "s1")] }), |store, sku, _| {
            (store, sku) == ("s1", "B")
        }),
        new("two", json!({ "storeSkuIds": two }), |store, sku, _| {
            [("s1", "A"), ("s3", "B")].contains(&(store, sku))
        }),
        new("store", json!({ "storeIds": [s2] }), |store, _, _| store == "s2"),
        new(
            "none",
            json!({ "storeIds": [s2], "storeSkuIds": [of(&a, "s1")] }),
            |_, _, _| false,
        ),
        new(
            "manual",
            json!({ "manualSyncIds": [manual_sync] }),
            |_, _, is_manual| is_manual,
        ),
        new(
            "both",
            json!({ "manualSyncIds": [manual_sync], "storeIds": [s2] }),
            |store, _, is_manual| store == "s2" && is_manual,
        ),
        new("text", json!({ "search": "Article C" }), |_, sku, _| sku == "C"),
    ]
}

/// The ids of the store SKUs that are called so, with their stores.
async fn ids(app: &TestApp, sku: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for store in STORES {
        found.push((
            store.to_owned(),
            store_sku(&app.viewer(), store, sku).await["id"].clone(),
        ));
    }
    found
}

/// Has everybody see what is pushed of each SKU, and whether for the manual sync; and nothing more than that.
async fn see(sockets: &mut [Socket], subscribers: &[Subscriber], pushed: impl Fn(&str) -> Option<(i64, bool)>) {
    for socket in sockets {
        for one in subscribers {
            let mut expected = BTreeSet::new();
            for (store, sku) in STORES.iter().flat_map(|store| SKUS.map(|sku| (*store, sku))) {
                if let Some((quantity, is_manual)) = pushed(sku)
                    && (one.sees)(store, sku, is_manual)
                {
                    expected.insert((store.to_owned(), sku.to_owned(), quantity));
                }
            }
            let mut seen = BTreeSet::new();
            for _ in 0..expected.len() {
                assert!(seen.insert(end(socket.next(&one.id).await)), "{}: twice", one.id);
            }
            assert_eq!(seen, expected, "{}", one.id);
        }
        socket.settle().await;
        assert_eq!(socket.heard(""), Vec::<Value>::new());
    }
}

fn end(event: Option<Value>) -> End {
    let data = event.expect("the subscription goes on");
    let step = &data["syncStatusChanged"];
    assert_eq!(step["status"], "SUCCESS");
    let record = &step["record"];
    let quantity = record["quantityAfter"].as_i64().expect("a number");
    (
        text(&record["store"]["code"]),
        text(&record["storeSku"]["sku"]),
        quantity,
    )
}

/// Reports this much of every SKU, in one batch.
async fn report(app: &TestApp, available: u32) {
    let change =
        |sku: &str| json!({ "warehouse": "w1", "sku": sku, "available": available, "reason": "STOCK_COUNTED" });
    stock_changes(&app.admin(), SKUS.map(change).to_vec()).await;
}
