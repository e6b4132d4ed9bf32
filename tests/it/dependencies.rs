//! What is built in: nothing that is not used, and nothing twice without being known.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The crates of the workspace, by their folders.
const CRATES: [&str; 4] = [".", "entity", "migration", "bench"];

/// Every version but the newest of what Cargo.lock has more than once is in deny.toml, with its reason, and nothing else is.
#[test]
fn what_is_there_twice_is_known() {
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in read("Cargo.lock").split("[[package]]").skip(1) {
        let of = |key: &str| {
            let (_, rest) = package.split_once(&format!("\n{key} = \"")).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        versions.entry(of("name")).or_default().push(of("version"));
    }
    // Cargo writes the versions of a package in their order.
    let older: BTreeSet<String> = versions
        .iter()
        .flat_map(|(name, versions)| {
            versions
                .iter()
                .rev()
                .skip(1)
                .map(move |version| format!("{name}@{version}"))
        })
        .collect();
    let policy = read("deny.toml");
    let known: BTreeSet<String> = policy
        .lines()
        .filter_map(|line| line.trim().strip_prefix("{ crate = \""))
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    assert!(known.len() > 5, "the list of deny.toml was not found");
    assert_eq!(older, known, "left: Cargo.lock; right: deny.toml");
}

/// Every dependency is named in the source of the crate that asks for it.
#[test]
fn everything_that_is_asked_for_is_used() {
    for folder in CRATES {
        let source = source(folder);
        for name in dependencies(folder) {
            let path = name.replace('-', "_");
            let is_used = ["::", " as ", ";", " =>"]
                .iter()
                .any(|after| source.contains(&format!("{path}{after}")));
            assert!(is_used, "{folder}/Cargo.toml asks for {name}, and nothing names it");
        }
    }
}

/// The names under `[dependencies]` and `[dev-dependencies]`.
fn dependencies(folder: &str) -> Vec<String> {
    let manifest = read(&format!("{folder}/Cargo.toml"));
    let mut is_list = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_list = matches!(line, "[dependencies]" | "[dev-dependencies]");
        } else if is_list && let Some((name, _)) = line.split_once([' ', '.', '=']) {
            names.extend((!name.is_empty() && !name.starts_with('#')).then(|| name.to_owned()));
        }
    }
    assert!(!names.is_empty(), "{folder}/Cargo.toml asks for nothing");
    names
}

fn source(folder: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut source = String::new();
    for below in ["src", "tests"] {
        for file in crate::floors::rust_files(&root.join(below)) {
            source.push_str(&fs::read_to_string(file).unwrap());
        }
    }
    source
}

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
