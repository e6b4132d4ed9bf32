//! The CUSTOM protocol, version 1, from the marketplace's side, written from its description and not from the
//! client's code, so that the two check each other.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

/// How far the clock of a call may be from ours, in seconds.
const CLOCK_TOLERANCE: i64 = 300;

/// A Standard Webhooks signing secret.
pub(crate) struct Secret {
    text: String,
    key: Vec<u8>,
}

/// One listing's new quantity.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Item {
    /// Opaque; the result is told by it.
    pub(crate) id: String,
    /// The store SKU's code.
    pub(crate) sku: String,
    /// Product id on the marketplace.
    pub(crate) product_id: String,
    /// Variant id; none where there is none.
    pub(crate) variant_id: Option<String>,
    /// Location id; none where there is none.
    pub(crate) location_id: Option<String>,
    /// The quantity to show.
    pub(crate) quantity: i64,
    /// Grows with every sync of the store SKU.
    pub(crate) sequence: i64,
}

/// A call that is good.
#[derive(Debug, Clone)]
pub(crate) struct Push {
    /// The `webhook-id`.
    pub(crate) webhook_id: String,
    /// The store's code.
    pub(crate) store: String,
    /// What to apply.
    pub(crate) items: Vec<Item>,
    /// The body as it came.
    pub(crate) body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    r#type: String,
    version: u32,
    store: String,
    items: Vec<Item>,
}

impl Secret {
    /// A secret that nobody else has.
    pub(crate) fn random() -> Self {
        Self::of(&format!("whsec_{}", STANDARD.encode(rand::random::<[u8; 24]>())))
    }

    /// A secret from its text.
    pub(crate) fn of(text: &str) -> Self {
        let encoded = text
            .strip_prefix("whsec_")
            .expect("a signing secret begins with whsec_");
        let key = STANDARD
            .decode(encoded)
            .expect("the rest of a signing secret is base64");
        let text = text.to_owned();
        Self { text, key }
    }

    /// As a store is connected with it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The signature of a message.
    pub(crate) fn sign(&self, id: &str, timestamp: &str, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl Item {
    /// What scripts and quantities call the listing: `product`, `product/variant` or `product/variant/location`,
    /// with an empty variant where there is only a location.
    pub(crate) fn listing(&self) -> String {
        let mut name = self.product_id.clone();
        if self.variant_id.is_some() || self.location_id.is_some() {
            name = format!("{name}/{}", self.variant_id.as_deref().unwrap_or_default());
        }
        if let Some(location) = &self.location_id {
            name = format!("{name}/{location}");
        }
        name
    }
}

/// Reads a call, or says what is wrong with it.
pub(super) fn read(secret: &Secret, headers: &HeaderMap, body: &[u8]) -> Result<Push, String> {
    let header = |name: &str| {
        let value = headers.get(name).ok_or(format!("the header {name} is missing"))?;
        value.to_str().map_err(|error| format!("the header {name}: {error}"))
    };
    let body = std::str::from_utf8(body).map_err(|error| format!("the body: {error}"))?;
    let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
    check_time(timestamp)?;
    let expected = secret.sign(id, timestamp, body);
    if !header("webhook-signature")?
        .split(' ')
        .any(|signature| signature == expected)
    {
        return Err(format!("the signature of call {id} is not good"));
    }
    if header("content-type")? != "application/json" {
        return Err("the content type is not application/json".to_owned());
    }
    let read: Body = serde_json::from_str(body).map_err(|error| format!("the body: {error}: {body}"))?;
    if read.r#type != "stock.update" || read.version != 1 {
        return Err(format!(
            "the body is not a stock update of version 1 with items: {body}"
        ));
    }
    Ok(Push {
        webhook_id: id.to_owned(),
        store: read.store,
        items: read.items,
        body: body.to_owned(),
    })
}

fn check_time(timestamp: &str) -> Result<(), String> {
    let sent: i64 = timestamp
        .parse()
        .map_err(|error| format!("the timestamp {timestamp}: {error}"))?;
    let now = chrono::Utc::now().timestamp();
    if (now - sent).abs() > CLOCK_TOLERANCE {
        return Err(format!("the timestamp {timestamp} is not near {now}"));
    }
    Ok(())
}
