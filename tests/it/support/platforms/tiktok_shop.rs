//! A double of TikTok Shop: one shop, by version 202309 of the API, and the server that renews its tokens.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use chrono::Utc;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::platform::{Answer, Double, Request};

const APP_KEY: &str = "tts-app-key";
pub(crate) const APP_SECRET: &str = "tts-app-secret-0123456789";
const CIPHER: &str = "ROW_cipher-1";

/// The shop. Product, SKU and warehouse are there as soon as they are named.
pub(crate) struct TiktokShop {
    /// What is good now.
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    /// Tokens that were good once.
    used: BTreeSet<String>,
    /// What is shown, by product, SKU and warehouse.
    pub(crate) shown: BTreeMap<[String; 3], i64>,
    /// The bodies of the updates that were taken in, refused ones included, with their products.
    pub(crate) updates: Vec<(String, Value)>,
    /// SKUs that are refused, with code and message.
    pub(crate) refused: HashMap<&'static str, (i64, &'static str)>,
    /// How the next updates are answered.
    pub(crate) next: VecDeque<Next>,
    /// Whether tokens are renewed no more.
    pub(crate) is_revoked: bool,
    /// How often tokens were renewed.
    pub(crate) renewals: usize,
    /// Calls of any kind.
    pub(crate) calls: usize,
    /// What a good client never does.
    pub(crate) faults: Vec<String>,
}

/// How an update is answered that would be taken.
pub(crate) enum Next {
    /// With this, and not applied.
    Say(Answer),
    /// With this, and applied.
    ApplyAndSay(Answer),
}

impl Default for TiktokShop {
    fn default() -> Self {
        Self {
            access_token: "tts-access-token-0/with+odd=signs".to_owned(),
            refresh_token: "tts-refresh-token-0".to_owned(),
            used: BTreeSet::new(),
            shown: BTreeMap::new(),
            updates: Vec::new(),
            refused: HashMap::new(),
            next: VecDeque::new(),
            is_revoked: false,
            renewals: 0,
            calls: 0,
            faults: Vec::new(),
        }
    }
}

impl TiktokShop {
    /// What a merchant gives to connect the shop.
    pub(crate) fn connection(&self) -> Value {
        json!({ "tiktokShop": {
            "appKey": APP_KEY, "appSecret": APP_SECRET, "shopId": "7000001", "shopCipher": CIPHER,
            "accessToken": self.access_token, "refreshToken": self.refresh_token,
        } })
    }

    /// Access token and refresh token.
    pub(crate) fn tokens(&self) -> (String, String) {
        (self.access_token.clone(), self.refresh_token.clone())
    }

    /// The access token is good no more.
    pub(crate) fn expire(&mut self) {
        self.used
            .insert(std::mem::replace(&mut self.access_token, "nobody has it".to_owned()));
    }

    /// What is shown of a SKU in a warehouse.
    pub(crate) fn quantity(&self, product: &str, sku: &str, warehouse: &str) -> Option<i64> {
        self.shown.get(&[product, sku, warehouse].map(str::to_owned)).copied()
    }

    /// A failure of a whole call.
    pub(crate) fn failure(status: u16, code: i64, message: &str) -> Answer {
        Answer::json(
            status,
            &json!({ "code": code, "message": message, "data": null, "request_id": "r" }),
        )
    }

    fn refuse(&mut self, fault: &str, answer: Answer) -> Answer {
        self.faults.push(fault.to_owned());
        answer
    }

    fn refresh(&mut self, request: &Request) -> Answer {
        let given = |name: &str| request.query.get(name).map_or("", String::as_str);
        let refused = || Self::failure(200, 36_004_005, "can not find related auth record");
        if (given("app_key"), given("app_secret"), given("grant_type")) != (APP_KEY, APP_SECRET, "refresh_token") {
            return self.refuse("a renewal without the app", refused());
        }
        if self.used.contains(given("refresh_token")) {
            return self.refuse("a refresh token was used twice", refused());
        }
        if self.is_revoked || given("refresh_token") != self.refresh_token {
            return refused();
        }
        self.renewals += 1;
        let renewed = (
            format!("tts-access-token-{}", self.renewals),
            format!("tts-refresh-token-{}", self.renewals),
        );
        self.used
            .insert(std::mem::replace(&mut self.access_token, renewed.0.clone()));
        self.used
            .insert(std::mem::replace(&mut self.refresh_token, renewed.1.clone()));
        let end = Utc::now().timestamp() + 7 * 24 * 60 * 60;
        let data = json!({
            "access_token": renewed.0, "access_token_expire_in": end,
            "refresh_token": renewed.1, "refresh_token_expire_in": end * 2,
        });
        Answer::json(200, &json!({ "code": 0, "message": "success", "data": data }))
    }

