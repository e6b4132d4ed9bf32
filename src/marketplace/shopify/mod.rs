//! Shopify: the Admin API, which is GraphQL.
//!
//! A call is one `inventorySetQuantities`, which is applied as a whole or not at all: see [`reply`].
//!
//! Of a listing, `variantId` is the id of the inventory item (not of the variant, which has no stock of its own) and
//! `locationId` that of the location, each as a number or as a `gid://shopify/...`; `productId` is for people alone.
//!
//! `changeFromQuantity` is null, so that nothing is compared: stock-sync is the source of the quantity. Each call has an
//! idempotency key of its own. That is safe though the same push can be repeated with another key: the quantities are
//! absolute, and a listing of which it is not known whether it was changed is held back until a late call is over.

mod reply;
mod table;

use async_graphql::InputObject;
use entity::types::{AttemptOutcome, FailureCode, Marketplace};
use futures_util::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use self::table::TABLE;
use super::answer::{failure, is_visible_ascii, json, no_reply, number, read_keys, report, whole_call};
use super::batch::with_refused;
use super::outgoing::{CallError, Client, Reply};
use super::secrets::cleared;
use super::{Addresses, CallReport, Connector, Failure, Item, Keys, Limits, StoreAccess};
use crate::clock::now;

/// The version of the API. From 2026-04 on, `changeFromQuantity` and `@idempotent` are mandatory.
const API_VERSION: &str = "2026-04";
/// Most elements of a list in an input.
const BATCH: usize = 250;
/// Largest quantity that an inventory level can have.
const LARGEST_QUANTITY: i32 = 1_000_000_000;
/// What the name of every shop ends in.
const SHOP_SUFFIX: &str = ".myshopify.com";
const MUTATION: &str = "mutation($input: InventorySetQuantitiesInput!, $key: String!) { \
    inventorySetQuantities(input: $input) @idempotent(key: $key) { \
    inventoryAdjustmentGroup { id } userErrors { code field message } } }";
const TRY_OUT: &str = "{ shop { name } }";

/// A shop on Shopify, by the access token of a custom app.
#[derive(InputObject, Clone, Serialize, Deserialize)]
#[graphql(name = "ShopifyConnectionInput")]
pub struct ShopifyKeys {
    /// The shop's own host name, such as `demo.myshopify.com`.
    pub shop_domain: String,
    /// Access token of the Admin API, with the access scope `write_inventory`. One that does not expire: it is not renewed.
    #[graphql(secret)]
    pub access_token: String,
}

impl Keys for ShopifyKeys {
    fn marketplace(&self) -> Marketplace {
        Marketplace::Shopify
    }

    fn account(&self) -> Option<String> {
        Some(self.shop())
    }

    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![("shopDomain", &self.shop_domain), ("accessToken", &self.access_token)]
    }

    fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if !self.shop_domain.trim().is_empty() && !is_shop(&self.shop()) {
            let text = format!("must be a host name that ends in {SHOP_SUFFIX}, such as demo{SHOP_SUFFIX}");
            problems.push(("shopDomain", text));
        }
        if !is_visible_ascii(self.access_token.trim()) {
            problems.push(("accessToken", "must be ASCII without spaces".to_owned()));
        }
        problems
    }

    fn endpoint(&self, addresses: &Addresses) -> (&'static str, String) {
        ("shopDomain", addresses.shopify.replace("{shop}", &self.shop()))
    }

    fn secret(&self) -> SecretString {
        let keys = Self {
            shop_domain: self.shop(),
            access_token: self.access_token.trim().to_owned(),
        };
        json(&keys).into()
    }
}

impl ShopifyKeys {
    fn shop(&self) -> String {
        self.shop_domain.trim().to_lowercase()
    }
}

/// Whether it is the host name of a shop, and nothing that could lead a call elsewhere.
fn is_shop(domain: &str) -> bool {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    domain.strip_suffix(SHOP_SUFFIX).is_some_and(is_name)
}

/// The connector of Shopify.
#[derive(Debug, Clone)]
pub struct Shopify {
    client: Client,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    inventory_item_id: String,
    location_id: String,
    quantity: i32,
    /// Null: nothing is compared.
    change_from_quantity: Option<i32>,
}

