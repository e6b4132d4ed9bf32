//! GraphQL over a WebSocket, by the protocol `graphql-transport-ws`.
//!
//! A socket is one task: it reads frames, runs the operations and writes their outcomes, so a slow reader slows its
//! own operations and nobody else's. While one message waits to be taken no other is made; after
//! [`SocketSettings::send_timeout`](super::SocketSettings) the socket is closed, with 1013 if its peer begins to read in
//! that moment and without a word otherwise. The credential comes in the `Authorization` header of the upgrade, or as
//! `authorization` in the payload of `connection_init`.
//!
//! Operations begin in the order in which they come. A subscription listens from its beginning, so what a query that was
//! sent behind it does not show yet, it tells.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Executor;
use axum::extract::FromRequestParts;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::future::{self, BoxFuture};
use futures_util::stream::{self, AbortHandle, BoxStream, SelectAll, abortable};
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

use tracing::Instrument;

use super::auth::{self, Credential, Denied, Guest, Over};
use super::document::{self, Admitted};
use super::execute::Session;
use super::messages::{self, ClientMessage, Close, Object};
use super::refusal::{Outcome, Refusal};
use super::request::{self, Params};
use super::serve::{Place, peer};
use super::{Edge, endpoint, origin, respond};
use crate::domain::reason::Language;
use crate::meter::{Socket, Transport};
use crate::request_id::RequestId;

/// How long to wait for the peer to answer a close frame.
const GOODBYE: Duration = Duration::from_secs(1);

