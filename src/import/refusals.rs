//! What a file is refused for.

use crate::error::{Error, Problem, ProblemCode, Result};

/// Most refused cells that are named; of the others only the number is told.
const NAMED: usize = 20;

/// Where a value stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    /// Line of the file, from 1; the header is one.
    pub(super) line: u64,
    /// The column's name.
    pub(super) column: &'static str,
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// The cells that were refused so far.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    /// With their lines.
    named: Vec<(u64, Problem)>,
    count: usize,
}

impl Refusals {
    /// Refuses a cell.
    pub(super) fn add(&mut self, cell: Cell, code: ProblemCode, message: impl Into<String>) {
        self.count += 1;
        if self.named.len() < NAMED {
            let (field, message) = (vec![cell.to_string()], message.into());
            self.named.push((cell.line, Problem { field, code, message }));
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Ends the checking.
    ///
    /// # Errors
    /// The refused cells, if there are any, and `outcome`, which says what became of the file.
    pub(super) fn none(self, outcome: &str) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let more = self.count - self.named.len();
        let outcome = match more {
            0 => outcome.to_owned(),
            _ => format!("{more} more cells were refused; {outcome}"),
        };
        let mut named = self.named;
        named.sort_by_key(|(line, _)| *line);
        let mut problems: Vec<Problem> = named.into_iter().map(|(_, problem)| problem).collect();
        problems.push(Problem {
            field: vec!["file".to_owned()],
            code: ProblemCode::Invalid,
            message: outcome,
        });
        Err(Error::Invalid(problems))
    }

    #[cfg(test)]
    pub(super) fn texts(&self) -> Vec<String> {
        let text = |(_, problem): &(u64, Problem)| format!("{}: {}", problem.field.join("."), problem.message);
        self.named.iter().map(text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_cells_are_named_and_the_others_counted() {
        let mut refusals = Refusals::default();
        for line in 2..27 {
            refusals.add(Cell { line, column: "sku" }, ProblemCode::Required, "must not be blank");
        }
        let Err(Error::Invalid(problems)) = refusals.none("nothing was imported") else {
            unreachable!("cells were refused")
        };
        assert_eq!(problems.len(), 21);
        assert_eq!(problems[19].field, ["line 21, column sku"]);
        assert_eq!(problems[20].message, "5 more cells were refused; nothing was imported");
        assert!(Refusals::default().none("").is_ok());
    }
}
