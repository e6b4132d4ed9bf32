//! The pages that people read: what they link to is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::pages::markdown;

#[test]
fn every_link_to_a_file_leads_somewhere() {
    let mut links = 0;
    let mut faults = Vec::new();
    for page in markdown() {
        let text = fs::read_to_string(&page).unwrap();
        for target in targets(&text) {
            links += 1;
            if let Err(why) = follow(&page, &target) {
                faults.push(format!("{}: {target}: {why}", page.display()));
            }
        }
    }
    assert!(links > 100, "only {links} links were found: does the test see them?");
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_link_that_leads_nowhere_is_a_fault() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/frontend.md");
    assert_eq!(follow(&page, "../README.md#limits"), Ok(()));
    assert_eq!(follow(&page, "#live-updates-without-gaps"), Ok(()));
    assert_eq!(follow(&page, "../examples/frontend"), Ok(()));
    for target in [
        "README.md",
        "../README.md#limit",
        "#nothing",
        "../src/nothing.rs",
        "../src/lib.rs#L5",
    ] {
        assert!(follow(&page, target).is_err(), "{target}");
    }
}

#[test]
fn links_are_told_from_code() {
    let text = "[a](one.md) `[b](two.md)` ![c](three.png \"title\")\n```md\n[d](four.md)\n```\n[e](https://example.com) [f](five.md#six)";
    assert_eq!(targets(text), ["one.md", "three.png", "five.md#six"]);
}

#[test]
fn headings_have_the_anchors_that_hosts_of_code_give_them() {
    let text =
        "# The `a_b` of 3.5\n## Twice\n```sh\n# no heading\n```\n## Twice\n### What was tried, and what was not\n";
    let expected = ["the-a_b-of-35", "twice", "twice-1", "what-was-tried-and-what-was-not"];
    assert_eq!(anchors(text), expected.map(str::to_owned).into());
}

/// Whether there is such a file, and such a heading in it.
fn follow(page: &Path, target: &str) -> Result<(), String> {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = match path {
        "" => page.to_owned(),
        path => page.parent().unwrap().join(path),
    };
    if !file.exists() {
        return Err("there is no such file".to_owned());
    }
    if anchor.is_empty() {
        return Ok(());
    }
    if file.extension().is_none_or(|extension| extension != "md") {
        return Err("only pages have anchors".to_owned());
    }
    let known = anchors(&fs::read_to_string(&file).unwrap());
    known
        .contains(anchor)
        .then_some(())
        .ok_or_else(|| format!("its anchors are {known:?}"))
}

/// The lines that are text: those of code are left out, with what is between backticks in a line.
fn lines_of_text(text: &str) -> Vec<String> {
    let mut is_code = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            lines.push(line.to_owned());
        }
    }
    lines
}

/// Where the links lead that stay in the repository.
fn targets(text: &str) -> Vec<String> {
    let mut targets = Vec::new();
    for line in lines_of_text(text) {
        // The odd parts are code, but for that in a link's own words, as in [`app`](src/app).
        let line = line.replace("[`", "[").replace("`]", "]");
        let text: String = line.split('`').step_by(2).collect();
        for link in text.split("](").skip(1) {
            let target = link.split([')', ' ']).next().unwrap_or_default();
            if !target.contains("://") && !target.starts_with("mailto:") {
                targets.push(target.to_owned());
            }
        }
    }
    targets
}

/// The anchors of the headings: in lower case, with hyphens for spaces, without punctuation, numbered where they are the same.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let lines = lines_of_text(text);
    let headings = lines.iter().filter_map(|line| {
        let words = line.trim_start_matches('#');
        (words.len() < line.len()).then(|| words.strip_prefix(' ')).flatten()
    });
    headings
        .map(|heading| {
            let kept = heading
                .trim()
                .to_lowercase()
                .replace(' ', "-")
                .replace(|c: char| !c.is_alphanumeric() && c != '-' && c != '_', "");
            let times = seen.entry(kept.clone()).or_default();
            *times += 1;
            match *times {
                1 => kept,
                again => format!("{kept}-{}", again - 1),
            }
        })
        .collect()
}