/// Whether the request wants to become a WebSocket.
pub(super) fn is_upgrade(parts: &Parts) -> bool {
    parts
        .headers
        .get(header::UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Makes the request a WebSocket, unless its page may not call, its header's credential is not good, or it is not one.
pub(super) async fn upgrade<E: Executor>(edge: Arc<Edge<E>>, mut parts: Parts) -> Response {
    let arrival = match may_upgrade(&edge, &parts).await {
        Ok(arrival) => arrival,
        Err(refusal) => return respond::refused(refusal, None),
    };
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let place = parts.extensions.remove::<Place>();
    let largest = edge.settings.body_bytes;
    let sockets = edge.settings.sockets.clone();
    upgrade
        .protocols([messages::PROTOCOL])
        // An idle socket keeps a buffer of this size, 128 KiB by default. A larger message gets room for itself.
        .read_buffer_size(512)
        .write_buffer_size(0)
        .max_message_size(largest)
        .max_frame_size(largest)
        .on_upgrade(move |socket| {
            sockets.track_future(async move {
                // The task would have room for the connection twice: where it is made, and where it runs.
                let connection = Box::new(Connection::new(edge, socket, arrival));
                let _counted = Socket::opened();
                let span = connection.arrival.request.span();
                connection.run().instrument(span).await;
                drop(place);
            })
        })
}

/// What the upgrade's request tells of who opens the socket.
struct Arrival {
    language: Language,
    /// The id of that request; its operations have it with their number behind it.
    request: RequestId,
    peer: Option<IpAddr>,
    credential: Option<Credential>,
}

async fn may_upgrade<E>(edge: &Edge<E>, parts: &Parts) -> Result<Arrival, Refusal> {
    if !origin::is_allowed(&parts.headers, &edge.settings.allowed_origins) {
        return Err(Refusal::status(
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            "pages of this origin may not open sockets here",
        ));
    }
    let peer = peer(&parts.extensions);
    let arrival = Arrival {
        language: endpoint::language(&parts.headers),
        request: RequestId::current().unwrap_or_else(RequestId::fresh),
        peer,
        credential: edge.gate.noted(auth::from_headers(&parts.headers), peer)?,
    };
    if let Some(credential) = &arrival.credential {
        edge.gate.check(credential, arrival.peer).await?;
    }
    Ok(arrival)
}

/// Why a conversation ends.
enum End {
    /// The server closes the socket.
    Close(Close),
    /// The peer closes it.
    Closed,
    /// The peer has gone.
    Gone,
}

/// What can happen to a socket.
enum Event {
    Frame(Option<Result<Message, axum::Error>>),
    Step(String, Step),
    InitTimeout,
    Ping,
    Over(Over),
    Shutdown,
}

/// What can happen to an operation.
enum Step {
    Outcome(Box<Outcome>),
    Complete,
}

struct Connection<E> {
    edge: Arc<Edge<E>>,
    socket: WebSocket,
    arrival: Arrival,
    /// Who speaks; none before `connection_init` was answered.
    session: Option<Session>,
    init_deadline: Instant,
    /// Ready when the session's credential is no longer good.
    over: BoxFuture<'static, Over>,
    pings: Interval,
    /// When a frame last came in.
    heard: Instant,
    /// How many operations were asked for.
    operations: u64,
    /// The operations that run, by id, each with what stops it.
    running: HashMap<String, AbortHandle>,
    steps: SelectAll<BoxStream<'static, (String, Step)>>,
}

impl<E: Executor> Connection<E> {
    fn new(edge: Arc<Edge<E>>, socket: WebSocket, arrival: Arrival) -> Self {
        let now = Instant::now();
        let every = edge.settings.socket.ping_interval;
        let mut pings = interval_at(now + every, every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            init_deadline: now + edge.settings.socket.init_timeout,
            edge,
            socket,
            arrival,
            session: None,
            over: future::pending().boxed(),
            pings,
            heard: now,
            operations: 0,
            running: HashMap::new(),
            steps: SelectAll::new(),
        }
    }

    async fn run(mut self: Box<Self>) {
        let end = self.converse().await;
        self.steps.clear();
        let goodbye = async {
            let goes_on = match end {
                End::Close(close) => self.socket.send(close.into()).await.is_ok(),
                End::Closed => true,
                End::Gone => false,
            };
            // Until the peer has answered, or has been; a socket that is dropped earlier may lose the close frame.
            while goes_on && let Some(Ok(_)) = self.socket.recv().await {}
        };
        let _ = timeout(GOODBYE, goodbye).await;
    }

    async fn converse(&mut self) -> End {
        if self.socket.protocol().is_none() {
            return End::Close(Close::PROTOCOL);
        }
        loop {
            let event = self.event().await;
            // In a box of its own: a socket is idle for most of its life, and its task has no room for what is done.
            if let Err(end) = Box::pin(self.handle(event)).await {
                return end;
            }
        }
    }

    async fn event(&mut self) -> Event {
        tokio::select! {
            frame = self.socket.recv() => Event::Frame(frame),
            Some((id, step)) = self.steps.next(), if !self.steps.is_empty() => Event::Step(id, step),
            () = tokio::time::sleep_until(self.init_deadline), if self.session.is_none() => Event::InitTimeout,
            _ = self.pings.tick() => Event::Ping,
            over = &mut self.over => Event::Over(over),
            () = self.edge.settings.shutdown.cancelled() => Event::Shutdown,
        }
    }

    async fn handle(&mut self, event: Event) -> Result<(), End> {
        match event {
            Event::Frame(frame) => self.frame(frame).await,
            Event::Step(id, step) => self.step(id, step).await,
            Event::InitTimeout => Err(End::Close(Close::INIT_TIMEOUT)),
            Event::Ping if self.heard.elapsed() > 2 * self.pings.period() => Err(End::Gone),
            Event::Ping => self.send(Message::Ping(Bytes::new())).await,
            Event::Over(Over::Revoked) => Err(End::Close(Close::FORBIDDEN)),
            Event::Over(Over::Expired) => Err(End::Close(Close::EXPIRED)),
            Event::Shutdown => Err(End::Close(Close::GOING_AWAY)),
        }
    }

    async fn frame(&mut self, frame: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.heard = Instant::now();
        match frame {
            Some(Ok(Message::Text(text)))
                if request::is_crowded(text.as_bytes(), self.edge.settings.limits.json_tokens) =>
            {
                Err(End::Close(Close::TOO_BIG))
            }
            Some(Ok(Message::Text(text))) => {
                let message = messages::read(text.as_str()).map_err(End::Close)?;
                self.message(message).await
            }
            Some(Ok(Message::Binary(_))) => Err(End::Close(Close::BINARY)),
            // The WebSocket layer answers pings itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) => Err(End::Closed),
            Some(Err(error)) => Err(fault(&error)),
            None => Err(End::Gone),
        }
    }

    async fn message(&mut self, message: ClientMessage) -> Result<(), End> {
        match message {
            ClientMessage::ConnectionInit { .. } if self.session.is_some() => Err(End::Close(Close::INIT_AGAIN)),
            ClientMessage::ConnectionInit { payload } => self.init(payload.unwrap_or_default()).await,
            ClientMessage::Ping => self.say(messages::pong()).await,
            ClientMessage::Pong => Ok(()),
            ClientMessage::Subscribe { id, payload } => self.subscribe(id, payload).await,
            ClientMessage::Complete { id } => {
                if let Some(operation) = self.running.remove(&id) {
                    operation.abort();
                }
                Ok(())
            }
        }
    }

    async fn init(&mut self, payload: Object) -> Result<(), End> {
        let credential = match credential_in(&payload) {
            Some(text) => self.edge.gate.noted(auth::from_text(text), self.arrival.peer),
            None => self.arrival.credential.take().ok_or(Denied::Missing),
        };
        let credential = credential.map_err(denied)?;
        let checked = self.edge.gate.check(&credential, self.arrival.peer).await;
        let Guest { caller, until } = checked.map_err(denied)?;
        let language = self.arrival.language;
        self.session = Some(Session { caller, language });
        let edge = self.edge.clone();
        self.over = async move { edge.gate.until_over(&credential, until).await }.boxed();
        self.say(messages::ack()).await
    }

    async fn subscribe(&mut self, id: String, params: Params) -> Result<(), End> {
        let Some(session) = self.session.clone() else {
            return Err(End::Close(Close::UNAUTHORIZED));
        };
        if self.running.contains_key(&id) {
            return Err(End::Close(Close::taken(&id)));
        }
        if !params.name_a_document() {
            return Err(End::Close(Close::bad_message("the payload has no query")));
        }
        self.operations += 1;
        match self.admit(params) {
            Ok(admitted) => {
                let runner = self.edge.runner.clone();
                let request = self.arrival.request.part(self.operations);
                let span = request.span();
                let outcomes = request.stream(span, || runner.stream(admitted, session, Transport::WebSocket));
                let (steps, stop) = abortable(steps(id.clone(), outcomes.boxed()));
                self.running.insert(id, stop);
                self.steps.push(steps.boxed());
                Ok(())
            }
            Err(refusal) => self.say(messages::error(&id, &refusal.counted())).await,
        }
    }

    fn admit(&self, params: Params) -> Result<Admitted, Refusal> {
        let settings = &self.edge.settings;
        let most = settings.socket.operations;
        if self.running.len() >= most {
            let message = format!("this socket already runs {most} operations");
            return Err(Refusal::limit(message, None));
        }
        let (request, novelty) = params.into_request(&self.edge.library)?;
        let mut admitted = document::admit(request, &self.edge.shelf, &settings.limits, settings.introspection)?;
        admitted.novelty = novelty;
        Ok(admitted)
    }

    async fn step(&mut self, id: String, step: Step) -> Result<(), End> {
        let (text, ended) = match &step {
            Step::Outcome(outcome) => (messages::outcome(&id, outcome), outcome.is_err()),
            Step::Complete => (messages::complete(&id), true),
        };
        if ended && let Some(operation) = self.running.remove(&id) {
            operation.abort();
        }
        self.say(text).await
    }

    async fn say(&mut self, text: String) -> Result<(), End> {
        self.send(Message::Text(text.into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        let patience = self.edge.settings.socket.send_timeout;
        match timeout(patience, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            // Comes behind the message that is stuck, so it is only seen by who begins to read right now.
            Err(_) => Err(End::Close(Close::TOO_SLOW)),
        }
    }
}

/// The outcomes of an operation, and its end.
fn steps(id: String, outcomes: BoxStream<'static, Outcome>) -> BoxStream<'static, (String, Step)> {
    let end = stream::iter([Step::Complete]);
    outcomes
        .map(|outcome| Step::Outcome(Box::new(outcome)))
        .chain(end)
        .map(move |step| (id.clone(), step))
        .boxed()
}

fn denied(denied: Denied) -> End {
    let close = match denied {
        Denied::Missing | Denied::NotGood => Close::FORBIDDEN,
        Denied::TooMany => Close::TRY_AGAIN,
        Denied::Fault(error) => {
            tracing::warn!(
                error = error.operator_text(),
                "a socket's credential could not be looked up"
            );
            Close::TRY_AGAIN
        }
    };
    End::Close(close)
}

fn credential_in(payload: &Object) -> Option<&str> {
    let value = payload.get("authorization").or_else(|| payload.get("Authorization"))?;
    // What is there but no text is a bad credential, not a missing one.
    Some(value.as_str().unwrap_or_default())
}

/// How a conversation ends in which a frame came that is none. The WebSocket layer tells its errors apart by texts only.
fn fault(error: &axum::Error) -> End {
    let text = error.to_string();
    if text.contains("too long") {
        End::Close(Close::TOO_BIG)
    } else if text.contains("UTF-8") || text.contains("utf-8") {
        End::Close(Close::NO_TEXT)
    } else if text.contains("protocol error") {
        End::Close(Close::NO_FRAME)
    } else {
        End::Gone
    }
}
