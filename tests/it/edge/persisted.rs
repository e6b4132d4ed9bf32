//! Documents that are named instead of sent.

use std::sync::Arc;

use async_graphql::Schema;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stock_sync::app::App;
use stock_sync::config::Config;
use stock_sync::error::Error;
use stock_sync::graphql::ValidateOnly;
use stock_sync::http::{Documents, Limits, PersistedDocuments, Settings};

use super::websocket::Socket;
use super::{Events, Mutation, Query, Server, code, read};

fn hash(text: &str) -> String {
    let bytes = Sha256::digest(text.as_bytes());
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn named(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

/// What is answered to a hash alone.
async fn ask_by_hash(server: &Server, text: &str) -> (StatusCode, Value) {
    server.ask(json!({ "extensions": named(&hash(text)) })).await
}

/// What is answered to a text along with its hash.
async fn ask_with_hash(server: &Server, text: &str) -> (StatusCode, Value) {
    let body = json!({ "query": text, "extensions": named(&hash(text)) });
    server.ask(body).await
}

async fn get(server: &Server, extensions: &Value) -> (StatusCode, Value) {
    let text = extensions.to_string();
    let extensions: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let request = server.get(&format!("/graphql?extensions={extensions}"));
    read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_document_that_was_sent_once_can_be_named() {
    let server = Server::start().await;
    let text = "{ name }";
    let (status, body) = ask_by_hash(&server, text).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::BAD_REQUEST, "PERSISTED_QUERY_NOT_FOUND")
    );
    assert_eq!(body["errors"][0]["message"], "PersistedQueryNotFound");
    // Who accepts application/json only is told with 200, as everything that concerns the document.
    let (status, body) = get(&server, &named(&hash(text))).await;
    assert_eq!((status, code(&body)), (StatusCode::OK, "PERSISTED_QUERY_NOT_FOUND"));

    let answer = json!({ "data": { "name": "frontend" } });
    assert_eq!(ask_with_hash(&server, text).await, (StatusCode::OK, answer.clone()));
    assert_eq!(ask_by_hash(&server, text).await, (StatusCode::OK, answer.clone()));
    assert_eq!(
        get(&server, &named(&hash(text))).await,
        (StatusCode::OK, answer.clone())
    );
    let by_id = json!({ "documentId": format!("sha256:{}", hash(text)) });
    assert_eq!(server.ask(by_id).await, (StatusCode::OK, answer));
}

#[tokio::test]
async fn all_ways_in_remember_alike() {
    let server = Server::start().await;
    let text = "subscription { count(to: 1) }";
    let mut socket = Socket::ready(&server).await;
    let unknown = json!({ "extensions": named(&hash(text)) });
    socket.subscribe_with("1", unknown.clone()).await;
    let error = socket.hear().await;
    assert_eq!(error["type"], "error");
    assert_eq!(error["payload"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    socket
        .subscribe_with("2", json!({ "query": text, "extensions": named(&hash(text)) }))
        .await;
    assert_eq!(socket.hear().await["payload"]["data"]["count"], 1);
    assert_eq!(socket.hear().await["type"], "complete");
    socket.subscribe_with("3", unknown.clone()).await;
    assert_eq!(socket.hear().await["payload"]["data"]["count"], 1);

    let request = server.post().header("accept", "text/event-stream").json(&unknown);
    let events = request.send().await.unwrap().text().await.unwrap();
    assert!(events.contains(r#"{"data":{"count":1}}"#), "{events}");
}

#[tokio::test]
async fn only_what_was_executed_is_remembered() {
    let server = Server::start().await;
    let deep = format!("{}name{}", "{ child ".repeat(40), "}".repeat(40));
    for text in [
        "{ nothing }",
        "{",
        &deep,
        "query($t: String!) { echo(text: $t) }",
        "{ panics }",
    ] {
        let (_, body) = ask_with_hash(&server, text).await;
        assert!(body.get("errors").is_some(), "{text}");
        let (_, body) = ask_by_hash(&server, text).await;
        assert_eq!(code(&body), "PERSISTED_QUERY_NOT_FOUND", "{text}");
    }
    // A mutation can be named, but not by GET.
    let text = "mutation { bump }";
    assert_eq!(ask_with_hash(&server, text).await.0, StatusCode::OK);
    assert_eq!(
        get(&server, &named(&hash(text))).await.0,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn a_hash_stands_for_its_text_alone() {
    let server = Server::start().await;
    let wrong = json!({ "query": "{ name }", "extensions": named(&hash("{ language }")) });
    let (status, body) = server.ask(wrong).await;
    assert_eq!((status, code(&body)), (StatusCode::BAD_REQUEST, "BAD_REQUEST"));
    assert_eq!(body["errors"][0]["message"], "provided sha does not match query");
    let (_, body) = ask_by_hash(&server, "{ language }").await;
    assert_eq!(code(&body), "PERSISTED_QUERY_NOT_FOUND");
    for extension in [
        json!({ "version": 2, "sha256Hash": hash("{ name }") }),
        json!({ "sha256Hash": hash("{ name }") }),
        json!({ "version": 1 }),
        json!({ "version": 1, "sha256Hash": 1 }),
        json!("x"),
    ] {
        let body = json!({ "query": "{ name }", "extensions": { "persistedQuery": extension } });
        let (status, answer) = server.ask(body.clone()).await;
        assert_eq!(
            (status, code(&answer)),
            (StatusCode::BAD_REQUEST, "BAD_REQUEST"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn the_oldest_make_room_and_none_are_kept_without_room() {
    let few = Settings {
        documents: Documents::Any {
            entries: 2,
            bytes: 100_000,
        },
        ..Settings::default()
    };
    let server = Server::with(few).await;
    for text in ["{ a: name }", "{ b: name }", "{ c: name }"] {
        assert_eq!(ask_with_hash(&server, text).await.0, StatusCode::OK);
    }
    assert_eq!(
        code(&ask_by_hash(&server, "{ a: name }").await.1),
        "PERSISTED_QUERY_NOT_FOUND"
    );
    assert_eq!(ask_by_hash(&server, "{ c: name }").await.0, StatusCode::OK);

    let none = Settings {
        documents: Documents::Any { entries: 2, bytes: 0 },
        ..Settings::default()
    };
    let server = Server::with(none).await;
    let (_, body) = ask_with_hash(&server, "{ name }").await;
    assert_eq!(code(&body), "PERSISTED_QUERY_NOT_SUPPORTED");
    assert_eq!(body["errors"][0]["message"], "PersistedQueryNotSupported");
    let (_, body) = server.ask(json!({ "documentId": "x" })).await;
    assert_eq!(code(&body), "PERSISTED_QUERY_NOT_SUPPORTED");
}

async fn listed(list: &Value) -> Result<PersistedDocuments, Vec<String>> {
    let validator = Schema::build(Query, Mutation, Events).extension(ValidateOnly).finish();
    let json = list.to_string();
    let read = PersistedDocuments::read(json.as_bytes(), &Limits::default(), false, &validator).await;
    read.map_err(messages)
}

fn messages(error: Error) -> Vec<String> {
    match error {
        Error::Invalid(problems) => problems.into_iter().map(|problem| problem.message).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn with_a_list_nothing_else_is_executed() {
    let name = "query Name { name }";
    let list = json!({ "name": name, (hash("other")): "{ language }", "live": "subscription { count(to: 1) }" });
    let settings = Settings {
        documents: Documents::Listed(Arc::new(listed(&list).await.unwrap())),
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    for body in [
        json!({ "documentId": "name" }),
        json!({ "query": name }),
        json!({ "extensions": named("name") }),
        json!({ "extensions": named(&hash(name)) }),
        json!({ "query": name, "documentId": format!("sha256:{}", hash(name)) }),
    ] {
        let (status, answer) = server.ask(body.clone()).await;
        assert_eq!(
            (status, &answer["data"]["name"]),
            (StatusCode::OK, &json!("frontend")),
            "{body}"
        );
    }
    let (_, answer) = server.ask(json!({ "extensions": named(&hash("other")) })).await;
    assert_eq!(answer["data"]["language"], "English");

    for (body, expected) in [
        (json!({ "query": "{ name }" }), "QUERY_NOT_IN_SAFELIST"),
        (json!({ "query": "query Name { name } " }), "QUERY_NOT_IN_SAFELIST"),
        (
            json!({ "query": "{ name }", "extensions": named(&hash(name)) }),
            "QUERY_NOT_IN_SAFELIST",
        ),
        (
            json!({ "query": "{ name }", "extensions": named(&hash("{ name }")) }),
            "PERSISTED_QUERY_NOT_IN_LIST",
        ),
        (json!({ "documentId": "x" }), "PERSISTED_QUERY_NOT_IN_LIST"),
        (json!({ "query": "{ language }", "documentId": "name" }), "BAD_REQUEST"),
        (
            json!({ "documentId": "name", "extensions": named("live") }),
            "BAD_REQUEST",
        ),
        (json!({}), "BAD_REQUEST"),
    ] {
        let (status, answer) = server.ask(body.clone()).await;
        assert_eq!((status, code(&answer)), (StatusCode::BAD_REQUEST, expected), "{body}");
        assert_eq!(answer.get("data"), None);
    }
    let mut socket = Socket::ready(&server).await;
    socket.subscribe("1", "{ name }").await;
    assert_eq!(
        socket.hear().await["payload"][0]["extensions"]["code"],
        "QUERY_NOT_IN_SAFELIST"
    );
    socket.subscribe_with("1", json!({ "documentId": "live" })).await;
    assert_eq!(socket.hear().await["payload"]["data"]["count"], 1);
}

#[tokio::test]
async fn a_list_is_checked_whole() {
    let deep = format!("{}name{}", "{ child ".repeat(40), "}".repeat(40));
    let problems = listed(&json!({
        "a": "{ name }",
        "b": "{ nothing }",
        "c": "{",
        "d": deep,
        "e": "query A { name } query B { alsoNothing }",
        "f": "subscription { nothing }",
        "g": "query($t: String!, $n: Int!) { echo(text: $t) }",
        "h": "query A($t: String!) { echo(text: $t) } mutation B { bump }",
        "i": "{ __schema { queryType { name } } }",
        (hash("{ name }")): "{ language }",
    }))
    .await
    .unwrap_err();
    let about: Vec<&str> = problems
        .iter()
        .map(|message| message.split(':').next().unwrap())
        .collect();
    // In the order of the ids; "a" is the second that the hash of its text would name.
    let mut expected = vec![format!("\"{}\" stands for two documents", hash("{ name }"))];
    expected.extend(["b", "c", "d", "e", "f", "g", "i"].map(|id| format!("the document \"{id}\"")));
    assert_eq!(about, expected, "{problems:#?}");
    for list in [json!([]), json!({}), json!({ "a": 1 })] {
        assert_eq!(listed(&list).await.unwrap_err().len(), 1, "{list}");
    }
}

#[tokio::test]
async fn a_server_does_not_start_with_a_bad_list() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("documents.json");
    let mut config = Config::default();
    config.http.persisted_documents = Some(file.clone());
    let missing = messages(App::start(&config).await.unwrap_err());
    assert!(missing[0].contains("cannot be read"), "{missing:?}");

    let list = json!({ "a": "{ stores(first: 1) { nodes { nme } } }", "b": "{ viewr { name } }" });
    std::fs::write(&file, list.to_string()).unwrap();
    let problems = messages(App::start(&config).await.unwrap_err());
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("line 1, column"), "{problems:?}");
}
