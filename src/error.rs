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
    /// The database undid the transaction because another one came between, and asks for it to be run again. Who cannot
    /// do that treats it as [`Error::Unavailable`]. The text is internal.
    Conflict(String),
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
            Self::Unavailable(text) | Self::Conflict(text) => format!("the database is unavailable: {text}"),
            Self::Unauthenticated(text) | Self::Forbidden(text) | Self::Internal(text) => text.clone(),
        }
    }

    /// Whether it is only a matter of time until the same call works.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict(_))
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let trouble = sqlx_error(&error).map_or_else(|| acquiring(&error), trouble);
        trouble.told(&error)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        trouble(&error).told(&error)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let code = error
            .sqlite_error()
            .map(|failure| failure.extended_code.cast_unsigned());
        code.map_or(Trouble::Fault, of_sqlite).told(&error)
    }
}

/// What an error of the database asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// Running the transaction again, at once.
    Conflict,
    /// Waiting: it is busy, full, stopped, or cannot be reached.
    Away,
    /// Mending the program.
    Fault,
}

impl Trouble {
    /// The error that asks for it.
    fn told(self, error: &impl ToString) -> Error {
        let text = error.to_string();
        match self {
            Self::Conflict => Error::Conflict(text),
            Self::Away => Error::Unavailable(text),
            Self::Fault => Error::Internal(text),
        }
    }
}

/// Whether the connection was lost, and not a statement refused: a new connection may do at once what this one could not.
pub(crate) fn lost_connection(error: &DbErr) -> bool {
    match error {
        // There was none yet.
        DbErr::Conn(_) => false,
        _ => match sqlx_error(error) {
            Some(sqlx::Error::Database(database)) => matches!(
                database.code().as_deref(),
                Some("57P01" | "57P02" | "57P05" | "25P03" | "08003" | "08006")
            ),
            Some(sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed) => true,
            _ => false,
        },
    }
}

fn acquiring(error: &DbErr) -> Trouble {
    match error {
        DbErr::ConnectionAcquire(_) => Trouble::Away,
        _ => Trouble::Fault,
    }
}

fn trouble(error: &sqlx::Error) -> Trouble {
    match error {
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            match database.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
                Some(_) => code.parse().map_or(Trouble::Fault, of_sqlite),
                None => of_postgres(&code),
            }
        }
        // What the connection to a server that is going down ends with: it depends on the moment.
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => Trouble::Away,
        _ => Trouble::Fault,
    }
}

/// By <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn of_postgres(code: &str) -> Trouble {
    match code {
        // A failed serialization, a deadlock.
        "40001" | "40P01" => Trouble::Conflict,
        // A lock that was not had in `lock_timeout`; a statement or a session that took too long or was ended by hand; a
        // primary that has become a standby; an input or output error of the server.
        "55P03" | "57014" | "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25006" | "58030" => Trouble::Away,
        // Of a connection that broke, and of a server that is out of disk, memory or connections.
        _ if code.starts_with("08") || code.starts_with("53") => Trouble::Away,
        _ => Trouble::Fault,
    }
}

/// By <https://www.sqlite.org/rescode.html>; an extended code has its primary one in the last byte.
fn of_sqlite(code: u32) -> Trouble {
    match (code, code & 0xff) {
        // A snapshot that was overtaken; a race for the lock of the log.
        (517, _) | (_, 15) => Trouble::Conflict,
        // Busy past the patience; out of memory; read-only; any input or output error (no room under a limit or a quota
        // is one of them); disk full; the file cannot be opened.
        (_, 5 | 6 | 7 | 8 | 10 | 13 | 14) => Trouble::Away,
        _ => Trouble::Fault,
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use sqlx::{Connection, Executor, SqliteConnection};

    use super::*;

    #[test]
    fn what_passes_by_itself_is_told_from_faults() {
        // Out of disk, memory and connections; shut down, crashed, starting up; a lock; a standby; a broken connection.
        for code in [
            "53100", "53200", "53300", "57P01", "57P02", "57P03", "55P03", "25006", "25P03", "08006",
        ] {
            assert_eq!(of_postgres(code), Trouble::Away, "{code}");
        }
        for code in ["40001", "40P01"] {
            assert_eq!(of_postgres(code), Trouble::Conflict, "{code}");
        }
        // A violated constraint, a missing table, a syntax error.
        for code in ["23505", "42P01", "42601", ""] {
            assert_eq!(of_postgres(code), Trouble::Fault, "{code}");
        }
        // Busy, and busy recovering; read-only; reading, writing, syncing, truncating and sizing shared memory failed;
        // full; cannot open.
        for code in [5, 261, 8, 10, 266, 778, 1_034, 1_546, 4_874, 13, 14] {
            assert_eq!(of_sqlite(code), Trouble::Away, "{code}");
        }
        assert_eq!(of_sqlite(517), Trouble::Conflict);
        // A violated constraint, a plain error, a corrupt file.
        for code in [2_067, 1, 11] {
            assert_eq!(of_sqlite(code), Trouble::Fault, "{code}");
        }
    }

    #[tokio::test]
    async fn a_full_sqlite_file_is_told_by_its_code() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        connection
            .execute("CREATE TABLE t (x BLOB); PRAGMA max_page_count = 3")
            .await
            .unwrap();
        let full = connection.execute("INSERT INTO t VALUES (zeroblob(100000))").await;
        let error = DbErr::Exec(RuntimeErr::SqlxError(full.unwrap_err().into()));
        assert!(Error::from(error).is_unavailable());
        let wrong = connection.execute("INSERT INTO nothing VALUES (1)").await;
        let error = DbErr::Exec(RuntimeErr::SqlxError(wrong.unwrap_err().into()));
        assert!(matches!(Error::from(error), Error::Internal(_)));
    }
}
