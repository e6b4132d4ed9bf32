//! Subscriptions, over server-sent events and over WebSocket.

use std::net::SocketAddr;

use futures_util::stream::BoxStream;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::soon;

/// One subscription over server-sent events, in the distinct connections mode of GraphQL over SSE.
pub(crate) struct Events {
    bytes: BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    unread: String,
}

impl Events {
    /// Opens it; once this returns, the server has taken the subscription in.
    pub(super) async fn open(request: reqwest::RequestBuilder) -> Self {
        let response = soon("the event stream", request.header("accept", "text/event-stream").send())
            .await
            .expect("the server answers");
        assert_eq!(response.status().as_u16(), 200, "the event stream was refused");
        let content_type = response.headers()["content-type"].to_str().expect("a text");
        assert!(content_type.starts_with("text/event-stream"), "{content_type}");
        Self {
            bytes: response.bytes_stream().boxed(),
            unread: String::new(),
        }
    }

    /// The data of the next event; an error in it fails the test. None when the server has completed the subscription.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            let (event, data) = soon("an event", self.next_event()).await;
            match event.as_str() {
                "next" => return Some(data_of(serde_json::from_str(&data).expect("JSON"))),
                "complete" => return None,
                // A comment to keep the connection alive.
                "" => {}
                other => panic!("an event of the unknown kind {other}: {data}"),
            }
        }
    }

    /// Waits for the stream to end without `complete`, as it does when the server stops.
    pub(crate) async fn cut(&mut self) {
        let mut text = std::mem::take(&mut self.unread);
        while let Some(chunk) = soon("the end of the stream", self.bytes.next()).await {
            text.push_str(&String::from_utf8_lossy(&chunk.expect("the stream ends well")));
        }
        assert!(!text.contains("event: complete"), "{text}");
    }

    async fn next_event(&mut self) -> (String, String) {
        loop {
            if let Some(end) = self.unread.find("\n\n") {
                let event: String = self.unread.drain(..end + 2).collect();
                return (lines_of(&event, "event:"), lines_of(&event, "data:"));
            }
            let chunk = self.bytes.next().await.expect("the stream ended without complete");
            let chunk = chunk.expect("the stream broke");
            self.unread.push_str(&String::from_utf8_lossy(&chunk).replace('\r', ""));
        }
    }
}

fn lines_of(event: &str, field: &str) -> String {
    let lines = event.lines().filter_map(|line| line.strip_prefix(field));
    lines.map(str::trim_start).collect::<Vec<_>>().join("\n")
}

/// A WebSocket that speaks `graphql-transport-ws` and was acknowledged.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Messages of other subscriptions than the one that was asked for.
    kept: Vec<Value>,
}

impl Socket {
    /// Opens it, with the token in `connection_init` as browsers have to.
    pub(super) async fn open(address: SocketAddr, token: Option<&str>) -> Self {
        let mut request = format!("ws://{address}/graphql")
            .into_client_request()
            .expect("a good URL");
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let connected = soon("the WebSocket", tokio_tungstenite::connect_async(request)).await;
        let (stream, _) = connected.expect("the server takes WebSockets");
        let kept = Vec::new();
        let mut socket = Self { stream, kept };
        let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        socket
            .send(json!({ "type": "connection_init", "payload": payload }))
            .await;
        let acknowledged = socket.receive().await.expect("the server acknowledges");
        assert_eq!(acknowledged["type"], "connection_ack");
        socket
    }

    /// Starts a subscription under an id of the caller's choice.
    pub(crate) async fn subscribe(&mut self, id: &str, document: &str, variables: Value) {
        let payload = json!({ "query": document, "variables": variables });
        self.send(json!({ "type": "subscribe", "id": id, "payload": payload }))
            .await;
    }

    /// Ends a subscription from this side.
    pub(crate) async fn unsubscribe(&mut self, id: &str) {
        self.send(json!({ "type": "complete", "id": id })).await;
    }

    /// The data of the next event of a subscription; an error fails the test. None when the server has completed it.
    pub(crate) async fn next(&mut self, id: &str) -> Option<Value> {
        let mut message = self.next_message(id).await;
        match message["type"].as_str() {
            Some("next") => Some(data_of(message["payload"].take())),
            Some("complete") => None,
            _ => panic!("the subscription {id} failed: {message}"),
        }
    }

    /// What a subscription is refused with.
    pub(crate) async fn refusal(&mut self, id: &str) -> Value {
        let mut message = self.next_message(id).await;
        let payload = message["payload"].take();
        let is_refusal = message["type"] == "error" || payload.get("errors").is_some();
        assert!(is_refusal, "the subscription {id} was taken: {payload}");
        payload
    }

    /// A sign that the server has taken in everything that was sent before: it answers a ping in its place.
    pub(crate) async fn settle(&mut self) {
        self.send(json!({ "type": "ping" })).await;
        loop {
            let message = self.receive().await.expect("the socket stays open");
            if message["type"] == "pong" {
                return;
            }
            self.kept.push(message);
        }
    }

    /// What came unasked of the subscriptions whose ids begin so.
    pub(crate) fn heard(&self, beginning: &str) -> Vec<Value> {
        let is_theirs = |message: &&Value| message["id"].as_str().is_some_and(|id| id.starts_with(beginning));
        self.kept.iter().filter(is_theirs).cloned().collect()
    }

    /// Waits for the server to close; the code and the reason.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Err(frame) = self.receive().await {
                let frame = frame.expect("a close frame");
                return (frame.code.into(), frame.reason.to_string());
            }
        }
    }

    async fn next_message(&mut self, id: &str) -> Value {
        if let Some(place) = self.kept.iter().position(|message| message["id"] == id) {
            return self.kept.remove(place);
        }
        loop {
            let message = self.receive().await.expect("the socket stays open");
            if message["id"] == id {
                return message;
            }
            self.kept.push(message);
        }
    }

    async fn send(&mut self, message: Value) {
        let message = Message::text(message.to_string());
        self.stream.send(message).await.expect("the socket is open");
    }

    /// The next message of the protocol, or the server's close frame. The server's pings are answered.
    async fn receive(&mut self) -> Result<Value, Option<CloseFrame>> {
        loop {
            let frame = soon("a WebSocket message", self.stream.next()).await;
            match frame
                .expect("the stream ends with a close frame")
                .expect("the socket works")
            {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text).expect("JSON");
                    if message["type"] != "ping" {
                        return Ok(message);
                    }
                    self.send(json!({ "type": "pong" })).await;
                }
                Message::Close(frame) => return Err(frame),
                _ => {}
            }
        }
    }
}

fn data_of(mut result: Value) -> Value {
    assert!(result.get("errors").is_none(), "an event with errors: {result:#}");
    result["data"].take()
}
