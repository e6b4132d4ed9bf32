//! Which web pages may call.
//!
//! A browser says in `Origin` whose page makes a request. Everything else that speaks HTTP sends none, and has nothing
//! to prove here: the key is what counts, and browsers do not send it by themselves.

use axum::http::{HeaderMap, HeaderValue, header};

/// Whether the request comes from no page, from a page of this server, or from one of an origin that is allowed.
pub(super) fn is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    is_listed(origin, allowed) || is_own(origin, headers)
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
    matches!((origin, host), (Some((_, from)), Some(host)) if from.eq_ignore_ascii_case(host))
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
    }
}
