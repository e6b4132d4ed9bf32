//! Progress of long work, on standard error: a line that changes where that is a terminal, and otherwise a plain line now
//! and then, so that short work says nothing.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a plain line is written.
const EVERY: Duration = Duration::from_secs(5);

/// The progress of one piece of work.
#[derive(Debug)]
pub struct Progress {
    verb: &'static str,
    /// How much there is to do, where that is known.
    total: Option<u64>,
    bar: ProgressBar,
    /// When something was last written, where lines are plain.
    plain: Option<Instant>,
}

impl Progress {
    /// Of work whose size is known.
    #[must_use]
    pub fn of(verb: &'static str, total: u64) -> Self {
        let bar = ProgressBar::new(total);
        Self::new(verb, Some(total), bar, "{msg:9} {wide_bar} {percent:>3} %  {elapsed}")
    }

    /// Of work that nobody knows the size of.
    #[must_use]
    pub fn open_ended(verb: &'static str) -> Self {
        Self::new(
            verb,
            None,
            ProgressBar::new_spinner(),
            "{spinner} {msg} {pos}  {elapsed}",
        )
    }

    fn new(verb: &'static str, total: Option<u64>, bar: ProgressBar, template: &str) -> Self {
        let bar = bar.with_message(verb);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self {
            verb,
            total,
            bar,
            plain: (!std::io::stderr().is_terminal()).then(Instant::now),
        }
    }

    /// So much is done.
    pub fn at(&mut self, done: u64) {
        self.bar.set_position(done);
        if let Some(line) = self.line(done, Instant::now()) {
            // Nobody is left to tell when it fails.
            let _ = writeln!(std::io::stderr().lock(), "{line}");
        }
    }

    /// All is done; takes the line away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// The plain line that is due.
    fn line(&mut self, done: u64, now: Instant) -> Option<String> {
        let last = self.plain?;
        if now.saturating_duration_since(last) < EVERY {
            return None;
        }
        self.plain = Some(now);
        Some(match self.total {
            Some(total) => format!("{}: {} %", self.verb, done.saturating_mul(100) / total.max(1)),
            None => format!("{}: {done}", self.verb),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_come_now_and_then() {
        let start = Instant::now();
        let mut progress = Progress {
            plain: Some(start),
            ..Progress::of("importing", 400)
        };
        assert_eq!(progress.line(10, start + Duration::from_secs(4)), None);
        assert_eq!(progress.line(100, start + EVERY).as_deref(), Some("importing: 25 %"));
        assert_eq!(progress.line(200, start + EVERY), None);
        let mut progress = Progress {
            plain: Some(start),
            ..Progress::open_ended("deleting")
        };
        assert_eq!(progress.line(7, start + EVERY).as_deref(), Some("deleting: 7"));
        progress.plain = None;
        assert_eq!(progress.line(9, start + EVERY * 2), None, "a terminal has the bar");
    }
}
