//! The configuration file: TOML, one key for each setting, without tables.
//!
//! Nothing of its text is ever repeated but keys, since values may be secrets.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml_edit::{Document, Item, Value};

use super::{Fault, Setting};

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct File {
    path: PathBuf,
    entries: BTreeMap<String, Entry>,
}

/// One key.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where it is, for people.
    pub(super) place: String,
    /// Its values, as a flag would have them; several where it is a list.
    pub(super) values: Vec<String>,
}

/// Names that are nearer to each other than this are taken for one that was mistyped.
const NEAR: f64 = 0.7;

impl File {
    /// Reads a file. What is wrong with it goes to `faults`; the rest of it is good.
    pub(super) fn read(path: &Path, known: &[Setting], faults: &mut Vec<Fault>) -> Self {
        let mut file = Self {
            path: path.to_owned(),
            entries: BTreeMap::new(),
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                faults.push(file.fault(
                    "--config".to_owned(),
                    format!("{} cannot be read: {error}", path.display()),
                ));
                return file;
            }
        };
        match Document::parse(text.as_str()) {
            Ok(document) => {
                for (key, item) in document.iter() {
                    let span = document.key(key).and_then(toml_edit::Key::span);
                    file.take(key, item, &file.line(&text, span), known, faults);
                }
            }
            // Its own display shows the line, in which there may be a secret.
            Err(error) => {
                let place = file.line(&text, error.span());
                let what = error.message().lines().next().unwrap_or("no TOML").to_owned();
                let told = if what.contains(['"', '`']) { "no TOML" } else { &what };
                faults.push(file.fault(place, format!("cannot be read as TOML: {told}")));
            }
        }
        file
    }

    /// What it says of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    fn take(&mut self, key: &str, item: &Item, place: &str, known: &[Setting], faults: &mut Vec<Fault>) {
        if known.iter().all(|setting| setting.key != key) {
            faults.push(self.fault(place.to_owned(), unknown(key, known)));
            return;
        }
        match values(item) {
            Some(values) => {
                let place = place.to_owned();
                self.entries.insert(key.to_owned(), Entry { place, values });
            }
            None => {
                let message = "must be a text, a whole number, true, false, or a list of texts";
                faults.push(Fault {
                    key: Some(key.to_owned()),
                    ..self.fault(format!("--{key} ({place})"), message.to_owned())
                });
            }
        }
    }

    fn line(&self, text: &str, span: Option<Range<usize>>) -> String {
        let before = span.and_then(|span| text.get(..span.start));
        match before {
            Some(before) => format!("{}, line {}", self.path.display(), before.matches('\n').count() + 1),
            None => self.path.display().to_string(),
        }
    }

    #[expect(clippy::unused_self, reason = "a fault of this file")]
    fn fault(&self, place: String, message: String) -> Fault {
        Fault {
            key: None,
            place,
            message,
        }
    }
}

fn unknown(key: &str, known: &[Setting]) -> String {
    let near = |setting: &&Setting| strsim::jaro_winkler(&setting.key, &key.replace('_', "-"));
    let nearest = known.iter().max_by(|a, b| near(a).total_cmp(&near(b)));
    match nearest.filter(|setting| near(setting) > NEAR) {
        Some(setting) => format!("there is no key \"{key}\"; \"{}\" is the nearest", setting.key),
        None => format!("there is no key \"{key}\"; docs/configuration.md and `stock-sync config table` list them"),
    }
}

fn values(item: &Item) -> Option<Vec<String>> {
    match item.as_value()? {
        Value::Array(list) => list.iter().map(single).collect(),
        value => Some(vec![single(value)?]),
    }
}

fn single(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Float(number) => Some(number.value().to_string()),
        Value::Boolean(is) => Some(is.value().to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::InlineTable(_) => None,
    }
}
