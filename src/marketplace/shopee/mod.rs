//! Shopee Open Platform v2: `product/update_stock`, one item and up to 50 of its models in a call.
//!
//! A listing's product id is the item, its variant id the model (0 where it is empty), its location id the location, which is
//! left out where it is empty. Calls are signed with the app's key. An access token lives 4 hours; the token for renewing
//! works once and is replaced with each renewal. What is not confirmed by a source is listed in `docs/marketplaces.md`.

mod reply;
mod table;

use async_graphql::InputObject;
use chrono::{DateTime, TimeDelta, Utc};
use entity::listing;
use entity::types::{AttemptOutcome, FailureCode, Marketplace};
use futures_util::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::answer::{self, base, failure, hmac_hex, no_reply, not_renewed};
use super::batch::{self, Prepared, unfit};
use super::outgoing::{CallError, Client, Reply};
use super::secrets::blanked;
use super::{Addresses, CallReport, Connector, Failure, Item, Keys, Limits, StoreAccess};
use crate::clock::now;

const UPDATE_STOCK: &str = "/api/v2/product/update_stock";
/// Unconfirmed: that it takes no more than the token and changes nothing.
const TRY_OUT: &str = "/api/v2/shop/get_shop_info";
/// Unconfirmed: its path, and the names of what it takes and gives.
const RENEW: &str = "/api/v2/auth/access_token/get";
/// Most models of one item in a call.
const MODELS: usize = 50;
/// A token is renewed so long before it ends.
const BEFORE_THE_END: TimeDelta = TimeDelta::minutes(5);

/// An app of the Shopee Open Platform, and its tokens for one shop.
#[derive(InputObject, Clone, Serialize, Deserialize)]
#[graphql(name = "ShopeeConnectionInput")]
#[serde(rename_all = "camelCase")]
pub struct ShopeeKeys {
    /// The app's partner id, a number.
    pub partner_id: String,
    /// The app's partner key.
    #[graphql(secret)]
    pub partner_key: String,
    /// The shop's id, a number.
    pub shop_id: String,
    /// Access token for the shop.
    #[graphql(secret)]
    pub access_token: String,
    /// Refresh token that was given with the access token. It works once, so nothing else may use it. Without it, the
    /// store has to be connected anew when the access token ends.
    #[graphql(secret)]
    pub refresh_token: Option<String>,
    /// When the access token ends. Where it is not given, the token is renewed when Shopee refuses it.
    pub access_token_expires_at: Option<DateTime<Utc>>,
}

impl Keys for ShopeeKeys {
    fn marketplace(&self) -> Marketplace {
        Marketplace::Shopee
    }

    fn account(&self) -> Option<String> {
        Some(self.shop_id.trim().to_owned())
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        let mut fields = vec![
            ("partnerId", self.partner_id.as_str()),
            ("partnerKey", &self.partner_key),
            ("shopId", &self.shop_id),
            ("accessToken", &self.access_token),
        ];
        fields.extend(self.refresh_token.as_deref().map(|token| ("refreshToken", token)));
        fields
    }

    fn problems(&self) -> Vec<(&'static str, String)> {
        [("partnerId", &self.partner_id), ("shopId", &self.shop_id)]
            .into_iter()
            .filter(|(_, id)| !id.trim().is_empty() && id.trim().parse::<u64>().is_err())
            .map(|(field, _)| (field, "must be a number".to_owned()))
            .collect()
    }

    fn endpoint(&self, addresses: &Addresses) -> (&'static str, String) {
        ("", addresses.shopee.clone())
    }

    fn secret(&self) -> SecretString {
        let trimmed = |text: &String| text.trim().to_owned();
        let keys = Self {
            partner_id: trimmed(&self.partner_id),
            partner_key: trimmed(&self.partner_key),
            shop_id: trimmed(&self.shop_id),
            access_token: trimmed(&self.access_token),
            refresh_token: self.refresh_token.as_ref().map(trimmed),
            access_token_expires_at: self.access_token_expires_at,
        };
        answer::json(&keys).into()
    }
}

impl ShopeeKeys {
    fn of(secret: &SecretString) -> Result<Self, Failure> {
        serde_json::from_str(secret.expose_secret()).map_err(|_| {
            let message = "what the store is connected with is not in Shopee's form";
            failure(AttemptOutcome::Auth, FailureCode::CredentialsRefused, message)
        })
    }

    fn secrets(&self) -> [&str; 3] {
        let refresh_token = self.refresh_token.as_deref().unwrap_or_default();
        [&self.partner_key, &self.access_token, refresh_token]
    }

