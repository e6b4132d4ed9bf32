use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use stock_sync::http::Settings;

use super::{Server, code};

async fn events(request: RequestBuilder, query: &str) -> Response {
    let request = request.header("accept", "text/event-stream");
    request.json(&json!({ "query": query })).send().await.unwrap()
}

/// The events of a whole stream: names and data.
fn parsed(text: &str) -> Vec<(String, Value)> {
    text.split("\n\n")
        .filter(|block| block.starts_with("event:"))
        .map(|block| {
            let (event, data) = block.split_once('\n').unwrap();
            let data = data.strip_prefix("data:").unwrap().trim();
            let name = event.trim_start_matches("event:").trim().to_owned();
            (name, serde_json::from_str(data).unwrap_or_default())
        })
        .collect()
}

#[tokio::test]
async fn results_come_as_events() {
    let server = Server::start().await;
    for path in ["/graphql", "/graphql/stream"] {
        let request = reqwest::Client::new().post(server.url(path)).bearer_auth(&server.token);
        let response = events(request, "subscription { count(to: 2) }").await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let text = response.text().await.unwrap();
        assert!(text.ends_with("event: complete\ndata:\n\n"), "{text:?}");
        let events = parsed(&text);
        assert_eq!(events[0], ("next".to_owned(), json!({ "data": { "count": 1 } })));
        assert_eq!(events[1].1["data"]["count"], 2);
        assert_eq!(events.len(), 3);
    }
    let path = "/graphql/stream?query=subscription%7Bcount(to%3A1)%7D";
    let text = server.get(path).send().await.unwrap().text().await.unwrap();
    assert_eq!(parsed(&text).len(), 2);
    let text = events(server.post(), "{ name }").await.text().await.unwrap();
    assert_eq!(parsed(&text)[0].1["data"]["name"], "frontend");
}

#[tokio::test]
async fn refusals_come_as_events_or_by_status() {
    let server = Server::start().await;
    for (query, expected) in [
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
    ] {
        let response = events(server.post(), query).await;
        assert_eq!(response.status(), StatusCode::OK);
        let events = parsed(&response.text().await.unwrap());
        assert_eq!((events.len(), code(&events[0].1)), (2, expected));
        assert_eq!(events[0].1.get("data"), None);
    }
    let response = events(server.anonymous(), "subscription { count(to: 1) }").await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_panic_ends_the_stream_with_an_error() {
    let server = Server::start().await;
    let text = events(server.post(), "subscription { panics }")
        .await
        .text()
        .await
        .unwrap();
    let events = parsed(&text);
    assert_eq!(events[0].1["data"]["panics"], 0);
    assert_eq!(code(&events[1].1), "INTERNAL");
    assert!(!text.contains("secret"));
}

#[tokio::test]
async fn silent_streams_are_kept_alive_and_cut_when_the_server_stops() {
    let settings = Settings {
        sse_keep_alive: Duration::from_millis(50),
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let response = events(server.post(), "subscription { onceAndWait }").await;
    let mut chunks = response.bytes_stream();
    let mut text = String::new();
    while !text.contains("}}\n\n:") {
        text.push_str(std::str::from_utf8(&chunks.next().await.unwrap().unwrap()).unwrap());
    }
    server.settings.shutdown.cancel();
    while let Some(Ok(chunk)) = chunks.next().await {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(!text.contains("complete"), "{text}");
}
