//! TikTok Shop, by version 202309 of its API. Tokopedia's sellers are here too.
//!
//! A listing's product id is the product, its variant id the SKU, and its location id the warehouse, which a SKU that has
//! only the default warehouse can do without. One call is for the SKUs of one product; the listings of one SKU are one
//! entry that names every warehouse.
//!
//! # Not guaranteed
//!
//! That every warehouse of a SKU is named, when its warehouses are listings of several store SKUs: TikTok Shop then
//! refuses the SKU, and says so.

mod reply;
mod table;

use std::collections::BTreeMap;

use async_graphql::InputObject;
use chrono::{DateTime, Utc};
use entity::listing;
use entity::types::{AttemptOutcome, FailureCode, Marketplace};
use futures_util::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::answer::{ItemOutcome, failure, hmac_hex, is_number, json, no_reply, report, whole_call};
use super::batch::merged;
use super::outgoing::{CallError, Client, Reply};
use super::secrets::cleared;
use super::token::{self, not_renewed};
use super::{Addresses, CallReport, Connector, Failure, Item, Keys, Limits, StoreAccess};
use crate::clock::now;

/// The documented end of the range; another source says 999,999. That the range begins with 0, and not with 1, is
/// unconfirmed.
const LARGEST_QUANTITY: i32 = 99_999;
/// Listings in one call, all of one product. A product has at most 100 SKUs; that they can all be in one call is
/// unconfirmed.
const BATCH: usize = 100;
/// Unconfirmed: where, under the base URL for that, tokens are renewed, by GET.
const REFRESH_PATH: &str = "/api/v2/token/refresh";
/// Unconfirmed: lists the shops that the access token is good for.
const SHOPS_PATH: &str = "/authorization/202309/shops";

/// A shop on TikTok Shop, and the app that it has authorised.
#[derive(InputObject, Clone, Serialize, Deserialize)]
#[graphql(name = "TiktokShopConnectionInput")]
pub struct TiktokShopKeys {
    /// Key of the app.
    pub app_key: String,
    /// Secret of the app.
    #[graphql(secret)]
    pub app_secret: String,
    /// The shop's id. It is shown as the account of the connection.
    pub shop_id: String,
    /// The shop's cipher, as TikTok Shop gives it in the list of authorised shops.
    pub shop_cipher: String,
    /// Access token of the shop.
    #[graphql(secret)]
    pub access_token: String,
    /// Token that the access token is renewed with; without it the store has to be connected again when the access token
    /// ends.
    #[graphql(secret)]
    pub refresh_token: Option<String>,
    /// When the access token ends. Where it is not given, the token is renewed once it is refused.
    pub access_token_expires_at: Option<DateTime<Utc>>,
}

impl Keys for TiktokShopKeys {
    fn marketplace(&self) -> Marketplace {
        Marketplace::TiktokShop
    }

    fn account(&self) -> Option<String> {
        Some(self.shop_id.trim().to_owned())
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        let mut fields = vec![
            ("appKey", self.app_key.as_str()),
            ("appSecret", &self.app_secret),
            ("shopId", &self.shop_id),
            ("shopCipher", &self.shop_cipher),
            ("accessToken", &self.access_token),
        ];
        fields.extend(self.refresh_token.as_deref().map(|token| ("refreshToken", token)));
        fields
    }

    fn problems(&self) -> Vec<(&'static str, String)> {
        let is_bad = HeaderValue::from_str(self.access_token.trim()).is_err();
        let text = "must not contain control characters or line breaks".to_owned();
        is_bad.then_some(("accessToken", text)).into_iter().collect()
    }

    fn endpoint(&self, addresses: &Addresses) -> (&'static str, String) {
        ("", addresses.tiktok_shop.clone())
    }

    fn secret(&self) -> SecretString {
        let trimmed = |text: &String| text.trim().to_owned();
        let keys = Self {
            app_key: trimmed(&self.app_key),
            app_secret: trimmed(&self.app_secret),
            shop_id: trimmed(&self.shop_id),
            shop_cipher: trimmed(&self.shop_cipher),
            access_token: trimmed(&self.access_token),
            refresh_token: self.refresh_token.as_ref().map(trimmed),
            access_token_expires_at: self.access_token_expires_at,
        };
        json(&keys).into()
    }
}

/// The TikTok Shop connector.
#[derive(Debug, Clone)]
pub struct TiktokShop {
    client: Client,
    /// Where tokens are renewed.
    auth_url: String,
}

#[derive(Serialize)]
struct Body<'a> {
    skus: Vec<Sku<'a>>,
}

#[derive(Serialize)]
struct Sku<'a> {
    id: &'a str,
    inventory: Vec<Inventory<'a>>,
}

