//! WooCommerce: the REST API v3 of a site of the merchant's own.
//!
//! Of a listing, `productId` is the product and `variantId` the variation, both as numbers. Variations are written by the
//! endpoint of their product, so a call is for products without variations, or for the variations of one product.
//! WooCommerce itself knows no locations, so a listing that names one is refused.
//!
//! Over HTTPS, calls carry the keys; over plain HTTP they are signed, see [`oauth`].

mod oauth;
mod reply;
mod table;

use async_graphql::InputObject;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entity::listing;
use entity::types::{AttemptOutcome, FailureCode, Marketplace};
use futures_util::future::BoxFuture;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;
use uuid::Uuid;

use self::table::TABLE;
use super::answer::{failure, is_visible_ascii, json, no_reply, number, read_keys, report, whole_call};
use super::batch::with_refused;
use super::outgoing::{CallError, Client, Reply};
use super::secrets::cleared;
use super::{Addresses, CallReport, Connector, Failure, Item, Keys, Limits, StoreAccess};
use crate::clock::now;

/// Most objects in a call.
const BATCH: usize = 100;
/// What is read of the answer. A product whole is many kilobytes, and a hundred of them would be more than is read.
///
/// Unconfirmed: no document says that a row of a batch may name its fields; where it is not understood, it is ignored.
const FIELDS: &str = "id,manage_stock,stock_quantity";

/// A site with WooCommerce, by a key of its REST API.
#[derive(InputObject, Clone, Serialize, Deserialize)]
#[graphql(name = "WooCommerceConnectionInput")]
pub struct WooCommerceKeys {
    /// Address of the site, such as `https://example.com` or `https://example.com/shop`: what stands before `/wp-json`.
    pub site_url: String,
    /// Consumer key; begins with `ck_`. The key needs the permission to read and write.
    #[graphql(secret)]
    pub consumer_key: String,
    /// Consumer secret; begins with `cs_`.
    #[graphql(secret)]
    pub consumer_secret: String,
}

impl Keys for WooCommerceKeys {
    fn marketplace(&self) -> Marketplace {
        Marketplace::Woocommerce
    }

    fn account(&self) -> Option<String> {
        let site = self.site();
        Some(
            site.split_once("://")
                .map_or(site.as_str(), |(_, rest)| rest)
                .to_owned(),
        )
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("siteUrl", &self.site_url),
            ("consumerKey", &self.consumer_key),
            ("consumerSecret", &self.consumer_secret),
        ]
    }

    fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if self.site_url.contains(['?', '#']) {
            problems.push(("siteUrl", "must not contain a query or a fragment".to_owned()));
        }
        for (field, key) in [
            ("consumerKey", &self.consumer_key),
            ("consumerSecret", &self.consumer_secret),
        ] {
            if !is_visible_ascii(key.trim()) {
                problems.push((field, "must be ASCII without spaces".to_owned()));
            }
        }
        if self.consumer_key.contains(':') {
            // It would end the name in the header of Basic authentication.
            problems.push(("consumerKey", "must not contain a colon".to_owned()));
        }
        problems
    }

    fn endpoint(&self, _addresses: &Addresses) -> (&'static str, String) {
        ("siteUrl", self.site())
    }

    fn secret(&self) -> SecretString {
        let keys = Self {
            site_url: self.site(),
            consumer_key: self.consumer_key.trim().to_owned(),
            consumer_secret: self.consumer_secret.trim().to_owned(),
        };
        json(&keys).into()
    }
}

impl WooCommerceKeys {
    fn site(&self) -> String {
        self.site_url.trim().trim_end_matches('/').to_owned()
    }
}

/// The connector of WooCommerce.
#[derive(Debug, Clone)]
pub struct WooCommerce {
    client: Client,
}

#[derive(Serialize)]
struct Row {
    id: u64,
    manage_stock: bool,
    stock_quantity: i32,
    #[serde(rename = "_fields")]
    fields: &'static str,
}

impl WooCommerce {
    /// A connector that calls through `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    async fn update(&self, store: &StoreAccess, items: &[Item]) -> CallReport {
        let started_at = now();
        let rows: Vec<Result<Row, Failure>> = items.iter().map(Row::of).collect();
        let requests = rows
            .iter()
            .map(|row| row.as_ref().map(json).unwrap_or_default())
            .collect();
        let good: Vec<&Row> = rows.iter().filter_map(|row| row.as_ref().ok()).collect();
        if good.is_empty() {
            return report(started_at, None, with_refused(&rows, Vec::new()), requests);
        }
        let (http_status, outcomes) = match self.post(store, &path(items), &json!({ "update": good })).await {
            Ok(Ok(reply)) => (Some(reply.status), reply::outcomes(&reply, &good)),
            Ok(Err(error)) => (None, whole_call(&no_reply(&error), None, good.len())),
            Err(failure) => (None, whole_call(&failure, None, good.len())),
        };
        report(started_at, http_status, with_refused(&rows, outcomes), requests)
    }

    /// A batch of nothing, which needs the same permission as a push.
    async fn try_out(&self, store: &StoreAccess) -> Result<(), Failure> {
        let reply = self.post(store, PRODUCTS, &json!({ "update": [] })).await?;
        reply::tried(&reply.map_err(|error| no_reply(&error))?)
    }

    async fn post(
        &self,
        store: &StoreAccess,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<Result<Reply, CallError>, Failure> {
        let keys: WooCommerceKeys = read_keys(&store.secret)?;
        let url = format!("{}{path}", store.endpoint.trim_end_matches('/'));
        let (url, headers) = authorized(&url, &keys).ok_or_else(|| {
            let message = "the keys cannot be sent to this address";
            failure(AttemptOutcome::Auth, FailureCode::CredentialsRefused, message)
        })?;
        let reply = self.client.post(&url, headers, body.to_string().into_bytes()).await;
        Ok(reply.map(|reply| cleared(reply, &[&keys.consumer_key, &keys.consumer_secret])))
    }
}