    /// The query of a call for the shop, and its signature.
    fn for_shop(&self, path: &str, timestamp: i64) -> (String, String) {
        let time = timestamp.to_string();
        let parts = [&self.partner_id, path, &time, &self.access_token, &self.shop_id];
        let sign = sign(&self.partner_key, &parts);
        let query = Serializer::new(String::new())
            .append_pair("partner_id", &self.partner_id)
            .append_pair("timestamp", &time)
            .append_pair("access_token", &self.access_token)
            .append_pair("shop_id", &self.shop_id)
            .append_pair("sign", &sign)
            .finish();
        (query, sign)
    }

    /// The query of a call that needs no token, and its signature.
    fn for_app(&self, path: &str, timestamp: i64) -> (String, String) {
        let time = timestamp.to_string();
        let sign = sign(&self.partner_key, &[&self.partner_id, path, &time]);
        let query = Serializer::new(String::new())
            .append_pair("partner_id", &self.partner_id)
            .append_pair("timestamp", &time)
            .append_pair("sign", &sign)
            .finish();
        (query, sign)
    }
}

/// The signature of a call: of its parts one after the other, with nothing between them.
#[must_use]
pub fn sign(partner_key: &str, parts: &[&str]) -> String {
    hmac_hex(partner_key, parts.concat().as_bytes())
}

/// The connector of stores on Shopee.
#[derive(Debug, Clone)]
pub struct Shopee {
    client: Client,
}

/// One listing, in Shopee's words.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    item_id: u64,
    model_id: u64,
    /// Empty where the listing has none.
    location_id: String,
    stock: i32,
}

#[derive(Serialize)]
struct Body<'a> {
    item_id: u64,
    stock_list: Vec<Model<'a>>,
}

#[derive(Serialize)]
struct Model<'a> {
    model_id: u64,
    seller_stock: Vec<Stock<'a>>,
}

/// Unconfirmed: that a shop with one location takes no location id, rather than `-`.
#[derive(Serialize)]
struct Stock<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    location_id: &'a str,
    stock: i32,
}

impl Shopee {
    /// A connector that calls through `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    async fn call(&self, store: &StoreAccess, items: &[Item]) -> CallReport {
        let started_at = now();
        let prepared: Vec<Prepared<Row>> = match ShopeeKeys::of(&store.secret) {
            Ok(_) => items.iter().map(Row::of).collect(),
            Err(failure) => items.iter().map(|_| Err(failure.clone())).collect(),
        };
        let reply = match (ShopeeKeys::of(&store.secret), body(&batch::rows(&prepared))) {
            (Ok(keys), Some(body)) => Some(self.send(store, &keys, UPDATE_STOCK, Some(answer::json(&body))).await),
            _ => None,
        };
        let request = |row: &Row| body(&[row]).as_ref().map(answer::json).unwrap_or_default();
        batch::report(started_at, &prepared, reply.as_ref(), reply::outcomes, request)
    }

    /// A call for the shop: a POST of `body`, or a GET where there is none. No secret is in the reply.
    async fn send(
        &self,
        store: &StoreAccess,
        keys: &ShopeeKeys,
        path: &str,
        body: Option<String>,
    ) -> Result<Reply, CallError> {
        let (query, sign) = keys.for_shop(path, now().timestamp());
        let url = format!("{}{path}?{query}", base(store));
        let reply = match body {
            Some(body) => self.client.post(&url, headers(), body.into_bytes()).await,
            None => self.client.get(&url, headers()).await,
        };
        let [partner_key, access_token, refresh_token] = keys.secrets();
        blanked(reply, &[partner_key, access_token, refresh_token, &sign])
    }

    async fn try_out(&self, store: &StoreAccess) -> Result<(), Failure> {
        let keys = ShopeeKeys::of(&store.secret)?;
        let reply = self.send(store, &keys, TRY_OUT, None).await;
        let reply = reply.map_err(|error| no_reply(&error))?;
        reply::refusal(&reply, &serde_json::from_slice(&reply.body).unwrap_or_default())
    }

    async fn renew(&self, store: &StoreAccess) -> Result<SecretString, Failure> {
        let keys = ShopeeKeys::of(&store.secret)?;
        let (query, sign) = keys.for_app(RENEW, now().timestamp());
        let body = json!({
            "refresh_token": keys.refresh_token,
            "partner_id": keys.partner_id.parse::<u64>().unwrap_or_default(),
            "shop_id": keys.shop_id.parse::<u64>().unwrap_or_default(),
        });
        let url = format!("{}{RENEW}?{query}", base(store));
        let reply = self.client.post(&url, headers(), body.to_string().into_bytes()).await;
        let reply = reply.map_err(|error| not_renewed(no_reply(&error)))?;
        let given: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        renewed(&keys, &given).ok_or_else(|| {
            let [partner_key, access_token, refresh_token] = keys.secrets();
            let blanked = blanked(Ok(reply), &[partner_key, access_token, refresh_token, &sign]);
            let refusal = blanked.map(|reply| {
                let body = serde_json::from_slice(&reply.body).unwrap_or_default();
                reply::refusal(&reply, &body).err()
            });
            let refusal = refusal.ok().flatten();
            not_renewed(refusal.unwrap_or_else(|| answer::not_understood("the reply has no new token")))
        })
    }
}

