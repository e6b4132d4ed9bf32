//! Takes connections and keeps them within limits.
//!
//! axum's own server has no limit on how many connections there are nor on how long a request's head may take, so this
//! one drives hyper itself. HTTP/1.1 only: TLS, and with it HTTP/2, belongs to the proxy in front.
//!
//! # Bounds for who does not read
//!
//! A connection holds at most [`HEAD_BYTES`] of what was not sent yet, and beyond that one event of a stream or one whole
//! answer; nothing more is made for it until its reader goes on. One that takes no byte for [`Connections::write_timeout`]
//! while there is something to send is closed.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Extensions;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::patient::Patient;

/// Limits of the connections.
#[derive(Debug, Clone)]
pub struct Connections {
    /// Most connections at once, WebSockets and event streams included. Further ones wait to be taken.
    pub most: usize,
    /// Longest time without a whole request head: from the connection to the first, and from an answer to the next.
    /// A proxy that keeps connections open should give them up a little earlier than this.
    pub head_timeout: Duration,
    /// Longest time that the other end may take no byte of what there is to send.
    pub write_timeout: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            most: 10_000,
            head_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(20),
        }
    }
}

/// A place among the connections, free again when the last clone is dropped. It comes with every request, so that a
/// request that becomes a WebSocket can keep it: the HTTP connection ends with the upgrade.
#[derive(Debug, Clone)]
pub(super) struct Place(#[expect(dead_code, reason = "it is only held")] Arc<OwnedSemaphorePermit>);

/// The address of the other end, where the server that took the connection told it.
pub(super) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

/// What is known of a connection before its first request.
struct Arrival {
    peer: SocketAddr,
    place: Place,
}

/// Largest head of a request, a document in the query of a GET included.
const HEAD_BYTES: usize = 128 * 1_024;

/// How long to wait before taking the next connection when the system has no room for one.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves until `stop` is cancelled, and then until every connection has had its last answer. WebSockets are not among
/// those: once upgraded they are the router's affair, see [`super::Settings::sockets`].
pub async fn serve(listener: TcpListener, router: Router, limits: Connections, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(limits.most));
    let connections = TaskTracker::new();
    while let Some((stream, peer, place)) = next(&listener, &places, &stop).await {
        // Answers are written whole; waiting to fill a packet would only delay their last bytes.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "could not switch off the delay of small packets");
        }
        let arrival = Arrival {
            peer,
            place: Place(Arc::new(place)),
        };
        let stream = Patient::new(stream, limits.write_timeout);
        let (router, head_timeout) = (router.clone(), limits.head_timeout);
        connections.spawn(connection(stream, arrival, router, head_timeout, stop.clone()));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// The next connection, once there is a place for it; none when it is time to stop.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let taken = async {
        let place = places.clone().acquire_owned().await.ok()?;
        let (stream, peer) = accept(listener).await;
        Some((stream, peer, place))
    };
    tokio::select! {
        () = stop.cancelled() => None,
        taken = taken => taken,
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // The peer was gone before it was its turn.
            Err(error) if is_of_one_connection(error.kind()) => {}
            Err(error) => {
                tracing::error!(%error, "no connection could be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}

async fn connection(
    stream: Patient<TcpStream>,
    arrival: Arrival,
    router: Router,
    head_timeout: Duration,
    stop: CancellationToken,
) {
    let Arrival { peer, place } = arrival;
    let service = router.map_request(move |mut request: axum::http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(place.clone());
        request.map(axum::body::Body::new)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %peer, "a connection ended badly");
    }
}
