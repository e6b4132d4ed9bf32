//! `/metrics`: what is on it, who may see it, and what it says while the database is away.

use std::collections::BTreeSet;

use entity::types::Role;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::json;
use stock_sync::meter::catalogue::{ALL, Kind, Metric};

use super::page::{Page, Sample};
use crate::support::graphql::Client;
use crate::support::marketplace::{Reply, Row};
use crate::support::program::Process;
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both, on_postgres};

const HERE: &[&str] = &[
    "--metrics-listen",
    "127.0.0.1:0",
    "--poll-interval-ms",
    "50",
    "--retry-base-ms",
    "10",
];

/// A server in a process of its own, which nobody else pushes beside; and where its metrics are.
async fn server(app: &TestApp, arguments: &[&str]) -> (Process, std::net::SocketAddr) {
    app.stop_server().await;
    let mut server = Process::serve_quietly(app.database(), &[HERE, arguments].concat()).await;
    let metrics = server.next_address().await;
    (server, metrics)
}

both! {
    /// One stock change that is pushed, one that is refused once, and a subscriber: all of it is on the page, under the names and
    /// labels of the catalogue, and nothing that belongs to a merchant.
    async fn what_happens_is_measured(app: &TestApp) {
        let (server, metrics) = server(app, &[]).await;
        let admin = Client::new(server.address(), Some(app.tenant().token(Role::Admin)));
        Catalogue::least(app.market()).sku("B").make(&admin).await;
        let subscription = json!({ "query": "subscription { syncStatusChanged { status } }" });
        let subscriber = reqwest::Client::new()
            .post(admin.url("/graphql/stream"))
            .bearer_auth(app.tenant().token(Role::Viewer))
            .header("accept", "text/event-stream")
            .json(&subscription)
            .send()
            .await
            .unwrap();
        app.market().next_row("s1-A", Row::error("TEMPORARY"));
        stock(&admin, "A", 5).await;
        // Of which no store shows anything.
        stock(&admin, "B", 5).await;
        let finished = [("marketplace", "SHOPEE"), ("status", "SUCCESS")];
        let name = "stock_sync_records_finished_total";
        let page = Page::until(metrics, "the push", |page| page.sum(name, &finished) >= 1.0).await;
        check_names(&page);
        for metric in ALL {
            let is_there = page.samples.iter().any(|sample| known(&sample.name).is_some_and(|of| of.name == metric.name));
            assert!(is_there, "{} is not on the page: {}", metric.name, page.text);
        }

        let pushed = |outcome: &str| page.sum("stock_sync_pushes_total", &[("marketplace", "SHOPEE"), ("outcome", outcome)]);
        assert_eq!((pushed("applied"), pushed("failed")), (1.0, 1.0), "{}", page.text);
        assert_eq!(page.sum("stock_sync_retries_total", &[("marketplace", "SHOPEE")]), 1.0, "{}", page.text);
        assert_eq!(page.sum("stock_sync_push_duration_seconds_count", &[]), 2.0, "{}", page.text);
        assert_eq!(page.sum("stock_sync_records_planned_total", &[("status", "PENDING")]), 1.0);
        assert!(page.sum("stock_sync_planning_duration_seconds_count", &[("what", "stock_change")]) >= 2.0);
        assert_eq!(page.sum("stock_sync_failed_triggers_total", &[]), 1.0);
        assert_eq!(page.sum("stock_sync_subscribers", &[("transport", "sse")]), 1.0);
        assert!(page.sum("stock_sync_graphql_operations_total", &[("kind", "mutation"), ("outcome", "ok")]) >= 2.0);
        assert!(page.sum("stock_sync_http_request_duration_seconds_count", &[("route", "graphql"), ("status", "200")]) >= 2.0);
        assert_eq!(page.sum("stock_sync_database_up", &[]), 1.0);
        assert!(page.sum("stock_sync_database_pool_max_connections", &[]) > 1.0);
        assert!(page.sum("stock_sync_worker_last_look_timestamp_seconds", &[]) > 1e9);
        for secret in [app.tenant().code.as_str(), "s1", "w1", app.tenant().token(Role::Admin)] {
            assert!(!page.text.contains(&format!("\"{secret}\"")), "{secret}: {}", page.text);
        }
        drop(subscriber);
        Page::until(metrics, "the subscriber to be gone", |page| {
            page.sum("stock_sync_subscribers", &[]) == 0.0
        })
        .await;
        // The port that is open to callers does not have it.
        assert_eq!(reqwest::get(admin.url("/metrics")).await.unwrap().status(), 404);
    }

    /// What waits is counted by marketplace and state, and the oldest of it has an age.
    async fn the_queue_is_measured(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        let stores = app.admin().query("{ stores { nodes { id } } }", json!({})).await;
        let store = stores["stores"]["nodes"][0]["id"].clone();
        app.admin().mutate("pauseStore", "__typename", json!({ "storeId": store })).await;
        stock(&app.admin(), "A", 6).await;
        let (_server, metrics) = server(app, &["--role", "worker"]).await;
        let page = Page::at(metrics).await;
        let waiting = |state: &str| page.sum("stock_sync_queue_depth", &[("marketplace", "SHOPEE"), ("state", state)]);
        assert_eq!((waiting("waiting"), waiting("in_flight"), waiting("retrying")), (1.0, 0.0, 0.0), "{}", page.text);
        let age = |marketplace| page.sum("stock_sync_queue_oldest_unsent_age_seconds", &[("marketplace", marketplace)]);
        assert!(age("SHOPEE") > 0.0 && age("SHOPEE") < 60.0, "{}", page.text);
        assert_eq!(age("LAZADA"), 0.0);
        assert_eq!(page.sum("stock_sync_stores", &[("state", "paused")]), 1.0);
        check_names(&page);
    }

    /// What a dead worker left is taken over, and that is counted. So is what retention deletes.
    async fn rescues_and_retention_are_measured(app: &TestApp) {
        let quick = ["--lease-seconds", "1", "--hold-seconds", "0", "--call-timeout-seconds", "1"];
        let (first, _) = server(app, &quick).await;
        let admin = Client::new(first.address(), Some(app.tenant().token(Role::Admin)));
        Catalogue::least(app.market()).make(&admin).await;
        let gate = app.market().hold_next_call(Reply::Rows);
        stock(&admin, "A", 5).await;
        app.market().wait_for_calls(1).await;
        first.kill();
        gate.open();
        let aged = [&quick[..], &["--keep-records-days", "0", "--prune-interval-seconds", "1"]].concat();
        let mut second = Process::serve_quietly(app.database(), &[HERE, &aged].concat()).await;
        let metrics = second.next_address().await;
        Page::until(metrics, "the rescue", |page| page.sum("stock_sync_lease_rescues_total", &[]) >= 1.0).await;
        let what = [("what", "sync_record")];
        let deleted = |page: &Page| page.sum("stock_sync_retention_deleted_rows_total", &what) >= 1.0;
        let page = Page::until(metrics, "retention", deleted).await;
        check_names(&page);
    }
}

