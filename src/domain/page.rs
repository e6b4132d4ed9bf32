//! Pages of a connection: how many, in which direction, from where.

use crate::error::{Error, ProblemCode, Result};

/// Items on a page when the caller does not say.
pub const DEFAULT_SIZE: u64 = 50;
/// Most items on a page.
pub const MAX_SIZE: u64 = 100;

/// The four paging arguments of a connection, as they came.
#[derive(Debug, Clone, Default)]
pub struct PageArgs {
    /// How many, from the front.
    pub first: Option<i32>,
    /// Only items after this cursor.
    pub after: Option<String>,
    /// How many, from the back.
    pub last: Option<i32>,
    /// Only items before this cursor.
    pub before: Option<String>,
}

/// A page that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Most items on it.
    pub size: u64,
    /// Whether it is taken from the back of the connection.
    pub is_backward: bool,
    /// Only items after this cursor.
    pub after: Option<String>,
    /// Only items before this cursor.
    pub before: Option<String>,
}

impl PageArgs {
    /// Checks the arguments.
    ///
    /// # Errors
    /// `first` together with `last`, and a size that is not in 1..=[`MAX_SIZE`].
    pub fn check(self) -> Result<Page> {
        let (size, is_backward) = match (self.first, self.last) {
            (Some(first), Some(last)) => {
                let message = format!("first is {first} and last is {last}, but they exclude each other");
                return Err(Error::invalid("last", ProblemCode::Invalid, message));
            }
            (_, Some(last)) => (size("last", last)?, true),
            (Some(first), None) => (size("first", first)?, false),
            (None, None) => (DEFAULT_SIZE, false),
        };
        Ok(Page {
            size,
            is_backward,
            after: self.after,
            before: self.before,
        })
    }
}

fn size(argument: &str, value: i32) -> Result<u64> {
    u64::try_from(value)
        .ok()
        .filter(|size| (1..=MAX_SIZE).contains(size))
        .ok_or_else(|| {
            let message = format!("{argument} is {value}; it must be from 1 to {MAX_SIZE}");
            Error::invalid(argument, ProblemCode::OutOfRange, message)
        })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn args(first: Option<i32>, last: Option<i32>) -> Result<Page> {
        PageArgs {
            first,
            last,
            ..PageArgs::default()
        }
        .check()
    }

    #[test]
    fn sizes_are_checked() {
        assert_eq!(args(None, None).unwrap().size, 50);
        assert_eq!(args(Some(100), None).unwrap().size, 100);
        assert!(args(None, Some(3)).unwrap().is_backward);
        for (first, last) in [
            (Some(0), None),
            (Some(-1), None),
            (Some(101), None),
            (None, Some(0)),
            (Some(1), Some(1)),
        ] {
            assert!(
                matches!(args(first, last), Err(Error::Invalid(_))),
                "{first:?} {last:?}"
            );
        }
    }
}
