//! Lazada Open Platform.
//!
//! A listing's product id is the item, its variant id the SKU (`SkuId`), and its location id the warehouse code, which
//! sellers with one warehouse leave empty. What is set is the sellable quantity, and not the total, which would have to
//! include what is held for orders and campaigns.
//!
//! # Not guaranteed
//!
//! That a call which was refused for some SKUs left the others alone, or took them: no document says so. They are pushed
//! again.

mod payload;
mod reply;
mod table;

use std::collections::BTreeMap;

use async_graphql::InputObject;
use chrono::{DateTime, Utc};
use entity::types::{AttemptOutcome, FailureCode, Marketplace};
use futures_util::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

use super::answer::{ItemOutcome, failure, hmac_hex, is_number, json, no_reply, report, whole_call};
use super::batch::merged;
use super::outgoing::{CallError, Client, Reply};
use super::secrets::cleared;
use super::token::{self, not_renewed};
use super::{Addresses, CallReport, Connector, Failure, Item, Keys, Limits, StoreAccess};
use crate::clock::now;

/// SKUs in one request; more time out.
const BATCH: usize = 50;
/// Unconfirmed: of UpdateSellableQuantity.
const UPDATE_PATH: &str = "/product/stock/sellable/update";
/// Unconfirmed: where, under the base URL for that, tokens are renewed.
const REFRESH_PATH: &str = "/auth/token/refresh";
/// Unconfirmed: shows the seller whose the access token is.
const SELLER_PATH: &str = "/seller/get";
/// The ends of the countries' domains: Malaysia, Singapore, Indonesia, Thailand, Vietnam, the Philippines.
const REGIONS: [&str; 6] = ["com.my", "sg", "co.id", "co.th", "vn", "com.ph"];

/// A shop on Lazada, and the app that it has authorised.
#[derive(InputObject, Clone, Serialize, Deserialize)]
#[graphql(name = "LazadaConnectionInput")]
pub struct LazadaKeys {
    /// Key of the app.
    pub app_key: String,
    /// Secret of the app.
    #[graphql(secret)]
    pub app_secret: String,
    /// The end of the country's domain: com.my, sg, co.id, co.th, vn or com.ph.
    pub region: String,
    /// The seller's id. It is shown as the account of the connection.
    pub seller_id: String,
    /// Access token of the seller.
    #[graphql(secret)]
    pub access_token: String,
    /// Token that the access token is renewed with; without it the store has to be connected again when the access token
    /// ends.
    #[graphql(secret)]
    pub refresh_token: Option<String>,
    /// When the access token ends. Where it is not given, the token is renewed once it is refused.
    pub access_token_expires_at: Option<DateTime<Utc>>,
}

impl Keys for LazadaKeys {
    fn marketplace(&self) -> Marketplace {
        Marketplace::Lazada
    }

    fn account(&self) -> Option<String> {
        Some(self.seller_id.trim().to_owned())
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        let mut fields = vec![
            ("appKey", self.app_key.as_str()),
            ("appSecret", &self.app_secret),
            ("region", &self.region),
            ("sellerId", &self.seller_id),
            ("accessToken", &self.access_token),
        ];
        fields.extend(self.refresh_token.as_deref().map(|token| ("refreshToken", token)));
        fields
    }

    fn problems(&self) -> Vec<(&'static str, String)> {
        let region = self.region.trim();
        let is_bad = !region.is_empty() && !REGIONS.contains(&region);
        let text = format!("must be one of {}", REGIONS.join(", "));
        is_bad.then_some(("region", text)).into_iter().collect()
    }

    fn endpoint(&self, addresses: &Addresses) -> (&'static str, String) {
        ("region", addresses.lazada.replace("{region}", self.region.trim()))
    }

