//! Checks that need more than one value, or a range.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::Config;
use crate::error::{Error, Problem, ProblemCode, Result};

/// The shortest time between two looks at the database; less would only keep it busy.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);

impl Config {
    /// Checks the whole.
    ///
    /// # Errors
    /// Every problem that there is, each named by its flag.
    pub fn validate(&self) -> Result<()> {
        let mut problems = Vec::new();
        self.check_database(&mut problems);
        at_least(
            &mut problems,
            "--live-poll-interval-ms",
            self.server.live_poll_interval,
            SHORTEST_INTERVAL,
        );
        self.check_http(&mut problems);
        self.jwt.check(&mut problems);
        self.check_planning(&mut problems);
        self.check_worker(&mut problems);
        self.check_retention(&mut problems);
        self.check_observability(&mut problems);
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(problems))
        }
    }

    /// Whether the database is an SQLite file.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.database.url.expose_secret().starts_with("sqlite:")
    }

    fn check_database(&self, problems: &mut Vec<Problem>) {
        let url = self.database.url.expose_secret();
        let is_postgres = url.starts_with("postgres:") || url.starts_with("postgresql:");
        // The URL itself is not repeated: it may hold a password.
        let message = if url.starts_with("sqlite:") && url.contains(":memory:") {
            Some("a database in memory is not supported; name a file, as in sqlite://data/stock-sync.db")
        } else if !self.is_sqlite() && !is_postgres {
            Some("must begin with sqlite:// or postgres://")
        } else {
            None
        };
        if let Some(message) = message {
            problems.push(Problem::new("--database-url", ProblemCode::Invalid, message));
        }
        within(
            problems,
            "--database-connections",
            self.database.max_connections,
            1,
            1_000,
        );
        at_least(
            problems,
            "--database-wait-seconds",
            self.database.patience,
            SHORTEST_INTERVAL,
        );
    }

    fn check_http(&self, problems: &mut Vec<Problem>) {
        let http = &self.http;
        within(problems, "--max-body-bytes", http.max_body_bytes, 1_000, 100_000_000);
        within(problems, "--max-selections", http.max_selections, 1, 1_000_000);
        within(problems, "--max-depth", http.max_depth, 1, 100);
        within(problems, "--max-connections", http.max_connections, 1, 1_000_000);
        within(problems, "--socket-operations", http.socket_operations, 1, 100_000);
        at_least(
            problems,
            "--request-timeout-seconds",
            http.request_timeout,
            SHORTEST_INTERVAL,
        );
        for origin in http.allowed_origins.iter().filter(|origin| !is_origin(origin)) {
            let message = format!("\"{origin}\" is not an origin such as https://erp.example, nor *");
            problems.push(Problem::new("--allow-origin", ProblemCode::Invalid, message));
        }
    }

    fn check_observability(&self, problems: &mut Vec<Problem>) {
        let endpoint = self.traces.otlp_endpoint.as_deref();
        if endpoint.is_some_and(|endpoint| !is_endpoint(endpoint)) {
            // The URL itself is not repeated: it may hold a password.
            let message = "is not a URL such as http://localhost:4318";
            problems.push(Problem::new("--otlp-endpoint", ProblemCode::Invalid, message));
        }
        let (metrics, listen) = (self.server.metrics_listen, self.server.listen);
        if metrics.is_some_and(|metrics| metrics == listen && metrics.port() != 0) {
            let message = format!("{listen} is where callers are answered; give metrics a port of their own");
            problems.push(Problem::new("--metrics-listen", ProblemCode::Invalid, message));
        }
    }

    fn check_planning(&self, problems: &mut Vec<Problem>) {
        within(problems, "--plan-at-once", self.planning.at_once, 1, 100_000);
        within(problems, "--plan-portion", self.planning.portion, 1, 10_000);
    }

    fn check_worker(&self, problems: &mut Vec<Problem>) {
        let worker = &self.worker;
        within(problems, "--worker-concurrency", worker.concurrency, 1, 1_000);
        let share = worker.worker_concurrency_per_merchant;
        within(problems, "--worker-concurrency-per-merchant", share, 1, 1_000);
        within(problems, "--calls-per-store", worker.calls_per_store, 1, 1_000);
        within(problems, "--batch-size", worker.batch_size, 1, 1_000);
        within(
            problems,
            "--pause-after-failures",
            worker.pause_after_failures,
            1,
            1_000_000,
        );
        at_least(problems, "--probe-base-seconds", worker.probe_base, SHORTEST_INTERVAL);
        at_least(problems, "--probe-cap-seconds", worker.probe_cap, worker.probe_base);
        let call_timeout = self.marketplace.call_timeout;
        at_least(problems, "--call-timeout-seconds", call_timeout, SHORTEST_INTERVAL);
        within(problems, "--retry-attempts", worker.retry_attempts, 1, 1_000);
        at_least(problems, "--poll-interval-ms", worker.poll_interval, SHORTEST_INTERVAL);
        let call_and_hold = self.marketplace.call_timeout.saturating_add(worker.hold);
        at_least(problems, "--lease-seconds", worker.lease, call_and_hold);
        at_least(problems, "--retry-cap-seconds", worker.retry_cap, worker.retry_base);
    }

    fn check_retention(&self, problems: &mut Vec<Problem>) {
        within(problems, "--keep-records", self.retention.keep_records, 1, 1_000_000);
        let interval = self.retention.prune_interval;
        at_least(problems, "--prune-interval-seconds", interval, SHORTEST_INTERVAL);
    }
}

