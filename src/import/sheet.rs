//! Reading a CSV file row by row, with the line and column of every cell.

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder};

use super::refusals::{Cell, Refusals};
use crate::error::{Error, Problem, ProblemCode, Result};

/// A column that a kind of file may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Its name in the header.
    pub(super) name: &'static str,
    /// Whether a file without it is refused.
    pub(super) is_needed: bool,
}

impl Column {
    /// A column that every file of the kind has.
    pub(super) const fn needed(name: &'static str) -> Self {
        Self { name, is_needed: true }
    }

    /// A column that a file may leave out.
    pub(super) const fn optional(name: &'static str) -> Self {
        Self { name, is_needed: false }
    }
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    line: u64,
    cells: Vec<(&'static str, String)>,
}

impl Row {
    /// The text of a cell, trimmed; blank where the file has no such column.
    pub(super) fn text(&self, column: &'static str) -> &str {
        let cell = self.cells.iter().find(|(name, _)| *name == column);
        cell.map_or("", |(_, text)| text)
    }

    /// Whether the file has the column.
    pub(super) fn has(&self, column: &'static str) -> bool {
        self.cells.iter().any(|(name, _)| *name == column)
    }

    /// Where a cell stands.
    pub(super) fn cell(&self, column: &'static str) -> Cell {
        Cell {
            line: self.line,
            column,
        }
    }
}

/// A CSV file that is being read. A byte order mark, CRLF line ends, blank lines and cells in quotes are understood.
pub(super) struct Sheet<R> {
    reader: csv::Reader<PlainLines<R>>,
    /// The known column at each place.
    columns: Vec<&'static str>,
    record: ByteRecord,
}

impl<R: Read> Sheet<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// It cannot be read, or is not one of this kind of file.
    pub(super) fn new(file: R, delimiter: u8, known: &[Column]) -> Result<Self> {
        let lines = PlainLines {
            inner: file,
            is_ended: false,
        };
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(lines);
        let header = reader.byte_headers().map_err(|error| unreadable(&error))?;
        let names: Vec<String> = header
            .iter()
            .map(|name| normalised(&String::from_utf8_lossy(name)))
            .collect();
        let columns = recognised(&names, known)?;
        Ok(Self {
            reader,
            columns,
            record: ByteRecord::new(),
        })
    }