on_postgres! {
    /// A database that does not answer is told, in bounded time, and nothing is made up.
    async fn a_scrape_does_not_wait_for_the_database(app: &TestApp) {
        let (_server, metrics) = server(app, &[]).await;
        Page::until(metrics, "the database to be there", |page| page.sum("stock_sync_database_up", &[]) == 1.0).await;
        // One table, so that nobody holds another of them and waits for this one.
        let lock = app.db().reader().begin().await.unwrap();
        lock.execute_unprepared("LOCK TABLE sync_record IN ACCESS EXCLUSIVE MODE")
            .await
            .unwrap();
        // Nobody lets the lock go before there is a page.
        let page = Page::until(metrics, "the database to be away", |page| {
            page.sum("stock_sync_database_up", &[]) == 0.0
        })
        .await;
        let depth: Vec<&Sample> = page.having("stock_sync_queue_depth", &[]).collect();
        assert!(depth.len() > 6 && depth.iter().all(|sample| sample.value.is_nan()), "{depth:?}");
        lock.rollback().await.unwrap();
        Page::until(metrics, "the database to be back", |page| page.sum("stock_sync_database_up", &[]) == 1.0).await;
    }
}

/// Every sample is one of the catalogue, with its labels.
pub(super) fn check_names(page: &Page) {
    for sample in &page.samples {
        let metric = known(&sample.name).unwrap_or_else(|| panic!("{} is not in the catalogue", sample.name));
        let labels = sample.labels.keys().map(String::as_str).filter(|label| *label != "le");
        let expected: BTreeSet<&str> = metric.labels.iter().copied().collect();
        assert_eq!(labels.collect::<BTreeSet<_>>(), expected, "{}", sample.name);
        let help = format!("# HELP {} {}", metric.name, metric.text());
        assert!(page.text.contains(&help), "{help} is not in {}", page.text);
    }
}

/// The metric that is served under a name.
pub(super) fn known(name: &str) -> Option<&'static Metric> {
    ALL.iter().find(|metric| match metric.kind {
        Kind::Histogram(_) => ["_bucket", "_sum", "_count"]
            .iter()
            .any(|part| name.strip_suffix(part) == Some(metric.name)),
        _ => metric.name == name,
    })
}
