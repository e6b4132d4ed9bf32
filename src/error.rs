//! What can go wrong, in words that no transport owns.
//!
//! An [`Error`] has a public half, which may be shown to any caller of the merchant, and an internal half, which is
//! only logged. GraphQL and HTTP turn it into their own form at their edge, last of all. It has no `Display` on
//! purpose: whoever shows one has to say which half.

use sea_orm::{DbErr, RuntimeErr};

/// Everything that an operation can fail with.
#[derive(Debug)]
pub enum Error {
    /// The input is at fault; nothing was changed. Every problem that was found is listed, at least one.
    Invalid(Vec<Problem>),
    /// The caller did not say who it is, or what it said is not good.
    Unauthenticated(String),
    /// The caller may not do this.
    Forbidden(String),
    /// The database is busy, full or away; the same call may work later. The text is internal.
    Unavailable(String),
    /// A fault of the server. The text is internal.
    Internal(String),
}

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path to the input field, such as `["changes", "3", "sku"]`.
    pub field: Vec<String>,
    /// What kind of problem it is.
    pub code: ProblemCode,
    /// Names the value and says what is expected, for the caller to read.
    pub message: String,
}

/// The kinds of input problems.
#[derive(async_graphql::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "UserErrorCode")]
pub enum ProblemCode {
    /// A value that is needed is missing or blank.
    Required,
    /// The value has the wrong form.
    Invalid,
    /// The number is too small or too large.
    OutOfRange,
    /// The text is longer than allowed.
    TooLong,
    /// The list has more items than allowed.
    TooMany,
    /// Nothing of the merchant has this id or code.
    NotFound,
    /// The value is already in use, or appears twice in the input.
    Taken,
    /// The change would take the available stock below zero.
    InsufficientStock,
    /// The idempotency key was used before, for a different request.
    IdempotencyKeyReused,
}

/// Short for a result with the crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Problem {
    /// A problem with the field at `path`, whose parts are separated by dots.
    pub fn new(path: &str, code: ProblemCode, message: impl Into<String>) -> Self {
        Self {
            field: path.split('.').map(str::to_owned).collect(),
            code,
            message: message.into(),
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl Error {
    /// A single input problem; see [`Problem::new`].
    pub fn invalid(path: &str, code: ProblemCode, message: impl Into<String>) -> Self {
        Problem::new(path, code, message).into()
    }

    /// A fault of the server, with its internal text.
    pub fn internal(text: impl std::fmt::Display) -> Self {
        Self::Internal(text.to_string())
    }

    /// Both halves in one text, for the operator's eyes: logs and the command line.
    #[must_use]
    pub fn operator_text(&self) -> String {
        match self {
            Self::Invalid(problems) => {
                let texts: Vec<String> = problems
                    .iter()
                    .map(|problem| format!("{}: {}", problem.field.join("."), problem.message))
                    .collect();
                texts.join("; ")
            }
            Self::Unavailable(text) => format!("the database is unavailable: {text}"),
            Self::Unauthenticated(text) | Self::Forbidden(text) | Self::Internal(text) => text.clone(),
        }
    }

    /// Whether the database asked for the whole transaction to be tried again: a deadlock, a failed serialization or
    /// a lock that was not had in time.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Unavailable(text) if text.starts_with(CONFLICT))
    }
}

const CONFLICT: &str = "conflict";

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let text = error.to_string();
        match sqlx_error(&error) {
            Some(sqlx::Error::Database(database)) => match database.code().as_deref() {
                // PostgreSQL: serialization failure, deadlock, lock not available. SQLite: busy, busy snapshot.
                Some("40001" | "40P01" | "55P03" | "5" | "517") => Self::Unavailable(format!("{CONFLICT}: {text}")),
                // PostgreSQL: out of disk or memory, shutting down, starting up. SQLite: out of disk, cannot open.
                Some("53100" | "53200" | "53300" | "57P01" | "57P02" | "57P03" | "13" | "14") => {
                    Self::Unavailable(text)
                }
                _ => Self::Internal(text),
            },
            Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => Self::Unavailable(text),
            _ if matches!(error, DbErr::ConnectionAcquire(_)) => Self::Unavailable(text),
            _ => Self::Internal(text),
        }
    }
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner)) => Some(inner),
        _ => None,
    }
}
