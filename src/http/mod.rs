//! The edge: everything that comes in over HTTP.
//!
//! - [`router`] serves GraphQL on `/graphql` (POST, GET, WebSocket and, by `Accept: text/event-stream`, SSE), SSE on
//!   `/graphql/stream` too, and the health checks. [`serve()`] runs it on a listener, with limits on connections.
//! - [`metrics_router`] serves the page of metrics, on an address of its own.
//! - Every request has an id from the beginning, in its log lines and its answer (`observe`).
//! - A request passes, in this order: the key or token (`auth`), the form (`negotiate`, `request`), which document it
//!   means (`persisted`), the document's limits (`scan`, `document`, `weigh`), then execution (`execute`). All four ways in
//!   share all five steps.
//!
//! # Guarantees
//!
//! - Without a good key or token nothing is answered but `/health/*`, and the GraphiQL page where it is switched on.
//! - A revoked key opens nothing after 25 seconds, and what it had open is closed within 50. What a token has open is closed
//!   when it expires, and within a minute when its key is taken out of the key file.
//! - Who subscribes and does not read costs a bounded piece of memory for a bounded time, and nobody else waits for it: an
//!   event is made when there is room for it, not before. A WebSocket holds one message and is closed after 10 seconds in
//!   which it is not taken; every other connection holds what [`serve()`] says, for 20 seconds without a byte taken.
//! - No document overflows the stack or keeps a core busy before it is refused, and a resolver that panics costs its
//!   own request an error and nothing else.
//!
//! # Not guaranteed
//!
//! - Fairness between merchants: there is no quota of requests per key.
//! - That a mutation whose answer did not arrive (time ran out, the client went away) was not done: it runs to its end.
//! - Every event of a subscription: who reconnects asks for the present state first.

mod attempts;
mod auth;
mod bounded;
mod cost;
mod document;
mod endpoint;
mod execute;
mod health;
mod jwt;
mod keys;
mod messages;
mod metrics;
mod negotiate;
mod observe;
mod origin;
mod patient;
mod persisted;
mod refusal;
mod request;
mod respond;
mod scan;
mod serve;
mod settings;
mod shelf;
mod sse;
mod tokens;
mod websocket;
mod weigh;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Executor;
use axum::Router;
use axum::http::{HeaderValue, Method, header};
use axum::middleware;
use axum::routing::any;
use tower_http::cors::{AllowOrigin, CorsLayer};

pub use self::metrics::metrics_router;
pub use health::{Worker, health_router};
pub use jwt::{KeySource, TokenSettings, Verifier};
pub use persisted::PersistedDocuments;
pub use serve::{Connections, serve};
pub use settings::{Documents, Limits, Settings, SocketSettings};

use crate::db::Db;

/// What the handlers share.
struct Edge<E> {
    runner: Arc<execute::Runner<E>>,
    gate: auth::Gate,
    library: persisted::Library,
    shelf: shelf::Shelf,
    settings: Settings,
}

/// The routes, over a schema. `db` is where keys and merchants are looked up.
pub fn router<E: Executor>(schema: E, db: Db, settings: Settings) -> Router {
    let cors = cors(settings.allowed_origins.clone());
    let health = health_router(db.clone(), &settings);
    let edge = Arc::new(Edge {
        gate: auth::Gate::new(&db, &settings),
        runner: Arc::new(execute::Runner::new(schema, db, settings.request_timeout)),
        library: persisted::Library::new(&settings.documents),
        shelf: shelf::Shelf::default(),
        settings,
    });
    Router::new()
        .route("/graphql", any(endpoint::graphql::<E>))
        .route("/graphql/stream", any(endpoint::stream::<E>))
        .fallback(endpoint::not_found)
        .with_state(edge)
        .merge(health)
        .layer(middleware::from_fn(endpoint::plain_heads_only))
        .layer(cors)
        .layer(middleware::from_fn(observe::observed))
}

/// Tells browsers that pages of the allowed origins may call; the server's own pages need no such leave.
fn cors(allowed: Vec<String>) -> CorsLayer {
    let is_listed = move |origin: &HeaderValue, _: &_| origin::is_listed(origin, &allowed);
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_listed))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::ACCEPT_LANGUAGE,
            observe::HEADER,
            observe::TRACEPARENT,
        ])
        .expose_headers([observe::HEADER])
        .max_age(PREFLIGHT_AGE)
}

/// How long a browser may remember what a preflight request told it.
const PREFLIGHT_AGE: Duration = Duration::from_secs(3_600);
