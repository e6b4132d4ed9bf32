//! Checking a configuration without starting anything.

use super::{encryption_key, parts};
use crate::config::Config;
use crate::error::{Error, Problem, ProblemCode, Result};

/// Everything that would keep a server with this configuration from starting, but for what only the database and the
/// network can tell. Reads the files that settings name, and makes nothing.
pub async fn check(config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    note(&mut problems, config.validate());
    if config.server.role.answers() {
        note(&mut problems, config.jwt.verifier().map(drop));
    }
    note(&mut problems, parts::documents(config).await.map(drop));
    note(&mut problems, encryption_key::check(config));
    problems
}

fn note(problems: &mut Vec<Problem>, result: Result<()>) {
    let found = match result {
        Ok(()) => return,
        Err(Error::Invalid(found)) => found,
        Err(other) => vec![Problem::new(
            "configuration",
            ProblemCode::Invalid,
            other.operator_text(),
        )],
    };
    for problem in found {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}