impl Connector for WooCommerce {
    fn limits(&self) -> Limits {
        Limits {
            batch: BATCH,
            largest_quantity: i32::MAX,
            longest_call: self.client.time_limit(),
        }
    }

    fn call_key<'l>(&self, listing: &'l listing::Model) -> &'l str {
        match listing.variant_id.is_empty() {
            true => "",
            false => &listing.product_id,
        }
    }

    fn push<'a>(&'a self, store: &'a StoreAccess, items: &'a [Item]) -> BoxFuture<'a, CallReport> {
        Box::pin(self.update(store, items))
    }

    fn try_out<'a>(&'a self, store: &'a StoreAccess) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.try_out(store))
    }
}

impl Row {
    fn of(item: &Item) -> Result<Self, Failure> {
        use FailureCode as C;
        let refused = |code, text: &str| failure(AttemptOutcome::Permanent, code, text);
        if !item.location_id.is_empty() {
            let text = "WooCommerce knows no locations, and the listing names one";
            return Err(refused(C::LocationNotFound, text));
        }
        let product = number(&item.product_id);
        let product = product.ok_or_else(|| refused(C::ListingNotFound, "the product id is not a number"))?;
        let id = match item.variant_id.as_str() {
            "" => product,
            id => number(id).ok_or_else(|| refused(C::VariantNotFound, "the variant id is not a number"))?,
        };
        Ok(Self {
            id,
            manage_stock: true,
            stock_quantity: item.quantity,
            fields: FIELDS,
        })
    }
}

const PRODUCTS: &str = "/wp-json/wc/v3/products/batch";

/// Where a call goes: its items are all products, or all variations of one product.
fn path(items: &[Item]) -> String {
    let product = items.iter().find(|item| !item.variant_id.is_empty());
    match product.and_then(|item| number(&item.product_id)) {
        Some(product) => format!("/wp-json/wc/v3/products/{product}/variations/batch"),
        None => PRODUCTS.to_owned(),
    }
}

/// The URL and the headers of a call; none where the URL is none or the keys cannot be sent.
fn authorized(url: &str, keys: &WooCommerceKeys) -> Option<(String, HeaderMap)> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut url = Url::parse(url).ok()?;
    if url.scheme() == "https" {
        let pair = format!("{}:{}", keys.consumer_key, keys.consumer_secret);
        let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair))).ok()?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    } else {
        // Not in a header, which many servers keep from PHP.
        let nonce = Uuid::now_v7().simple().to_string();
        let query = oauth::query(&url, keys, now().timestamp(), &nonce)?;
        url.set_query(Some(&query));
    }
    Some((url.into(), headers))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn keys(site: &str) -> WooCommerceKeys {
        WooCommerceKeys {
            site_url: site.to_owned(),
            consumer_key: "ck_1".to_owned(),
            consumer_secret: "cs_2".to_owned(),
        }
    }

    #[test]
    fn the_keys_themselves_are_sent_over_https_alone() {
        let (url, headers) = authorized("https://example.com/shop/x", &keys("")).unwrap();
        assert_eq!(url, "https://example.com/shop/x");
        assert_eq!(headers[AUTHORIZATION], "Basic Y2tfMTpjc18y");
        let (url, headers) = authorized("http://example.com/shop/x", &keys("")).unwrap();
        assert!(
            url.starts_with("http://example.com/shop/x?oauth_consumer_key=ck_1&"),
            "{url}"
        );
        assert!(!url.contains("cs_2") && !headers.contains_key(AUTHORIZATION), "{url}");
    }

    #[test]
    fn a_site_is_an_address_without_a_query() {
        let good = keys(" https://example.com/shop/ ");
        assert_eq!(good.problems(), []);
        assert_eq!(good.endpoint(&Addresses::default()).1, "https://example.com/shop");
        assert_eq!(good.account().unwrap(), "example.com/shop");
        assert_eq!(keys("https://example.com/?page_id=3").problems()[0].0, "siteUrl");
    }
}