impl Shopify {
    /// A connector that calls through `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    async fn set_quantities(&self, store: &StoreAccess, items: &[Item]) -> CallReport {
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
        let body = json!({
            "query": MUTATION,
            "variables": {
                "input": { "name": "available", "reason": "correction", "quantities": good },
                "key": Uuid::now_v7(),
            },
        });
        let (http_status, outcomes) = match self.post(store, &body).await {
            Ok(Ok(reply)) => (Some(reply.status), reply::outcomes(&reply, good.len())),
            Ok(Err(error)) => (None, whole_call(&no_reply(&error), None, good.len())),
            Err(failure) => (None, whole_call(&failure, None, good.len())),
        };
        report(started_at, http_status, with_refused(&rows, outcomes), requests)
    }

    async fn try_out(&self, store: &StoreAccess) -> Result<(), Failure> {
        let reply = self.post(store, &json!({ "query": TRY_OUT })).await?;
        reply::tried(&reply.map_err(|error| no_reply(&error))?)
    }

    async fn post(&self, store: &StoreAccess, body: &serde_json::Value) -> Result<Result<Reply, CallError>, Failure> {
        let keys: ShopifyKeys = read_keys(&store.secret)?;
        let mut token = HeaderValue::from_str(&keys.access_token).map_err(|_| {
            let message = "the access token cannot be sent in a header";
            failure(AttemptOutcome::Auth, FailureCode::CredentialsRefused, message)
        })?;
        token.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("x-shopify-access-token", token);
        let base = store.endpoint.trim_end_matches('/');
        let url = format!("{base}/admin/api/{API_VERSION}/graphql.json");
        let reply = self.client.post(&url, headers, body.to_string().into_bytes()).await;
        Ok(reply.map(|reply| cleared(reply, &[&keys.access_token])))
    }
}

impl Connector for Shopify {
    fn limits(&self) -> Limits {
        Limits {
            batch: BATCH,
            largest_quantity: LARGEST_QUANTITY,
            longest_call: self.client.time_limit(),
        }
    }

    fn push<'a>(&'a self, store: &'a StoreAccess, items: &'a [Item]) -> BoxFuture<'a, CallReport> {
        Box::pin(self.set_quantities(store, items))
    }

    fn try_out<'a>(&'a self, store: &'a StoreAccess) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.try_out(store))
    }
}

impl Row {
    fn of(item: &Item) -> Result<Self, Failure> {
        use FailureCode as C;
        let refused = |code, text: &str| Err(failure(AttemptOutcome::Permanent, code, text));
        if item.variant_id.is_empty() {
            return refused(
                C::VariantRequired,
                "the listing has no variant id: the id of the inventory item",
            );
        }
        if item.location_id.is_empty() {
            return refused(C::LocationRequired, "the listing has no location id");
        }
        let Some(inventory_item_id) = gid("InventoryItem", &item.variant_id) else {
            return refused(
                C::VariantNotFound,
                "the variant id is neither a number nor a gid://shopify/InventoryItem/ with one",
            );
        };
        let Some(location_id) = gid("Location", &item.location_id) else {
            return refused(
                C::LocationNotFound,
                "the location id is neither a number nor a gid://shopify/Location/ with one",
            );
        };
        Ok(Self {
            inventory_item_id,
            location_id,
            quantity: item.quantity,
            change_from_quantity: None,
        })
    }
}

/// The global id of a thing of this kind, given by it or by its number.
fn gid(kind: &str, id: &str) -> Option<String> {
    let prefix = format!("gid://shopify/{kind}/");
    let id = id.trim();
    let id = number(id.strip_prefix(&prefix).unwrap_or(id))?;
    Some(format!("{prefix}{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_numbers_or_global_ids_of_the_right_kind() {
        let gid = |id| gid("Location", id);
        let good = Some("gid://shopify/Location/7".to_owned());
        assert_eq!(gid("7"), good);
        assert_eq!(gid(" gid://shopify/Location/7 "), good);
        for bad in [
            "",
            "x",
            "gid://shopify/InventoryItem/7",
            "gid://shopify/Location/",
            "-7",
        ] {
            assert_eq!(gid(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_shop_is_a_name_under_shopifys_domain() {
        assert!(is_shop("demo-2.myshopify.com"));
        for bad in [
            "demo.example.com",
            ".myshopify.com",
            "a.b.myshopify.com",
            "example.com/.myshopify.com",
            "example.com#.myshopify.com",
            "https://demo.myshopify.com",
        ] {
            assert!(!is_shop(bad), "{bad}");
        }
    }
}
