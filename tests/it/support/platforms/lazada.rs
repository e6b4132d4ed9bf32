//! A double of Lazada Open Platform: one seller in one country, and the server that renews tokens.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use chrono::Utc;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::platform::{Answer, Double, Request};

const APP_KEY: &str = "123456";
pub(crate) const APP_SECRET: &str = "lzd-app-secret-0123456789";
/// Where the API of the seller's country is, below the double's URL.
const BASE: &str = "/co.id/rest";
const AUTH: &str = "/auth/rest";

/// The seller. Item, SKU and warehouse are there as soon as they are named.
pub(crate) struct Lazada {
    /// What is good now.
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    /// Tokens that were good once.
    used: BTreeSet<String>,
    /// What is shown, by item, SKU and warehouse.
    pub(crate) shown: BTreeMap<[String; 3], i64>,
    /// The payloads that were taken in, refused ones included.
    pub(crate) payloads: Vec<String>,
    /// SKUs that are refused, with the message. A call with one of them is refused whole.
    pub(crate) refused: HashMap<&'static str, &'static str>,
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

impl Default for Lazada {
    fn default() -> Self {
        Self {
            access_token: "lzd-access-token-0/with+odd=signs".to_owned(),
            refresh_token: "lzd-refresh-token-0".to_owned(),
            used: BTreeSet::new(),
            shown: BTreeMap::new(),
            payloads: Vec::new(),
            refused: HashMap::new(),
            next: VecDeque::new(),
            is_revoked: false,
            renewals: 0,
            calls: 0,
            faults: Vec::new(),
        }
    }
}

impl Lazada {
    /// The settings that lead to a double at this URL.
    pub(crate) fn urls(url: &str) -> (String, String) {
        (format!("{url}/{{region}}/rest"), format!("{url}{AUTH}"))
    }

