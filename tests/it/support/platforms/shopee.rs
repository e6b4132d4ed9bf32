//! Shopee: one shop, with items, their models and its locations.
//!
//! Every request is held against the documents: signature, timestamp, token, shape, number of models. What a good client
//! never does, such as using a refresh token twice, is noted in `faults`, which [`Shopee::check`] shows.

use std::collections::{BTreeMap, VecDeque};

use axum::http::Method;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::platform::{Answer, Double, Request};

pub(crate) const PARTNER_ID: u64 = 847_001;
pub(crate) const PARTNER_KEY: &str = "shpk7a1c55e09b";
pub(crate) const SHOP_ID: u64 = 226_690_043;
/// Most models in a call.
const MODELS: usize = 50;

/// The shop.
pub(crate) struct Shopee {
    /// What is sold: items, and their models; an item without variants has the model 0.
    items: BTreeMap<u64, Vec<u64>>,
    /// Empty where the shop has one, which needs no name.
    locations: Vec<&'static str>,
    /// What is shown, by item, model and location.
    stock: BTreeMap<(u64, u64, String), i64>,
    /// Why models are refused, by their id.
    pub(crate) refused: BTreeMap<u64, &'static str>,
    /// What comes back for the next updates, instead of what would.
    pub(crate) script: VecDeque<Answer>,
    /// How many pairs of tokens there were; the last one is good.
    tokens: u32,
    /// Whether the access token has ended.
    pub(crate) is_expired: bool,
    /// Whether the refresh token is refused.
    is_revoked: bool,
    /// For how many seconds new tokens are good.
    pub(crate) life: i64,
    /// How many entries each update had that got past the token, with what was scripted.
    pub(crate) updates: Vec<usize>,
    /// How often an access token was refused.
    pub(crate) refusals: usize,
    /// How often tokens were renewed.
    pub(crate) renewals: usize,
    faults: Vec<String>,
}

