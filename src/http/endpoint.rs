//! `/graphql`: takes a request by whichever way it comes, and hands it on.

use std::sync::Arc;

use async_graphql::Executor;
use async_graphql::http::GraphiQLSource;
use async_graphql::parser::types::OperationType;
use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::auth::{self, Credential, Denied, Guest};
use super::document::{self, Admitted};
use super::execute::Session;
use super::negotiate::{self, Media};
use super::refusal::Refusal;
use super::serve::peer;
use super::{Edge, request, respond, sse, websocket};
use crate::domain::reason::Language;

type Request = axum::http::Request<Body>;

/// POST, GET, WebSocket, SSE, and the GraphiQL page.
pub(super) async fn graphql<E: Executor>(State(edge): State<Arc<Edge<E>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if websocket::is_upgrade(&parts) {
        return websocket::upgrade(edge, parts).await;
    }
    let wants_page = edge.settings.graphiql && parts.method == Method::GET && !request::names_a_document(&parts.uri);
    match negotiate::accepted(&parts.headers, wants_page) {
        Some(Media::Html) => page(),
        media => answer(edge, parts, body, media).await,
    }
}

/// SSE only, for clients that keep a path of its own for it.
pub(super) async fn stream<E: Executor>(State(edge): State<Arc<Edge<E>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let streams = negotiate::takes_events(&parts.headers);
    answer(edge, parts, body, streams.then_some(Media::EventStream)).await
}

/// Refuses requests whose heads a proxy in front could have taken otherwise, and ends their connection.
pub(super) async fn plain_heads_only(request: Request, next: Next) -> Response {
    if negotiate::is_plain(request.version(), request.headers()) {
        return next.run(request).await;
    }
    let message = "the request must name its host once, and its body's length or Transfer-Encoding: chunked once";
    let refusal = Refusal::status(StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
    ([(header::CONNECTION, "close")], respond::refused(refusal, None)).into_response()
}

/// There is nothing at this path.
pub(super) async fn not_found() -> Response {
    let message = "there is nothing here; GraphQL is at /graphql";
    respond::refused(Refusal::status(StatusCode::NOT_FOUND, "NOT_FOUND", message), None)
}

async fn answer<E: Executor>(edge: Arc<Edge<E>>, parts: Parts, body: Body, media: Option<Media>) -> Response {
    let (credential, guest) = match authenticated(&edge, &parts).await {
        Ok(who) => who,
        Err(denied) => return respond::refused(Refusal::from(denied).counted(), media),
    };
    let Some(form) = media else {
        return respond::refused(not_acceptable().counted(), None);
    };
    let admitted = match admitted(&edge, &parts, body).await {
        Ok(admitted) => admitted,
        Err(refusal) if form == Media::EventStream => return sse::refused(refusal.counted()),
        Err(refusal) => return respond::refused(refusal.counted(), media),
    };
    let session = Session {
        caller: guest.caller,
        language: language(&parts.headers),
    };
    if form == Media::EventStream {
        return sse::stream(edge, admitted, session, (credential, guest.until));
    }
    if admitted.operation == OperationType::Subscription {
        return respond::refused(Refusal::needs_stream().counted(), media);
    }
    respond::response(&edge.runner.once(admitted, &session).await, form)
}

async fn authenticated<E>(edge: &Edge<E>, parts: &Parts) -> Result<(Credential, Guest), Denied> {
    let peer = peer(&parts.extensions);
    let credential = edge.gate.noted(auth::from_headers(&parts.headers), peer)?;
    let credential = credential.ok_or(Denied::Missing)?;
    let guest = edge.gate.check(&credential, peer).await?;
    Ok((credential, guest))
}

/// The language that the caller likes best.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let header = headers.get(header::ACCEPT_LANGUAGE);
    let text = header.and_then(|value| value.to_str().ok()).unwrap_or_default();
    Language::from_accept_language(text)
}

async fn admitted<E>(edge: &Edge<E>, parts: &Parts, body: Body) -> Result<Admitted, Refusal> {
    let settings = &edge.settings;
    let params = match parts.method {
        Method::GET => request::from_uri(&parts.uri)?,
        Method::POST => request::from_body(&parts.headers, body, settings).await?,
        _ => {
            let message = format!("{} is not taken here; use POST or GET", parts.method);
            return Err(Refusal::status(
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                message,
            ));
        }
    };
    let (request, novelty) = params.into_request(&edge.library)?;
    let mut admitted = document::admit(request, &edge.shelf, &settings.limits, settings.introspection)?;
    admitted.novelty = novelty;
    if parts.method == Method::GET && admitted.operation == OperationType::Mutation {
        return Err(Refusal::needs_post(admitted.operation));
    }
    Ok(admitted)
}

fn not_acceptable() -> Refusal {
    Refusal::status(
        StatusCode::NOT_ACCEPTABLE,
        "NOT_ACCEPTABLE",
        "the answer can be application/graphql-response+json, application/json or text/event-stream",
    )
}

fn page() -> Response {
    let html = GraphiQLSource::build()
        .endpoint("/graphql")
        .subscription_endpoint("/graphql")
        .title("stock-sync")
        .finish();
    let headers = [
        (header::CONTENT_TYPE, Media::Html.content_type()),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    (headers, html).into_response()
}
