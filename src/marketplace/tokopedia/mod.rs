//! Tokopedia's fs API, for sellers who have it still: `stock/update`, up to 100 rows of one warehouse in a call.
//!
//! Rows go by SKU, as the documents have it: the store SKU's code is the product's SKU on Tokopedia. A listing's location id
//! is the warehouse, which is left out where it is empty; its product and variant ids are not sent. Tokens come by the app's
//! client id and secret, as often as they are asked for.

mod reply;
mod table;

use async_graphql::InputObject;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use entity::listing;
use entity::types::{AttemptOutcome, FailureCode, Marketplace};
use futures_util::future::BoxFuture;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::answer::{self, base, failure, no_reply, not_renewed};
use super::batch::{self, Prepared, unfit};
use super::outgoing::{CallError, Client, Reply};
use super::secrets::blanked;
use super::{Addresses, CallReport, Connector, Failure, Item, Keys, Limits, StoreAccess};
use crate::clock::now;

/// Most rows in a call.
const ROWS: usize = 100;
/// Longest SKU, in characters.
const LONGEST_SKU: usize = 50;
/// A token is renewed so long before it ends.
const BEFORE_THE_END: TimeDelta = TimeDelta::minutes(5);
/// Where tokens come from, and what asks for one.
const TOKEN: &str = "/token?grant_type=client_credentials";

/// An app of Tokopedia's fs API, and one of its shops.
#[derive(InputObject, Clone, Serialize, Deserialize)]
#[graphql(name = "TokopediaConnectionInput")]
#[serde(rename_all = "camelCase")]
pub struct TokopediaKeys {
    /// The app's fulfillment service id (`fs_id`), a number.
    pub fs_id: String,
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    #[graphql(secret)]
    pub client_secret: String,
    /// The shop's id, a number.
    pub shop_id: String,
    /// Access token. Where it is not given, one is got with the client id and secret.
    #[graphql(secret)]
    pub access_token: Option<String>,
    /// When the access token ends. Where it is not given, the token is renewed when Tokopedia refuses it.
    pub access_token_expires_at: Option<DateTime<Utc>>,
}

impl Keys for TokopediaKeys {
    fn marketplace(&self) -> Marketplace {
        Marketplace::Tokopedia
    }

    fn account(&self) -> Option<String> {
        Some(self.shop_id.trim().to_owned())
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        let mut fields = vec![
            ("fsId", self.fs_id.as_str()),
            ("clientId", &self.client_id),
            ("clientSecret", &self.client_secret),
            ("shopId", &self.shop_id),
        ];
        fields.extend(self.access_token.as_deref().map(|token| ("accessToken", token)));
        fields
    }

    fn problems(&self) -> Vec<(&'static str, String)> {
        let is_bad_id = |id: &str| !id.trim().is_empty() && id.trim().parse::<u64>().is_err();
        let mut problems: Vec<(&'static str, String)> = [("fsId", &self.fs_id), ("shopId", &self.shop_id)]
            .into_iter()
            .filter(|(_, id)| is_bad_id(id))
            .map(|(field, _)| (field, "must be a number".to_owned()))
            .collect();
        let token = self.access_token.as_deref().unwrap_or_default().trim();
        if bearer(token).is_err() {
            problems.push(("accessToken", "must not contain control characters".to_owned()));
        }
        problems
    }

    fn endpoint(&self, addresses: &Addresses) -> (&'static str, String) {
        ("", addresses.tokopedia.clone())
    }

    fn secret(&self) -> SecretString {
        let trimmed = |text: &String| text.trim().to_owned();
        let keys = Self {
            fs_id: trimmed(&self.fs_id),
            client_id: trimmed(&self.client_id),
            client_secret: trimmed(&self.client_secret),
            shop_id: trimmed(&self.shop_id),
            access_token: self.access_token.as_ref().map(trimmed),
            access_token_expires_at: self.access_token_expires_at,
        };
        answer::json(&keys).into()
    }
}

impl TokopediaKeys {
    fn of(secret: &SecretString) -> Result<Self, Failure> {
        serde_json::from_str(secret.expose_secret()).map_err(|_| {
            let message = "what the store is connected with is not in Tokopedia's form";
            failure(AttemptOutcome::Auth, FailureCode::CredentialsRefused, message)
        })
    }