impl Shopee {
    /// A shop that sells these items, with their models.
    pub(crate) fn new(items: &[(u64, &[u64])], locations: &[&'static str]) -> Self {
        Self {
            items: items.iter().map(|(item, models)| (*item, models.to_vec())).collect(),
            locations: locations.to_vec(),
            stock: BTreeMap::new(),
            refused: BTreeMap::new(),
            script: VecDeque::new(),
            tokens: 1,
            is_expired: false,
            is_revoked: false,
            life: 14_400,
            updates: Vec::new(),
            refusals: 0,
            renewals: 0,
            faults: Vec::new(),
        }
    }

    /// What connects a store to it now.
    pub(crate) fn connection(&self) -> Value {
        json!({ "shopee": {
            "partnerId": PARTNER_ID.to_string(), "partnerKey": PARTNER_KEY, "shopId": SHOP_ID.to_string(),
            "accessToken": self.access_token(), "refreshToken": self.refresh_token(),
        } })
    }

    /// The access token that is good.
    pub(crate) fn access_token(&self) -> String {
        format!("access/{:04}-4f6d", self.tokens)
    }

    /// The refresh token that is good.
    pub(crate) fn refresh_token(&self) -> String {
        format!("refresh/{:04}-9b2e", self.tokens)
    }

    /// What is shown of a model.
    pub(crate) fn stock(&self, item: u64, model: u64, location: &str) -> Option<i64> {
        self.stock.get(&(item, model, location.to_owned())).copied()
    }

    /// Ends the access token, and gives no new one.
    pub(crate) fn revoke(&mut self) {
        (self.is_expired, self.is_revoked) = (true, true);
    }

    /// Takes that back.
    pub(crate) fn admit(&mut self) {
        (self.is_expired, self.is_revoked) = (false, false);
    }

    /// Nothing may have happened that a good client never does.
    pub(crate) fn check(&self) {
        assert_eq!(self.faults, Vec::<String>::new());
    }

    fn signed(&mut self, request: &Request, parts: &[&str]) -> Option<Answer> {
        let query = |name: &str| request.query.get(name).cloned().unwrap_or_default();
        let mut mac = Hmac::<Sha256>::new_from_slice(PARTNER_KEY.as_bytes()).expect("HMAC takes keys of any length");
        for part in [&PARTNER_ID.to_string(), &request.path, &query("timestamp")] {
            mac.update(part.as_bytes());
        }
        for part in parts {
            mac.update(part.as_bytes());
        }
        let sign: Vec<String> = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let timestamp: i64 = query("timestamp").parse().unwrap_or_default();
        let is_fresh = (chrono::Utc::now().timestamp() - timestamp).abs() <= 300;
        let is_good = query("sign") == sign.concat() && query("partner_id") == PARTNER_ID.to_string();
        if is_good && is_fresh {
            return None;
        }
        self.faults
            .push(format!("{} is not signed as it should be", request.path));
        Some(error(403, "error_sign", &format!("Wrong sign {}", query("sign"))))
    }

    /// Whether a call for the shop may be made.
    fn admitted(&mut self, request: &Request) -> Option<Answer> {
        let query = |name: &str| request.query.get(name).cloned().unwrap_or_default();
        let (token, shop) = (query("access_token"), query("shop_id"));
        if let Some(refused) = self.signed(request, &[&token, &shop]) {
            return Some(refused);
        }
        if shop != SHOP_ID.to_string() {
            return Some(error(403, "shop_no_linked", "the shop is not linked"));
        }
        if token != self.access_token() || self.is_expired {
            self.refusals += 1;
            // The token is repeated, to see what becomes of it.
            return Some(error(
                403,
                "invalid_acceess_token",
                &format!("Invalid access_token {token}."),
            ));
        }
        None
    }

    fn update(&mut self, request: &Request) -> Answer {
        let body = request.json();
        let list = body["stock_list"].as_array().cloned().unwrap_or_default();
        let entries = |model: &Value| model["seller_stock"].as_array().map_or(0, Vec::len);
        self.updates.push(list.iter().map(entries).sum());
        if let Some(scripted) = self.script.pop_front() {
            return scripted;
        }
        if list.is_empty() || list.len() > MODELS || request.header("content-type") != "application/json" {
            self.faults.push(format!("an update with {} models", list.len()));
            return error(200, "product.error_param", "stock_list should have 1 to 50 models");
        }
        let item = body["item_id"].as_u64().unwrap_or_default();
        let Some(models) = self.items.get(&item).cloned() else {
            return error(200, "product.error_item_not_found", "Product not found");
        };
        let (mut taken, mut refused) = (Vec::new(), Vec::new());
        for entry in &list {
            let model = entry["model_id"].as_u64().unwrap_or_default();
            if let Some(reason) = self.refused.get(&model) {
                refused.push(json!({ "model_id": model, "failed_reason": reason }));
                continue;
            }
            if !models.contains(&model) {
                refused.push(json!({ "model_id": model, "failed_reason": "error_param: wrong model_id" }));
                continue;
            }
            for stock in entry["seller_stock"].as_array().into_iter().flatten() {
                match self.take(item, model, stock) {
                    Ok(()) => taken.push(json!({
                        "model_id": model, "location_id": stock["location_id"], "stock": stock["stock"],
                    })),
                    Err(answer) => return answer,
                }
            }
        }
        reply(
            200,
            &json!({ "response": { "success_list": taken, "failure_list": refused } }),
        )
    }

    fn take(&mut self, item: u64, model: u64, stock: &Value) -> Result<(), Answer> {
        let location = stock["location_id"].as_str().unwrap_or_default();
        match (location, self.locations.is_empty()) {
            ("", true) => {}
            ("", false) => return Err(error(403, "error_auth", "Lack of location_id")),
            (location, _) if self.locations.contains(&location) => {}
            _ => return Err(error(200, "product.error_inner", "Invalid stock location id")),
        }
        let Some(quantity) = stock["stock"].as_i64().filter(|quantity| *quantity >= 0) else {
            self.faults.push(format!("{stock} is no stock"));
            return Err(error(200, "product.error_param", "stock should be a number"));
        };
        self.stock.insert((item, model, location.to_owned()), quantity);
        Ok(())
    }

    fn renew(&mut self, request: &Request) -> Answer {
        if let Some(refused) = self.signed(request, &[]) {
            return refused;
        }
        let body = request.json();
        if self.is_revoked {
            let message = format!("Invalid refresh_token {}", body["refresh_token"]);
            return error(403, "error_auth", &message);
        }
        if body["refresh_token"] != self.refresh_token() {
            self.faults.push("a refresh token was used twice".to_owned());
            return error(403, "error_auth", "Invalid refresh_token");
        }
        if (body["partner_id"].as_u64(), body["shop_id"].as_u64()) != (Some(PARTNER_ID), Some(SHOP_ID)) {
            self.faults.push("a renewal for another shop".to_owned());
        }
        self.tokens += 1;
        self.renewals += 1;
        self.is_expired = false;
        let tokens = json!({
            "access_token": self.access_token(), "refresh_token": self.refresh_token(), "expire_in": self.life,
            "partner_id": PARTNER_ID, "shop_id": SHOP_ID,
        });
        reply(200, &tokens)
    }
}

impl Double for Shopee {
    fn answer(&mut self, request: &Request) -> Answer {
        match (&request.method, request.path.as_str()) {
            (&Method::POST, "/api/v2/auth/access_token/get") => self.renew(request),
            (&Method::POST, "/api/v2/product/update_stock") => {
                self.admitted(request).unwrap_or_else(|| self.update(request))
            }
            (&Method::GET, "/api/v2/shop/get_shop_info") => self
                .admitted(request)
                .unwrap_or_else(|| reply(200, &json!({ "shop_name": "A shop", "region": "ID" }))),
            (method, path) => {
                self.faults.push(format!("{method} {path}"));
                error(404, "error_not_found", "no such path")
            }
        }
    }
}

/// A reply that names an error.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({ "error": code, "message": message, "request_id": "aaa" }),
    )
}

fn reply(status: u16, fields: &Value) -> Answer {
    let mut body = json!({ "error": "", "message": "", "warning": "", "request_id": "aaa" });
    for (name, value) in fields.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    Answer::json(status, &body)
}
