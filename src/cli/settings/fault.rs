//! What is wrong with a setting, in words that never hold a secret.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue};
use clap::{ArgAction, Command};

use stock_sync::config::range;

use super::Setting;

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The key of the setting, where it is one.
    pub(crate) key: Option<String>,
    /// Where it was said: the flag, with the variable or the line of the file; or only the line.
    pub(crate) place: String,
    /// What is wrong, and what is allowed.
    pub(crate) message: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// What is wrong with the form of a value, as the setting's own argument reads it.
pub(super) fn of_value(setting: &Setting, values: &[String]) -> Option<String> {
    let mut arg = setting.arg.clone().env(None::<&str>);
    if setting.is_switch() {
        arg = arg.action(ArgAction::Set);
    }
    let alone = Command::new("setting").no_binary_name(true).arg(arg);
    let argument = format!("{}={}", setting.flag(), values.join(","));
    let error = alone.try_get_matches_from([argument]).err()?;
    Some(words(setting, values, &error))
}

fn words(setting: &Setting, values: &[String], error: &clap::Error) -> String {
    if setting.is_secret {
        return "the value cannot be used; it is not shown, because it is a secret".to_owned();
    }
    let value = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) => value.clone(),
        _ => values.join(","),
    };
    if let Some(ContextValue::Strings(allowed)) = error.get(ContextKind::ValidValue)
        && !allowed.is_empty()
    {
        return format!("\"{value}\" is none of {}", allowed.join(", "));
    }
    if setting.is_switch() {
        return format!("\"{value}\" is neither true nor false");
    }
    let value = stock_sync::config::without_password(&value);
    // Whoever reads numbers says how long they may be, and not what makes sense.
    let why = match (range(&setting.flag()), error.source().map(ToString::to_string)) {
        (Some(range), _) => format!("expected a whole number from {} to {}", range.start(), range.end()),
        (None, Some(why)) => why,
        (None, None) => "it cannot be read".to_owned(),
    };
    match setting.defaults().as_slice() {
        [] => format!("\"{value}\": {why}"),
        default => format!("\"{value}\": {why}; the default is {}", default.join(",")),
    }
}
