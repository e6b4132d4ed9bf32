//! What an endpoint's answer means, for each item of a call.

use std::collections::HashMap;
use std::time::Duration;

use chrono::DateTime;
use entity::types::{AttemptOutcome, FailureCode};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;

use super::super::outgoing::{CallError, Reply};
use super::super::{Failure, Item, Outcome};
use crate::clock::now;
use crate::domain::text::cut;

/// Most bytes of one item's reply that are kept as evidence.
const EVIDENCE: usize = 2_048;
/// The longest that an endpoint can make us wait.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Deserialize)]
struct ReplyBody {
    results: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReplyItem {
    id: String,
    status: String,
    code: Option<String>,
    message: Option<String>,
    retry_after_seconds: Option<u64>,
}

/// What became of one item, and what came back for it.
pub(super) type ItemOutcome = (Outcome, Option<String>);

/// What became of each of so many items.
pub(super) fn outcomes(reply: &Result<Reply, CallError>, items: &[Item]) -> Vec<ItemOutcome> {
    match reply {
        Ok(reply) => read_reply(reply, items),
        Err(error) => whole_call(&no_reply(error), None, items.len()),
    }
}

fn failure(class: AttemptOutcome, code: FailureCode, message: impl Into<String>) -> Failure {
    Failure {
        class,
        code,
        message: message.into(),
        retry_after: None,
    }
}

fn no_reply(error: &CallError) -> Failure {
    use {AttemptOutcome as A, FailureCode as C};
    match error {
        CallError::NotAllowed(text) => failure(A::Permanent, C::EndpointNotAllowed, format!("the endpoint {text}")),
        CallError::NotConnected(text) => failure(A::Transient, C::NetworkError, format!("no connection: {text}")),
        CallError::TimedOut => failure(A::Ambiguous, C::TimedOut, "no whole reply in time"),
        CallError::Broken(text) => failure(A::Ambiguous, C::NetworkError, format!("the connection broke: {text}")),
    }
}

/// The same failure for every item of a call.
fn whole_call(failure: &Failure, response: Option<String>, items: usize) -> Vec<ItemOutcome> {
    vec![(Outcome::Failed(failure.clone()), response); items]
}

fn read_reply(reply: &Reply, items: &[Item]) -> Vec<ItemOutcome> {
    let text = String::from_utf8_lossy(&reply.body);
    match refusal(reply, &text) {
        Some(failure) => whole_call(&failure, Some(cut(&text, EVIDENCE)), items.len()),
        None if reply.status == 204 => vec![(Outcome::Applied, None); items.len()],
        None => read_results(&text, items),
    }
}

/// What a status other than 2xx means for the whole call.
fn refusal(reply: &Reply, text: &str) -> Option<Failure> {
    use {AttemptOutcome as A, FailureCode as C};
    let status = reply.status;
    let said = format!("HTTP {status}: {}", cut(text.trim(), 200));
    let retry_after = retry_after(&reply.headers);
    Some(match status {
        200..=299 => return None,
        401 | 403 => failure(A::Auth, C::CredentialsRefused, said),
        410 => failure(A::Auth, C::EndpointGone, said),
        429 | 502 | 504 => Failure {
            retry_after,
            ..failure(A::Throttled, C::Throttled, said)
        },
        503 if retry_after.is_some() => Failure {
            retry_after,
            ..failure(A::Throttled, C::Throttled, said)
        },
        408 | 500..=599 => failure(A::Transient, C::MarketplaceError, said),
        _ => failure(A::Permanent, C::Rejected, said),
    })
}

/// `Retry-After` as a wait from now: a number of seconds or an HTTP date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let at = DateTime::parse_from_rfc2822(value).ok()?;
    Some((at.to_utc() - now()).to_std().unwrap_or_default().min(LONGEST_WAIT))
}

fn read_results(text: &str, items: &[Item]) -> Vec<ItemOutcome> {
    use {AttemptOutcome as A, FailureCode as C};
    let Ok(body) = serde_json::from_str::<ReplyBody>(text) else {
        let failure = failure(A::Ambiguous, C::InvalidReply, "the reply has no list \"results\"");
        return whole_call(&failure, Some(cut(text, EVIDENCE)), items.len());
    };
    let by_id: HashMap<String, (ReplyItem, String)> = body
        .results
        .into_iter()
        .filter_map(|value| {
            let raw = cut(&value.to_string(), EVIDENCE);
            serde_json::from_value::<ReplyItem>(value)
                .ok()
                .map(|item| (item.id.clone(), (item, raw)))
        })
        .collect();
    items
        .iter()
        .map(|item| match by_id.get(&item.id) {
            Some((result, raw)) => (read_result(result), Some(raw.clone())),
            None => {
                let failure = failure(A::Ambiguous, C::InvalidReply, "the reply says nothing about this item");
                (Outcome::Failed(failure), Some(cut(text, EVIDENCE)))
            }
        })
        .collect()
}

