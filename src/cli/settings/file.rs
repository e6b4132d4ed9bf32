//! The configuration file: TOML, one key for each setting, without tables.
//!
//! Nothing of its text is ever repeated but keys, since values may be secrets.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml_edit::{Document, Item, Value};

use super::{Fault, Setting, nearest};

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
                faults.push(file.fault(place, unreadable(&text, &error, known)));
            }
        }
        file
    }

    /// What it says of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    fn take(&mut self, key: &str, item: &Item, place: &str, known: &[Setting], faults: &mut Vec<Fault>) {
        let Some(setting) = known.iter().find(|setting| setting.key == key) else {
            faults.push(self.fault(place.to_owned(), unknown(key, known)));
            return;
        };
        let (read, wanted) = match setting.is_switch() {
            true => (
                item.as_bool().map(|is| vec![is.to_string()]),
                "true or false, without quotes",
            ),
            false => (values(item), "a text, a whole number, or a list of texts"),
        };
        match read {
            Some(values) => {
                let place = place.to_owned();
                self.entries.insert(key.to_owned(), Entry { place, values });
            }
            None => faults.push(Fault {
                key: Some(key.to_owned()),
                ..self.fault(format!("--{key} ({place})"), format!("must be {wanted}"))
            }),
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

/// Why a text is no TOML: in most cases because a text has no quotes.
fn unreadable(text: &str, error: &toml_edit::TomlError, known: &[Setting]) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or_default();
    let line = text.lines().nth(before.matches('\n').count()).unwrap_or_default();
    if let Some((key, value)) = line.split_once('=').map(|(key, value)| (key.trim(), value.trim()))
        && known.iter().any(|setting| setting.key == key)
        && !value.starts_with(['"', '\'', '['])
    {
        return format!(
            "the value of {key} is not one of TOML; a text stands in quotes, as in listen = \"127.0.0.1:8080\""
        );
    }
    let what = error.message().lines().next().unwrap_or("no TOML").to_owned();
    let told = if what.contains(['"', '`']) { "no TOML" } else { &what };
    format!("cannot be read as TOML: {told}")
}

fn unknown(key: &str, known: &[Setting]) -> String {
    let names = known.iter().map(|setting| setting.key.as_str());
    match nearest(&key.replace('_', "-"), names) {
        Some(nearest) => format!("there is no key \"{key}\"; \"{nearest}\" is the nearest"),
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
