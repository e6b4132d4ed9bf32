//! Logs: each line that is written for a request has its id, which is also in the answer and in the reference of an error.

use std::collections::BTreeSet;

use entity::types::Role;
use futures_util::{SinkExt, StreamExt};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::graphql::Client;
use crate::support::program::Process;
use crate::support::{TestApp, both, soon};

const STORES: &str = "{ stores { nodes { id } } }";

both! {
    /// A good id of the caller's is kept, a bad one is replaced, and where there is none one is made.
    async fn an_answer_has_the_id_of_its_request(app: &TestApp) {
        let admin = app.admin();
        let asked = async |given: Option<&str>| {
            let mut request = admin.request(STORES, &json!({}));
            if let Some(given) = given {
                request = request.header("x-request-id", given);
            }
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200);
            answer.headers()["x-request-id"].to_str().unwrap().to_owned()
        };
        let longest = "x".repeat(64);
        for good in ["order-4711", "a.b:c_d", longest.as_str()] {
            assert_eq!(asked(Some(good)).await, good);
        }
        let mut made = BTreeSet::new();
        let too_long = "x".repeat(65);
        for bad in [None, Some("two words"), Some("quote\""), Some("a=b"), Some(too_long.as_str())] {
            let id = asked(bad).await;
            assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
            assert!(made.insert(id));
        }
        let health = reqwest::get(admin.url("/health/live")).await.unwrap();
        assert_eq!(health.headers()["x-request-id"].len(), 32);
    }

    /// An error of the server is told with the id of the request, and under it the log has what happened, in JSON; by SSE and on WebSockets, too.
    async fn an_error_has_the_id_that_the_log_has(app: &TestApp) {
        app.stop_server().await;
        let server = Process::serve(app.database(), &[]).await;
        let admin = Client::new(server.address(), Some(app.tenant().token(Role::Admin)));
        let good = admin.request(STORES, &json!({})).header("x-request-id", "good-1");
        assert_eq!(good.send().await.unwrap().status(), 200);
        // The statements that were run for it have its id as well.
        let statements = server.statements_of("good-1");
        assert!(statements.iter().any(|statement| !statement.contains("api_key")), "{statements:?}");
        app.db().reader().execute_unprepared("ALTER TABLE store RENAME TO elsewhere").await.unwrap();
        for (id, accept) in [("broken-1", "application/json"), ("broken-2", "text/event-stream")] {
            let request = admin.request(STORES, &json!({})).header("x-request-id", id);
            let answer = request.header("accept", accept).send().await.unwrap();
            assert_eq!(answer.headers()["x-request-id"], id);
            let text = answer.text().await.unwrap();
            assert!(text.contains(&format!("reference {id}")), "{text}");
            let lines = server.lines_of(id);
            let errors: Vec<&Value> = lines.iter().filter(|line| line["level"] == "ERROR").collect();
            assert_eq!(errors.len(), 1, "{lines:#?}");
            assert_eq!(errors[0]["reference"], id);
            assert!(errors[0]["internal"].as_str().unwrap().contains("store"), "{errors:?}");
        }
        // On a socket, the id of the request that opened it, with the number of the operation.
        let (mut socket, told) = open(&server, app.tenant().token(Role::Admin), "socket-1").await;
        assert_eq!(told, "socket-1");
        let subscribe = json!({ "type": "subscribe", "id": "a", "payload": { "query": STORES } });
        for (message, expected) in [
            (json!({ "type": "connection_init" }), "connection_ack"),
            (subscribe, "reference socket-1.1"),
        ] {
            socket.send(Message::text(message.to_string())).await.unwrap();
            let said = soon(expected, socket.next()).await.unwrap().unwrap();
            assert!(said.to_text().unwrap().contains(expected), "{said}");
        }
        let errors = server.lines_of("socket-1.1");
        assert!(errors.iter().any(|line| line["level"] == "ERROR"), "{errors:#?}");
        app.db().reader().execute_unprepared("ALTER TABLE elsewhere RENAME TO store").await.unwrap();
    }
}

both! {
    /// How long a request took is a number, in one unit.
    async fn the_log_has_times_as_numbers(app: &TestApp) {
        app.stop_server().await;
        let server = Process::serve_loudly(app.database(), &[]).await;
        let admin = Client::new(server.address(), Some(app.tenant().token(Role::Admin)));
        let request = admin.request(STORES, &json!({})).header("x-request-id", "timed-1");
        assert_eq!(request.send().await.unwrap().status(), 200);
        let lines = server.lines_of("timed-1");
        let answered = lines.iter().find(|line| line["message"] == "answered").unwrap();
        assert!(answered["elapsed_ms"].as_f64().is_some_and(|time| time > 0.0), "{answered}");
    }
}

/// A socket that was asked for under this id, and the id that came back.
async fn open(server: &Process, token: &str, id: &str) -> (WebSocketStream<MaybeTlsStream<TcpStream>>, String) {
    let mut request = format!("ws://{}/graphql", server.address())
        .into_client_request()
        .unwrap();
    for (name, value) in [
        ("sec-websocket-protocol", "graphql-transport-ws"),
        ("authorization", &format!("Bearer {token}")),
        ("x-request-id", id),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let (socket, response) = soon("the socket", connect_async(request)).await.unwrap();
    let told = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    (socket, told)
}
