use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use stock_sync::http::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Server, code, read};

#[tokio::test]
async fn a_query_is_answered() {
    let server = Server::start().await;
    let (status, body) = server.query("{ name language }").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body, json!({ "data": { "name": "frontend", "language": "English" } }));

    let request = server
        .post()
        .header("accept-language", "id")
        .json(&json!({ "query": "{ language }" }));
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(read(response).await.1["data"]["language"], "Indonesian");
}

#[tokio::test]
async fn strangers_get_nothing_but_health() {
    let server = Server::start().await;
    let body = json!({ "query": "{ name }" });
    let other = format!("{}A", &server.token[..server.token.len() - 1]);
    for request in [
        server.anonymous(),
        server.anonymous().bearer_auth("ssk_nonsense"),
        server
            .anonymous()
            .bearer_auth(if other == server.token { "x" } else { &other }),
        server.anonymous().basic_auth("user", Some("password")),
    ] {
        let response = request.json(&body).send().await.unwrap();
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        let (status, body) = read(response).await;
        assert_eq!((status, code(&body)), (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"));
        assert_eq!(body.get("data"), None);
    }
    for path in ["/graphql", "/graphql/stream"] {
        let response = reqwest::get(server.url(path)).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in ["/health/live", "/health/ready"] {
        let (status, body) = read(reqwest::get(server.url(path)).await.unwrap()).await;
        assert_eq!((status, body), (StatusCode::OK, json!({ "status": "ok" })));
    }
    server.settings.shutdown.cancel();
    let response = reqwest::get(server.url("/health/ready")).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn get_reads_and_never_writes() {
    let server = Server::start().await;
    let with = |query: &str, more: &str| {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let path = format!("/graphql?query={query}{more}");
        server
            .get(&path)
            .header("accept", "application/graphql-response+json")
            .send()
    };
    let variables = "&variables=%7B%22t%22%3A%22x%22%7D&operationName=B";
    let response = with("query A { name } query B($t: String!) { echo(text: $t) }", variables)
        .await
        .unwrap();
    assert_eq!(
        read(response).await,
        (StatusCode::OK, json!({ "data": { "echo": "x" } }))
    );

    let response = with("mutation { bump }", "").await.unwrap();
    assert_eq!(response.headers()["allow"], "GET, POST");
    let (status, body) = read(response).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED")
    );
    assert_eq!(
        with("", "&variables=1").await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        server.get("/graphql").send().await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn the_status_tells_what_became_of_a_request() {
    let server = Server::start().await;
    for (body, modern, legacy, expected) in [
        (json!({ "query": "{" }), 400, 200, "GRAPHQL_PARSE_FAILED"),
        (json!({ "query": "{ nothing }" }), 400, 200, "GRAPHQL_VALIDATION_FAILED"),
        (
            json!({ "query": "query($t: String!) { echo(text: $t) }" }),
            400,
            200,
            "BAD_USER_INPUT",
        ),
        (
            json!({ "query": "{ name }", "operationName": "X" }),
            400,
            200,
            "OPERATION_RESOLUTION_FAILURE",
        ),
        (
            json!({ "query": "{ __schema { queryType { name } } }" }),
            400,
            200,
            "INTROSPECTION_DISABLED",
        ),
        (json!({ "query": "{ name }", "variables": [] }), 400, 400, "BAD_REQUEST"),
        (json!([{ "query": "{ name }" }]), 400, 400, "BAD_REQUEST"),
        (
            json!({ "query": "subscription { count(to: 1) }" }),
            406,
            406,
            "NOT_ACCEPTABLE",
        ),
    ] {
        for (accept, status) in [
            ("application/graphql-response+json", modern),
            ("application/json", legacy),
        ] {
            let response = server.post().header("accept", accept).json(&body).send().await.unwrap();
            assert!(response.headers()["content-type"].to_str().unwrap().starts_with(accept));
            let (got, answer) = read(response).await;
            assert_eq!((got.as_u16(), code(&answer)), (status, expected), "{body} as {accept}");
            assert_eq!(answer.get("data"), None, "{body}");
        }
    }
}

#[tokio::test]
async fn forms_that_pages_can_send_unasked_are_refused() {
    let server = Server::start().await;
    let body = r#"{"query":"{ name }"}"#;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        let request = server.post().header("content-type", content_type).body(body);
        let (status, answer) = read(request.send().await.unwrap()).await;
        assert_eq!(
            (status, code(&answer)),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE")
        );
    }
    let response = server.post().body(body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let response = server
        .post()
        .header("accept", "image/png")
        .json(&json!({ "query": "{ name }" }));
    assert_eq!(response.send().await.unwrap().status(), StatusCode::NOT_ACCEPTABLE);
    let client = reqwest::Client::new();
    let response = client
        .put(server.url("/graphql"))
        .bearer_auth(&server.token)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn only_allowed_origins_get_cors_headers() {
    let settings = Settings {
        allowed_origins: vec!["https://erp.example".to_owned()],
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let preflight = |origin: &'static str| {
        reqwest::Client::new()
            .request(reqwest::Method::OPTIONS, server.url("/graphql"))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type")
            .send()
    };
    let allowed = preflight("https://erp.example").await.unwrap();
    assert_eq!(allowed.headers()["access-control-allow-origin"], "https://erp.example");
    let other = preflight("https://evil.example").await.unwrap();
    assert_eq!(other.headers().get("access-control-allow-origin"), None);
}

#[tokio::test]
async fn faults_inside_show_only_a_reference() {
    let server = Server::start().await;
    let (status, body) = server.query("{ name fails }").await;
    assert_eq!((status, code(&body)), (StatusCode::OK, "INTERNAL"));
    assert_eq!(body["data"], json!({ "name": "frontend", "fails": null }));
    let (status, body) = server.query("{ panics }").await;
    assert_eq!((status, code(&body)), (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"));
    assert!(!body.to_string().contains("secret"), "{body}");
    assert_eq!(server.query("{ name }").await.0, StatusCode::OK);
}

#[tokio::test]
async fn time_and_size_have_limits() {
    let settings = Settings {
        request_timeout: Duration::from_millis(200),
        body_timeout: Duration::from_millis(200),
        body_bytes: 10_000,
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let (status, body) = server.query("{ hangs }").await;
    assert_eq!((status, code(&body)), (StatusCode::SERVICE_UNAVAILABLE, "TIMEOUT"));

    let (status, body) = server.query(&"#".repeat(20_000)).await;
    assert_eq!((status, code(&body)), (StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED"));
    let slow = reqwest::Body::wrap_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let request = server.post().header("content-type", "application/json").body(slow);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn hostile_documents_are_refused_at_once() {
    let server = Server::start().await;
    let doubling: String = (0..30)
        .map(|number| {
            format!(
                "fragment F{number} on Query {{ ...F{next} ...F{next} }} ",
                next = number + 1
            )
        })
        .collect();
    for query in [
        format!("{{ echo(text: {}) }}", "[".repeat(2_000)),
        "{ child ".repeat(2_000),
        format!("{{ ...F0 }} {doubling} fragment F30 on Query {{ name }}"),
        "{ ...F } fragment F on Query { ...F }".to_owned(),
        format!(
            "{{ {} }}",
            (0..3_000).map(|number| format!("a{number}: name ")).collect::<String>()
        ),
        format!("{{ name {} }}", "@include(if: true) ".repeat(1_000)),
        format!("query({}) {{ name }}", "$a: Int ".repeat(20_000)),
        format!("{{ name }} #{}", "x".repeat(200_000)),
        format!("{{ {} }}", "name ".repeat(2_500)),
        format!(
            "{{ {} }}",
            (0..40).map(|number| format!("a{number}: name ")).collect::<String>()
        ),
        format!("{{ echo(text: [{}]) }}", "1 ".repeat(14_000)),
        format!("{{ echo(text: \"\"\"{}\"\"\") }}", "x".repeat(100_000)),
        format!("{{ {} }}", "n".repeat(99_990)),
        format!("{{ {} }}", "... { ".repeat(2_000)),
        format!("{{ echo(text: \"{}\") }}", "\\".repeat(49_001)),
        "{ ...A } fragment A on Query { child { ...B } } fragment B on Query { child { ...A } }".to_owned(),
    ] {
        let start = Instant::now();
        let (status, body) = server.query(&query).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{:?} for {}",
            start.elapsed(),
            &query[..40]
        );
    }
    assert_eq!(server.query("{ name }").await.0, StatusCode::OK);
}

#[tokio::test]
async fn heads_and_bodies_that_mean_two_things_are_refused() {
    let server = Server::start().await;
    let body = r#"{"query":"{ name }"}"#;
    let length = format!("content-length: {}\r\n", body.len());
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    for (head, body, status) in [
        (format!("host: x\r\n{length}"), body, "200"),
        (
            "host: x\r\ntransfer-encoding: chunked\r\n".to_owned(),
            chunked.as_str(),
            "200",
        ),
        (length.clone(), body, "400"),
        (format!("host: x\r\nhost: y\r\n{length}"), body, "400"),
        (
            "host: x\r\ntransfer-encoding: x\r\ntransfer-encoding: chunked\r\n".to_owned(),
            chunked.as_str(),
            "400",
        ),
        (
            "host: x\r\ntransfer-encoding: x, chunked\r\n".to_owned(),
            chunked.as_str(),
            "400",
        ),
        (format!("host: x\r\ncontent-length: 1\r\n{length}"), body, "400"),
        (format!("host: x\r\ncontent-encoding: gzip\r\n{length}"), body, "415"),
    ] {
        let mut stream = TcpStream::connect(&server.address).await.unwrap();
        let token = &server.token;
        let request = format!(
            "POST /graphql HTTP/1.1\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             connection: close\r\n{head}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_string(&mut answer));
        read.await.expect("the server closes the connection").unwrap();
        assert_eq!(answer.split(' ').nth(1), Some(status), "{head}");
    }
}

#[tokio::test]
async fn what_would_grow_too_large_is_refused() {
    let server = Server::start().await;
    let many = vec![json!({}); 100_000];
    let (status, body) = server
        .ask(json!({ "query": "{ name }", "variables": { "v": many } }))
        .await;
    assert_eq!(code(&body), "LIMIT_EXCEEDED", "{status} {body}");
    // Each is executed, although the answer shows one.
    let repeated = format!("{{ child {{ {} }} }}", "child { name } ".repeat(900));
    assert_eq!(server.query(&repeated).await.0, StatusCode::OK);
    let pages = format!(
        "{{ child(first: 100) {{ nodes {{ {} }} }} }}",
        "child { totalCount } ".repeat(5)
    );
    let (_, body) = server.query(&pages).await;
    assert!(
        body["errors"][0]["message"].as_str().unwrap().contains("smaller pages"),
        "{body}"
    );
    let mutation = format!("mutation {{ {} }}", "bump ".repeat(11));
    assert_eq!(code(&server.query(&mutation).await.1), "LIMIT_EXCEEDED");
}

#[tokio::test]
async fn what_is_on_for_developers_works() {
    let settings = Settings {
        introspection: true,
        graphiql: true,
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let (status, body) = server
        .query(include_str!("../../../src/http/introspection.graphql"))
        .await;
    assert_eq!((status, body.get("errors")), (StatusCode::OK, None::<&Value>));

    let client = reqwest::Client::new();
    let page = client
        .get(server.url("/graphql"))
        .header("accept", "text/html")
        .send()
        .await
        .unwrap();
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert!(page.text().await.unwrap().contains("GraphiQL"));
}
