use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use stock_sync::http::{Settings, SocketSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::Server;

pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(server: &Server, headers: &[(&'static str, &str)]) -> Result<Self, Error> {
        let mut request = format!("ws://{}/graphql", server.address).into_client_request()?;
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(*name, HeaderValue::from_str(value).unwrap());
        }
        Ok(Self(connect_async(request).await?.0))
    }

    /// A socket without a key.
    pub(crate) async fn silent(server: &Server) -> Self {
        let headers = [("sec-websocket-protocol", "graphql-transport-ws")];
        Self::open(server, &headers).await.unwrap()
    }

    /// A socket whose conversation is open.
    pub(crate) async fn ready(server: &Server) -> Self {
        let mut socket = Self::silent(server).await;
        let payload = json!({ "authorization": format!("Bearer {}", server.token) });
        socket
            .say(json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    pub(crate) async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str) {
        self.subscribe_with(id, json!({ "query": query })).await;
    }

    pub(crate) async fn subscribe_with(&mut self, id: &str, payload: Value) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": payload }))
            .await;
    }

    pub(crate) async fn hear(&mut self) -> Value {
        loop {
            match self.next().await {
                Message::Text(text) => return serde_json::from_str(text.as_str()).unwrap(),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn next(&mut self) -> Message {
        let next = tokio::time::timeout(Duration::from_secs(5), self.0.next());
        next.await.expect("in time").expect("a frame").unwrap()
    }

    /// The code with which the server closes the socket, after whatever else it still says.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.next().await {
                let frame = frame.unwrap();
                assert!(frame.reason.len() <= 123);
                return frame.code.into();
            }
        }
    }
}

#[tokio::test]
async fn operations_run_side_by_side() {
    let server = Server::start().await;
    let mut socket = Socket::ready(&server).await;
    socket.subscribe("wait", "subscription { onceAndWait }").await;
    assert_eq!(
        socket.hear().await,
        json!({ "id": "wait", "type": "next", "payload": { "data": { "onceAndWait": 1 } } })
    );
    socket.subscribe("count", "subscription { count(to: 2) }").await;
    for number in 1..=2 {
        assert_eq!(socket.hear().await["payload"]["data"]["count"], number);
    }
    assert_eq!(socket.hear().await, json!({ "id": "count", "type": "complete" }));
    socket.subscribe("query", "{ name }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["name"], "frontend");
    assert_eq!(socket.hear().await, json!({ "id": "query", "type": "complete" }));
    // A stopped operation says nothing more, and its id is free again at once.
    socket.say(json!({ "id": "wait", "type": "complete" })).await;
    socket.subscribe("wait", "mutation { bump }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["bump"], 1);
    assert_eq!(socket.hear().await, json!({ "id": "wait", "type": "complete" }));
    socket.say(json!({ "type": "ping", "payload": { "x": 1 } })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn a_refused_operation_is_an_error_message_and_the_socket_stays() {
    let server = Server::start().await;
    let mut socket = Socket::ready(&server).await;
    for (query, code) in [
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ panics }", "INTERNAL"),
    ] {
        socket.subscribe("1", query).await;
        let message = socket.hear().await;
        assert_eq!(
            (&message["type"], &message["payload"][0]["extensions"]["code"]),
            (&json!("error"), &json!(code))
        );
    }
    socket.subscribe("1", "subscription { panics }").await;
    assert_eq!(socket.hear().await["type"], "next");
    assert_eq!(socket.hear().await["type"], "error");
    socket.subscribe("1", "{ name }").await;
    assert_eq!(socket.hear().await["type"], "next");
}

#[tokio::test]
async fn the_key_may_come_with_the_upgrade() {
    let server = Server::start().await;
    let bearer = format!("Bearer {}", server.token);
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    let mut socket = Socket::open(&server, &[protocol, ("authorization", &bearer)])
        .await
        .unwrap();
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    for (headers, status) in [
        ([protocol, ("authorization", "Bearer ssk_x")], 401),
        ([protocol, ("origin", "https://evil.example")], 403),
    ] {
        let Err(Error::Http(response)) = Socket::open(&server, &headers).await else {
            panic!("it was opened");
        };
        assert_eq!(response.status().as_u16(), status);
    }
}

#[tokio::test]
async fn each_breach_of_the_protocol_has_its_code() {
    let settings = Settings {
        socket: SocketSettings {
            init_timeout: Duration::from_millis(200),
            ..SocketSettings::default()
        },
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    assert_eq!(Socket::open(&server, &[]).await.unwrap().closed().await, 4406);
    assert_eq!(Socket::silent(&server).await.closed().await, 4408);

    for (message, code) in [
        (json!({ "type": "connection_init" }), 4403),
        (
            json!({ "type": "connection_init", "payload": { "authorization": "Bearer x" } }),
            4403,
        ),
        (
            json!({ "type": "connection_init", "payload": { "Authorization": 1 } }),
            4403,
        ),
        (
            json!({ "id": "1", "type": "subscribe", "payload": { "query": "{ name }" } }),
            4401,
        ),
        (json!({ "type": "start" }), 4400),
    ] {
        let mut socket = Socket::silent(&server).await;
        socket.say(message.clone()).await;
        assert_eq!(socket.closed().await, code, "{message}");
    }
    let mut socket = Socket::ready(&server).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed().await, 4429);

    let mut socket = Socket::ready(&server).await;
    let long = "x".repeat(500);
    socket.subscribe(&long, "subscription { onceAndWait }").await;
    socket.subscribe(&long, "{ name }").await;
    assert_eq!(socket.closed().await, 4409);

    let mut socket = Socket::ready(&server).await;
    socket.0.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(socket.closed().await, 1003);

    let mut socket = Socket::ready(&server).await;
    let sent = socket.0.send(Message::text(" ".repeat(2_000_000))).await;
    if sent.is_ok() {
        assert_eq!(socket.closed().await, 1009);
    }
}

/// What is not even WebSocket, byte by byte: no client would send it.
#[tokio::test]
async fn broken_frames_are_answered_with_a_close() {
    let server = Server::start().await;
    let masked = |head: &[u8], data: &[u8]| [head, &[0; 4], data].concat();
    for (frame, code) in [
        (masked(&[0x81, 0x82], b"\xff\xfe"), 1007),
        (vec![0x81, 0x02, b'{', b'}'], 1002),
        (masked(&[0xc1, 0x82], b"{}"), 1002),
        (masked(&[0x83, 0x82], b"{}"), 1002),
        (masked(&[0x80, 0x82], b"{}"), 1002),
        (masked(&[0x09, 0x81], b"x"), 1002),
        (masked(&[0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0], b""), 1009),
        // A peer that closes is answered with what it said.
        (masked(&[0x88, 0x82], &1000_u16.to_be_bytes()), 1000),
        (masked(&[0x88, 0x82], &4000_u16.to_be_bytes()), 4000),
    ] {
        let mut stream = TcpStream::connect(&server.address).await.unwrap();
        let head = "GET /graphql HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
            sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
            sec-websocket-protocol: graphql-transport-ws\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&frame).await.unwrap();
        let mut heard = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut heard));
        read.await.expect("the server closes the connection").unwrap();
        let body = heard.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
        let close = &heard[body..];
        assert_eq!(close[0], 0x88, "{frame:?}: {close:?}");
        assert_eq!(u16::from_be_bytes([close[2], close[3]]), code, "{frame:?}");
    }
}

#[tokio::test]
async fn a_message_may_have_only_so_many_values() {
    let server = Server::start().await;
    let mut socket = Socket::ready(&server).await;
    let list = vec![0; 200_000];
    socket
        .subscribe_with("1", json!({ "query": "{ name }", "variables": { "v": list } }))
        .await;
    assert_eq!(socket.closed().await, 1009);
}

#[tokio::test]
async fn a_socket_runs_only_so_many_operations() {
    let settings = Settings {
        socket: SocketSettings {
            operations: 2,
            ..SocketSettings::default()
        },
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let mut socket = Socket::ready(&server).await;
    for id in ["1", "2"] {
        socket.subscribe(id, "subscription { onceAndWait }").await;
        assert_eq!(socket.hear().await["type"], "next");
    }
    socket.subscribe("3", "{ name }").await;
    let message = socket.hear().await;
    assert_eq!(message["payload"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
}

#[tokio::test]
async fn sockets_are_closed_when_the_server_stops() {
    let server = Server::start().await;
    let mut socket = Socket::ready(&server).await;
    socket.subscribe("1", "subscription { onceAndWait }").await;
    socket.hear().await;
    server.settings.shutdown.cancel();
    assert_eq!(socket.closed().await, 1001);
    drop(socket);
    server.settings.sockets.close();
    server.settings.sockets.wait().await;
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_given_up() {
    let settings = Settings {
        socket: SocketSettings {
            ping_interval: Duration::from_millis(50),
            ..SocketSettings::default()
        },
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let mut lively = Socket::ready(&server).await;
    for _ in 0..6 {
        assert!(matches!(lively.next().await, Message::Ping(_)));
    }
    // This client answers pings only while it reads, which it does not.
    let dead = Socket::ready(&server).await;
    drop(lively);
    server.settings.sockets.close();
    let waited = tokio::time::timeout(Duration::from_secs(5), server.settings.sockets.wait());
    waited.await.expect("the server gives the socket up");
    drop(dead);
}