    /// The client's id and secret, as they are sent.
    fn basic(&self) -> String {
        STANDARD.encode(format!("{}:{}", self.client_id, self.client_secret))
    }
}

/// The connector of stores on Tokopedia.
#[derive(Debug, Clone)]
pub struct Tokopedia {
    client: Client,
    /// Where tokens come from.
    accounts: String,
}

/// One listing, in Tokopedia's words.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    sku: String,
    new_stock: i32,
    /// Empty where the listing has none.
    warehouse_id: String,
}

#[derive(Serialize, PartialEq, Eq)]
struct BodyRow<'a> {
    sku: &'a str,
    new_stock: i32,
}

impl Tokopedia {
    /// A connector that calls through `client`, and gets tokens at `accounts`.
    #[must_use]
    pub fn new(client: Client, accounts: &str) -> Self {
        Self {
            client,
            accounts: accounts.trim_end_matches('/').to_owned(),
        }
    }

    async fn call(&self, store: &StoreAccess, items: &[Item]) -> CallReport {
        let started_at = now();
        let keys = TokopediaKeys::of(&store.secret);
        let prepared: Vec<Prepared<Row>> = match &keys {
            Ok(_) => items.iter().map(Row::of).collect(),
            Err(failure) => items.iter().map(|_| Err(failure.clone())).collect(),
        };
        let rows = batch::rows(&prepared);
        let reply = match (&keys, rows.first()) {
            (Ok(keys), Some(first)) => {
                let path = format!("/inventory/v1/fs/{}/stock/update", keys.fs_id);
                let path = format!("{path}?{}", query(keys, &first.warehouse_id));
                Some(self.send(store, keys, &path, Some(answer::json(&body(&rows)))).await)
            }
            _ => None,
        };
        let request = |row: &Row| answer::json(&body(&[row]));
        batch::report(started_at, &prepared, reply.as_ref(), reply::outcomes, request)
    }

    /// A call with the token: a POST of `body`, or a GET where there is none. No secret is in the reply.
    async fn send(
        &self,
        store: &StoreAccess,
        keys: &TokopediaKeys,
        path: &str,
        body: Option<String>,
    ) -> Result<Reply, CallError> {
        let token = keys.access_token.as_deref().unwrap_or_default();
        let headers = headers(bearer(token)?);
        let url = format!("{}{path}", base(store));
        let reply = match body {
            Some(body) => self.client.post(&url, headers, body.into_bytes()).await,
            None => self.client.get(&url, headers).await,
        };
        blanked(reply, &[token, &keys.client_secret, &keys.basic()])
    }

    /// Unconfirmed: that a shop's own token is always enough for this.
    async fn try_out(&self, store: &StoreAccess) -> Result<(), Failure> {
        let keys = TokopediaKeys::of(&store.secret)?;
        let path = format!("/v1/shop/fs/{}/shop-info?{}", keys.fs_id, query(&keys, ""));
        let reply = self.send(store, &keys, &path, None).await;
        let reply = reply.map_err(|error| no_reply(&error))?;
        reply::refusal(&reply, &serde_json::from_slice(&reply.body).unwrap_or_default())
    }

    async fn renew(&self, store: &StoreAccess) -> Result<SecretString, Failure> {
        let keys = TokopediaKeys::of(&store.secret)?;
        let url = format!("{}{TOKEN}", self.accounts);
        let authorization = credential(&format!("Basic {}", keys.basic())).map_err(|error| no_reply(&error))?;
        let reply = self.client.post(&url, headers(authorization), Vec::new()).await;
        let reply = reply.map_err(|error| not_renewed(no_reply(&error)))?;
        let given: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        if let Some(secret) = renewed(&keys, &given) {
            return Ok(secret);
        }
        let token = keys.access_token.as_deref().unwrap_or_default();
        let reply = blanked(Ok(reply), &[token, &keys.client_secret, &keys.basic()]);
        let refusal = reply.ok().and_then(|reply| renewal_refusal(&reply));
        Err(not_renewed(refusal.unwrap_or_else(|| {
            answer::not_understood("the reply has no new token")
        })))
    }
}

