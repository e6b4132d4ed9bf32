//! CUSTOM: any HTTP endpoint, called by the Standard Webhooks 1.0.0 convention.
//!
//! Body, reply and codes are described, with examples and a receiver, in `docs/custom-endpoint.md`. A call is signed
//! with the store's secret; each call has an id of its own, since a retry may carry other items than the call before.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entity::types::{AttemptOutcome, FailureCode};
use futures_util::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use super::outgoing::{CallError, Client, Reply, TIME_LIMIT};
use super::{CallReport, Connector, Failure, Item, ItemReport, Limits, Outcome, StoreAccess};
use crate::clock::now;
use crate::domain::text::cut;

/// Most bytes of one item's reply that are kept as evidence.
const EVIDENCE: usize = 2_048;
/// What a signing secret begins with.
pub const SECRET_PREFIX: &str = "whsec_";

/// The CUSTOM connector.
#[derive(Debug, Clone)]
pub struct Custom {
    client: Client,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    version: u8,
    store: &'a str,
    items: Vec<BodyItem<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BodyItem<'a> {
    id: &'a str,
    sku: &'a str,
    product_id: &'a str,
    variant_id: Option<&'a str>,
    location_id: Option<&'a str>,
    quantity: i32,
    sequence: i64,
}

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

impl Custom {
    /// A connector that calls through `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    async fn call(&self, store: &StoreAccess, items: &[Item]) -> CallReport {
        let started_at = now();
        let sent: Vec<BodyItem<'_>> = items.iter().map(BodyItem::of).collect();
        let requests: Vec<String> = sent.iter().map(json).collect();
        let body = json(&Body {
            kind: "stock.update",
            version: 1,
            store: &store.store_code,
            items: sent,
        });
        let reply = match headers(store, &body, started_at.timestamp()) {
            Ok(headers) => self.client.post(&store.endpoint, headers, body.into_bytes()).await,
            Err(text) => Err(CallError::NotAllowed(text)),
        };
        let http_status = reply.as_ref().ok().map(|reply| reply.status);
        let outcomes = match &reply {
            Ok(reply) => read_reply(reply, items),
            Err(error) => whole_call(&no_reply(error), None, items.len()),
        };
        let items = outcomes
            .into_iter()
            .zip(requests)
            .map(|((outcome, response), request)| ItemReport {
                outcome,
                request,
                response,
            })
            .collect();
        CallReport {
            http_status,
            items,
            started_at,
            finished_at: now(),
        }
    }
}

impl Connector for Custom {
    fn limits(&self) -> Limits {
        Limits {
            batch: 100,
            largest_quantity: i32::MAX,
            longest_call: TIME_LIMIT,
        }
    }

    fn push<'a>(&'a self, store: &'a StoreAccess, items: &'a [Item]) -> BoxFuture<'a, CallReport> {
        Box::pin(self.call(store, items))
    }
}

impl<'a> BodyItem<'a> {
    fn of(item: &'a Item) -> Self {
        let given = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        Self {
            id: &item.id,
            sku: &item.sku,
            product_id: &item.product_id,
            variant_id: given(&item.variant_id),
            location_id: given(&item.location_id),
            quantity: item.quantity,
            sequence: item.sequence,
        }
    }
}

/// Types of ours always serialize; an empty text would be refused by the receiver, not taken for something else.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn headers(store: &StoreAccess, body: &str, timestamp: i64) -> Result<HeaderMap, String> {
    let id = format!("msg_{}", Uuid::now_v7().simple());
    let signature = sign(store.secret.expose_secret(), &id, timestamp, body)?;
    let value = |text: &str| HeaderValue::from_str(text).map_err(|error| error.to_string());
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("webhook-id", value(&id)?);
    headers.insert("webhook-timestamp", value(&timestamp.to_string())?);
    headers.insert("webhook-signature", value(&signature)?);
    Ok(headers)
}

/// The `webhook-signature` of a message, by Standard Webhooks 1.0.0: `v1,` and the base64 form of
/// HMAC-SHA256 of `id.timestamp.body`.
///
/// # Errors
/// The secret is not `whsec_` and base64.
pub fn sign(secret: &str, id: &str, timestamp: i64, body: &str) -> Result<String, String> {
    let key = signing_key(secret)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| error.to_string())?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// The key bytes of a signing secret: 24 to 64 of them, as Standard Webhooks says.
///
/// # Errors
/// A text that does not show the secret.
pub fn signing_key(secret: &str) -> Result<Vec<u8>, String> {
    let form = || "must be whsec_ followed by the base64 form of 24 to 64 random bytes".to_owned();
    let encoded = secret.strip_prefix(SECRET_PREFIX).ok_or_else(form)?;
    STANDARD
        .decode(encoded)
        .ok()
        .filter(|key| (24..=64).contains(&key.len()))
        .ok_or_else(form)
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
        CallError::TimedOut => failure(A::Ambiguous, C::TimedOut, "no whole reply within 15 seconds"),
        CallError::Broken(text) => failure(A::Ambiguous, C::NetworkError, format!("the connection broke: {text}")),
    }
}

type ItemOutcome = (Outcome, Option<String>);

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

/// `Retry-After` as a wait; its date form is not used by any platform that we know of.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
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
    let retry_after = result.retry_after_seconds.map(Duration::from_secs);
    Outcome::Failed(Failure {
        retry_after,
        ..failure(class, failure_code, cut(&said, 500))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_published_vector_is_signed_as_published() {
        let signature = sign(
            "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            r#"{"email":"test@example.com","username":"test_user"}"#,
        );
        assert_eq!(signature.unwrap(), "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn secrets_of_another_form_are_refused_without_showing_them() {
        for secret in ["", "whsec_", "whsec_c2hvcnQ=", "hunter2", "whsec_***"] {
            let text = signing_key(secret).unwrap_err();
            assert!(secret.len() < 7 || !text.contains(secret), "{text}");
        }
    }

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