    /// What is wrong with a call, as every API of the platform checks it.
    fn check(&mut self, request: &Request) -> Option<Answer> {
        if request.query.get("sign") != Some(&signature(request)) {
            return Some(Self::failure(401, 106_001, "sign is invalid"));
        }
        let timestamp = request.query.get("timestamp").and_then(|text| text.parse::<i64>().ok());
        if timestamp.is_none_or(|timestamp| (Utc::now().timestamp() - timestamp).abs() > 300) {
            return Some(self.refuse("a bad timestamp", Self::failure(400, 106_002, "timestamp is invalid")));
        }
        let token = request.header("x-tts-access-token");
        if token != self.access_token {
            // The platform is not asked to repeat the token; a careless one does.
            let message = format!("Expired credentials: {token}");
            return Some(Self::failure(401, 105_002, &message));
        }
        None
    }

    fn update(&mut self, product: &str, request: &Request) -> Answer {
        if request.query.get("shop_cipher").map(String::as_str) != Some(CIPHER) {
            return self.refuse("no shop cipher", Self::failure(400, 106_013, "shop_cipher is missing"));
        }
        let body = request.json();
        let Some(rows) = rows(product, &body) else {
            let answer = Self::failure(400, 12_019_999, "bad body");
            return self.refuse(&format!("a body of a bad shape: {body}"), answer);
        };
        self.updates.push((product.to_owned(), body));
        let is_out_of_range = rows.iter().any(|(_, quantity)| !(0..=99_999).contains(quantity));
        if is_out_of_range {
            return Self::failure(200, 12_019_024, "stock count is invalid");
        }
        let said = match self.next.pop_front() {
            Some(Next::Say(answer)) => return answer,
            Some(Next::ApplyAndSay(answer)) => Some(answer),
            None => None,
        };
        let mut errors = BTreeMap::new();
        for (place, quantity) in rows {
            match self.refused.get(place[1].as_str()) {
                Some((code, message)) => {
                    let detail = json!({ "sku_id": place[1], "extra_errors": [] });
                    errors.insert(
                        place[1].clone(),
                        json!({ "code": code, "message": message, "detail": detail }),
                    );
                }
                None => {
                    self.shown.insert(place, quantity);
                }
            }
        }
        let errors: Vec<Value> = errors.into_values().collect();
        let body = json!({ "code": 0, "message": "Success", "data": { "errors": errors }, "request_id": "r" });
        said.unwrap_or_else(|| Answer::json(200, &body))
    }
}

impl Double for TiktokShop {
    fn answer(&mut self, request: &Request) -> Answer {
        self.calls += 1;
        if (request.method.as_str(), request.path.as_str()) == ("GET", "/api/v2/token/refresh") {
            return self.refresh(request);
        }
        if let Some(answer) = self.check(request) {
            return answer;
        }
        let product = request.path.strip_prefix("/product/202309/products/");
        let product = product.and_then(|rest| rest.strip_suffix("/inventory/update"));
        match (request.method.as_str(), request.path.as_str(), product) {
            ("POST", _, Some(product)) => self.update(product, request),
            ("GET", "/authorization/202309/shops", _) => {
                let shops = json!([{ "id": "7000001", "name": "Shop", "region": "ID", "cipher": CIPHER }]);
                Answer::json(
                    200,
                    &json!({ "code": 0, "message": "Success", "data": { "shops": shops } }),
                )
            }
            _ => self.refuse("an unknown path", Self::failure(404, 36_009_009, "Invalid path")),
        }
    }
}

/// The quantities of a body, by product, SKU and warehouse; none when it has not the documented shape, or names a SKU or a
/// warehouse twice.
fn rows(product: &str, body: &Value) -> Option<Vec<([String; 3], i64)>> {
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let mut rows = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for sku in body["skus"].as_array()? {
        let id = sku["id"]
            .as_str()
            .filter(|id| is_id(id) && seen.insert((*id).to_owned()))?;
        let inventory = sku["inventory"].as_array().filter(|inventory| !inventory.is_empty())?;
        for entry in inventory {
            let warehouse = match &entry["warehouse_id"] {
                Value::Null => "",
                Value::String(id) if is_id(id) => id,
                _ => return None,
            };
            let place = [product, id, warehouse].map(str::to_owned);
            if rows.insert(place, entry["quantity"].as_i64()?).is_some() {
                return None;
            }
        }
    }
    (!rows.is_empty()).then(|| rows.into_iter().collect())
}

/// The signature that a request should have.
fn signature(request: &Request) -> String {
    let mut text = APP_SECRET.to_owned() + &request.path;
    for (name, value) in &request.query {
        if name != "sign" && name != "access_token" {
            text += name;
            text += value;
        }
    }
    text += &request.text();
    text += APP_SECRET;
    let mut mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()).expect("any key is good");
    mac.update(text.as_bytes());
    mac.finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
