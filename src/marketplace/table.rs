//! Classification: what a platform's code and message mean.
//!
//! Each platform has a table of its own, in the order in which it is read: the first line that fits decides. The same code
//! can be passing and final, told apart by the message alone, so lines with a message stand before those without.

use entity::types::{AttemptOutcome, FailureCode};

use super::Failure;
use super::answer::failure;
use crate::domain::text::cut;

/// Most bytes of what a marketplace says that are shown.
const SAID: usize = 500;

/// One line of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The code, letter case included; it also fits a code that ends with `.` and this. A `*` at the end stands for any
    /// rest; an empty code fits any.
    pub code: &'static str,
    /// What the message has in it, in lower case; empty fits any.
    pub says: &'static str,
    /// What happens next.
    pub class: AttemptOutcome,
    /// The catalogued reason.
    pub reason: FailureCode,
}

/// A line of a table.
#[must_use]
pub const fn line(code: &'static str, says: &'static str, class: AttemptOutcome, reason: FailureCode) -> Line {
    Line {
        code,
        says,
        class,
        reason,
    }
}

impl Line {
    fn fits(&self, code: &str, message: &str) -> bool {
        let code_fits = match self.code.strip_suffix('*') {
            Some(start) => code.starts_with(start),
            None => self.code.is_empty() || code == self.code || code.ends_with(&format!(".{}", self.code)),
        };
        code_fits && message.to_lowercase().contains(self.says)
    }
}

/// The first line that fits.
#[must_use]
pub fn find<'t>(table: &'t [Line], code: &str, message: &str) -> Option<&'t Line> {
    table.iter().find(|line| line.fits(code, message))
}

/// What a code and its message mean. What no line fits is shown as it came, and tried again a few times.
#[must_use]
pub fn classify(table: &[Line], code: &str, message: &str) -> Failure {
    let (class, reason) = match find(table, code, message) {
        Some(line) => (line.class, line.reason),
        None => (AttemptOutcome::Transient, FailureCode::Unrecognised),
    };
    let said = [code, message.trim()].into_iter().filter(|part| !part.is_empty());
    failure(class, reason, cut(&said.collect::<Vec<_>>().join(": "), SAID))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Line] = &[
        line(
            "error_server",
            "must be equal to 0",
            AttemptOutcome::Permanent,
            FailureCode::Rejected,
        ),
        line(
            "error_server",
            "",
            AttemptOutcome::Transient,
            FailureCode::MarketplaceError,
        ),
        line("105*", "", AttemptOutcome::Auth, FailureCode::CredentialsRefused),
        line(
            "",
            "reserved stock",
            AttemptOutcome::Deferred,
            FailureCode::StockReserved,
        ),
    ];

    #[test]
    fn the_first_line_that_fits_decides() {
        use FailureCode as C;
        for (code, message, reason) in [
            ("error_server", "Normal stock must be equal to 0", C::Rejected),
            ("product.error_server", "try later", C::MarketplaceError),
            ("xerror_server", "try later", C::Unrecognised),
            ("105002", "", C::CredentialsRefused),
            ("any", "below the Reserved Stock", C::StockReserved),
            ("any", "", C::Unrecognised),
        ] {
            assert_eq!(classify(TABLE, code, message).code, reason, "{code} {message}");
        }
    }

    #[test]
    fn what_is_unknown_is_shown_as_it_came() {
        let unknown = classify(TABLE, "E77", " No, sorry ");
        assert_eq!(unknown.class, AttemptOutcome::Transient);
        assert_eq!(unknown.message, "E77: No, sorry");
    }
}
