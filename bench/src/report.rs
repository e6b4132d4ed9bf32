//! The table that is printed.

use crate::print;
use crate::reads::Turn;
use crate::workload::Workload;

/// What came of one workload at one number of connections.
pub(crate) struct Line {
    workload: Workload,
    connections: usize,
    pub(crate) server: Vec<Turn>,
    pub(crate) limit: Vec<Turn>,
    pub(crate) server_memory: Option<u64>,
    pub(crate) limit_memory: Option<u64>,
}

impl Line {
    /// An empty one.
    pub(crate) fn new(workload: &Workload, connections: usize) -> Self {
        Self {
            workload: *workload,
            connections,
            server: Vec::new(),
            limit: Vec::new(),
            server_memory: None,
            limit_memory: None,
        }
    }
}

/// The middle of some numbers; the mean of both middles when they are even.
pub(crate) fn median(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_by(f64::total_cmp);
    let at = |place: usize| numbers.get(place).copied().unwrap_or_default();
    let count = numbers.len();
    match count {
        0 => 0.0,
        _ => f64::midpoint(at((count - 1) / 2), at(count / 2)),
    }
}

/// Says what stands in the columns.
pub(crate) fn heading() {
    print("Server / limit. CPU is in ms a request: the process's own + the database's.\n");
    print("| workload | connections | requests/s | **ratio** | p50 ms | p99 ms | p99 ratio | CPU | memory MB |");
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
}

/// Prints one line of the table.
pub(crate) fn line(line: &Line) {
    let both = |value: fn(&Turn) -> f64, digits: usize| {
        let (server, limit) = (
            median(line.server.iter().map(value)),
            median(line.limit.iter().map(value)),
        );
        format!("{server:.digits$} / {limit:.digits$}")
    };
    let ratio = |value: fn(&Turn) -> f64| {
        median(
            line.server
                .iter()
                .zip(&line.limit)
                .map(|(server, limit)| value(server) / value(limit)),
        )
    };
    let cpu = |turns: &[Turn]| {
        let own = median(turns.iter().filter_map(|turn| turn.own_cpu));
        let database = median(turns.iter().filter_map(|turn| turn.database_cpu));
        format!("{own:.2}+{database:.2}")
    };
    let memory = |bytes: Option<u64>| bytes.map_or("?".to_owned(), |bytes| (bytes / 1_000_000).to_string());
    print(&format!(
        "| {} {} | {} | {} | **{:.2}** | {} | {} | {:.2} | {} / {} | {} / {} |",
        line.workload.name,
        line.workload.title,
        line.connections,
        both(|turn| turn.burst.rate, 0),
        ratio(|turn| turn.burst.rate),
        both(|turn| turn.burst.p50, 1),
        both(|turn| turn.burst.p99, 1),
        ratio(|turn| turn.burst.p99),
        cpu(&line.server),
        cpu(&line.limit),
        memory(line.server_memory),
        memory(line.limit_memory),
    ));
}
