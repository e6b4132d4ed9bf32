//! GraphQL over server-sent events, in the protocol's distinct connections mode: one request, one stream.
//!
//! Each result is an event `next`, the end of the operation an event `complete`. A stream that ends without `complete`
//! was cut (the server stops, the key was revoked, nothing of it was read for too long), and its client may connect again.
//!
//! An event is made when the connection has room for it. For who does not read see the bounds of [`super::serve()`]: what
//! is held is bounded in bytes by the connection's buffer and one event, and in time by its write timeout.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Executor;
use axum::body::Body;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::timeout;

use super::Edge;
use super::auth::Credential;
use super::document::Admitted;
use super::execute::Session;
use super::negotiate::Media;
use super::refusal::{Fault, Outcome, Refusal};
use super::respond;

/// The stream of an operation.
pub(super) fn stream<E: Executor>(
    edge: Arc<Edge<E>>,
    admitted: Admitted,
    session: Session,
    credential: Credential,
) -> Response {
    let outcomes = edge.runner.clone().stream(admitted, session);
    let keep_alive = edge.settings.sse_keep_alive;
    let cut = async move {
        tokio::select! {
            () = edge.settings.shutdown.cancelled() => {}
            () = edge.keys.until_revoked(&credential) => {}
        }
    };
    let events = events(outcomes).take_until(Box::pin(cut)).boxed();
    response(kept_alive(events, keep_alive))
}

/// The answer to a request that is not executed. What is wrong with the document is told as the operation's only
/// result, as the protocol has it; everything else by the status.
pub(super) fn refused(refusal: Refusal) -> Response {
    match refusal.fault {
        Fault::Document => response(events(stream::iter([Err(refusal)]))),
        Fault::Status(_) => respond::refused(refusal, None),
    }
}

fn response(events: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let headers = [
        (header::CONTENT_TYPE, Media::EventStream.content_type()),
        (header::CACHE_CONTROL, "no-store"),
        // Asks nginx, which collects what it forwards, not to.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let body = Body::from_stream(events.map(Ok::<_, Infallible>));
    (headers, body).into_response()
}

/// Written by hand, because axum leaves an empty `data` out, and browsers drop an event that has none.
fn events(outcomes: impl Stream<Item = Outcome>) -> impl Stream<Item = Bytes> {
    outcomes
        .map(|outcome| Bytes::from(format!("event: next\ndata: {}\n\n", respond::json(&outcome))))
        .chain(stream::iter([Bytes::from_static(b"event: complete\ndata:\n\n")]))
}

/// The events, with a comment at once, so that the client sees the stream open, and one after every silence.
fn kept_alive(events: BoxStream<'static, Bytes>, silence: Duration) -> impl Stream<Item = Bytes> {
    let comment = Bytes::from_static(b":\n\n");
    let opening = stream::iter([comment.clone()]);
    let rest = stream::unfold(events, move |mut events| {
        let comment = comment.clone();
        async move {
            match timeout(silence, events.next()).await {
                Ok(event) => event.map(|event| (event, events)),
                Err(_) => Some((comment, events)),
            }
        }
    });
    opening.chain(rest)
}
