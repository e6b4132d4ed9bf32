//! Who pushes to a store, how many calls at a time, and who waits for whom.

use std::time::Duration;

use serde_json::json;
use stock_sync::config::Role;

use crate::support::history::{attempts, pick_each, records};
use crate::support::marketplace::{Gate, Reply};
use crate::support::seed::{Catalogue, stock, stock_changes};
use crate::support::{TestApp, both};

both! {
    /// While one worker pushes to a store, no other does, whatever else is due there; what one left is taken by any.
    async fn one_worker_at_a_time_pushes_to_a_store(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).sku("B").store_sku("s1", "B", &[("B", 1)]).make(&admin).await;
        let more = [
            app.replica(|config| config.server.role = Role::Worker).await,
            app.replica(|config| config.server.role = Role::Worker).await,
        ];
        for round in 1..=10 {
            let before = app.market().calls().len();
            let gate = app.market().hold_next_call(Reply::Rows);
            stock(&admin, "A", round).await;
            app.market().wait_for_calls(before + 1).await;
            stock(&admin, "B", round).await;
            gate.open();
            app.market().wait_for_quantity("s1-B", i64::from(round)).await;
            app.settled().await;
            let calls = app.market().calls();
            let (first, second) = (&calls[before], &calls[before + 1]);
            assert!(second.received_at >= first.answered_at.unwrap(), "the second call did not wait for the first");
        }
        for server in more {
            server.stop().await;
        }
    }

    /// A store is pushed to by one call at first, and by one more with each round that it takes, up to the limit.
    async fn a_store_gets_more_calls_at_a_time_as_it_takes_them(app: &TestApp) {
        app.restart(|config| {
            config.worker.batch_size = 1;
            config.worker.calls_per_store = 2;
        })
        .await;
        let admin = app.admin();
        let catalogue = ["B", "C", "D", "E"].iter().fold(Catalogue::least(app.market()), |catalogue, sku| {
            catalogue.sku(sku).store_sku("s1", sku, &[(sku, 1)])
        });
        catalogue.make(&admin).await;
        let gates: Vec<_> = (0..5).map(|_| app.market().hold_next_call(Reply::Rows)).collect();
        let change = |sku| json!({ "warehouse": "w1", "sku": sku, "available": 5, "reason": "STOCK_COUNTED" });
        stock_changes(&admin, ["A", "B", "C", "D", "E"].map(change).to_vec()).await;
        for (so_far, open) in [(1, 0..1), (3, 1..3), (5, 3..5)] {
            let calls = app.market().wait_for_calls(so_far).await;
            assert_eq!(calls.len(), so_far);
            let waiting = calls.iter().filter(|call| call.answered_at.is_none()).count();
            assert_eq!(waiting, open.len(), "calls under way");
            gates[open].iter().for_each(Gate::open);
        }
        app.settled().await;
    }

    /// A merchant whose marketplaces do not answer keeps its share of the places, and no other merchant waits for it.
    async fn a_merchant_does_not_take_all_places(app: &TestApp) {
        app.restart(|config| {
            config.worker.concurrency = 4;
            config.worker.worker_concurrency_per_merchant = 3;
        })
        .await;
        let admin = app.admin();
        let stores = ["s1", "s2", "s3", "s4", "s5"];
        let catalogue = stores[1..].iter().fold(Catalogue::least(app.market()), |catalogue, store| {
            catalogue.store(store, "LAZADA", app.market()).store_sku(store, "A", &[("A", 1)])
        });
        catalogue.make(&admin).await;
        let gates: Vec<_> = (0..3).map(|_| app.market().hold_next_call(Reply::Rows)).collect();
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(3).await;

        let tenant = app.another_tenant().await;
        let other = app.client(&tenant, entity::types::Role::Admin);
        Catalogue::default()
            .store("z", "SHOPEE", app.market())
            .warehouse("w1")
            .sku("Z")
            .store_sku("z", "Z", &[("Z", 1)])
            .rule("everything", json!({}))
            .make(&other)
            .await;
        stock(&other, "Z", 9).await;
        app.market().wait_for_quantity("z-Z", 9).await;
        let calls = app.market().calls();
        let of_the_first = calls.iter().filter(|call| call.store != "z");
        assert_eq!(of_the_first.filter(|call| call.answered_at.is_none()).count(), 3, "the others still wait");
        gates.iter().for_each(Gate::open);
        app.settled().await;
    }

    /// A call that is never answered ends after its time; nothing is sent for the listing until what was sent cannot be
    /// applied any more, and then the newest quantity is.
    async fn a_call_that_is_not_answered_ends(app: &TestApp) {
        app.restart(|config| {
            config.marketplace.call_timeout = Duration::from_secs(2);
            config.worker.hold = Duration::from_secs(1);
        })
        .await;
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        // Applied after the caller has given up, but within the hold.
        let gate = app.market().hold_next_call(Reply::ApplyAndCut);
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;
        stock(&admin, "A", 2).await;
        let given_up = app
            .eventually("the end of the call", async || {
                let record = records(&app.viewer()).await.remove(0);
                (record["attemptCount"] == 1).then_some(record)
            })
            .await;
        gate.open();
        let attempts = attempts(&app.viewer(), &given_up).await;
        assert_eq!(pick_each(&attempts, &["outcome", "failureReason.code"]), json!([["AMBIGUOUS", "TIMED_OUT"]]));
        app.market().wait_for_quantity("s1-A", 2).await;
        app.settled().await;
        let calls = app.market().calls();
        assert!(calls[1].received_at >= calls[0].answered_at.unwrap(), "the second call overtook the first");
        assert_eq!(pick_each(&records(&app.viewer()).await, &["status"]), json!([["SKIPPED"], ["SUCCESS"]]));
    }
}