    fn secret(&self) -> SecretString {
        let trimmed = |text: &String| text.trim().to_owned();
        let keys = Self {
            app_key: trimmed(&self.app_key),
            app_secret: trimmed(&self.app_secret),
            region: trimmed(&self.region),
            seller_id: trimmed(&self.seller_id),
            access_token: trimmed(&self.access_token),
            refresh_token: self.refresh_token.as_ref().map(trimmed),
            access_token_expires_at: self.access_token_expires_at,
        };
        json(&keys).into()
    }
}

/// The Lazada connector.
#[derive(Debug, Clone)]
pub struct Lazada {
    client: Client,
    /// Where tokens are renewed.
    auth_url: String,
}

/// One call.
struct Call<'a> {
    base: &'a str,
    path: &'static str,
    /// Whether the access token goes with it.
    with_token: bool,
    /// The parameter that is of this call alone, which goes in the body; a GET where there is none.
    param: Option<(&'static str, &'a str)>,
}

impl Lazada {
    /// A connector that calls through `client`, and renews tokens at `auth_url`.
    #[must_use]
    pub fn new(client: Client, auth_url: String) -> Self {
        Self { client, auth_url }
    }

    async fn push(&self, store: &StoreAccess, items: &[Item]) -> CallReport {
        let started_at = now();
        let requests = items.iter().map(|item| payload::sku(&[item])).collect();
        let faults: Vec<Option<Failure>> = items.iter().map(fault).collect();
        let sent = items.iter().zip(&faults).filter(|(_, fault)| fault.is_none());
        let sent: Vec<&Item> = sent.map(|(item, _)| item).collect();
        let (http_status, outcomes) = match sent.as_slice() {
            [] => (None, Vec::new()),
            sent => self.update(store, sent).await,
        };
        report(started_at, http_status, merged(faults, outcomes), requests)
    }

    async fn update(&self, store: &StoreAccess, items: &[&Item]) -> (Option<u16>, Vec<ItemOutcome>) {
        let keys: LazadaKeys = match token::keys(&store.secret) {
            Ok(keys) => keys,
            Err(failure) => return (None, whole_call(&failure, None, items.len())),
        };
        let payload = payload::of(items);
        let call = Call {
            base: &store.endpoint,
            path: UPDATE_PATH,
            with_token: true,
            param: Some(("payload", &payload)),
        };
        let reply = self.call(&keys, call).await;
        let http_status = reply.as_ref().ok().map(|reply| reply.status);
        (http_status, reply::outcomes(&reply, items))
    }

    /// A signed call. The reply shows no secret.
    async fn call(&self, keys: &LazadaKeys, call: Call<'_>) -> Result<Reply, CallError> {
        let timestamp = now().timestamp_millis().to_string();
        let mut params = BTreeMap::from([
            ("app_key", keys.app_key.as_str()),
            ("sign_method", "sha256"),
            ("timestamp", &timestamp),
        ]);
        if call.with_token {
            params.insert("access_token", &keys.access_token);
        }
        let mut signed = params.clone();
        signed.extend(call.param);
        let signature = sign(&keys.app_secret, call.path, &signed);
        params.insert("sign", &signature);
        let url = format!("{}{}", call.base.trim_end_matches('/'), call.path);
        let url = Url::parse_with_params(&url, &params)
            .map_err(|error| CallError::NotAllowed(format!("is not a URL: {error}")))?;
        let reply = match call.param {
            Some((key, value)) => {
                let body = form_urlencoded::Serializer::new(String::new())
                    .append_pair(key, value)
                    .finish();
                let form = HeaderValue::from_static("application/x-www-form-urlencoded;charset=utf-8");
                let headers = HeaderMap::from_iter([(CONTENT_TYPE, form)]);
                self.client.post(url.as_str(), headers, body.into_bytes()).await?
            }
            None => self.client.get(url.as_str(), HeaderMap::new()).await?,
        };
        Ok(cleared(reply, &[keys.secrets().as_slice(), &[&signature]].concat()))
    }