fn read_result(result: &ReplyItem) -> Outcome {
    use {AttemptOutcome as A, FailureCode as C};
    let code = result.code.as_deref().unwrap_or_default();
    let (class, failure_code) = match (result.status.as_str(), code) {
        ("ok", _) => return Outcome::Applied,
        ("error", "LISTING_NOT_FOUND") => (A::Permanent, C::ListingNotFound),
        ("error", "QUANTITY_REJECTED") => (A::Permanent, C::QuantityRejected),
        ("error", "LISTING_LOCKED") => (A::Deferred, C::ListingLocked),
        ("error", "THROTTLED") => (A::Throttled, C::Throttled),
        ("error", "TEMPORARY") => (A::Transient, C::MarketplaceError),
        ("error", _) => (A::Permanent, C::Rejected),
        _ => (A::Ambiguous, C::InvalidReply),
    };
    let message = result.message.as_deref().unwrap_or_default();
    let said = [code, message]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(": ");
    let retry_after = result
        .retry_after_seconds
        .map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
    Outcome::Failed(Failure {
        retry_after,
        ..failure(class, failure_code, cut(&said, 500))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use reqwest::header::HeaderValue;

    use super::*;

    fn item(id: &str) -> Item {
        Item {
            id: id.to_owned(),
            sku: "S".to_owned(),
            product_id: "P".to_owned(),
            variant_id: String::new(),
            location_id: String::new(),
            quantity: 1,
            sequence: 1,
        }
    }

    fn classes(status: u16, retry_after: Option<&'static str>, body: &str) -> Vec<AttemptOutcome> {
        let mut headers = HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
        }
        let reply = Reply {
            status,
            headers,
            body: body.as_bytes().to_vec(),
        };
        read_reply(&reply, &[item("a"), item("b")])
            .into_iter()
            .map(|(outcome, _)| match outcome {
                Outcome::Applied => AttemptOutcome::Applied,
                Outcome::Failed(failure) => failure.class,
            })
            .collect()
    }

    #[test]
    fn a_status_speaks_for_the_whole_call() {
        use AttemptOutcome as A;
        for (status, retry_after, class) in [
            (204, None, A::Applied),
            (429, Some("7"), A::Throttled),
            (502, None, A::Throttled),
            (503, Some("7"), A::Throttled),
            (503, None, A::Transient),
            (500, None, A::Transient),
            (401, None, A::Auth),
            (410, None, A::Auth),
            (301, None, A::Permanent),
            (422, None, A::Permanent),
        ] {
            assert_eq!(classes(status, retry_after, "no"), [class, class], "{status}");
        }
    }

    #[test]
    fn retry_after_is_a_number_or_a_date() {
        let wait = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(value).unwrap());
            retry_after(&headers)
        };
        let date = |seconds| {
            (now() + chrono::TimeDelta::seconds(seconds))
                .format("%a, %d %b %Y %H:%M:%S GMT")
                .to_string()
        };
        assert_eq!(wait(" 7 "), Some(Duration::from_secs(7)));
        assert!((50..=60).contains(&wait(&date(60)).unwrap().as_secs()));
        assert_eq!(wait(&date(-60)), Some(Duration::ZERO));
        assert_eq!(wait(&u64::MAX.to_string()), Some(LONGEST_WAIT));
        assert_eq!(wait("soon"), None);
    }

    #[test]
    fn a_success_speaks_for_each_item() {
        use AttemptOutcome as A;
        let body = r#"{"results":[{"id":"b","status":"error","code":"LISTING_LOCKED","message":"sale"},{"id":"a","status":"ok"}]}"#;
        assert_eq!(classes(200, None, body), [A::Applied, A::Deferred]);
        assert_eq!(
            classes(200, None, r#"{"results":[{"id":"a","status":"ok"}]}"#),
            [A::Applied, A::Ambiguous]
        );
        assert_eq!(classes(200, None, "<html>"), [A::Ambiguous, A::Ambiguous]);
        assert_eq!(
            classes(200, None, r#"{"results":[{"id":"a","status":"done"},{"id":"b"}]}"#),
            [A::Ambiguous; 2]
        );
    }
}
