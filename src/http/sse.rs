//! GraphQL over server-sent events, in the protocol's distinct connections mode: one request, one stream.
//!
//! Each result is an event `next`, the end of the operation an event `complete`. A stream that ends without `complete`
//! was cut (the server stops, the key was revoked, nothing of it was read for too long), and its client may connect again.
//! One whose token expires ends with a result that says so, and `complete`.
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
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use tokio::time::timeout;
use tracing::Span;

use super::Edge;
use super::auth::{Credential, Over};
use super::document::Admitted;
use super::execute::Session;
use super::negotiate::Media;
use super::refusal::{Fault, Outcome, Refusal};
use super::respond;
use crate::error::Error;
use crate::meter::Transport;
use crate::request_id::RequestId;

/// The stream of an operation, for as long as the credential is good, which is `until` at most.
pub(super) fn stream<E: Executor>(
    edge: Arc<Edge<E>>,
    admitted: Admitted,
    session: Session,
    (credential, until): (Credential, Option<DateTime<Utc>>),
) -> Response {
    let runner = edge.runner.clone();
    let id = RequestId::current().unwrap_or_else(RequestId::fresh);
    let span = Span::current();
    let outcomes = id.stream(span, || runner.stream(admitted, session, Transport::Sse));
    let keep_alive = edge.settings.sse_keep_alive;
    let cut = async move {
        tokio::select! {
            () = edge.settings.shutdown.cancelled() => None,
            over = edge.gate.until_over(&credential, until) => (over == Over::Expired).then(expired),
        }
    };
    let events = until_cut(events(outcomes).boxed(), cut.boxed());
    response(kept_alive(events.boxed(), keep_alive))
}

/// The events until there is a cut, and what that says last.
fn until_cut(
    events: BoxStream<'static, Bytes>,
    cut: BoxFuture<'static, Option<Bytes>>,
) -> impl Stream<Item = Bytes> + Send + 'static {
    stream::unfold(Some((events, cut)), async |state| {
        let (mut events, mut cut) = state?;
        let next = tokio::select! {
            // The cut first: events that come without a pause must not put it off.
            biased;
            last = &mut cut => Err(last),
            event = events.next() => Ok(event),
        };
        match next {
            Ok(event) => event.map(|event| (event, Some((events, cut)))),
            Err(last) => last.map(|last| (last, None)),
        }
    })
}

/// The last words to who holds a token that has expired: an error as a result, and the end.
fn expired() -> Bytes {
    let error = Error::Unauthenticated("the token has expired; connect again with a new one".to_owned());
    let result = respond::json(&Err(error.into()));
    format!("event: next\ndata: {result}\n\nevent: complete\ndata:\n\n").into()
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