#[derive(Serialize)]
struct Inventory<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    warehouse_id: &'a str,
    quantity: i32,
}

impl TiktokShop {
    /// A connector that calls through `client`, and renews tokens at `auth_url`.
    #[must_use]
    pub fn new(client: Client, auth_url: String) -> Self {
        Self { client, auth_url }
    }

    async fn push(&self, store: &StoreAccess, items: &[Item]) -> CallReport {
        let started_at = now();
        let requests = items.iter().map(|item| json(&skus([item]).first())).collect();
        let faults: Vec<Option<Failure>> = items.iter().map(fault).collect();
        let sent = items.iter().zip(&faults).filter(|(_, fault)| fault.is_none());
        let sent: Vec<&Item> = sent.map(|(item, _)| item).collect();
        let (http_status, outcomes) = match sent.as_slice() {
            [] => (None, Vec::new()),
            sent => self.update(store, sent).await,
        };
        report(started_at, http_status, merged(faults, outcomes), requests)
    }

    /// The call for items of one product.
    async fn update(&self, store: &StoreAccess, items: &[&Item]) -> (Option<u16>, Vec<ItemOutcome>) {
        let keys: TiktokShopKeys = match token::keys(&store.secret) {
            Ok(keys) => keys,
            Err(failure) => return (None, whole_call(&failure, None, items.len())),
        };
        let product = items.first().map_or("", |item| item.product_id.as_str());
        let path = format!("/product/202309/products/{product}/inventory/update");
        let body = json(&Body {
            skus: skus(items.iter().copied()),
        });
        let cipher = [("shop_cipher", keys.shop_cipher.as_str())];
        let reply = self.call(store, &keys, &path, &cipher, Some(body)).await;
        let http_status = reply.as_ref().ok().map(|reply| reply.status);
        (http_status, reply::outcomes(&reply, items))
    }

    /// A signed call; a GET where there is no body. The reply shows no secret.
    async fn call(
        &self,
        store: &StoreAccess,
        keys: &TiktokShopKeys,
        path: &str,
        params: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Reply, CallError> {
        let timestamp = now().timestamp().to_string();
        let mut params: BTreeMap<&str, &str> = params.iter().copied().collect();
        params.extend([("app_key", keys.app_key.as_str()), ("timestamp", &timestamp)]);
        let signature = sign(&keys.app_secret, path, &params, body.as_deref().unwrap_or_default());
        params.insert("sign", &signature);
        let url = url(&store.endpoint, path, &params)?;
        let mut token = HeaderValue::from_str(&keys.access_token).map_err(|_| bad_token())?;
        token.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert("x-tts-access-token", token);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let reply = match body {
            Some(body) => self.client.post(url.as_str(), headers, body.into_bytes()).await?,
            None => self.client.get(url.as_str(), headers).await?,
        };
        Ok(cleared(reply, &[keys.secrets().as_slice(), &[&signature]].concat()))
    }

    async fn try_out(&self, store: &StoreAccess) -> Result<(), Failure> {
        let keys: TiktokShopKeys = token::keys(&store.secret)?;
        let reply = self.call(store, &keys, SHOPS_PATH, &[], None).await;
        let data = reply::data(&reply.map_err(|error| no_reply(&error))?)?;
        match data["shops"].as_array() {
            Some(shops) if shops.iter().all(|shop| shop["cipher"] != keys.shop_cipher.as_str()) => {
                let message = "the access token is not good for the shop with this cipher";
                Err(failure(AttemptOutcome::Permanent, FailureCode::ShopNotLinked, message))
            }
            _ => Ok(()),
        }
    }

    /// The keys with new tokens. TikTok Shop takes app and token in the query alone.
    async fn renewed(&self, store: &StoreAccess) -> Result<TiktokShopKeys, Failure> {
        let keys: TiktokShopKeys = token::keys(&store.secret)?;
        let params = BTreeMap::from([
            ("app_key", keys.app_key.as_str()),
            ("app_secret", &keys.app_secret),
            ("refresh_token", keys.refresh_token.as_deref().unwrap_or_default()),
            ("grant_type", "refresh_token"),
        ]);
        let url = url(&self.auth_url, REFRESH_PATH, &params).map_err(|error| no_reply(&error))?;
        let reply = self.client.get(url.as_str(), HeaderMap::new()).await;
        let reply = cleared(reply.map_err(|error| no_reply(&error))?, &keys.secrets());
        let tokens = reply::tokens(&reply)?;
        Ok(TiktokShopKeys {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token.or(keys.refresh_token),
            access_token_expires_at: tokens.access_token_expire_in.and_then(token::end),
            ..keys
        })
    }
}

impl Connector for TiktokShop {
    fn limits(&self) -> Limits {
        Limits {
            batch: BATCH,
            largest_quantity: LARGEST_QUANTITY,
            longest_call: self.client.time_limit(),
        }
    }

