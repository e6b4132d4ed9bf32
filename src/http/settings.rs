//! What an operator can set at the edge.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::PersistedDocuments;
use super::health::Worker;
use super::jwt::Verifier;

/// Settings of the edge. `Settings::default()` is fit for production.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What a document may cost.
    pub limits: Limits,
    /// Which documents may be executed.
    pub documents: Documents,
    /// Largest body of a POST, and largest message of a WebSocket, in bytes.
    pub body_bytes: usize,
    /// Longest time that a body may take to arrive.
    pub body_timeout: Duration,
    /// Longest time that a query or a mutation may take. A mutation that is past it still runs to its end.
    pub request_timeout: Duration,
    /// Whether `__schema` and `__type` are answered.
    pub introspection: bool,
    /// Whether GET /graphql gives browsers the GraphiQL page. The page is open to everybody, although its requests
    /// need a key, and it loads its scripts from a public content network.
    pub graphiql: bool,
    /// Web origins, such as `https://erp.example`, whose pages may call from a browser. The server's own origin always
    /// may; `*` stands for all.
    pub allowed_origins: Vec<String>,
    /// Tells which tokens of the host ERP are good; without it none is.
    pub tokens: Option<Arc<Verifier>>,
    /// How long a good key or token is trusted before it is looked at again. A key that is revoked opens nothing after
    /// this time, and what it had open is closed within twice this time.
    pub key_memory: Duration,
    /// Bad keys and tokens that one peer may try a minute. The peer is the other end of the connection, be it a proxy.
    pub bad_keys_per_minute: u32,
    /// Limits of a WebSocket.
    pub socket: SocketSettings,
    /// How often a silent SSE stream sends a comment, to keep proxies from closing it.
    pub sse_keep_alive: Duration,
    /// The worker of this process, where it has one, for the health check.
    pub worker: Option<Worker>,
    /// Cancelled when the server stops: open sockets are closed with 1001 and open streams end.
    pub shutdown: CancellationToken,
    /// The open WebSockets. Who has cancelled `shutdown` can wait here until all are closed.
    pub sockets: TaskTracker,
}

/// Which documents may be executed.
#[derive(Debug, Clone)]
pub enum Documents {
    /// Any that passes the limits. Clients may name one that was executed before by its hash (automatic persisted
    /// queries), unless there is no room for any.
    Any {
        /// Most documents that are remembered.
        entries: usize,
        /// Most bytes that they may take, all together.
        bytes: usize,
    },
    /// Only those on a list.
    Listed(Arc<PersistedDocuments>),
}

/// What a document may cost at most.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of its text.
    pub document_bytes: usize,
    /// Brackets, commas and colons of the JSON that it comes in, with its variables.
    pub json_tokens: usize,
    /// Tokens: names, numbers, strings and punctuation.
    pub tokens: usize,
    /// Directives.
    pub directives: usize,
    /// Brackets of any kind inside one another.
    pub nesting: usize,
    /// Selection sets inside one another, those of fragments counted where they are spread.
    pub levels: usize,
    /// Fields inside one another. The standard introspection query has 15.
    pub depth: usize,
    /// Fields and fragments, each counted wherever it is spread.
    pub selections: usize,
    /// Values in arguments, each counted wherever it is spread; a variable counts with all that it holds, and a text
    /// with one for every 64 bytes.
    pub values: usize,
    /// What the answer of an operation can cost, if every page that is asked for is full: 1 for a value, 4 for an object,
    /// 150 for a count, 450 for a page. 120,000 are about 100 ms of CPU time, where every page is full.
    pub cost: usize,
    /// Fields at an operation's root.
    pub root_fields: usize,
    /// Fields at the root of a mutation. Each is a piece of work of its own, whatever it answers.
    pub mutation_fields: usize,
    /// Fields with an alias.
    pub aliases: usize,
}

/// Limits of a WebSocket.
#[derive(Debug, Clone)]
pub struct SocketSettings {
    /// Longest time from the upgrade to `connection_init`.
    pub init_timeout: Duration,
    /// How often a ping is sent. A peer that is silent for two of them is given up.
    pub ping_interval: Duration,
    /// Longest time that a peer may take to accept one message.
    pub send_timeout: Duration,
    /// Most operations at the same time.
    pub operations: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            documents: Documents::default(),
            body_bytes: 1_000_000,
            body_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            introspection: false,
            graphiql: false,
            allowed_origins: Vec::new(),
            tokens: None,
            key_memory: Duration::from_secs(25),
            bad_keys_per_minute: 60,
            socket: SocketSettings::default(),
            sse_keep_alive: Duration::from_secs(12),
            worker: None,
            shutdown: CancellationToken::new(),
            sockets: TaskTracker::new(),
        }
    }
}

impl Default for Documents {
    fn default() -> Self {
        Self::Any {
            entries: 10_000,
            bytes: 16_000_000,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 100_000,
            json_tokens: 200_000,
            tokens: 15_000,
            directives: 50,
            nesting: 50,
            levels: 30,
            depth: 15,
            selections: 2_000,
            values: 100_000,
            cost: 180_000,
            root_fields: 30,
            mutation_fields: 10,
            aliases: 100,
        }
    }
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(25),
            send_timeout: Duration::from_secs(10),
            operations: 50,
        }
    }
}
