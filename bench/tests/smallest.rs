//! The smallest form of every measurement, so that none of them rots. What is checked is that they come to their end and
//! that server and limit give the same answers; how long anything takes is nobody's business here.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::process::Command;

/// With this variable set to 1 a machine without PostgreSQL fails the tests instead of skipping them.
const REQUIRE: &str = "STOCK_SYNC_REQUIRE_POSTGRES";

/// Runs the program to its end, and gives back what it printed.
fn bench(engine: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    let output = command
        .args(arguments)
        .args(["--engine", engine])
        .output()
        .expect("it can be run");
    let (said, printed) = (
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout),
    );
    let is_missing = said.contains("no PostgreSQL server binaries");
    if is_missing && std::env::var(REQUIRE).as_deref() != Ok("1") {
        let _ = writeln!(std::io::stderr(), "SKIPPED: {said}");
        return String::new();
    }
    assert!(output.status.success(), "{arguments:?} on {engine}: {said}");
    format!("{said}{printed}")
}

fn server_and_limit_answer_alike(engine: &str) {
    let told = bench(engine, &["reads", "--records", "6000", "--check-only"]);
    assert!(
        told.is_empty() || told.contains("8 workloads are answered alike"),
        "{told}"
    );
    let told = bench(
        engine,
        &[
            "reads",
            "--records",
            "2000",
            "--rounds",
            "1",
            "--seconds",
            "0.05",
            "--connections",
            "2",
        ],
    );
    assert!(told.is_empty() || told.contains("| W7b "), "{told}");
}

#[test]
fn server_and_limit_answer_alike_on_sqlite() {
    server_and_limit_answer_alike("sqlite");
}

#[test]
fn server_and_limit_answer_alike_on_postgres() {
    server_and_limit_answer_alike("postgres");
}

#[test]
fn subscribers_hear_what_concerns_them() {
    for engine in ["sqlite", "postgres"] {
        let told = bench(
            engine,
            &["live", "--subscribers", "10", "--rounds", "3", "--changes", "5"],
        );
        assert!(told.is_empty() || told.contains("all concerned"), "{told}");
    }
}

#[test]
fn servers_start() {
    for engine in ["sqlite", "postgres"] {
        let told = bench(engine, &["start", "--records", "500", "--rounds", "2"]);
        assert!(told.is_empty() || told.contains("until it is ready"), "{told}");
    }
}

/// The two leave the same in the database, or the program fails.
fn server_and_loop_write_alike(engine: &str) {
    let sizes = [
        ("--rounds", "1"),
        ("--articles", "40"),
        ("--history", "100"),
        ("--single", "40"),
        ("--batched", "40"),
        ("--batch", "10"),
        ("--callers", "3"),
        ("--pushed", "200"),
        ("--connections", "4"),
        ("--merchants", "4"),
    ];
    let sizes: Vec<&str> = sizes.into_iter().flat_map(|(name, value)| [name, value]).collect();
    let told = bench(engine, &[&["writes"], sizes.as_slice()].concat());
    let parts = [
        "1 change a call",
        "10 changes a call",
        "records of 20 stores",
        "records pushed, 20 stores",
    ];
    assert!(
        told.is_empty() || parts.iter().all(|part| told.contains(part)),
        "{told}"
    );
}

#[test]
fn server_and_loop_write_alike_on_sqlite() {
    server_and_loop_write_alike("sqlite");
}

#[test]
fn server_and_loop_write_alike_on_postgres() {
    server_and_loop_write_alike("postgres");
}
