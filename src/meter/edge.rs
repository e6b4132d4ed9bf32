//! What comes in: requests, operations, subscribers.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use ::metrics::{Counter, Histogram, counter, gauge, histogram};

use super::catalogue::{HTTP_TIME, OPERATION_TIME, OPERATIONS, SOCKETS, SUBSCRIBERS};
use super::is_on;

/// Kinds of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Reads.
    Query,
    /// Writes.
    Mutation,
    /// Stays.
    Subscription,
    /// Was refused before it was known.
    None,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
            Self::None => "none",
        }
    }
}

/// The handles of what nearly every request needs, looked up once.
struct Handles {
    times: [Histogram; 3],
    successes: [Counter; 3],
}

static HANDLES: LazyLock<Handles> = LazyLock::new(|| {
    let kinds = [Kind::Query, Kind::Mutation, Kind::Subscription];
    Handles {
        times: kinds.map(|kind| histogram!(OPERATION_TIME.name, "kind" => kind.word())),
        successes: kinds.map(|kind| counter!(OPERATIONS.name, "kind" => kind.word(), "outcome" => "ok")),
    }
});

/// Gauges that are zero, and not missing, before anybody comes.
pub(super) fn begin() {
    for transport in [Transport::WebSocket, Transport::Sse] {
        subscribers(transport).set(0.0);
    }
    gauge!(SOCKETS.name).set(0.0);
}

/// An operation has ended: the code of its first error where it has one, and how long
/// executing took where it was executed.
pub fn operation(kind: Kind, error: Option<&str>, time: Option<Duration>) {
    if !is_on() {
        return;
    }
    let place = match kind {
        Kind::Query => Some(0),
        Kind::Mutation => Some(1),
        Kind::Subscription => Some(2),
        Kind::None => None,
    };
    match (place, error) {
        (Some(place), None) => HANDLES.successes[place].increment(1),
        (_, error) => {
            let outcome = error.unwrap_or("ok").to_owned();
            counter!(OPERATIONS.name, "kind" => kind.word(), "outcome" => outcome).increment(1);
        }
    }
    if let (Some(place), Some(time)) = (place, time) {
        HANDLES.times[place].record(time.as_secs_f64());
    }
}

/// A request of HTTP, from its head on.
#[derive(Debug)]
pub struct HttpRequest {
    route: &'static str,
    begun: Option<Instant>,
}

impl HttpRequest {
    /// It has come in, for one of the routes that there are.
    #[must_use]
    pub fn begun(route: &'static str) -> Self {
        let begun = is_on().then(Instant::now);
        Self { route, begun }
    }

    /// The head of the answer goes out, with this status.
    pub fn answered(self, status: &str) {
        if let Some(begun) = self.begun {
            let status = status.to_owned();
            let time = begun.elapsed().as_secs_f64();
            histogram!(HTTP_TIME.name, "route" => self.route, "status" => status).record(time);
        }
    }
}

/// Ways to subscribe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket.
    WebSocket,
    /// Server-sent events.
    Sse,
}

/// A subscription, which is counted as under way as long as this lives, and as an operation when it ends.
#[derive(Debug)]
pub struct Subscriber {
    transport: Option<Transport>,
    error: Option<String>,
}

impl Subscriber {
    /// A subscription begins.
    #[must_use]
    pub fn by(transport: Transport) -> Self {
        let transport = Some(transport).filter(|_| is_on());
        if let Some(transport) = transport {
            subscribers(transport).increment(1.0);
        }
        Self { transport, error: None }
    }

    /// It told something, with an error of this code or without.
    pub fn heard(&mut self, error: Option<&str>) {
        if self.transport.is_some() && self.error.is_none() {
            self.error = error.map(str::to_owned);
        }
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        if let Some(transport) = self.transport {
            subscribers(transport).decrement(1.0);
            operation(Kind::Subscription, self.error.as_deref(), None);
        }
    }
}

fn subscribers(transport: Transport) -> ::metrics::Gauge {
    let word = match transport {
        Transport::WebSocket => "websocket",
        Transport::Sse => "sse",
    };
    gauge!(SUBSCRIBERS.name, "transport" => word)
}

/// A WebSocket that is counted as long as it is open.
#[derive(Debug)]
pub struct Socket(bool);

impl Socket {
    /// It opens.
    #[must_use]
    pub fn opened() -> Self {
        let counted = is_on();
        if counted {
            gauge!(SOCKETS.name).increment(1.0);
        }
        Self(counted)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.0 {
            gauge!(SOCKETS.name).decrement(1.0);
        }
    }
}