fn is_endpoint(text: &str) -> bool {
    let is_good = |url: url::Url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none();
    url::Url::parse(text).is_ok_and(is_good)
}

fn is_origin(text: &str) -> bool {
    let is_whole = |url: url::Url| url.origin().is_tuple() && url.origin().ascii_serialization() == text;
    text == "*" || url::Url::parse(text).is_ok_and(is_whole)
}

fn within(problems: &mut Vec<Problem>, flag: &str, value: u32, least: u32, most: u32) {
    if !(least..=most).contains(&value) {
        let message = format!("{value} is not between {least} and {most}");
        problems.push(Problem::new(flag, ProblemCode::OutOfRange, message));
    }
}

fn at_least(problems: &mut Vec<Problem>, flag: &str, value: Duration, least: Duration) {
    if value < least {
        let message = format!("{value:?} is less than {least:?}");
        problems.push(Problem::new(flag, ProblemCode::OutOfRange, message));
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::config::Jwt;

    #[test]
    fn the_defaults_are_good() {
        Config::default().validate().unwrap();
    }

    #[test]
    fn every_problem_is_named_and_no_secret_is() {
        let mut config = Config::default();
        config.database.url = "postgres://u:hunter2@localhost/db".into();
        config.worker.batch_size = 0;
        config.worker.retry_cap = Duration::ZERO;
        config.retention.keep_records = 0;
        let text = config.validate().unwrap_err().operator_text();
        for flag in ["--batch-size", "--retry-cap-seconds", "--keep-records"] {
            assert!(text.contains(flag), "{flag}: {text}");
        }
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn tokens_need_keys_of_one_kind() {
        let secret = || Some("a secret of thirty-two bytes, 32".into());
        let problems_of = |change: fn(&mut Jwt)| {
            let mut config = Config::default();
            config.jwt.secret = secret();
            change(&mut config.jwt);
            config.validate().map_err(|error| error.operator_text())
        };
        problems_of(|_| {}).unwrap();
        type Change = fn(&mut Jwt);
        let changes: [(&str, Change); 6] = [
            ("--jwt-jwks-file", |jwt| jwt.jwks_file = Some("keys.json".into())),
            ("--jwt-public-key-file", |jwt| {
                jwt.public_key_file = Some("key.pem".into())
            }),
            ("--jwt-secret", |jwt| {
                jwt.secret = Some("thirty-one bytes of a secret, 31".get(..31).unwrap().into())
            }),
            ("--jwt-issuer", |jwt| {
                (jwt.secret, jwt.issuer) = (None, Some("erp".into()))
            }),
            ("--jwt-role-claim", |jwt| {
                (jwt.secret, jwt.role_claim) = (None, "roles".into())
            }),
            ("--jwt-audience", |jwt| jwt.audience = Some(" ".into())),
        ];
        for (flag, change) in changes {
            let text = problems_of(change).unwrap_err();
            assert!(text.starts_with(flag) && !text.contains("thirty-one"), "{flag}: {text}");
        }
    }

    #[test]
    fn what_operators_see_is_not_where_callers_are() {
        let mut config = Config::default();
        config.server.metrics_listen = Some(config.server.listen);
        for (endpoint, is_good) in [
            ("http://localhost:4318", true),
            ("https://otel.example/base/", true),
            ("localhost:4318", false),
            ("grpc://localhost:4317", false),
            ("http://collector?x=1", false),
        ] {
            config.traces.otlp_endpoint = Some(endpoint.to_owned());
            let text = config.validate().unwrap_err().operator_text();
            assert!(text.contains("--metrics-listen"), "{text}");
            assert_eq!(text.contains("--otlp-endpoint"), !is_good, "{endpoint}: {text}");
        }
    }

    #[test]
    fn an_origin_has_no_path() {
        for (origin, is_good) in [
            ("https://erp.example", true),
            ("http://localhost:3000", true),
            ("*", true),
            ("https://erp.example/", false),
            ("erp.example", false),
        ] {
            assert_eq!(is_origin(origin), is_good, "{origin}");
        }
    }

    #[test]
    fn other_databases_are_refused() {
        for url in ["mysql://localhost/db", "data.db", "sqlite::memory:", ""] {
            let mut config = Config::default();
            config.database.url = url.into();
            assert!(config.validate().is_err(), "{url}");
        }
    }
}
