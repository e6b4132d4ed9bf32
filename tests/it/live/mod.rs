//! Subscriptions, over WebSocket and over server-sent events.

mod listeners;
mod progress;
mod replicas;
mod steps;
