//! The tables that are printed.

use super::calls::Turn;
use crate::print;
use crate::report::median;

/// Turns of two in alternation: the server and the loop, or the server in two worlds.
#[derive(Default)]
pub(crate) struct Pairs(pub(crate) Vec<(Turn, Turn)>);

impl Pairs {
    fn both(&self, value: impl Fn(&Turn) -> f64, digits: usize) -> String {
        let one = median(self.0.iter().map(|pair| value(&pair.0)));
        let other = median(self.0.iter().map(|pair| value(&pair.1)));
        format!("{one:.digits$} / {other:.digits$}")
    }

    /// The median of the rounds' ratios.
    pub(crate) fn ratio(&self, value: impl Fn(&Turn) -> f64) -> f64 {
        median(self.0.iter().map(|pair| value(&pair.0) / value(&pair.1)))
    }

    fn cpu(&self, which: impl Fn(&(Turn, Turn)) -> Turn) -> String {
        let own = median(self.0.iter().map(|pair| which(pair).own_cpu));
        let database = median(self.0.iter().map(|pair| which(pair).database_cpu));
        format!("{own:.2}+{database:.2}")
    }

    fn processor(&self) -> String {
        format!("{} / {}", self.cpu(|pair| pair.0), self.cpu(|pair| pair.1))
    }
}

/// What was taken, beside the loop. `records` is how many records a change makes.
pub(crate) fn intake(title: &str, pairs: &Pairs, records: usize) {
    print(&format!(
        "| {title} | {} | **{:.2}** | {} | {} | {} | {} |",
        pairs.both(Turn::rate, 0),
        pairs.ratio(Turn::rate),
        pairs.both(|turn| turn.rate() * records as f64, 0),
        pairs.both(|turn| turn.p50, 1),
        pairs.both(|turn| turn.p99, 1),
        pairs.processor(),
    ));
}

/// What stands in its columns.
pub(crate) fn intake_heading(engine: &str, callers: usize) {
    print(&format!(
        "\nServer / plain loop on {engine}, {callers} callers. CPU is in ms a change: the process's own + the database's.\n"
    ));
    print("| | changes/s | **ratio** | records/s | p50 ms | p99 ms | CPU |");
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
}

/// What was pushed, beside the loop.
pub(crate) fn pushed(title: &str, pairs: &Pairs, calls: usize) {
    print(&format!(
        "| {title} | {calls} | {} | **{:.2}** | {} |",
        pairs.both(Turn::rate, 0),
        pairs.ratio(Turn::rate),
        pairs.processor(),
    ));
}

/// What stands in its columns.
pub(crate) fn pushed_heading(engine: &str) {
    print(&format!("\nWorker / plain loop on {engine}. CPU is in ms a record.\n"));
    print("| | calls | records/s | **ratio** | CPU |");
    print("| --- | ---: | ---: | ---: | ---: |");
}

/// One merchant and a thousand.
pub(crate) fn spread(title: &str, pairs: &Pairs) {
    let cpu = |turn: &Turn| turn.own_cpu + turn.database_cpu;
    print(&format!(
        "| {title} | {} | **{:.2}** | {} | **{:.2}** |",
        pairs.both(Turn::rate, 0),
        pairs.ratio(Turn::rate),
        pairs.processor(),
        pairs.ratio(cpu),
    ));
}

/// What stands in its columns.
pub(crate) fn spread_heading(engine: &str, merchants: usize) {
    print(&format!(
        "\n{merchants} merchants / one merchant, the same load, on {engine}. CPU is in ms for each.\n"
    ));
    print("| | a second | **ratio** | CPU | **ratio** |");
    print("| --- | ---: | ---: | ---: | ---: |");
}
