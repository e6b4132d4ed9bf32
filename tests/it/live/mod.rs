//! Subscriptions, over WebSocket and over server-sent events.

mod progress;
mod replicas;
mod steps;
