//! What the operator can choose: one struct a concern, each filled from flags and `STOCK_SYNC_*` variables.
//!
//! A flag wins over its variable. Units are in the names. The form of single values is checked as they are read;
//! [`Config::validate`] checks ranges and what only makes sense together, and names every problem at once. Secrets are
//! held so that neither `Debug` nor `--help` shows them.
//!
//! A test builds a [`Config`] from [`Config::default`], which is what no flags and no variables give.

mod database;
mod http;
mod jwt;
mod limits;
mod marketplace;
mod parse;
mod planning;
mod retention;
mod server;
mod traces;
mod urls;
mod validate;
mod worker;

pub use database::{DEFAULT_URL, DEMO_URL, Database};
pub use http::Http;
pub use jwt::Jwt;
pub use limits::range;
pub use marketplace::Marketplace;
pub use planning::Planning;
pub use retention::Retention;
pub use server::{Log, Role, Server};
pub use traces::Traces;
pub use urls::{of_collector, without_password};
pub use worker::Worker;

/// Everything that the server can be told.
#[derive(clap::Args, Debug, Clone, Default)]
pub struct Config {
    /// Where the data is.
    #[command(flatten)]
    pub database: Database,
    /// What this process does, and where it listens.
    #[command(flatten)]
    pub server: Server,
    /// What callers may do, and what a request may cost.
    #[command(flatten)]
    pub http: Http,
    /// Which tokens of the host ERP are taken.
    #[command(flatten)]
    pub jwt: Jwt,
    /// How marketplaces are reached.
    #[command(flatten)]
    pub marketplace: Marketplace,
    /// How large syncs are planned.
    #[command(flatten)]
    pub planning: Planning,
    /// How pushes are made.
    #[command(flatten)]
    pub worker: Worker,
    /// How long history is kept.
    #[command(flatten)]
    pub retention: Retention,
    /// Where spans go.
    #[command(flatten)]
    pub traces: Traces,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::time::Duration;

    use clap::Parser;
    use secrecy::ExposeSecret;

    use super::*;
    use crate::domain::retention::{self, days};
    use crate::sync::{backlog, worker};

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        config: Config,
    }

    fn parsed(flags: &[&str]) -> Config {
        let arguments = std::iter::once(&"stock-sync").chain(flags);
        Cli::try_parse_from(arguments).unwrap().config
    }

    #[test]
    fn no_flags_give_the_defaults() {
        let (parsed, default) = (parsed(&[]), Config::default());
        assert_eq!(format!("{parsed:?}"), format!("{default:?}"));
        assert_eq!(
            parsed.database.url.expose_secret(),
            default.database.url.expose_secret()
        );
        assert_eq!(Retention::default().policy(), retention::Retention::default());
        let shutdown = tokio_util::sync::CancellationToken::new;
        let (http, default) = (Http::default().settings(shutdown()), crate::http::Settings::default());
        assert_eq!(format!("{:?}", http.limits), format!("{:?}", default.limits));
        assert_eq!(
            (http.body_bytes, http.request_timeout),
            (default.body_bytes, default.request_timeout)
        );
        assert_eq!(http.socket.operations, default.socket.operations);
        let (connections, default) = (Http::default().connections(), crate::http::Connections::default());
        assert_eq!(format!("{connections:?}"), format!("{default:?}"));
        let (planning, default) = (Planning::default().settings(), backlog::Settings::default());
        assert_eq!(format!("{planning:?}"), format!("{default:?}"));
        let (worker, default) = (Worker::default().settings(), worker::Settings::default());
        assert_eq!(format!("{worker:?}"), format!("{default:?}"));
    }

    #[test]
    fn flags_have_the_units_of_their_names() {
        let config = parsed(&[
            "--lease-seconds",
            "7",
            "--poll-interval-ms",
            "20",
            "--keep-records-days",
            "2",
        ]);
        assert_eq!(config.worker.lease, Duration::from_secs(7));
        assert_eq!(config.worker.poll_interval, Duration::from_millis(20));
        assert_eq!(config.retention.record_age, days(2));
    }

    #[test]
    fn secrets_are_not_shown() {
        let url = "postgres://u:hunter2@localhost/db";
        let flags = [
            "--database-url",
            url,
            "--encryption-key",
            "hunter2",
            "--jwt-secret",
            "hunter2",
        ];
        let shown = format!("{:?}", parsed(&flags));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
