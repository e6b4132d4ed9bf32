//! PostgreSQL is restarted under the server.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{assert_unavailable, code_of, final_records, readiness, try_stock, until};
use crate::support::database::Schema;
use crate::support::graphql::Client;
use crate::support::postgres::{self, Cluster};
use crate::support::seed::Catalogue;
use crate::support::{Backend, Database, Fixture, TestApp, run};

const SKUS: [&str; 4] = ["A", "B", "C", "D"];

const STEPS: &str = "subscription { syncStatusChanged { status record { quantityAfter } } }";

/// A server whose cluster nobody else uses.
struct OnOwnCluster {
    app: TestApp,
    cluster: &'static Cluster,
}

impl Fixture for OnOwnCluster {
    async fn start(_: Backend) -> Self {
        let cluster = postgres::own_cluster().await;
        let app = TestApp::on(Database::create_on(cluster, Schema::Migrated).await).await;
        Self { app, cluster }
    }

    async fn check(&self) {
        self.app.check().await;
    }

    async fn stop(self) {
        self.app.stop().await;
    }
}

/// Stock is counted all the time while the database crashes and comes back at once, and then stays away for a while. Callers
/// are told, readiness shows it, and the process goes on by itself: everything that was acknowledged is pushed, and who
/// subscribed before is shown the end of it.
#[test]
fn a_database_that_crashes_under_load() {
    run(module_path!(), Backend::Postgres, async |fixture: &OnOwnCluster| {
        let OnOwnCluster { app, cluster } = fixture;
        app.restart(|config| {
            config.database.patience = Duration::from_secs(1);
            config.marketplace.call_timeout = Duration::from_secs(1);
            config.worker.lease = Duration::from_secs(2);
        })
        .await;
        let admin = app.admin();
        let mut catalogue = Catalogue::least(app.market());
        for sku in &SKUS[1..] {
            catalogue = catalogue.sku(sku).store_sku("s1", sku, &[(sku, 1)]);
        }
        catalogue.make(&admin).await;
        let mut events = app.viewer().events(STEPS, json!({})).await;
        let mut socket = app.viewer().socket().await;
        socket.subscribe("steps", STEPS, json!({})).await;
        socket.settle().await;

        let load = Load::default();
        let counting = join_all(
            SKUS.iter()
                .zip(1..)
                .map(|(sku, number)| load.count(&admin, sku, number * 100_000)),
        );
        let crashing = async {
            load.goes_on().await;
            cluster.crash();
            cluster.recover();
            load.goes_on().await;
            cluster.crash();
            assert_eq!(readiness(&admin).await, Some(503));
            assert_unavailable(&try_stock(&admin, "A", 7).await);
            cluster.recover();
            until("the server to be ready", async || {
                (readiness(&admin).await == Some(200)).then_some(())
            })
            .await;
            load.goes_on().await;
            load.stop();
        };
        let (last, ()) = tokio::join!(counting, crashing);

        for (sku, quantity) in SKUS.iter().zip(&last) {
            app.market()
                .wait_for_quantity(&format!("s1-{sku}"), i64::from(*quantity))
                .await;
        }
        final_records(&app.viewer()).await;
        let mut over_events = last.clone();
        while !over_events.is_empty() {
            forget(&mut over_events, events.next().await);
        }
        let mut over_socket = last;
        while !over_socket.is_empty() {
            forget(&mut over_socket, socket.next("steps").await);
        }
    });
}

/// Takes a quantity off the list when the event says that it was pushed.
fn forget(quantities: &mut Vec<u32>, event: Option<Value>) {
    let step = &event.expect("the subscription goes on")["syncStatusChanged"];
    if step["status"] == "SUCCESS" {
        quantities.retain(|quantity| step["record"]["quantityAfter"] != json!(quantity));
    }
}

/// Callers that count again and again.
#[derive(Default)]
struct Load {
    taken: AtomicU32,
    stopped: AtomicBool,
}

impl Load {
    /// Counts one SKU upwards, each count until it is taken; the last.
    async fn count(&self, admin: &Client, sku: &str, from: u32) -> u32 {
        let mut quantity = from;
        while !self.stopped.load(Ordering::SeqCst) {
            quantity += 1;
            loop {
                let answer = try_stock(admin, sku, quantity).await;
                if code_of(&answer).is_none() {
                    break;
                }
                assert_unavailable(&answer);
            }
            self.taken.fetch_add(1, Ordering::SeqCst);
            // Leaves the worker something of the machine.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        quantity
    }

    /// Waits until another few counts were taken.
    async fn goes_on(&self) {
        let before = self.taken.load(Ordering::SeqCst);
        until("more counts to be taken", async || {
            (self.taken.load(Ordering::SeqCst) > before + 12).then_some(())
        })
        .await;
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }
}
