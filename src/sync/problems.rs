//! Collecting everything that is wrong with an input before anything is done with it.

use std::collections::HashMap;
use std::hash::Hash;

use crate::domain::text;
use crate::error::{Error, Problem, ProblemCode, Result};

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a problem.
    pub(super) fn add(&mut self, path: &str, code: ProblemCode, message: impl Into<String>) {
        self.0.push(Problem::new(path, code, message));
    }

    /// The checked value; where it has a problem, that is noted and a default stands in for it, so that the rest can
    /// be checked too. The stand-in is never used: [`Problems::none`] refuses the whole input.
    pub(super) fn take<T: Default>(&mut self, checked: Result<T, Problem>) -> T {
        checked.unwrap_or_else(|problem| {
            self.0.push(problem);
            T::default()
        })
    }

    /// A code; see [`text::code`].
    pub(super) fn code(&mut self, path: &str, value: &str) -> String {
        self.take(text::code(path, value))
    }

    /// A name or other text that may be blank; see [`text::name`].
    pub(super) fn text(&mut self, path: &str, value: &str) -> String {
        self.take(text::name(path, value))
    }

    /// A name that must not be blank.
    pub(super) fn name(&mut self, path: &str, value: &str) -> String {
        let name = self.text(path, value);
        if value.trim().is_empty() {
            self.0.push(text::blank(path, value));
        }
        name
    }

    /// That a code names nothing of the merchant's.
    pub(super) fn unknown(&mut self, path: &str, what: &str, code: &str) {
        self.add(
            path,
            ProblemCode::NotFound,
            format!("there is no {what} {}", text::shown(code)),
        );
    }

    /// Ends the checking.
    ///
    /// # Errors
    /// All problems, if there are any.
    pub(super) fn none(self) -> Result<()> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Error::Invalid(self.0)),
        }
    }
}

/// That a list is no longer than `most`.
///
/// # Errors
/// The problem, at `path`.
pub(crate) fn at_most(path: &str, length: usize, most: usize) -> Result<(), Problem> {
    if length <= most {
        return Ok(());
    }
    let message = format!("{length} items were given; at most {most} are allowed");
    Err(Problem::new(path, ProblemCode::TooMany, message))
}

/// Where each value of an input was seen first.
#[derive(Debug)]
pub(super) struct Seen<K>(HashMap<K, String>);

impl<K> Default for Seen<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq> Seen<K> {
    /// Notes that `key`, which people read as `shown`, stands at `path`; a problem when it stood somewhere before.
    pub(super) fn once(&mut self, problems: &mut Problems, path: &str, key: K, shown: &str) {
        match self.0.get(&key) {
            Some(before) => problems.add(
                path,
                ProblemCode::Taken,
                format!("\"{shown}\" is given twice, first at {before}"),
            ),
            None => {
                self.0.insert(key, path.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_reported() {
        let mut problems = Problems::default();
        let mut seen = Seen::default();
        problems.code("stores.0.code", " ");
        problems.name("stores.0.name", "\t");
        for path in ["stores.1.code", "stores.2.code"] {
            seen.once(&mut problems, path, "A", "A");
        }
        let Err(Error::Invalid(found)) = problems.none() else {
            unreachable!("three problems were noted")
        };
        let codes: Vec<ProblemCode> = found.iter().map(|problem| problem.code).collect();
        assert_eq!(
            codes,
            [ProblemCode::Required, ProblemCode::Required, ProblemCode::Taken]
        );
        assert_eq!(found[2].message, "\"A\" is given twice, first at stores.1.code");
        assert_eq!(found[2].field, ["stores", "2", "code"]);
    }
}
