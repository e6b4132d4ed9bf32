//! Subscribers that do not read, or not fast enough.

use std::time::Duration;

use entity::types::SyncStatus;
use futures_util::{SinkExt, StreamExt};
use reqwest::StatusCode;
use serde_json::json;
use stock_sync::feed::Change;
use stock_sync::http::{Connections, Settings, SocketSettings};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::Message;
use uuid::Uuid;

use crate::edge::{Server, flood};
use crate::support::history::pick;
use crate::support::seed::{Catalogue, stock};
use crate::support::{Backend, TestApp, both, soon};

/// More than the buffers of any system hold of one connection, and far less than what would be made without a bound.
const MOST_BYTES: usize = 100_000_000;

const FLOOD: &str = "subscription($id: Int!) { flood(id: $id) }";

/// A server that soon gives up on who does not read.
async fn impatient() -> Server {
    let patience = Duration::from_millis(300);
    let settings = Settings {
        socket: SocketSettings {
            send_timeout: patience,
            ..SocketSettings::default()
        },
        ..Settings::default()
    };
    let connections = Connections {
        write_timeout: patience,
        ..Connections::default()
    };
    Server::within(Backend::Sqlite, settings, connections).await
}

/// Nothing is made for an event stream that is not read; after a while it is cut, and others are served all the time.
#[tokio::test]
async fn an_event_stream_that_is_not_read() {
    let server = impatient().await;
    let request = server.post().header("accept", "text/event-stream");
    let body = json!({ "query": FLOOD, "variables": { "id": 1 } });
    let response = request.json(&body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(server.query("{ name }").await.0, StatusCode::OK);
    let pieces = flood::ended(1).await;
    assert!(pieces * flood::PIECE < MOST_BYTES, "{pieces} pieces were made");
    let mut chunks = response.bytes_stream();
    let rest = async { while let Some(Ok(_)) = chunks.next().await {} };
    soon("the stream to end", rest).await;
}

/// The same of a WebSocket.
#[tokio::test]
async fn a_web_socket_that_is_not_read() {
    let server = impatient().await;
    let url = format!("ws://{}/graphql", server.address);
    let mut request = url.into_client_request().unwrap();
    let protocol = HeaderValue::from_static("graphql-transport-ws");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let payload = json!({ "authorization": format!("Bearer {}", server.token) });
    let subscribe = json!({ "query": FLOOD, "variables": { "id": 2 } });
    for message in [
        json!({ "type": "connection_init", "payload": payload }),
        json!({ "type": "subscribe", "id": "1", "payload": subscribe }),
    ] {
        socket.send(Message::text(message.to_string())).await.unwrap();
    }
    assert_eq!(server.query("{ name }").await.0, StatusCode::OK);
    let pieces = flood::ended(2).await;
    assert!(pieces * flood::PIECE < MOST_BYTES, "{pieces} pieces were made");
    let rest = async { while let Some(Ok(_)) = socket.next().await {} };
    soon("the socket to end", rest).await;
}

both! {
    /// Who was left behind by tens of thousands of events is caught up from the table: it sees the end of every record.
    async fn a_subscriber_that_is_left_behind_is_caught_up(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        let steps = "subscription { syncStatusChanged { status record { quantityAfter } } }";
        let mut events = app.viewer().events(steps, json!({})).await;
        let mut socket = app.viewer().socket().await;
        socket.subscribe("steps", steps, json!({})).await;
        socket.settle().await;
        for quantity in 1..=3 {
            stock(&admin, "A", quantity).await;
            app.market().wait_for_quantity("s1-A", i64::from(quantity)).await;
            // Of the same merchant, but of records that are not there: so nothing is sent, and only the feed overflows.
            for _ in 0..20_000 {
                app.engine().feed().publish(vec![a_change(app.tenant().id)]);
            }
        }
        app.settled().await;
        for quantity in 1..=3 {
            let end = json!(["SUCCESS", quantity]);
            let paths = ["syncStatusChanged.status", "syncStatusChanged.record.quantityAfter"];
            while pick(&events.next().await.expect("it goes on"), &paths) != end {}
            while pick(&socket.next("steps").await.expect("it goes on"), &paths) != end {}
        }
    }
}

fn a_change(merchant: Uuid) -> Change {
    Change {
        merchant_id: merchant,
        record_id: Uuid::now_v7(),
        store_id: Uuid::now_v7(),
        store_sku_id: Uuid::now_v7(),
        version: 1,
        status: SyncStatus::Pending,
        manual_sync_id: None,
    }
}
