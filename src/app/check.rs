//! Checking a configuration without starting anything.

use super::{encryption_key, parts};
use crate::config::Config;
use crate::error::{Error, Problem, ProblemCode, Result};

/// Everything that would keep a server with this configuration from starting, but for what only the database and the
/// network can tell. Reads the files that settings name, and makes nothing.
pub async fn check(config: &Config) -> Vec<Problem> {
    let mut problems = check_values(config);
    if config.server.role.answers() {
        add(&mut problems, config.jwt.check_files());
    }
    add(&mut problems, refused(parts::documents(config).await.map(drop)));
    problems
}

/// Of this, what can be told without the files that settings name.
#[must_use]
pub fn check_values(config: &Config) -> Vec<Problem> {
    let mut problems = refused(config.validate());
    add(&mut problems, encryption_key::check(config));
    problems
}

fn refused(result: Result<()>) -> Vec<Problem> {
    match result {
        Ok(()) => Vec::new(),
        Err(Error::Invalid(found)) => found,
        Err(other) => {
            let text = other.operator_text();
            vec![Problem::new("configuration", ProblemCode::Invalid, text)]
        }
    }
}

fn add(problems: &mut Vec<Problem>, found: Vec<Problem>) {
    for problem in found {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}
