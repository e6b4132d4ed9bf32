//! The receiving side of the protocol of CUSTOM endpoints.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::behaviour::{LOCKED_SECONDS, Refusal};
use crate::marketplace::custom::{SECRET_PREFIX, sign};

/// How old a call may be, in seconds: an old one may be a repetition by somebody else.
const TOLERANCE: i64 = 300;

/// What a call says.
#[derive(Deserialize)]
pub(super) struct Update {
    /// The rows.
    pub(super) items: Vec<UpdateItem>,
}

/// One row of a call.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateItem {
    /// Names the row in the answer.
    pub(super) id: String,
    /// The store SKU.
    pub(super) sku: String,
    /// The listing: product,
    pub(super) product_id: String,
    /// variant
    pub(super) variant_id: Option<String>,
    /// and platform warehouse.
    pub(super) location_id: Option<String>,
    /// What the listing is to show.
    pub(super) quantity: i32,
    /// Grows with every sync of the store SKU.
    pub(super) sequence: i64,
}

/// What a call is answered with.
#[derive(Serialize)]
pub(super) struct Answer {
    /// One for every row.
    pub(super) results: Vec<RowAnswer>,
}

/// What a row is answered with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RowAnswer {
    id: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
}

/// What came of a row: nothing to say, or a code, a message and a wait.
pub(super) struct Verdict(Option<(&'static str, &'static str, Option<u64>)>);

impl Verdict {
    /// The quantity is shown.
    pub(super) fn ok() -> Self {
        Self(None)
    }

    /// The product is no longer there.
    pub(super) fn removed() -> Self {
        Self(Some((
            "LISTING_NOT_FOUND",
            "the product was removed by the marketplace",
            None,
        )))
    }

    /// The row is refused.
    pub(super) fn refused(refusal: Refusal) -> Self {
        Self(Some(match refusal {
            Refusal::Quantity => (
                "QUANTITY_REJECTED",
                "stock must not be below what buyers have reserved",
                None,
            ),
            Refusal::Locked => ("LISTING_LOCKED", "the product is in a flash sale", Some(LOCKED_SECONDS)),
            Refusal::Hiccup => ("TEMPORARY", "system busy, please try again later", None),
        }))
    }

    /// The answer for the row with this id.
    pub(super) fn of(self, id: &str) -> RowAnswer {
        RowAnswer {
            id: id.to_owned(),
            status: if self.0.is_some() { "error" } else { "ok" },
            code: self.0.map(|(code, _, _)| code),
            message: self.0.map(|(_, message, _)| message),
            retry_after_seconds: self.0.and_then(|(_, _, wait)| wait),
        }
    }
}

/// A new signing secret.
pub(super) fn new_secret() -> SecretString {
    let key: [u8; 32] = rand::random();
    format!("{SECRET_PREFIX}{}", STANDARD.encode(key)).into()
}

/// Whether a call was signed with the secret, just now.
pub(super) fn is_signed(secret: &SecretString, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(id), Some(sent), Some(signatures)) = (
        header("webhook-id"),
        header("webhook-timestamp"),
        header("webhook-signature"),
    ) else {
        return false;
    };
    let (Ok(sent), Ok(body)) = (sent.parse::<i64>(), std::str::from_utf8(body)) else {
        return false;
    };
    let is_fresh = now.timestamp().abs_diff(sent) <= TOLERANCE.unsigned_abs();
    let Ok(expected) = sign(secret.expose_secret(), id, sent, body) else {
        return false;
    };
    let is_ours = |signature: &str| bool::from(signature.as_bytes().ct_eq(expected.as_bytes()));
    is_fresh && signatures.split(' ').any(is_ours)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn only_a_fresh_call_with_our_signature_is_signed() {
        let (secret, other, now) = (new_secret(), new_secret(), crate::clock::now());
        let signed = |secret: &SecretString, at: i64| {
            let signature = sign(secret.expose_secret(), "m", at, "{}").unwrap();
            let mut headers = HeaderMap::new();
            headers.insert("webhook-id", "m".parse().unwrap());
            headers.insert("webhook-timestamp", at.to_string().parse().unwrap());
            headers.insert("webhook-signature", format!("v1,other {signature}").parse().unwrap());
            headers
        };
        let at = now.timestamp();
        assert!(is_signed(&secret, &signed(&secret, at), b"{}", now));
        assert!(!is_signed(&secret, &signed(&secret, at), b"{ }", now));
        assert!(!is_signed(&secret, &signed(&other, at), b"{}", now));
        assert!(!is_signed(&secret, &signed(&secret, at - 301), b"{}", now));
        assert!(!is_signed(&secret, &HeaderMap::new(), b"{}", now));
    }
}