impl Connector for Shopee {
    fn limits(&self) -> Limits {
        Limits {
            batch: MODELS,
            largest_quantity: i32::MAX,
            longest_call: self.client.time_limit(),
        }
    }

    fn call_key<'l>(&self, listing: &'l listing::Model) -> &'l str {
        &listing.product_id
    }

    fn push<'a>(&'a self, store: &'a StoreAccess, items: &'a [Item]) -> BoxFuture<'a, CallReport> {
        Box::pin(self.call(store, items))
    }

    fn try_out<'a>(&'a self, store: &'a StoreAccess) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.try_out(store))
    }

    fn renew_at(&self, secret: &SecretString) -> Option<DateTime<Utc>> {
        let keys = ShopeeKeys::of(secret)
            .ok()
            .filter(|keys| keys.refresh_token.is_some())?;
        let end = keys.access_token_expires_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        Some(end.checked_sub_signed(BEFORE_THE_END).unwrap_or(end))
    }

    fn renew<'a>(&'a self, store: &'a StoreAccess) -> BoxFuture<'a, Result<SecretString, Failure>> {
        Box::pin(self.renew(store))
    }
}

impl Row {
    fn of(item: &Item) -> Prepared<Self> {
        let number = |what: &str, id: &str, code| {
            let message = || format!("the {what} id \"{id}\" is not a number, as Shopee's are");
            id.parse::<u64>().map_err(|_| unfit(code, message()))
        };
        Ok(Self {
            item_id: number("product", &item.product_id, FailureCode::ListingNotFound)?,
            model_id: match item.variant_id.as_str() {
                "" => 0,
                id => number("variant", id, FailureCode::VariantNotFound)?,
            },
            location_id: item.location_id.clone(),
            stock: item.quantity,
        })
    }
}

/// The call for rows of one item; none where there are no rows.
fn body<'a>(rows: &[&'a Row]) -> Option<Body<'a>> {
    let mut stock_list: Vec<Model<'a>> = Vec::new();
    for row in rows {
        let stock = Stock {
            location_id: &row.location_id,
            stock: row.stock,
        };
        match stock_list.iter_mut().find(|model| model.model_id == row.model_id) {
            Some(model) => model.seller_stock.push(stock),
            None => stock_list.push(Model {
                model_id: row.model_id,
                seller_stock: vec![stock],
            }),
        }
    }
    rows.first().map(|row| Body {
        item_id: row.item_id,
        stock_list,
    })
}

/// The keys with what a renewal gave, in the form in which they are stored; none where it gave no tokens.
fn renewed(keys: &ShopeeKeys, given: &Value) -> Option<SecretString> {
    let token = |field: &str| {
        given[field]
            .as_str()
            .filter(|token| !token.is_empty())
            .map(str::to_owned)
    };
    let life = given["expire_in"].as_i64().and_then(TimeDelta::try_seconds);
    let keys = ShopeeKeys {
        access_token: token("access_token")?,
        refresh_token: Some(token("refresh_token")?),
        access_token_expires_at: life.and_then(|life| now().checked_add_signed(life)),
        ..keys.clone()
    };
    Some(keys.secret())
}

fn headers() -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_published_vector_is_signed_as_published() {
        let path = "/api/v2/auth/token/get";
        let parts = [
            path,
            "123456",
            "test_partner_id",
            "test_shop_id",
            "test_main_account_id",
        ];
        assert_eq!(
            sign("test_partner_key", &parts),
            "37c864bd9821ff5f2c2f46b2faca14eb1811a718d1fdc6dcf383cba7c74bf9e9"
        );
    }

    #[test]
    fn locations_of_a_model_are_sent_together() {
        let row = |model_id, location_id: &str, stock| Row {
            item_id: 1000,
            model_id,
            location_id: location_id.to_owned(),
            stock,
        };
        let rows = [row(7, "A", 1), row(0, "", 2), row(7, "B", 3)];
        let body = answer::json(&body(&rows.iter().collect::<Vec<_>>()).unwrap());
        assert_eq!(
            body,
            r#"{"item_id":1000,"stock_list":[{"model_id":7,"seller_stock":[{"location_id":"A","stock":1},{"location_id":"B","stock":3}]},{"model_id":0,"seller_stock":[{"stock":2}]}]}"#
        );
    }
}
