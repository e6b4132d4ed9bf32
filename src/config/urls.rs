//! What addresses and URLs have to be. A message shows what was given, but never a password.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use url::Url;

use super::marketplace::{Marketplace, PlatformUrls};
use crate::error::{Problem, ProblemCode};
use crate::marketplace::outgoing::check_endpoint;

/// The text without what may be a password: that of a URL, and where it is none, all that stands before the last `@`.
#[must_use]
pub fn without_password(text: &str) -> String {
    // Where the scheme was forgotten, the user is taken for one.
    let url = Url::parse(text).ok().filter(|url| !url.cannot_be_a_base());
    match (url, text.rsplit_once('@')) {
        (Some(mut url), _) if url.password().is_some() => {
            // An error means that it can have none.
            let _ = url.set_password(Some("***"));
            url.into()
        }
        (Some(_), _) | (None, None) => text.to_owned(),
        (None, Some((before, after))) => match before.split_once("://") {
            Some((scheme, _)) => format!("{scheme}://***@{after}"),
            None => format!("***@{after}"),
        },
    }
}

/// What is wrong with the URL of a database. The URL is not repeated: it may hold a password.
pub(super) fn of_database(url: &str) -> Option<&'static str> {
    if url.starts_with("sqlite:") {
        return of_sqlite(url);
    }
    if !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
        return Some("must begin with sqlite:// or postgres://");
    }
    let unreadable = "is not a URL such as postgres://user:password@host:5432/name; it is not shown, because there may be a \
                      password in it. Signs such as @, : and / within a password are written as %40, %3A and %2F";
    match (Url::parse(url), PgConnectOptions::from_str(url)) {
        (Ok(url), Ok(_)) if names_nothing(&url) => {
            Some("names neither a host nor a database, as postgres://user:password@host/name does")
        }
        (Ok(_), Ok(_)) => None,
        _ => Some(unreadable),
    }
}

fn of_sqlite(url: &str) -> Option<&'static str> {
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Some("a database in memory is not supported; name a file, as in sqlite://data/stock-sync.db");
    }
    let named = |options: SqliteConnectOptions| !options.get_filename().as_os_str().is_empty();
    match (Url::parse(url), SqliteConnectOptions::from_str(url)) {
        (Ok(_), Ok(options)) if named(options.clone()) => None,
        _ => Some("names no file that can be used, as sqlite://data/stock-sync.db does"),
    }
}

/// A socket's folder may be named as a parameter.
fn names_nothing(url: &Url) -> bool {
    let has_host = url.host_str().is_some_and(|host| !host.is_empty());
    !has_host && url.path().trim_matches('/').is_empty() && url.query().is_none()
}

/// What is wrong with where the platforms are: what a store that is connected would be refused for.
pub(super) fn check_platforms(marketplace: &Marketplace, problems: &mut Vec<Problem>) {
    for (flag, given, placeholder) in platforms(&marketplace.urls) {
        let filled = match placeholder {
            Some((name, example)) => given.replace(name, example),
            None => given.clone(),
        };
        if let Err(fault) = of_platform(&filled, placeholder, marketplace.allow_private_endpoints) {
            let message = format!("\"{}\" {fault}", without_password(given));
            problems.push(Problem::new(flag, ProblemCode::Invalid, message));
        }
    }
}

/// What stands for a part of a URL, and an example of that part.
type Placeholder = Option<(&'static str, &'static str)>;

