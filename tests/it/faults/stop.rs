//! SIGTERM, as an operator or a supervisor sends it, to a process of its own.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{QUICK, admin_of, final_records, readiness, until};
use crate::support::graphql::mutation;
use crate::support::marketplace::Reply;
use crate::support::program::Process;
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both, soon};
use entity::types::Role;

const STEPS: &str = "subscription { syncStatusChanged { status record { quantityAfter } } }";

both! {
    /// A marketplace that never answers does not hold up the stop, nor do readers, nor do more signals. What was in flight
    /// is taken up by the next process, when the call can no longer be under way.
    async fn a_call_that_is_never_answered(app: &TestApp) {
        app.stop_server().await;
        let arguments: Vec<&str> = QUICK.into_iter().chain(["--lease-seconds", "16"]).collect();
        let process = Process::serve(app.database(), &arguments).await;
        let admin = admin_of(&process, app);
        Catalogue::least(app.market()).make(&admin).await;
        let mut events = admin.events(STEPS, json!({})).await;
        let mut socket = admin.socket().await;
        socket.subscribe("steps", STEPS, json!({})).await;
        socket.settle().await;
        let gate = app.market().hold_next_call(Reply::ApplyAndCut);
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;

        process.signal("TERM");
        assert_eq!(socket.closed().await, (1001, "the server is stopping".to_owned()));
        events.cut().await;
        assert_ne!(readiness(&admin).await, Some(200));
        process.signal("TERM");
        process.signal("INT");
        assert_eq!(process.ended().await, Some(0));

        gate.open();
        app.market().wait_for_quantity("s1-A", 1).await;
        app.start_server(|_| {}).await;
        app.settled().await;
        let sent = app.market().wait_until("the second call", |log| (log.calls.len() == 2).then(|| log.sent("s1-A"))).await;
        assert_eq!(sent, [1, 1]);
    }

    /// A change whose request had begun before the signal is taken and acknowledged; it is pushed after the next start.
    async fn a_change_that_is_under_way(app: &TestApp) {
        app.stop_server().await;
        let process = Process::serve(app.database(), &QUICK).await;
        let admin = admin_of(&process, app);
        Catalogue::least(app.market()).make(&admin).await;
        let half = HalfSent::begin(&process, app.tenant().token(Role::Admin), "A", 1).await;
        process.signal("TERM");
        until("the stop to begin", async || readiness(&admin).await.is_none().then_some(())).await;
        half.finish().await;
        assert_eq!(process.ended().await, Some(0));
        assert_eq!(app.market().calls().len(), 0);

        app.start_server(|_| {}).await;
        app.market().wait_for_quantity("s1-A", 1).await;
        assert_eq!(final_records(&app.viewer()).await, json!([["SUCCESS", 1]]));
    }

    /// After the signal a worker finishes its call and claims nothing more, though there is work.
    async fn nothing_is_claimed_after_the_signal(app: &TestApp) {
        app.stop_server().await;
        let process = Process::serve(app.database(), &QUICK).await;
        let admin = admin_of(&process, app);
        Catalogue::least(app.market())
            .sku("B")
            .store_sku("s1", "B", &[("B", 1)])
            .make(&admin)
            .await;
        let gate = app.market().hold_next_call(Reply::Rows);
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;
        let half = HalfSent::begin(&process, app.tenant().token(Role::Admin), "B", 2).await;
        process.signal("TERM");
        until("the stop to begin", async || {
            readiness(&admin).await.is_none().then_some(())
        })
        .await;
        half.finish().await;
        gate.open();
        assert_eq!(process.ended().await, Some(0));
        assert_eq!(app.market().calls().len(), 1, "it was called again after the signal");

        app.start_server(|_| {}).await;
        app.market().wait_for_quantity("s1-B", 2).await;
        assert_eq!(
            final_records(&app.viewer()).await,
            json!([["SUCCESS", 1], ["SUCCESS", 2]])
        );
        assert_eq!(app.market().calls().len(), 2);
    }
}

/// A stock change of whose request only the head was sent, and that the server has begun to answer.
struct HalfSent {
    stream: BufReader<TcpStream>,
    body: String,
}

impl HalfSent {
    async fn begin(process: &Process, token: &str, sku: &str, available: u32) -> Self {
        let change = json!({ "warehouse": "w1", "sku": sku, "available": available, "reason": "STOCK_COUNTED" });
        let document = mutation("recordStockChanges", "__typename");
        let body = json!({ "query": document, "variables": { "input": { "changes": [change] } } }).to_string();
        let address = process.address();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nexpect: 100-continue\r\n\r\n",
            body.len()
        );
        let mut stream = BufReader::new(TcpStream::connect(address).await.expect("the server listens"));
        stream.write_all(head.as_bytes()).await.expect("the head is taken");
        let mut line = String::new();
        soon("the server to ask for the body", stream.read_line(&mut line))
            .await
            .expect("a line");
        assert!(line.starts_with("HTTP/1.1 100"), "{line}");
        Self { stream, body }
    }

    async fn finish(mut self) {
        self.stream
            .write_all(self.body.as_bytes())
            .await
            .expect("the body is taken");
        let mut answer = String::new();
        soon("the answer", self.stream.read_to_string(&mut answer))
            .await
            .expect("an answer, and then the end");
        let (_, body) = answer.trim_start().split_once("\r\n\r\n").expect("a head and a body");
        let body: Value = serde_json::from_str(body.trim()).unwrap_or_else(|error| panic!("{error} in {answer}"));
        assert_eq!(body["data"]["recordStockChanges"]["userErrors"], json!([]), "{answer}");
    }
}