impl Connector for Tokopedia {
    fn limits(&self) -> Limits {
        Limits {
            batch: ROWS,
            largest_quantity: i32::MAX,
            longest_call: self.client.time_limit(),
        }
    }

    fn call_key<'l>(&self, listing: &'l listing::Model) -> &'l str {
        &listing.location_id
    }

    fn push<'a>(&'a self, store: &'a StoreAccess, items: &'a [Item]) -> BoxFuture<'a, CallReport> {
        Box::pin(self.call(store, items))
    }

    fn try_out<'a>(&'a self, store: &'a StoreAccess) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.try_out(store))
    }

    fn renew_at(&self, secret: &SecretString) -> Option<DateTime<Utc>> {
        let keys = TokopediaKeys::of(secret).ok()?;
        let end = match keys.access_token {
            Some(_) => keys.access_token_expires_at.unwrap_or(DateTime::<Utc>::MAX_UTC),
            None => DateTime::<Utc>::MIN_UTC,
        };
        Some(end.checked_sub_signed(BEFORE_THE_END).unwrap_or(end))
    }

    fn renew<'a>(&'a self, store: &'a StoreAccess) -> BoxFuture<'a, Result<SecretString, Failure>> {
        Box::pin(self.renew(store))
    }
}

impl Row {
    fn of(item: &Item) -> Prepared<Self> {
        if item.sku.chars().count() > LONGEST_SKU {
            let message = format!("the SKU has more than {LONGEST_SKU} characters, which Tokopedia does not take");
            return Err(unfit(FailureCode::ListingNotFound, message));
        }
        let location = &item.location_id;
        if !location.is_empty() && location.parse::<u64>().is_err() {
            let message = format!("the location id \"{location}\" is not a number, as Tokopedia's warehouse ids are");
            return Err(unfit(FailureCode::LocationNotFound, message));
        }
        Ok(Self {
            sku: item.sku.clone(),
            new_stock: item.quantity,
            warehouse_id: location.clone(),
        })
    }
}

/// What is sent for rows. Listings of one store SKU in one warehouse are the same row.
fn body<'a>(rows: &[&'a Row]) -> Vec<BodyRow<'a>> {
    let mut body: Vec<BodyRow<'a>> = Vec::with_capacity(rows.len());
    for row in rows {
        let row = BodyRow {
            sku: &row.sku,
            new_stock: row.new_stock,
        };
        if !body.contains(&row) {
            body.push(row);
        }
    }
    body
}

fn query(keys: &TokopediaKeys, warehouse_id: &str) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("shop_id", &keys.shop_id);
    if !warehouse_id.is_empty() {
        query.append_pair("warehouse_id", warehouse_id);
    }
    query.finish()
}

fn bearer(token: &str) -> Result<HeaderValue, CallError> {
    credential(&format!("Bearer {token}"))
}

fn credential(text: &str) -> Result<HeaderValue, CallError> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| CallError::NotAllowed("does not take the store's token as a header".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn headers(authorization: HeaderValue) -> HeaderMap {
    let json = HeaderValue::from_static("application/json");
    HeaderMap::from_iter([(AUTHORIZATION, authorization), (CONTENT_TYPE, json)])
}

/// Why no token was given; none where the reply does not say.
fn renewal_refusal(reply: &Reply) -> Option<Failure> {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    // Unconfirmed: that a refusal has these two, as OAuth 2.0 (RFC 6749, section 5.2) says.
    let text = |field: &str| body[field].as_str().unwrap_or_default();
    match text("error") {
        "" => reply::refusal(reply, &body).err(),
        error => Some(answer::by_code(reply, table::TABLE, error, text("error_description"))),
    }
}

/// The keys with what a renewal gave, in the form in which they are stored; none where it gave no token.
fn renewed(keys: &TokopediaKeys, given: &Value) -> Option<SecretString> {
    let token = given["access_token"].as_str().map(str::trim);
    let token = token.filter(|token| !token.is_empty() && bearer(token).is_ok())?;
    let life = given["expires_in"].as_i64().and_then(TimeDelta::try_seconds);
    let keys = TokopediaKeys {
        access_token: Some(token.to_owned()),
        access_token_expires_at: life.and_then(|life| now().checked_add_signed(life)),
        ..keys.clone()
    };
    Some(keys.secret())
}
