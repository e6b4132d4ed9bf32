//! The edge.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;

use tokio_util::sync::CancellationToken;

use super::parse::in_seconds;
use crate::http::{Connections, Documents, Limits, Settings, SocketSettings};

/// What callers may do, and what a request may cost.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "HTTP")]
pub struct Http {
    /// Answer introspection queries
    #[arg(long, env = "STOCK_SYNC_INTROSPECTION", value_parser = BoolishValueParser::new())]
    pub introspection: bool,
    /// Serve the GraphiQL page to browsers; it loads its scripts from a public content network
    #[arg(long, env = "STOCK_SYNC_GRAPHIQL", value_parser = BoolishValueParser::new())]
    pub graphiql: bool,
    /// A JSON file, an object from ids to documents; then no other document is executed
    #[arg(long, env = "STOCK_SYNC_PERSISTED_DOCUMENTS", value_name = "FILE")]
    pub persisted_documents: Option<PathBuf>,
    /// Most bytes of documents that are kept for clients that name them by hash (automatic persisted queries); 0 keeps none
    #[arg(
        long,
        env = "STOCK_SYNC_PERSISTED_QUERY_BYTES",
        default_value_t = 16_000_000,
        value_name = "BYTES"
    )]
    pub persisted_query_bytes: u32,
    /// Web origins, such as `https://erp.example`, whose pages may call from a browser; * stands for all
    #[arg(
        id = "allowed_origins",
        long = "allow-origin",
        env = "STOCK_SYNC_ALLOW_ORIGIN",
        value_delimiter = ',',
        value_name = "ORIGIN"
    )]
    pub allowed_origins: Vec<String>,
    /// Largest body of a request, and largest message of a WebSocket
    #[arg(
        long,
        env = "STOCK_SYNC_MAX_BODY_BYTES",
        default_value_t = 1_000_000,
        value_name = "BYTES"
    )]
    pub max_body_bytes: u32,
    /// Fields and fragments that a document may ask for, each counted wherever it is spread
    #[arg(long, env = "STOCK_SYNC_MAX_SELECTIONS", default_value_t = 2_000, value_name = "N")]
    pub max_selections: u32,
    /// Fields inside one another; the standard introspection query has 15
    #[arg(long, env = "STOCK_SYNC_MAX_DEPTH", default_value_t = 15, value_name = "N")]
    pub max_depth: u32,
    /// Longest time that a query or a mutation may take; a mutation that is past it still runs to its end
    #[arg(long = "request-timeout-seconds", env = "STOCK_SYNC_REQUEST_TIMEOUT_SECONDS", value_parser = in_seconds, default_value = "30", value_name = "SECONDS")]
    pub request_timeout: Duration,
    /// Most connections at once, WebSockets and event streams included; further ones wait
    #[arg(
        id = "http_connections",
        long = "max-connections",
        env = "STOCK_SYNC_MAX_CONNECTIONS",
        default_value_t = 10_000,
        value_name = "N"
    )]
    pub max_connections: u32,
    /// Operations that may be under way at once on one WebSocket
    #[arg(long, env = "STOCK_SYNC_SOCKET_OPERATIONS", default_value_t = 50, value_name = "N")]
    pub socket_operations: u32,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            introspection: false,
            graphiql: false,
            persisted_documents: None,
            persisted_query_bytes: 16_000_000,
            allowed_origins: Vec::new(),
            max_body_bytes: 1_000_000,
            max_selections: 2_000,
            max_depth: 15,
            request_timeout: Duration::from_secs(30),
            max_connections: 10_000,
            socket_operations: 50,
        }
    }
}

impl Http {
    /// The settings in the form that the edge takes, but for the list of documents; it stops when `shutdown` is cancelled.
    #[must_use]
    pub fn settings(&self, shutdown: CancellationToken) -> Settings {
        Settings {
            limits: Limits {
                depth: count(self.max_depth),
                selections: count(self.max_selections),
                ..Limits::default()
            },
            documents: Documents::Any {
                entries: MOST_PERSISTED_QUERIES,
                bytes: count(self.persisted_query_bytes),
            },
            body_bytes: count(self.max_body_bytes),
            request_timeout: self.request_timeout,
            introspection: self.introspection,
            graphiql: self.graphiql,
            allowed_origins: self.allowed_origins.clone(),
            socket: SocketSettings {
                operations: count(self.socket_operations),
                ..SocketSettings::default()
            },
            shutdown,
            ..Settings::default()
        }
    }

    /// The limits of the connections, in the form that the edge takes.
    #[must_use]
    pub fn connections(&self) -> Connections {
        Connections {
            most: count(self.max_connections),
            ..Connections::default()
        }
    }
}

/// Documents that are kept for clients that name them by hash, however small.
const MOST_PERSISTED_QUERIES: usize = 10_000;

/// No platform that this runs on has smaller addresses.
fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
