//! The pages that people read.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The markdown files of the repository that git tracks or would, relative to its root.
pub(crate) fn markdown() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "*.md"])
        .current_dir(root)
        .output()
        .unwrap();
    let text = String::from_utf8(listed.stdout).unwrap();
    let pages: Vec<PathBuf> = text
        .lines()
        .map(|line| root.join(line))
        .filter(|page| page.exists())
        .collect();
    assert!(
        pages.len() > 5,
        "git lists {pages:?}: {}",
        String::from_utf8_lossy(&listed.stderr)
    );
    pages
}