fn platforms(urls: &PlatformUrls) -> [(&'static str, &String, Placeholder); 8] {
    [
        ("--shopee-url", &urls.shopee_url, None),
        ("--lazada-url", &urls.lazada_url, Some(("{region}", "co.id"))),
        ("--lazada-auth-url", &urls.lazada_auth_url, None),
        ("--tiktok-shop-url", &urls.tiktok_shop_url, None),
        ("--tiktok-shop-auth-url", &urls.tiktok_shop_auth_url, None),
        ("--tokopedia-url", &urls.tokopedia_url, None),
        ("--tokopedia-auth-url", &urls.tokopedia_auth_url, None),
        (
            "--shopify-url",
            &urls.shopify_url,
            Some(("{shop}", "shop.myshopify.com")),
        ),
    ]
}

fn of_platform(url: &str, placeholder: Placeholder, allow_private: bool) -> Result<(), String> {
    if url.contains(['{', '}']) {
        return Err(match placeholder {
            Some((name, _)) => format!("has braces; {name} alone stands for something here"),
            None => "has braces, which stand for nothing here".to_owned(),
        });
    }
    match check_endpoint(url, allow_private)?.query() {
        Some(_) => Err("must have no query: paths are put behind it".to_owned()),
        None => Ok(()),
    }
}

/// What is wrong with the URL of a collector of spans, by the setting or variable that names it.
#[must_use]
pub fn of_collector(setting: &str, text: &str) -> Option<Problem> {
    let is_good = |url: Url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none();
    if Url::parse(text).is_ok_and(is_good) {
        return None;
    }
    let message = format!(
        "\"{}\" is not a URL such as http://localhost:4318",
        without_password(text)
    );
    Some(Problem::new(setting, ProblemCode::Invalid, message))
}

/// Whether a browser may call a page's place so.
pub(super) fn is_origin(text: &str) -> bool {
    let is_whole = |url: Url| matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text;
    text == "*" || Url::parse(text).is_ok_and(is_whole)
}

/// Whether two servers cannot both listen there: an address that stands for all takes the port of each.
pub(super) fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let takes_all = |taker: IpAddr, other: IpAddr| match taker {
        IpAddr::V4(taker) => taker.is_unspecified() && other.is_ipv4(),
        // It takes IPv4's as well.
        IpAddr::V6(taker) => taker.is_unspecified(),
    };
    let (here, there) = (one.ip(), other.ip());
    one.port() != 0 && one.port() == other.port() && (here == there || takes_all(here, there) || takes_all(there, here))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn an_origin_has_no_path_and_is_of_the_web() {
        for (origin, is_good) in [
            ("https://erp.example", true),
            ("http://localhost:3000", true),
            ("*", true),
            ("https://erp.example/", false),
            ("ftp://erp.example", false),
            ("erp.example", false),
            ("null", false),
        ] {
            assert_eq!(is_origin(origin), is_good, "{origin}");
        }
    }

    #[test]
    fn an_address_for_all_takes_the_port_of_each() {
        for (one, other, expected) in [
            ("0.0.0.0:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "0.0.0.0:80", true),
            ("[::]:80", "127.0.0.1:80", true),
            ("[::]:80", "0.0.0.0:80", true),
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "127.0.0.2:80", false),
            ("0.0.0.0:80", "[::1]:80", false),
            ("0.0.0.0:80", "127.0.0.1:81", false),
            ("0.0.0.0:0", "127.0.0.1:0", false),
        ] {
            assert_eq!(
                collide(one.parse().unwrap(), other.parse().unwrap()),
                expected,
                "{one} {other}"
            );
        }
    }

    #[test]
    fn databases_are_files_or_named_by_a_good_url() {
        for good in [
            "sqlite://data/a.db",
            "sqlite:a.db",
            "sqlite:///abs/a.db?mode=rwc",
            "postgres://u:p@h/db",
            "postgres:///db",
            "postgres://h",
            "postgres://?host=/run/postgresql",
            "postgresql://u@[::1]:5433/db?sslmode=require",
        ] {
            assert_eq!(of_database(good), None, "{good}");
        }
        for bad in [
            "",
            "data.db",
            "mysql://h/db",
            "sqlite::memory:",
            "sqlite://a.db?mode=memory",
            "sqlite://",
            "sqlite:",
            "sqlite://a.db?mode=odd",
            "postgres://",
            "postgres:///",
            "postgres:",
            "postgres://u:sekret@@bad:99999/x",
            "postgres://h/db?sslmode=odd",
        ] {
            assert!(of_database(bad).is_some_and(|fault| !fault.contains("sekret")), "{bad}");
        }
    }

    #[test]
    fn no_password_is_shown_even_where_there_is_no_url() {
        for (given, shown) in [
            ("https://u:hunter2@h/x", "https://u:***@h/x"),
            ("https://u:hunter2@@h:99999/x", "https://***@h:99999/x"),
            ("https://u:hunter2@api.{region}/rest", "https://u:***@api.{region}/rest"),
            ("u:hunter2@h", "***@h"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(without_password(given), shown);
        }
    }
}
