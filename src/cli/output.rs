//! Where commands write.

use std::io::{ErrorKind, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use stock_sync::error::{Error, Result};

/// A text and a line end to standard output. A reader that went away, such as `head`, is no error.
pub(crate) fn print(text: &str) -> Result<()> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::internal(error)),
        _ => Ok(()),
    }
}

/// A line to standard error; when that fails there is nobody left to tell.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// The flag of commands whose answer a script may want.
#[derive(clap::Args, Debug, Clone, Copy)]
#[group(skip)]
pub(crate) struct Json {
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Json {
    /// Prints the answer for scripts, or that for people.
    pub(crate) fn answer(self, value: &serde_json::Value, text: impl FnOnce() -> String) -> Result<()> {
        match self.json {
            true => print(&format!("{value:#}")),
            false => print(&text()),
        }
    }
}

/// A time as a cell.
pub(crate) fn time(time: Option<DateTime<Utc>>) -> String {
    time.map_or_else(
        || "-".to_owned(),
        |time| time.to_rfc3339_opts(SecondsFormat::Secs, true),
    )
}

/// Rows in columns that are as wide as their widest cell.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let widths: [usize; N] = std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].len()]).max().unwrap_or(0)
    });
    let line = |cells: [&str; N]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let lines = rows
        .iter()
        .map(|row| line(std::array::from_fn(|column| row[column].as_str())));
    std::iter::once(line(head)).chain(lines).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            ["a".to_owned(), "Toko Maju".to_owned()],
            ["long-code".to_owned(), "B".to_owned()],
        ];
        let expected = "CODE       NAME\na          Toko Maju\nlong-code  B";
        assert_eq!(table(["CODE", "NAME"], &rows), expected);
    }
}
