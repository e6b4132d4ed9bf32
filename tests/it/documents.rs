//! The documents of the example frontend, and those that pages show: each is one that a server with the limits of production
//! lets in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use stock_sync::error::Error;
use stock_sync::http::{Limits, PersistedDocuments};

use crate::support::pages::markdown;

#[tokio::test]
async fn the_documents_of_the_example_frontend_are_executed_by_this_server() {
    let source = definitions();
    let operations: BTreeMap<&String, String> = source
        .iter()
        .filter(|(_, text)| !text.starts_with("fragment "))
        .map(|(name, text)| (name, with_fragments(text, &source)))
        .collect();
    assert!(operations.len() >= 12, "{:?}", operations.keys());
    for kind in ["query ", "mutation ", "subscription "] {
        assert!(operations.values().any(|text| text.starts_with(kind)), "no {kind}");
    }
    assert_eq!(faults(&json!(operations)).await, [""; 0]);
}

#[tokio::test]
async fn the_documents_that_pages_show_are_valid() {
    let source = definitions();
    let mut shown = BTreeMap::new();
    for page in markdown() {
        for (number, block) in blocks(&page).iter().enumerate() {
            if !block.starts_with("fragment ") {
                shown.insert(
                    format!("{} {}", page.display(), number + 1),
                    with_fragments(block, &source),
                );
            }
        }
    }
    assert!(shown.len() > 10, "{:?}", shown.keys());
    assert_eq!(faults(&json!(shown)).await, [""; 0]);
}

#[test]
fn the_page_for_frontends_shows_the_documents_of_the_example() {
    let source = definitions();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/frontend.md");
    let blocks = blocks(&page);
    assert!(blocks.len() >= 5, "{blocks:?}");
    for block in blocks {
        assert_eq!(source.get(name_of(&block)), Some(&block));
    }
}

#[tokio::test]
async fn a_document_with_a_field_that_is_not_there_is_a_fault() {
    let faults = faults(&json!({ "Wrong": "query Wrong { storeSkus { nodes { skus } } }" })).await;
    assert!(faults.len() == 1 && faults[0].contains("Wrong"), "{faults:?}");
}

/// What a server that is given these as its only documents says of them. Documents of the same text are one.
async fn faults(documents: &serde_json::Value) -> Vec<String> {
    let validator = stock_sync::graphql::validator();
    let json = documents.to_string();
    match PersistedDocuments::read(json.as_bytes(), &Limits::default(), false, &validator).await {
        Ok(_) => Vec::new(),
        Err(Error::Invalid(problems)) => problems.into_iter().map(|problem| problem.message).collect(),
        Err(error) => panic!("{}", error.operator_text()),
    }
}

/// The documents that a page shows.
fn blocks(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let blocks = text.split("```graphql\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().trim().to_owned())
        .collect()
}

/// The name of a definition, which is its second word.
fn name_of(definition: &str) -> &str {
    definition.split([' ', '(', '{']).nth(1).unwrap()
}

/// The operations and fragments of the example, by name.
fn definitions() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/frontend/graphql");
    let mut definitions = BTreeMap::new();
    for file in files(&folder) {
        let text = fs::read_to_string(&file).unwrap();
        // Each begins at the start of a line and ends with a brace there.
        for part in text.split_inclusive("\n}\n") {
            let lines: Vec<&str> = part.lines().filter(|line| !line.starts_with('#')).collect();
            let definition = lines.join("\n").trim().to_owned();
            if definition.is_empty() {
                continue;
            }
            let name = name_of(&definition).to_owned();
            assert!(definitions.insert(name.clone(), definition).is_none(), "{name} twice");
        }
    }
    definitions
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

/// An operation with the fragments that it needs, and those that these need, as a generated client sends it.
fn with_fragments(operation: &str, definitions: &BTreeMap<String, String>) -> String {
    let mut needed = BTreeSet::new();
    let mut open = vec![operation];
    while let Some(text) = open.pop() {
        for spread in text.lines().filter_map(|line| line.trim().strip_prefix("...")) {
            if let Some(fragment) = definitions.get(spread)
                && needed.insert(fragment.as_str())
            {
                open.push(fragment);
            }
        }
    }
    let mut whole = vec![operation];
    whole.extend(needed);
    whole.join("\n\n")
}
