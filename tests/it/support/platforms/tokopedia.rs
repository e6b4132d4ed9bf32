//! Tokopedia's fs API: one shop with products by their SKU, in warehouses. Tokens come from the same address.

use std::collections::{BTreeMap, VecDeque};

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::platform::{Answer, Double, Request};

pub(crate) const FS_ID: u64 = 13_004;
pub(crate) const SHOP_ID: u64 = 479_573;
pub(crate) const CLIENT_SECRET: &str = "s3cr/et-of-the-client";
/// `client-7:s3cr/et-of-the-client` in base64.
const BASIC: &str = "Basic Y2xpZW50LTc6czNjci9ldC1vZi10aGUtY2xpZW50";
/// Most rows in a call.
const ROWS: usize = 100;

/// The shop.
pub(crate) struct Tokopedia {
    warehouses: Vec<&'static str>,
    /// What is shown, by SKU and warehouse.
    stock: BTreeMap<(String, String), i64>,
    /// Why rows are refused, by SKU: the message, and how often it comes.
    pub(crate) refused: BTreeMap<String, (&'static str, usize)>,
    /// What comes back for the next updates, instead of what would.
    pub(crate) script: VecDeque<Answer>,
    tokens: u32,
    /// Whether the access token has ended.
    pub(crate) is_expired: bool,
    /// Whether the client is refused.
    is_revoked: bool,
    /// The warehouse and the SKUs of each update that got past the token.
    pub(crate) updates: Vec<(String, Vec<String>)>,
    /// How often an access token was refused.
    pub(crate) refusals: usize,
    /// How often there was a new token.
    pub(crate) renewals: usize,
    faults: Vec<String>,
}

impl Tokopedia {
    /// A shop with these warehouses.
    pub(crate) fn new(warehouses: &[&'static str]) -> Self {
        Self {
            warehouses: warehouses.to_vec(),
            stock: BTreeMap::new(),
            refused: BTreeMap::new(),
            script: VecDeque::new(),
            tokens: 0,
            is_expired: false,
            is_revoked: false,
            updates: Vec::new(),
            refusals: 0,
            renewals: 0,
            faults: Vec::new(),
        }
    }

    /// What connects a store to it, without a token.
    pub(crate) fn connection() -> Value {
        json!({ "tokopedia": {
            "fsId": FS_ID.to_string(), "clientId": "client-7", "clientSecret": CLIENT_SECRET, "shopId": SHOP_ID.to_string(),
        } })
    }

    /// The access token that is good.
    pub(crate) fn access_token(&self) -> String {
        format!("c:token/{:04}-77aa", self.tokens)
    }

    /// What is shown of a product.
    pub(crate) fn stock(&self, sku: &str, warehouse: &str) -> Option<i64> {
        self.stock.get(&(sku.to_owned(), warehouse.to_owned())).copied()
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

    fn admitted(&mut self, request: &Request) -> Option<Answer> {
        let token = request.header("authorization").to_owned();
        if token == format!("Bearer {}", self.access_token()) && self.tokens > 0 && !self.is_expired {
            let shop = request.query.get("shop_id").map(String::as_str);
            return (shop != Some(&SHOP_ID.to_string())).then(|| refusal(403, "SHOP", "the shop is not this app's"));
        }
        self.refusals += 1;
        // The token is repeated, to see what becomes of it.
        Some(refusal(401, "", &format!("bad token: {token}")))
    }

    fn update(&mut self, request: &Request) -> Answer {
        let rows = request.json().as_array().cloned().unwrap_or_default();
        let warehouse = request.query.get("warehouse_id").cloned().unwrap_or_default();
        let sku = |row: &Value| row["sku"].as_str().unwrap_or_default().to_owned();
        self.updates.push((warehouse.clone(), rows.iter().map(sku).collect()));
        if let Some(scripted) = self.script.pop_front() {
            return scripted;
        }
        if rows.is_empty() || rows.len() > ROWS {
            self.faults.push(format!("an update with {} rows", rows.len()));
            return refusal(400, "ROWS", "1 to 100 rows");
        }
        if !warehouse.is_empty() && !self.warehouses.contains(&warehouse.as_str()) {
            return refusal(400, "INV-3", "warehouse not found");
        }
        let mut failed = Vec::new();
        let mut seen = Vec::new();
        for row in &rows {
            let (sku, stock) = (sku(row), row["new_stock"].as_i64().filter(|stock| *stock >= 0));
            if seen.contains(&sku) || sku.is_empty() || stock.is_none() {
                self.faults
                    .push(format!("{row} is no good row, or not the first of its SKU"));
            }
            seen.push(sku.clone());
            match self.refused.get_mut(&sku).filter(|(_, times)| *times > 0) {
                Some((message, times)) => {
                    *times -= 1;
                    failed.push(json!({ "sku": sku, "product_url": "", "new_stock": stock, "message": message }));
                }
                None => {
                    self.stock.insert((sku, warehouse.clone()), stock.unwrap_or_default());
                }
            }
        }
        let body = json!({
            "header": { "process_time": 0.04, "messages": "Your request has been processed successfully" },
            "data": { "failed_rows": failed.len(), "succeed_rows": rows.len() - failed.len(), "failed_rows_data": failed },
        });
        Answer::json(200, &body).with("x-ratelimit-reset-after", "0.05")
    }

    fn renew(&mut self, request: &Request) -> Answer {
        let is_asked = request
            .query
            .get("grant_type")
            .is_some_and(|grant| grant == "client_credentials");
        if self.is_revoked || !is_asked || request.header("authorization") != BASIC {
            let description = format!("unknown client {}", request.header("authorization"));
            let body = json!({ "error": "invalid_client", "error_description": description });
            return Answer::json(401, &body);
        }
        if self.tokens > 0 && !self.is_expired {
            self.faults.push("a token was renewed that is good".to_owned());
        }
        self.tokens += 1;
        self.renewals += 1;
        self.is_expired = false;
        let body = json!({ "access_token": self.access_token(), "expires_in": 2_592_000, "token_type": "Bearer" });
        Answer::json(200, &body)
    }
}

impl Double for Tokopedia {
    fn answer(&mut self, request: &Request) -> Answer {
        let update = format!("/inventory/v1/fs/{FS_ID}/stock/update");
        let shop_info = format!("/v1/shop/fs/{FS_ID}/shop-info");
        match (&request.method, request.path.as_str()) {
            (&Method::POST, "/token") => self.renew(request),
            (&Method::POST, path) if path == update => self.admitted(request).unwrap_or_else(|| self.update(request)),
            (&Method::GET, path) if path == shop_info => self.admitted(request).unwrap_or_else(|| {
                let data = json!([{ "shop_id": SHOP_ID }]);
                Answer::json(200, &json!({ "header": { "messages": "ok" }, "data": data }))
            }),
            (method, path) => {
                self.faults.push(format!("{method} {path}"));
                refusal(404, "", "no such path")
            }
        }
    }
}

/// A reply that refuses the call.
pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Answer {
    let header = json!({ "process_time": 0, "messages": message, "reason": "", "error_code": code });
    Answer::json(status, &json!({ "header": header, "data": null }))
}