    /// How many bytes were read, about.
    pub(super) fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    /// The next row that is not blank; none at the end. Rows that are no rows are refused and passed over.
    ///
    /// # Errors
    /// The file cannot be read any further.
    pub(super) fn next(&mut self, refusals: &mut Refusals) -> Result<Option<Row>> {
        while self
            .reader
            .read_byte_record(&mut self.record)
            .map_err(|error| unreadable(&error))?
        {
            if self.record.iter().all(<[u8]>::is_empty) {
                continue;
            }
            if let Some(row) = self.row(refusals) {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    fn row(&self, refusals: &mut Refusals) -> Option<Row> {
        // The reader stands behind the row's line end. It counts the line in which a row starts by where it stopped
        // before, which is wrong after blank lines.
        let line_ends = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
        let line = self.reader.position().line().saturating_sub(1 + line_ends);
        let first = Cell {
            line,
            column: self.columns.first().copied().unwrap_or_default(),
        };
        if self.record.len() != self.columns.len() {
            let (has, expected) = (self.record.len(), self.columns.len());
            refusals.add(
                first,
                ProblemCode::Invalid,
                format!("the row has {has} cells, the header has {expected}"),
            );
            return None;
        }
        let mut cells = Vec::with_capacity(self.columns.len());
        for (column, bytes) in self.columns.iter().zip(&self.record) {
            match str::from_utf8(bytes) {
                Ok(text) => cells.push((*column, text.trim().to_owned())),
                Err(_) => refusals.add(Cell { line, column }, ProblemCode::Invalid, "is not UTF-8 text"),
            }
        }
        (cells.len() == self.columns.len()).then_some(Row { line, cells })
    }
}

/// A header's cell as column names are written.
fn normalised(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

fn recognised(names: &[String], known: &[Column]) -> Result<Vec<&'static str>> {
    let mut columns: Vec<&'static str> = Vec::with_capacity(names.len());
    let mut problems = Vec::new();
    let mut refuse = |message: String| {
        problems.push(Problem {
            field: vec!["header".to_owned()],
            code: ProblemCode::Invalid,
            message,
        })
    };
    for name in names {
        match known.iter().find(|column| column.name == name) {
            Some(column) if columns.contains(&column.name) => refuse(format!("the column {name} is there twice")),
            Some(column) => columns.push(column.name),
            None => {
                let all: Vec<&str> = known.iter().map(|column| column.name).collect();
                refuse(format!(
                    "\"{name}\" is not a column of this kind of file; there are {}",
                    all.join(", ")
                ));
            }
        }
    }
    for column in known
        .iter()
        .filter(|column| column.is_needed && !columns.contains(&column.name))
    {
        refuse(format!("the column {} is missing", column.name));
    }
    match problems.is_empty() {
        true => Ok(columns),
        false => Err(Error::Invalid(problems)),
    }
}

/// The input cannot be read.
pub(super) fn unreadable(error: &dyn std::fmt::Display) -> Error {
    Error::invalid("file", ProblemCode::Invalid, format!("cannot be read: {error}"))
}

/// Passes bytes on without carriage returns, and ends the last line, so that every row ends in exactly one line feed
/// and its line can be told.
struct PlainLines<R> {
    inner: R,
    is_ended: bool,
}

impl<R: Read> Read for PlainLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_ended && !buffer.is_empty() {
            let read = self.inner.read(buffer)?;
            let mut kept = 0;
            for at in 0..read {
                if buffer[at] != b'\r' {
                    buffer[kept] = buffer[at];
                    kept += 1;
                }
            }
            if read == 0 {
                self.is_ended = true;
                buffer[0] = b'\n';
                return Ok(1);
            }
            if kept > 0 {
                return Ok(kept);
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    const KNOWN: &[Column] = &[Column::needed("sku"), Column::needed("name"), Column::optional("note")];

    /// Line, SKU and name of each row, and what was refused.
    fn read(text: &[u8]) -> (Vec<(u64, String, String)>, Vec<String>) {
        let mut refusals = Refusals::default();
        let mut sheet = Sheet::new(text, b',', KNOWN).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = sheet.next(&mut refusals).unwrap() {
            rows.push((row.line, row.text("sku").to_owned(), row.text("name").to_owned()));
        }
        (rows, refusals.texts())
    }

    fn refused_header(text: &str) -> Vec<String> {
        let Err(Error::Invalid(problems)) = Sheet::new(text.as_bytes(), b',', KNOWN).map(|_| ()) else {
            unreachable!("the header is bad")
        };
        problems.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        let unix = "\u{feff}SKU, Name \na,1\n\n\"b\n\",\"2, \"\"x\"\"\"\n,\nc,3";
        let expected = [(2, "a", "1"), (4, "b", "2, \"x\""), (7, "c", "3")];
        let expected = expected.map(|(line, sku, name)| (line, sku.to_owned(), name.to_owned()));
        for text in [
            unix.to_owned(),
            format!("{unix}\n"),
            unix.replace('\n', "\r\n"),
            format!("{unix}\n\n\n"),
        ] {
            let (rows, refused) = read(text.as_bytes());
            assert_eq!(rows, expected, "{text:?}");
            assert!(refused.is_empty());
        }
    }

    #[test]
    fn rows_that_are_no_rows_are_refused_with_their_place() {
        let (rows, refused) = read(b"name,sku\nx\n1,2,3\n\xff,4\nok,5\n");
        assert_eq!(rows, [(5, "5".to_owned(), "ok".to_owned())]);
        assert_eq!(
            refused,
            [
                "line 2, column name: the row has 1 cells, the header has 2",
                "line 3, column name: the row has 3 cells, the header has 2",
                "line 4, column name: is not UTF-8 text",
            ]
        );
    }

    #[test]
    fn a_header_of_another_kind_is_refused() {
        assert_eq!(
            refused_header("sku,skuu,SKU\n"),
            [
                "\"skuu\" is not a column of this kind of file; there are sku, name, note",
                "the column sku is there twice",
                "the column name is missing",
            ]
        );
        assert_eq!(
            refused_header(""),
            ["the column sku is missing", "the column name is missing"]
        );
    }

    #[test]
    fn a_cell_that_the_file_has_no_column_for_is_blank() {
        let mut sheet = Sheet::new("sku;name\na;b\n".as_bytes(), b';', KNOWN).unwrap();
        let row = sheet.next(&mut Refusals::default()).unwrap().unwrap();
        assert!(row.has("name") && !row.has("note"));
        assert_eq!((row.text("name"), row.text("note")), ("b", ""));
    }
}
