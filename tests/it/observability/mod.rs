//! What operators see of a server: metrics, traces, logs, health.

mod collector;
mod files;
mod health;
mod logs;
mod metrics;
pub(crate) mod page;
mod traces;