    /// What a merchant gives to connect the store.
    pub(crate) fn connection(&self) -> Value {
        json!({ "lazada": {
            "appKey": APP_KEY, "appSecret": APP_SECRET, "region": "co.id", "sellerId": "1001",
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
    pub(crate) fn quantity(&self, item: &str, sku: &str, warehouse: &str) -> Option<i64> {
        self.shown.get(&[item, sku, warehouse].map(str::to_owned)).copied()
    }

    /// A failure of a whole call. The platform answers most with 200.
    pub(crate) fn failure(code: &str, message: &str) -> Answer {
        Answer::json(
            200,
            &json!({ "code": code, "type": "ISV", "message": message, "request_id": "r" }),
        )
    }

    fn refuse(&mut self, fault: &str, answer: Answer) -> Answer {
        self.faults.push(fault.to_owned());
        answer
    }

    /// What is wrong with a call, as every API of the platform checks it.
    fn check(&mut self, path: &str, params: &BTreeMap<String, String>) -> Option<Answer> {
        let given = |name: &str| params.get(name).map_or("", String::as_str);
        if given("app_key") != APP_KEY || given("sign_method") != "sha256" {
            return Some(self.refuse("no app key", Self::failure("InvalidAppKey", "Invalid app key")));
        }
        if given("sign") != signature(path, params) {
            let message = "The request signature does not conform to platform standards";
            return Some(Self::failure("IncompleteSignature", message));
        }
        let timestamp = given("timestamp").parse::<i64>().unwrap_or_default();
        if (Utc::now().timestamp_millis() - timestamp).abs() > 7_200_000 {
            return Some(self.refuse(
                "a bad timestamp",
                Self::failure("IllegalTimestamp", "Illegal timestamp"),
            ));
        }
        None
    }

    fn refresh(&mut self, params: &BTreeMap<String, String>) -> Answer {
        let given = params.get("refresh_token").map_or("", String::as_str);
        let refused = || {
            Self::failure(
                "IllegalRefreshToken",
                "The specified refresh token is invalid or expired",
            )
        };
        if self.used.contains(given) {
            return self.refuse("a refresh token was used twice", refused());
        }
        if self.is_revoked || given != self.refresh_token {
            return refused();
        }
        self.renewals += 1;
        let renewed = (
            format!("lzd-access-token-{}", self.renewals),
            format!("lzd-refresh-token-{}", self.renewals),
        );
        self.used
            .insert(std::mem::replace(&mut self.access_token, renewed.0.clone()));
        self.used
            .insert(std::mem::replace(&mut self.refresh_token, renewed.1.clone()));
        Answer::json(
            200,
            &json!({
                "code": "0", "access_token": renewed.0, "expires_in": 2_592_000,
                "refresh_token": renewed.1, "refresh_expires_in": 15_552_000, "country": "id",
            }),
        )
    }

    fn update(&mut self, payload: &str) -> Answer {
        let Some(rows) = rows(payload) else {
            let answer = Self::failure("5", "E005: Invalid Request Format");
            return self.refuse(&format!("a payload of a bad shape: {payload}"), answer);
        };
        self.payloads.push(payload.to_owned());
        let skus: BTreeSet<&str> = rows.iter().map(|(place, _)| place[1].as_str()).collect();
        if skus.len() > 50 {
            return self.refuse(
                "more than 50 SKUs",
                Self::failure("204", "E204: Too many SKU in one request"),
            );
        }
        let said = match self.next.pop_front() {
            Some(Next::Say(answer)) => return answer,
            Some(Next::ApplyAndSay(answer)) => Some(answer),
            None => None,
        };
        let detail = |sku: &&str| Some(json!({ "sku_id": *sku, "field": "Sku", "message": self.refused.get(*sku)? }));
        let details: Vec<Value> = skus.iter().filter_map(detail).collect();
        if !details.is_empty() {
            let message = "E501: Update product failed";
            let body = json!({ "code": "501", "type": "ISP", "message": message, "detail": details });
            return Answer::json(200, &body);
        }
        self.shown.extend(rows);
        said.unwrap_or_else(|| Answer::json(200, &json!({ "code": "0", "data": {}, "request_id": "r" })))
    }
}

impl Double for Lazada {
    fn answer(&mut self, request: &Request) -> Answer {
        self.calls += 1;
        let mut params = request.query.clone();
        if request
            .header("content-type")
            .starts_with("application/x-www-form-urlencoded")
        {
            params.extend(url::form_urlencoded::parse(&request.body).into_owned());
        }
        if let Some(path) = request
            .path
            .strip_prefix(AUTH)
            .filter(|path| *path == "/auth/token/refresh")
        {
            return self.check(path, &params).unwrap_or_else(|| self.refresh(&params));
        }
        let Some(path) = request.path.strip_prefix(BASE) else {
            return self.refuse("another country", Self::failure("InvalidApiPath", "Invalid API path"));
        };
        if let Some(answer) = self.check(path, &params) {
            return answer;
        }
        let token = params.get("access_token").map_or("", String::as_str);
        if token != self.access_token {
            // The platform is not asked to repeat the token; a careless one does.
            let message = format!("The specified access token is invalid or expired: {token}");
            return Self::failure("IllegalAccessToken", &message);
        }
        match (request.method.as_str(), path, params.get("payload")) {
            ("POST", "/product/stock/sellable/update", Some(payload)) => self.update(payload),
            ("GET", "/seller/get", None) => Answer::json(
                200,
                &json!({ "code": "0", "data": { "seller_id": 1001, "name": "Seller" } }),
            ),
            _ => self.refuse("an unknown call", Self::failure("InvalidApiPath", "Invalid API path")),
        }
    }
}

/// The quantities of a payload, by item, SKU and warehouse; none when it has not the documented shape.
fn rows(payload: &str) -> Option<Vec<([String; 3], i64)>> {
    let skus = all(only(only(only(payload, "Request")?, "Product")?, "Skus")?, "Sku")?;
    let mut rows = BTreeMap::new();
    for sku in skus {
        let (item, rest) = first(sku, "ItemId")?;
        let (id, rest) = first(rest, "SkuId")?;
        let entries = match rest.starts_with("<MultiWarehouseInventories>") {
            true => all(only(rest, "MultiWarehouseInventories")?, "MultiWarehouseInventory")?
                .into_iter()
                .map(|entry| first(entry, "WarehouseCode"))
                .collect::<Option<Vec<_>>>()?,
            false => vec![("", rest)],
        };
        for (warehouse, quantity) in entries {
            let place = [item, id, warehouse].map(unescaped);
            let quantity: i64 = only(quantity, "SellableQuantity")?.parse().ok()?;
            if quantity < 0 || rows.insert(place, quantity).is_some() {
                return None;
            }
        }
    }
    (!rows.is_empty()).then(|| rows.into_iter().collect())
}

/// The content of the element that a text begins with, and what comes after it.
fn first<'t>(text: &'t str, name: &str) -> Option<(&'t str, &'t str)> {
    let rest = text.strip_prefix(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>"))
}

/// The content of the element that a text is.
fn only<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    first(text, name)
        .filter(|(_, rest)| rest.is_empty())
        .map(|(content, _)| content)
}

/// The contents of the elements that a text consists of.
fn all<'t>(mut text: &'t str, name: &str) -> Option<Vec<&'t str>> {
    let mut contents = Vec::new();
    while !text.is_empty() {
        let (content, rest) = first(text, name)?;
        contents.push(content);
        text = rest;
    }
    Some(contents)
}

fn unescaped(text: &str) -> String {
    assert!(!text.contains(['<', '>', '"', '\'']), "{text} is not escaped");
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The signature that a request should have.
fn signature(path: &str, params: &BTreeMap<String, String>) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()).expect("any key is good");
    mac.update(path.as_bytes());
    for (name, value) in params.iter().filter(|(name, _)| *name != "sign") {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    mac.finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect()
}