    fn call_key<'l>(&self, listing: &'l listing::Model) -> &'l str {
        &listing.product_id
    }

    fn push<'a>(&'a self, store: &'a StoreAccess, items: &'a [Item]) -> BoxFuture<'a, CallReport> {
        Box::pin(self.push(store, items))
    }

    fn try_out<'a>(&'a self, store: &'a StoreAccess) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.try_out(store))
    }

    fn renew_at(&self, secret: &SecretString) -> Option<DateTime<Utc>> {
        let keys: TiktokShopKeys = token::keys(secret).ok()?;
        token::renew_at(keys.refresh_token.as_deref(), keys.access_token_expires_at)
    }

    fn renew<'a>(&'a self, store: &'a StoreAccess) -> BoxFuture<'a, Result<SecretString, Failure>> {
        Box::pin(async {
            let keys = self.renewed(store).await.map_err(not_renewed)?;
            Ok(json(&keys).into())
        })
    }
}

impl TiktokShopKeys {
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
            "the listing names no SKU; its variant id has to be the SKU's id",
        )
    } else if !is_number(&item.variant_id) {
        (C::VariantNotFound, "the variant id is not a number")
    } else if !item.location_id.is_empty() && !is_number(&item.location_id) {
        (C::LocationNotFound, "the location id is not a number")
    } else {
        return None;
    };
    Some(failure(AttemptOutcome::Permanent, code, message))
}

/// The SKUs of these items in their order, each with all of its warehouses.
fn skus<'a>(items: impl IntoIterator<Item = &'a Item>) -> Vec<Sku<'a>> {
    let mut skus: Vec<Sku<'a>> = Vec::new();
    for item in items {
        let inventory = Inventory {
            warehouse_id: &item.location_id,
            quantity: item.quantity,
        };
        match skus.iter_mut().find(|sku| sku.id == item.variant_id) {
            Some(sku) => sku.inventory.push(inventory),
            None => skus.push(Sku {
                id: &item.variant_id,
                inventory: vec![inventory],
            }),
        }
    }
    skus
}

fn bad_token() -> CallError {
    CallError::NotAllowed("cannot be called: the access token has a character that no header can have".to_owned())
}

fn url(base: &str, path: &str, params: &BTreeMap<&str, &str>) -> Result<Url, CallError> {
    let base = base.trim_end_matches('/');
    Url::parse_with_params(&format!("{base}{path}"), params)
        .map_err(|error| CallError::NotAllowed(format!("is not a URL: {error}")))
}

/// The signature of a call: HMAC-SHA256 of path, sorted parameters and body between two times the secret, in lower-case
/// hexadecimal digits. The parameters are without `sign` and `access_token`.
fn sign(secret: &str, path: &str, params: &BTreeMap<&str, &str>, body: &str) -> String {
    let params: String = params.iter().flat_map(|(key, value)| [*key, *value]).collect();
    hmac_hex(secret, format!("{secret}{path}{params}{body}{secret}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_is_signed_as_published() {
        let params = BTreeMap::from([("foo", "bar")]);
        assert_eq!(
            sign("app_secret", "/test-api", &params, ""),
            "d3cb7fe11ecae942802ceeca67e7cf10120cc12f1517d45fbc1c8cfe5413c80f"
        );
    }

    #[test]
    fn parameters_are_signed_in_the_order_of_their_names_with_the_body() {
        let params = BTreeMap::from([("b", "2"), ("a", "1")]);
        let signed = hmac_hex("s", br#"s/pa1b2{"x":1}s"#);
        assert_eq!(sign("s", "/p", &params, r#"{"x":1}"#), signed);
    }

    #[test]
    fn the_warehouses_of_a_sku_are_one_entry() {
        let item = |sku: &str, warehouse: &str| Item {
            id: String::new(),
            sku: String::new(),
            product_id: "1".to_owned(),
            variant_id: sku.to_owned(),
            location_id: warehouse.to_owned(),
            quantity: 5,
            sequence: 1,
        };
        let items = [item("10", "7"), item("11", ""), item("10", "8")];
        assert_eq!(
            json(&skus(&items)),
            r#"[{"id":"10","inventory":[{"warehouse_id":"7","quantity":5},{"warehouse_id":"8","quantity":5}]},{"id":"11","inventory":[{"quantity":5}]}]"#
        );
    }
}
