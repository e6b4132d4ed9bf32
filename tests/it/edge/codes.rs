//! The codes of errors: each that is documented can be had, and no other.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Schema;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use stock_sync::graphql::ValidateOnly;
use stock_sync::http::{Documents, Limits, PersistedDocuments, Settings};

use super::{Events, Mutation, Query, Server, code, read};

/// The codes that the README tells of: in its table, the first column.
fn documented() -> BTreeSet<String> {
    let readme = include_str!("../../../README.md");
    let section = readme.split("\n## Errors\n").nth(1).expect("a section on errors");
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    cells.flat_map(in_backticks).collect()
}

fn in_backticks(cell: &str) -> Vec<String> {
    cell.split('`')
        .filter(|part| is_code(part))
        .map(str::to_owned)
        .collect()
}

fn is_code(text: &str) -> bool {
    text.len() > 5 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// The codes in the source of what answers callers, without its tests.
fn in_source() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for room in ["src/http", "src/graphql"] {
        read_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join(room), &mut codes);
    }
    codes
}

fn read_folder(folder: &Path, codes: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_folder(&path, codes);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            codes.extend(
                lines
                    .flat_map(|line| line.split('"').skip(1).step_by(2))
                    .filter(|part| is_code(part))
                    .map(str::to_owned),
            );
        }
    }
}

#[test]
fn the_readme_and_the_source_have_the_same_codes() {
    assert_eq!(documented(), in_source());
}

/// Everything that can go wrong with one server.
async fn of_plain_requests(server: &Server) -> Vec<Value> {
    let named = json!({ "persistedQuery": { "version": 1, "sha256Hash": "0".repeat(64) } });
    let mut answers = Vec::new();
    for body in [
        json!({ "query": "{" }),
        json!({ "query": "{ nothing }" }),
        json!({ "query": "query($t: String!) { echo(text: $t) }" }),
        json!({ "query": "{ name }", "operationName": "X" }),
        json!({ "query": "{ __schema { queryType { name } } }" }),
        json!([]),
        json!({ "query": "subscription { count(to: 1) }" }),
        json!({ "query": "{ child ".repeat(200) }),
        json!({ "query": "{ fails }" }),
        json!({ "query": "{ hangs }" }),
        json!({ "extensions": named }),
    ] {
        answers.push(server.ask(body).await.1);
    }
    let good = json!({ "query": "{ name }" });
    let requests = [
        server.get("/graphql?query=mutation%7Bbump%7D"),
        server.get("/nothing"),
        server.post().header("content-type", "text/plain").body("{ name }"),
        server.anonymous().json(&good),
        server
            .get("/graphql")
            .header("upgrade", "websocket")
            .header("connection", "upgrade")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==")
            .header("sec-websocket-protocol", "graphql-transport-ws")
            .header("origin", "https://evil.example"),
    ];
    for request in requests {
        answers.push(read(request.send().await.unwrap()).await.1);
    }
    for _ in 0..3 {
        // A key of the right form, which nobody has.
        let key = format!("ssk_{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 64]>()));
        let request = server.anonymous().bearer_auth(key);
        answers.push(read(request.json(&good).send().await.unwrap()).await.1);
    }
    answers
}

#[tokio::test]
async fn every_documented_code_can_be_had() {
    let settings = Settings {
        request_timeout: Duration::from_millis(200),
        bad_keys_per_minute: 2,
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let mut answers = of_plain_requests(&server).await;

    let validator = Schema::build(Query, Mutation, Events).extension(ValidateOnly).finish();
    let list = json!({ "sha256:".to_owned() + &sha256("{ name }"): "{ name }" }).to_string();
    let list = PersistedDocuments::read(list.as_bytes(), &Limits::default(), false, &validator).await;
    let settings = Settings {
        documents: Documents::Listed(Arc::new(
            list.unwrap_or_else(|error| panic!("{}", error.operator_text())),
        )),
        ..Settings::default()
    };
    let listed = Server::with(settings).await;
    for body in [
        json!({ "query": "{ language }" }),
        json!({ "documentId": "sha256:".to_owned() + &"0".repeat(64) }),
    ] {
        answers.push(listed.ask(body).await.1);
    }
    let off = Settings {
        documents: Documents::Any { entries: 0, bytes: 0 },
        ..Settings::default()
    };
    let off = Server::with(off).await;
    answers.push(
        off.ask(json!({ "documentId": "sha256:".to_owned() + &"0".repeat(64) }))
            .await
            .1,
    );

    let away = Server::start().await;
    away.db.clone().close().await.unwrap();
    answers.push(away.query("{ name }").await.1);

    let had: BTreeSet<String> = answers.iter().map(|answer| code(answer).to_owned()).collect();
    assert_eq!(had, documented(), "{answers:#?}");
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    let bytes = sha2::Sha256::digest(text.as_bytes());
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
