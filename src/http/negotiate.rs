//! Which form an answer takes, and which forms a request may have.

use axum::http::{HeaderMap, HeaderValue, Version, header};

/// The forms of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status tells whether the request was executed.
    GraphqlResponse,
    /// `application/json`: a well-formed request is answered with status 200, executed or not.
    Json,
    /// `text/event-stream`: one event a result.
    EventStream,
    /// `text/html`: the GraphiQL page.
    Html,
}

impl Media {
    /// The value of `Content-Type`.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::EventStream => "text/event-stream",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

/// The form that the `Accept` headers like best of those that there are; at equal weight the first that they name.
/// `application/json` when they say nothing or `*/*`. None when they exclude everything that there is.
pub(super) fn accepted(headers: &HeaderMap, html: bool) -> Option<Media> {
    let mut named = headers.get_all(header::ACCEPT).iter().peekable();
    if named.peek().is_none() {
        return Some(Media::Json);
    }
    let mut best: Option<(Media, f32)> = None;
    for range in named
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
    {
        let Some((media, weight)) = weighted(range, html) else {
            continue;
        };
        if weight > 0.0 && best.is_none_or(|(_, so_far)| weight > so_far) {
            best = Some((media, weight));
        }
    }
    best.map(|(media, _)| media)
}

/// Whether the `Accept` headers take `text/event-stream`, or say nothing.
pub(super) fn takes_events(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::ACCEPT).iter().peekable();
    values.peek().is_none()
        || values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|range| range.split(';').next())
            .any(|essence| matches!(essence.trim(), "text/event-stream" | "text/*" | "*/*"))
}

fn weighted(range: &str, html: bool) -> Option<(Media, f32)> {
    let mut parts = range.split(';').map(str::trim);
    let media = match parts.next()?.to_ascii_lowercase().as_str() {
        "application/graphql-response+json" => Media::GraphqlResponse,
        "application/json" | "application/*" | "*/*" => Media::Json,
        "text/event-stream" => Media::EventStream,
        "text/html" if html => Media::Html,
        _ => return None,
    };
    let mut weight = 1.0;
    for parameter in parts {
        let (name, value) = parameter.split_once('=')?;
        if name.eq_ignore_ascii_case("q") {
            weight = value.parse().ok()?;
        } else if name.eq_ignore_ascii_case("charset") && !is_utf8(value) {
            return None;
        }
    }
    Some((media, weight))
}

/// Whether the head of a request means the same to every proxy on its way: HTTP/1.1 wants exactly one `Host`, and of
/// the codings that a body can arrive in this server knows `chunked`.
pub(super) fn is_plain(version: Version, headers: &HeaderMap) -> bool {
    let hosts = headers.get_all(header::HOST).iter().count();
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let is_chunked = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"chunked");
    let coding_is_plain = match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => is_chunked(coding) && !headers.contains_key(header::CONTENT_LENGTH),
        (Some(_), Some(_)) => false,
    };
    (hosts == 1 || (hosts == 0 && version < Version::HTTP_11)) && coding_is_plain
}

/// Whether the body was compressed or otherwise changed on its way.
pub(super) fn is_encoded(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Whether a body is said to be `application/json`, in UTF-8 when it says anything of that. Forms, plain text and
/// bodies of no type are not: a page of any other site can have a browser send those without asking first.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(Ok(value)), None) = (values.next().map(|value| value.to_str()), values.next()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    is_json
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) => !name.eq_ignore_ascii_case("charset") || is_utf8(value),
            None => parameter.is_empty(),
        })
}

fn is_utf8(charset: &str) -> bool {
    let charset = charset.trim_matches('"');
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn of(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn the_best_form_is_chosen() {
        for (accept, media) in [
            ("*/*", Some(Media::Json)),
            ("application/json", Some(Media::Json)),
            ("application/graphql-response+json", Some(Media::GraphqlResponse)),
            (
                "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
                Some(Media::GraphqlResponse),
            ),
            (
                "application/json;q=0.5, application/graphql-response+json;q=0.9",
                Some(Media::GraphqlResponse),
            ),
            (
                "application/graphql-response+json, application/json, text/event-stream;q=0.1",
                Some(Media::GraphqlResponse),
            ),
            ("text/event-stream", Some(Media::EventStream)),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Some(Media::Html)),
            ("application/json;q=0", None),
            ("application/json; charset=utf-16", None),
            ("image/png", None),
        ] {
            assert_eq!(accepted(&of(header::ACCEPT, accept), true), media, "{accept}");
        }
        assert_eq!(accepted(&HeaderMap::new(), true), Some(Media::Json));
        assert_eq!(accepted(&of(header::ACCEPT, "text/html"), false), None);
    }

    #[test]
    fn heads_that_can_be_taken_in_two_ways_are_not_plain() {
        let head = |text: &'static str| {
            let lines = text.split('|').filter_map(|line| line.split_once(": "));
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                let name = header::HeaderName::from_bytes(name.as_bytes()).unwrap();
                headers.append(name, HeaderValue::from_static(value));
            }
            is_plain(Version::HTTP_11, &headers)
        };
        assert!(head("host: a"));
        assert!(head("host: a|transfer-encoding: Chunked"));
        for trick in [
            "",
            "host: a|host: a",
            "host: a|transfer-encoding: xchunked|transfer-encoding: chunked",
            "host: a|transfer-encoding: gzip, chunked",
            "host: a|transfer-encoding: chunked|content-length: 3",
        ] {
            assert!(!head(trick), "{trick}");
        }
        assert!(is_plain(Version::HTTP_10, &HeaderMap::new()));
    }

    #[test]
    fn only_json_is_taken() {
        for (content_type, taken) in [
            ("application/json", true),
            ("Application/JSON; charset=\"UTF-8\"", true),
            ("application/json; charset=latin1", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
            ("text/plain, application/json", false),
        ] {
            assert_eq!(
                is_json(&of(header::CONTENT_TYPE, content_type)),
                taken,
                "{content_type}"
            );
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
