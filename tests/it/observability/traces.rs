//! Traces: one from a stock change to its push, through two processes; and nothing where they are not asked for.

use entity::sync_trace;
use entity::types::Role;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use super::collector::{Collector, Taken, hex};
use crate::support::graphql::Client;
use crate::support::program::Process;
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

const CALLERS_TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLERS_SPAN: &str = "00f067aa0ba902b7";

const CHANGE: &str = r#"mutation { recordStockChanges(input: {changes: [
    {warehouse: "w1", sku: "A", available: 7, reason: STOCK_COUNTED}]}) { userErrors { message } } }"#;

both! {
    /// A stock change in one process, its push by another: the request, the planning and the push are one trace, that of the
    /// caller, each below the one before.
    async fn a_stock_change_and_its_push_are_one_trace(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        app.stop_server().await;
        let collector = Collector::start().await;
        let traced = ["--otlp-endpoint", &collector.endpoint(), "--poll-interval-ms", "50"];
        let api = Process::serve_quietly(app.database(), &[&traced[..], &["--role", "api"]].concat()).await;
        let worker = Process::serve_quietly(app.database(), &[&traced[..], &["--role", "worker"]].concat()).await;
        let admin = Client::new(api.address(), Some(app.tenant().token(Role::Admin)));
        let answer = admin
            .request(CHANGE, &json!({}))
            .header("traceparent", format!("00-{CALLERS_TRACE}-{CALLERS_SPAN}-01"))
            .header("x-request-id", "order-1")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        app.market().wait_for_quantity("s1-A", 7).await;
        // What is not sent yet goes out at the end.
        assert_eq!(api.terminate().await, Some(0));
        assert_eq!(worker.terminate().await, Some(0));

        let taken = collector.taken();
        let request = one(&taken, "request");
        let (plan, push) = (one(&taken, "plan"), one(&taken, "push"));
        for span in [request, plan, push] {
            assert_eq!((span.trace().as_str(), span.service.as_str()), (CALLERS_TRACE, "stock-sync"));
        }
        assert_eq!(hex(&request.span.parent_span_id), CALLERS_SPAN);
        assert_eq!(plan.span.parent_span_id, request.span.span_id);
        assert_eq!(push.span.parent_span_id, plan.span.span_id);
        // Kinds: a server's and a client's.
        assert_eq!((request.span.kind, push.span.kind), (2, 3));
        let (asked, pushed) = (request.attributes(), push.attributes());
        assert_eq!((asked["request_id"].as_str(), asked["http.route"].as_str()), ("order-1", "graphql"));
        assert_eq!((pushed["stock_sync.outcome"].as_str(), pushed["http.response.status_code"].as_str()), ("APPLIED", "200"));
        assert!(push.span.start_time_unix_nano >= plan.span.start_time_unix_nano);
        assert!(push.span.end_time_unix_nano >= push.span.start_time_unix_nano);
    }

    /// Who calls without a trace begins one; who says that his is not recorded is obeyed.
    async fn a_caller_decides_what_is_recorded(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        app.stop_server().await;
        let collector = Collector::start().await;
        let server = Process::serve_quietly(app.database(), &["--otlp-endpoint", &collector.endpoint()]).await;
        let admin = Client::new(server.address(), Some(app.tenant().token(Role::Admin)));
        let unrecorded = format!("00-{CALLERS_TRACE}-{CALLERS_SPAN}-00");
        let request = admin.request(CHANGE, &json!({})).header("traceparent", unrecorded);
        assert_eq!(request.send().await.unwrap().status(), 200);
        app.market().wait_for_quantity("s1-A", 7).await;
        stock(&admin, "A", 9).await;
        app.market().wait_for_quantity("s1-A", 9).await;
        assert_eq!(server.terminate().await, Some(0));
        let taken = collector.taken();
        let push = one(&taken, "push");
        assert_ne!(push.trace(), CALLERS_TRACE);
        assert_eq!(one(&taken, "request").trace(), push.trace());
        assert_eq!(remembered(app).await, 1);
    }

    /// Without a collector nothing is remembered, and whoever sends a trace is answered as ever.
    async fn without_a_collector_there_are_no_traces(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        let traced = format!("00-{CALLERS_TRACE}-{CALLERS_SPAN}-01");
        let request = app.admin().request(CHANGE, &json!({})).header("traceparent", traced);
        assert_eq!(request.send().await.unwrap().status(), 200);
        app.settled().await;
        assert_eq!(remembered(app).await, 0);
    }

    /// A collector that is not there costs spans, and nothing else.
    async fn a_collector_that_is_away_hinders_nobody(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        app.stop_server().await;
        let server = Process::serve_quietly(app.database(), &["--otlp-endpoint", "http://127.0.0.1:9"]).await;
        let admin = Client::new(server.address(), Some(app.tenant().token(Role::Admin)));
        stock(&admin, "A", 4).await;
        app.market().wait_for_quantity("s1-A", 4).await;
        assert_eq!(server.terminate().await, Some(0));
    }
}

/// The one span of this name.
fn one<'t>(taken: &'t [Taken], name: &str) -> &'t Taken {
    let named: Vec<&Taken> = taken.iter().filter(|taken| taken.span.name == name).collect();
    assert_eq!(named.len(), 1, "{name}: {taken:#?}");
    named[0]
}

/// For how many records a trace is remembered.
async fn remembered(app: &TestApp) -> u64 {
    sync_trace::Entity::find().count(app.db().reader()).await.unwrap()
}
