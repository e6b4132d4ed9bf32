//! The floors of the house: imports go downward only.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of each floor, from the ground up. What is not named here is on no floor, which is a failure too.
const FLOORS: [&[&str]; 7] = [
    &["error", "chance", "clock", "meter", "request_id", "trace"],
    &["domain"],
    &["db", "marketplace", "feed"],
    &["sync"],
    &["graphql"],
    &["http"],
    &[
        "app",
        "config",
        "telemetry",
        "cli",
        "demo",
        "import",
        "progress",
        "main",
        "lib",
    ],
];

/// The top floor holds what puts the program together; its rooms may use each other.
const TOP: usize = FLOORS.len() - 1;

/// Read by these alone; everything else is handed plain values.
const READERS_OF_CONFIG: [&str; 5] = ["app", "cli", "config", "demo", "main"];

#[test]
fn imports_go_downward_only() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = BTreeSet::new();
    let mut imports = 0;
    for file in rust_files(&source) {
        let room = room_of(&source, &file);
        let text = fs::read_to_string(&file).unwrap();
        for target in imported_rooms(&text) {
            imports += 1;
            if let Some(fault) = fault(&room, &target) {
                faults.insert(format!("{}: {fault}", file.display()));
            }
        }
    }
    assert!(
        imports > 10,
        "only {imports} imports were found: is the test looking at the source?"
    );
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Statements are made in `db` alone. The simulation and unit tests look at rows by themselves.
#[test]
fn all_sql_is_in_one_room() {
    const STATEMENTS: [&str; 9] = [
        "Entity::find",
        "Entity::insert",
        "Entity::update",
        "Entity::delete",
        ".query_one",
        ".query_all",
        ".execute_raw",
        ".execute_unprepared",
        "Statement::from",
    ];
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = BTreeSet::new();
    let elsewhere =
        |file: &PathBuf| !file.starts_with(source.join("db")) && !file.starts_with(source.join("sync/simulation"));
    for file in rust_files(&source).into_iter().filter(elsewhere) {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod").next().unwrap_or_default();
        let found = STATEMENTS.iter().filter(|statement| code.contains(**statement));
        faults.extend(found.map(|statement| format!("{}: {statement}", file.display())));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A file is what one can hold in the head. How long a function may be, clippy.toml says.
#[test]
fn no_file_is_too_long() {
    const LINES: usize = 400;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [
        "src",
        "entity/src",
        "migration/src",
        "bench/src",
        "bench/tests",
        "tests",
    ];
    let files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| rust_files(&root.join(folder)))
        .collect();
    assert!(files.len() > 100, "only {} files were found", files.len());
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(
            lines <= LINES,
            "{} has {lines} lines, more than {LINES}",
            file.display()
        );
    }
}

#[test]
fn an_import_upward_or_sideways_is_a_fault() {
    assert_eq!(fault("sync", "db"), None);
    assert_eq!(fault("db", "db"), None);
    assert_eq!(fault("main", "app"), None);
    assert!(fault("db", "sync").is_some());
    assert!(fault("db", "feed").is_some());
    assert!(fault("domain", "attic").is_some());
    assert!(fault("http", "config").is_some());
}

#[test]
fn every_way_to_write_an_import_is_seen() {
    let text = "use crate::db::Db;\nuse crate::{feed::Feed, sync};\n    pub(crate) use crate::error::{Error, Result};\n\
                fn f() { crate::http::serve() }\n/// See [`crate::app`].\n// crate::cli\n";
    let rooms: Vec<String> = imported_rooms(text).into_iter().collect();
    assert_eq!(rooms, ["db", "error", "feed", "http", "sync"]);
}

/// What is wrong with one room's use of another.
fn fault(room: &str, target: &str) -> Option<String> {
    if target == "config" && !READERS_OF_CONFIG.contains(&room) {
        return Some(format!("{room} reads the configuration"));
    }
    match (floor_of(room), floor_of(target)) {
        _ if room == target => None,
        (None, _) => Some(format!("{room} is on no floor")),
        (_, None) => Some(format!("{target} is on no floor")),
        (Some(TOP), Some(TOP)) => None,
        (Some(from), Some(to)) if to >= from => Some(format!("{room} (floor {from}) imports {target} (floor {to})")),
        _ => None,
    }
}

fn floor_of(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn room_of(source: &Path, file: &Path) -> String {
    let first = file.strip_prefix(source).unwrap().components().next().unwrap();
    let name = Path::new(first.as_os_str()).file_stem().unwrap();
    name.to_string_lossy().into_owned()
}

/// The first part of every `crate::` path outside comments, those in braces after `use crate::` included.
fn imported_rooms(text: &str) -> BTreeSet<String> {
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let mut rooms = BTreeSet::new();
    for (place, _) in code.match_indices("crate::") {
        let rest = &code[place + "crate::".len()..];
        // The name of another crate, or `$crate`, is somebody else's.
        let before = code[..place].chars().next_back();
        if before.is_some_and(|before| before.is_alphanumeric() || before == '_') {
            continue;
        }
        match rest.strip_prefix('{') {
            Some(list) => rooms.extend(first_level(list).iter().map(|path| first_part(path))),
            None => {
                rooms.insert(first_part(rest));
            }
        }
    }
    rooms
}

/// The paths of a braced list, up to its closing brace, without splitting the braces inside.
fn first_level(list: &str) -> Vec<String> {
    let mut paths = vec![String::new()];
    let mut depth = 0;
    for character in list.chars() {
        match character {
            '}' if depth == 0 => break,
            ',' if depth == 0 => paths.push(String::new()),
            _ => {
                depth += i32::from(character == '{') - i32::from(character == '}');
                paths.last_mut().unwrap().push(character);
            }
        }
    }
    paths.retain(|path| !path.trim().is_empty());
    paths
}

fn first_part(path: &str) -> String {
    let path = path.trim_start();
    let end = path
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(path.len());
    path[..end].to_owned()
}

/// All source files below a folder; none where that is not there.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
