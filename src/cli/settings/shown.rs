//! How a value is shown: never with a secret.

use clap::builder::{BoolishValueParser, TypedValueParser};
use stock_sync::config::without_password;

use super::Value;

/// What stands for a secret.
const HIDDEN: &str = "(set)";

/// The value for people, none when there is none. Passwords within URLs are hidden too.
pub(crate) fn shown(value: &Value) -> Option<String> {
    if value.values.is_empty() {
        return value.setting.is_switch().then(|| "false".to_owned());
    }
    if value.setting.is_secret {
        let url = value.values.first().and_then(|text| database(text));
        return Some(match value.setting.key.as_str() {
            "database-url" => url.unwrap_or_else(|| HIDDEN.to_owned()),
            _ => HIDDEN.to_owned(),
        });
    }
    if value.setting.is_switch() {
        // A variable may say it in other words.
        return Some(value.values.iter().map(|text| switched(text)).collect());
    }
    let texts: Vec<String> = value.values.iter().map(|text| without_password(text)).collect();
    Some(texts.join(","))
}

/// A switch as the documentation says it; what is no word for on or off stays as it is.
fn switched(text: &str) -> String {
    let is_on = BoolishValueParser::new().parse_ref(&clap::Command::new(""), None, text.as_ref());
    is_on.map_or_else(|_| text.to_owned(), |is| is.to_string())
}

/// A database's URL without its secrets; none when it is not one, since anything could be in it.
fn database(text: &str) -> Option<String> {
    if text.starts_with("sqlite:") {
        return Some(text.to_owned());
    }
    let mut url = url::Url::parse(text).ok()?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return None;
    }
    if url.password().is_some() {
        // An error means that it can have none.
        let _ = url.set_password(Some("***"));
    }
    // A parameter may be a password as well.
    if url.query().is_some() {
        url.set_query(Some("..."));
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_shown_without_its_password() {
        let shown = |text| database(text).unwrap_or_default();
        assert_eq!(shown("postgres://u:hunter2@h/db"), "postgres://u:***@h/db");
        assert_eq!(shown("postgres://h/db?password=hunter2"), "postgres://h/db?...");
        assert_eq!(shown("sqlite://data/a.db"), "sqlite://data/a.db");
        assert_eq!(database("hunter2"), None);
        assert_eq!(database("mysql://u:hunter2@h/db"), None);
    }
}
