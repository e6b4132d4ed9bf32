//! CUSTOM: any HTTP endpoint, called by the Standard Webhooks 1.0.0 convention.
//!
//! Body, reply and codes are described, with examples and a receiver, in `docs/custom-endpoint.md`. A call is signed
//! with the store's secret; each call has an id of its own, since a retry may carry other items than the call before.

mod reply;

use async_graphql::InputObject;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entity::types::{AttemptOutcome, FailureCode, Marketplace};
use futures_util::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::Sha256;
use uuid::Uuid;

use super::answer::{by_status, failure, json, no_reply, report};
use super::outgoing::{CallError, Client};
use super::{Addresses, CallReport, Connector, Failure, Item, Keys, Limits, StoreAccess};
use crate::clock::now;

/// What a signing secret begins with.
pub const SECRET_PREFIX: &str = "whsec_";

/// An HTTP endpoint of the merchant's own, for a store on any marketplace.
#[derive(InputObject, Clone)]
#[graphql(name = "CustomConnectionInput")]
pub struct CustomKeys {
    /// URL that pushes are sent to.
    pub endpoint: String,
    /// Secret that pushes are signed with, as Standard Webhooks has it: `whsec_` and the base64 form of the key.
    #[graphql(secret)]
    pub signing_secret: String,
}

impl Keys for CustomKeys {
    fn marketplace(&self) -> Marketplace {
        Marketplace::Custom
    }

    fn account(&self) -> Option<String> {
        None
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![("endpoint", &self.endpoint), ("signingSecret", &self.signing_secret)]
    }

    fn problems(&self) -> Vec<(&'static str, String)> {
        let problem = signing_key(&self.signing_secret).err();
        problem.map(|text| ("signingSecret", text)).into_iter().collect()
    }

    fn endpoint(&self, _addresses: &Addresses) -> (&'static str, String) {
        ("endpoint", self.endpoint.trim().to_owned())
    }

    fn secret(&self) -> SecretString {
        self.signing_secret.clone().into()
    }
}

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
        let body = Body::of(store, sent);
        let reply = match headers(store, &body, started_at.timestamp()) {
            Ok(headers) => self.client.post(&store.endpoint, headers, body.into_bytes()).await,
            Err(text) => Err(CallError::NotAllowed(text)),
        };
        let http_status = reply.as_ref().ok().map(|reply| reply.status);
        report(started_at, http_status, reply::outcomes(&reply, items), requests)
    }

    /// Sends an update of nothing, which a receiver takes that knows of no tests; any 2xx is good.
    async fn try_out(&self, store: &StoreAccess) -> Result<(), Failure> {
        let body = Body::of(store, Vec::new());
        let headers = headers(store, &body, now().timestamp())
            .map_err(|text| failure(AttemptOutcome::Auth, FailureCode::CredentialsRefused, text))?;
        let reply = self.client.post(&store.endpoint, headers, body.into_bytes()).await;
        let reply = reply.map_err(|error| no_reply(&error))?;
        by_status(&reply).map_or(Ok(()), Err)
    }
}

impl Connector for Custom {
    fn limits(&self) -> Limits {
        Limits {
            batch: 100,
            largest_quantity: i32::MAX,
            longest_call: self.client.time_limit(),
        }
    }

    fn push<'a>(&'a self, store: &'a StoreAccess, items: &'a [Item]) -> BoxFuture<'a, CallReport> {
        Box::pin(self.call(store, items))
    }

    fn try_out<'a>(&'a self, store: &'a StoreAccess) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.try_out(store))
    }
}

impl Body<'_> {
    fn of(store: &StoreAccess, items: Vec<BodyItem<'_>>) -> String {
        json(&Body {
            kind: "stock.update",
            version: 1,
            store: &store.store_code,
            items,
        })
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
}
