//! Checks that need more than one value, or a range.

use secrecy::ExposeSecret;

use super::{Config, limits, urls};
use crate::error::{Error, Problem, ProblemCode, Result};

impl Config {
    /// Checks the whole.
    ///
    /// # Errors
    /// Every problem that there is, each named by its flag.
    pub fn validate(&self) -> Result<()> {
        let mut problems = Vec::new();
        // The URL itself is not repeated: it may hold a password.
        if let Some(message) = urls::of_database(self.database.url.expose_secret()) {
            problems.push(Problem::new("--database-url", ProblemCode::Invalid, message));
        }
        limits::check_numbers(self, &mut problems);
        limits::check_times(self, &mut problems);
        self.check_origins(&mut problems);
        self.jwt.check(&mut problems);
        urls::check_platforms(&self.marketplace, &mut problems);
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

    fn check_origins(&self, problems: &mut Vec<Problem>) {
        let origins = self.http.allowed_origins.iter();
        for origin in origins.filter(|origin| !urls::is_origin(origin)) {
            let shown = urls::without_password(origin);
            let message = format!("\"{shown}\" is not an origin such as https://erp.example, nor *");
            problems.push(Problem::new("--allow-origin", ProblemCode::Invalid, message));
        }
    }

    fn check_observability(&self, problems: &mut Vec<Problem>) {
        if let Some(endpoint) = self.traces.otlp_endpoint.as_deref() {
            problems.extend(urls::of_collector("--otlp-endpoint", endpoint));
        }
        let listen = self.server.listen;
        if let Some(metrics) = self
            .server
            .metrics_listen
            .filter(|metrics| urls::collide(*metrics, listen))
        {
            let message = format!(
                "{metrics} cannot be had beside {listen}, where callers are answered; give metrics a port of their own"
            );
            problems.push(Problem::new("--metrics-listen", ProblemCode::Invalid, message));
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::time::Duration;

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
}
