//! Which web pages may call.
//!
//! A browser says in `Origin` whose page makes a request. Everything else that speaks HTTP sends none, and has nothing
//! to prove here: the key is what counts, and browsers do not send it by themselves.

use axum::http::{HeaderMap, HeaderValue, header};

/// Whether the request comes from no page, from a page of this server, or from one of an origin that is allowed.
pub(super) fn is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => is_listed(origin, allowed) || is_own(origin, headers),
        // No browser sends two.
        (Some(_), Some(_)) => false,
    }
}

/// Whether an origin is on the list, on which `*` stands for all.
pub(super) fn is_listed(origin: &HeaderValue, allowed: &[String]) -> bool {
    allowed.iter().any(|entry| {
        let entry = entry.trim_end_matches('/').as_bytes();
        entry == b"*" || origin.as_bytes().eq_ignore_ascii_case(entry)
    })
}

fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    // TLS may end at a proxy, so of the scheme it is only known that it is one of the web's.
    let is_web = |scheme: &str| ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    matches!((origin, host), (Some((scheme, from)), Some(host)) if is_web(scheme) && from.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(origin: Option<&'static str>, list: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("sync.example:8080"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        let list: Vec<String> = list.iter().map(|&entry| entry.to_owned()).collect();
        is_allowed(&headers, &list)
    }

    #[test]
    fn pages_of_other_origins_need_leave() {
        assert!(allowed(None, &[]));
        assert!(allowed(Some("http://sync.example:8080"), &[]));
        assert!(!allowed(Some("http://sync.example"), &[]));
        assert!(!allowed(Some("https://evil.example"), &["https://erp.example"]));
        assert!(!allowed(Some("null"), &["https://erp.example"]));
        assert!(allowed(Some("https://erp.example"), &["https://erp.example/"]));
        assert!(allowed(Some("https://any.example"), &["*"]));
        for trick in [
            "",
            "sync.example:8080",
            "chrome-extension://sync.example:8080",
            "http://sync.example:8080.evil.example",
            "http://evil.example#http://sync.example:8080",
            "http://me@sync.example:8080",
            "http://sub.sync.example:8080",
            "http://sync.example:80801",
            "http://sync.example:8080/",
        ] {
            assert!(!allowed(Some(trick), &["https://erp.example"]), "{trick}");
        }
    }

    #[test]
    fn two_origins_are_none() {
        let mut headers = HeaderMap::new();
        for origin in ["https://erp.example", "https://evil.example"] {
            headers.append(header::ORIGIN, HeaderValue::from_static(origin));
        }
        assert!(!is_allowed(&headers, &["https://erp.example".to_owned()]));
    }
}
