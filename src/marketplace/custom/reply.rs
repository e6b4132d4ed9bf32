//! What an endpoint's answer means, for each item of a call.

use std::collections::HashMap;
use std::time::Duration;

use entity::types::{AttemptOutcome, FailureCode};
use serde::Deserialize;

use super::super::answer::{EVIDENCE, ItemOutcome, LONGEST_WAIT, by_status, failure, no_reply, whole_call};
use super::super::outgoing::{CallError, Reply};
use super::super::{Failure, Item, Outcome};
use crate::domain::text::cut;

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

/// What became of each of so many items.
pub(super) fn outcomes(reply: &Result<Reply, CallError>, items: &[Item]) -> Vec<ItemOutcome> {
    match reply {
        Ok(reply) => read_reply(reply, items),
        Err(error) => whole_call(&no_reply(error), None, items.len()),
    }
}

fn read_reply(reply: &Reply, items: &[Item]) -> Vec<ItemOutcome> {
    let text = String::from_utf8_lossy(&reply.body);
    match by_status(reply) {
        Some(failure) => whole_call(&failure, Some(cut(&text, EVIDENCE)), items.len()),
        None if reply.status == 204 => vec![(Outcome::Applied, None); items.len()],
        None => read_results(&text, items),
    }
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
    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

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
