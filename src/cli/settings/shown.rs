//! How a value is shown: never with a secret.

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
    let texts: Vec<String> = value.values.iter().map(|text| without_password(text)).collect();
    Some(texts.join(","))
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
    hide_password(&mut url);
    // A parameter may be a password as well.
    if url.query().is_some() {
        url.set_query(Some("..."));
    }
    Some(url.into())
}

fn without_password(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut url) if url.password().is_some() => {
            hide_password(&mut url);
            url.into()
        }
        _ => text.to_owned(),
    }
}

fn hide_password(url: &mut url::Url) {
    if url.password().is_some() {
        // An error means that it can have none.
        let _ = url.set_password(Some("***"));
    }
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