    async fn try_out(&self, store: &StoreAccess) -> Result<(), Failure> {
        let keys: LazadaKeys = token::keys(&store.secret)?;
        let call = Call {
            base: &store.endpoint,
            path: SELLER_PATH,
            with_token: true,
            param: None,
        };
        let reply = self.call(&keys, call).await.map_err(|error| no_reply(&error))?;
        reply::taken(&reply)
    }

    /// The keys with new tokens.
    async fn renewed(&self, store: &StoreAccess) -> Result<LazadaKeys, Failure> {
        let keys: LazadaKeys = token::keys(&store.secret)?;
        let call = Call {
            base: &self.auth_url,
            path: REFRESH_PATH,
            with_token: false,
            param: keys.refresh_token.as_deref().map(|token| ("refresh_token", token)),
        };
        let reply = self.call(&keys, call).await.map_err(|error| no_reply(&error))?;
        let tokens = reply::tokens(&reply)?;
        Ok(LazadaKeys {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token.or(keys.refresh_token),
            access_token_expires_at: tokens.expires_in.and_then(token::end),
            ..keys
        })
    }
}

impl Connector for Lazada {
    fn limits(&self) -> Limits {
        Limits {
            batch: BATCH,
            largest_quantity: i32::MAX,
            longest_call: self.client.time_limit(),
        }
    }

    fn push<'a>(&'a self, store: &'a StoreAccess, items: &'a [Item]) -> BoxFuture<'a, CallReport> {
        Box::pin(self.push(store, items))
    }

    fn try_out<'a>(&'a self, store: &'a StoreAccess) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.try_out(store))
    }

    fn renew_at(&self, secret: &SecretString) -> Option<DateTime<Utc>> {
        let keys: LazadaKeys = token::keys(secret).ok()?;
        token::renew_at(keys.refresh_token.as_deref(), keys.access_token_expires_at)
    }

    fn renew<'a>(&'a self, store: &'a StoreAccess) -> BoxFuture<'a, Result<SecretString, Failure>> {
        Box::pin(async {
            let keys = self.renewed(store).await.map_err(not_renewed)?;
            Ok(json(&keys).into())
        })
    }
}

impl LazadaKeys {
    /// What no reply may show.
    fn secrets(&self) -> Vec<&str> {
        let refresh_token = self.refresh_token.as_deref();
        let secrets = [Some(self.app_secret.as_str()), Some(&self.access_token), refresh_token];
        secrets.into_iter().flatten().collect()
    }
}

/// Why an item cannot be sent.
fn fault(item: &Item) -> Option<Failure> {
    use FailureCode as C;
    let (code, message) = if !is_number(&item.product_id) {
        (C::ListingNotFound, "the product id is not a number")
    } else if item.variant_id.is_empty() {
        (
            C::VariantRequired,
            "the listing names no SKU; its variant id has to be the SkuId",
        )
    } else if !is_number(&item.variant_id) {
        (C::VariantNotFound, "the variant id is not a number")
    } else {
        return None;
    };
    Some(failure(AttemptOutcome::Permanent, code, message))
}

/// The signature of a call: HMAC-SHA256 of path and sorted parameters, in upper-case hexadecimal digits.
fn sign(secret: &str, path: &str, params: &BTreeMap<&str, &str>) -> String {
    let params: String = params.iter().flat_map(|(key, value)| [*key, *value]).collect();
    hmac_hex(secret, format!("{path}{params}").as_bytes()).to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_is_signed_as_published() {
        let params = BTreeMap::from([
            ("app_key", "123456"),
            ("access_token", "test"),
            ("timestamp", "1517820392000"),
            ("sign_method", "sha256"),
            ("order_id", "1234"),
        ]);
        assert_eq!(
            sign("helloworld", "/order/get", &params),
            "4190D32361CFB9581350222F345CB77F3B19F0E31D162316848A2C1FFD5FAB4A"
        );
    }
}
