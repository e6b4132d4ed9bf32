//! How errors look in GraphQL.
//!
//! What the caller of a mutation can mend comes as `userErrors` beside the payload; everything else is a top-level
//! error with `extensions.code`. Of an internal error only a reference is shown, the id of its request, which the log has too.

use async_graphql::{ErrorExtensions, SimpleObject};

use crate::error::{Error, Problem, ProblemCode};
use crate::request_id::RequestId;

/// The code of every error that the caller can mend by giving other values.
pub const BAD_USER_INPUT: &str = "BAD_USER_INPUT";

/// What callers are told while the database is busy, full or away. It does not promise that nothing was done: when the
/// connection breaks during a commit, nobody on this side knows.
const UNAVAILABLE: &str = "the service is busy or its database cannot be reached right now; please try again in a moment, \
    with the same idempotency key if there is one";

/// One thing that is wrong with a mutation's input. Nothing was changed.
#[derive(SimpleObject, Debug, Clone)]
pub struct UserError {
    /// Path to the input field that is wrong, below `input`, such as `["changes", "3", "sku"]`.
    pub field: Vec<String>,
    /// What is wrong with it, with the value and what is expected.
    pub message: String,
    /// What kind of problem it is.
    pub code: ProblemCode,
}

impl From<Problem> for UserError {
    fn from(problem: Problem) -> Self {
        Self {
            field: problem.field,
            message: problem.message,
            code: problem.code,
        }
    }
}

/// Splits the result of a mutation into its payload and what the caller can mend; the rest stays an error.
///
/// # Errors
/// Whatever is not the input's fault.
pub fn user_errors<T>(result: Result<T, Error>) -> Result<(Option<T>, Vec<UserError>), async_graphql::Error> {
    match result {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(Error::Invalid(problems)) => Ok((None, problems.into_iter().map(Into::into).collect())),
        Err(error) => Err(public(error)),
    }
}

/// The top-level form of an error.
#[must_use]
pub fn public(error: Error) -> async_graphql::Error {
    let (message, code) = match error {
        Error::Invalid(problems) => {
            let texts: Vec<String> = problems
                .iter()
                .map(|problem| format!("{}: {}", problem.field.join("."), problem.message))
                .collect();
            (texts.join("; "), BAD_USER_INPUT)
        }
        Error::Unauthenticated(text) => (text, "UNAUTHENTICATED"),
        Error::Forbidden(text) => (text, "FORBIDDEN"),
        Error::Unavailable(internal) | Error::Conflict(internal) => {
            tracing::error!(%internal, "the database is unavailable");
            (UNAVAILABLE.to_owned(), "UNAVAILABLE")
        }
        Error::Internal(internal) => {
            let reference = RequestId::current().unwrap_or_else(RequestId::fresh);
            tracing::error!(%internal, %reference, "internal error");
            (format!("internal error; reference {reference}"), "INTERNAL")
        }
    };
    async_graphql::Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}

impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        public(error)
    }
}
