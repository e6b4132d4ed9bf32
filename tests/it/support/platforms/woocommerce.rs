//! The REST API of a WooCommerce site that is reached over plain HTTP, below a path.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::platform::{Answer, Double, Request};

/// Where the site is on its server.
pub(crate) const PREFIX: &str = "/toko";
const API: &str = "/toko/wp-json/wc/v3/products/";
/// Most objects in a batch.
const MOST: usize = 100;

/// What a site holds, and what it is to do.
#[derive(Debug, Default)]
pub(crate) struct WooCommerce {
    key: String,
    secret: String,
    is_read_only: bool,
    /// The stock of each product, with 0 as the variation, and of each variation.
    stock: BTreeMap<(u64, u64), i64>,
    /// Takes every quantity without a word and keeps its own.
    stubborn: BTreeSet<u64>,
    /// Failures that an object has in every call: code and message.
    failing: BTreeMap<u64, (&'static str, String)>,
    script: VecDeque<Scripted>,
    nonces: BTreeSet<String>,
    calls: Vec<(u64, usize)>,
    complaints: Vec<String>,
}

/// What a call is answered with.
#[derive(Debug, Clone)]
pub(crate) enum Scripted {
    /// This, and nothing is applied.
    Answer(Answer),
    /// What was asked for is applied; of the reply only so many bytes arrive.
    Cut(usize),
    /// What was asked for is applied; the reply says nothing of the last object.
    OneShort,
}

impl WooCommerce {
    /// A site that takes this key.
    pub(crate) fn new(key: &str, secret: &str) -> Self {
        Self {
            key: key.to_owned(),
            secret: secret.to_owned(),
            ..Self::default()
        }
    }

    /// With a product, or a variation of one.
    pub(crate) fn with(mut self, product: u64, variation: u64) -> Self {
        self.stock.insert((product, variation), -1);
        self
    }

    /// The stock; -1 until it is set.
    pub(crate) fn stock(&self, product: u64, variation: u64) -> i64 {
        self.stock[&(product, variation)]
    }

    /// The product whose variations each batch was for, 0 for products, and of how many objects it was.
    pub(crate) fn calls(&self) -> &[(u64, usize)] {
        &self.calls
    }

    /// How the next calls are answered.
    pub(crate) fn next_calls(&mut self, script: impl IntoIterator<Item = Scripted>) {
        self.script.extend(script);
    }

    /// An object fails from now on.
    pub(crate) fn fail(&mut self, id: u64, code: &'static str, message: &str) {
        self.failing.insert(id, (code, message.to_owned()));
    }

    /// An object keeps its stock, whatever is sent.
    pub(crate) fn keep(&mut self, id: u64) {
        self.stubborn.insert(id);
    }

    /// The key may read and not write.
    pub(crate) fn read_only(&mut self) {
        self.is_read_only = true;
    }

    /// The secret is another one.
    pub(crate) fn change_secret(&mut self) {
        self.secret = "cs_another".to_owned();
    }

    /// Panics when a call was not as the documentation says.
    pub(crate) fn check(&self) {
        assert_eq!(self.complaints, Vec::<String>::new());
    }

    /// Looks at the signature as RFC 5849 says, at the time and at the nonce.
    fn authenticate(&mut self, request: &Request) -> Result<(), Answer> {
        let refused = |message: &str| Err(error(401, "woocommerce_rest_authentication_error", message));
        let given = |name: &str| request.query.get(name).map(String::as_str).unwrap_or_default();
        if given("oauth_consumer_key") != self.key {
            return refused("Consumer key is invalid.");
        }
        let mut parameters = request.query.clone();
        parameters.remove("oauth_signature");
        let pairs: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let address = format!("http://{}{}", request.header("host"), request.path);
        let base = [request.method.as_str(), &encoded(&address), &encoded(&pairs.join("&"))].join("&");
        let mut mac = Hmac::<Sha256>::new_from_slice(format!("{}&", self.secret).as_bytes()).expect("any key is good");
        mac.update(base.as_bytes());
        let expected = STANDARD.encode(mac.finalize().into_bytes());
        if given("oauth_signature_method") != "HMAC-SHA256" || given("oauth_signature") != expected {
            return refused("Invalid signature - provided signature does not match.");
        }
        let timestamp: i64 = given("oauth_timestamp").parse().unwrap_or_default();
        if (chrono::Utc::now().timestamp() - timestamp).abs() > 15 * 60 {
            return refused("Invalid timestamp.");
        }
        if !self.nonces.insert(given("oauth_nonce").to_owned()) {
            return refused("Invalid nonce - nonce has already been used.");
        }
        match self.is_read_only {
            true => refused("The API key provided does not have write permissions."),
            false => Ok(()),
        }
    }

    fn batch(&mut self, product: u64, body: &Value) -> Answer {
        let Some(rows) = body["update"].as_array() else {
            self.complaints.push(format!("no list \"update\": {body}"));
            return error(400, "rest_invalid_param", "update");
        };
        if rows.len() > MOST {
            let message = format!("Unable to accept more than {MOST} items for this request.");
            return error(413, "woocommerce_rest_request_entity_too_large", &message);
        }
        if rows.is_empty() {
            // An empty array of PHP.
            return Answer::text(200, "[]");
        }
        self.calls.push((product, rows.len()));
        let answers: Vec<Value> = rows.iter().map(|row| self.update(product, row)).collect();
        Answer::json(200, &json!({ "update": answers }))
    }

    fn update(&mut self, product: u64, row: &Value) -> Value {
        let (id, quantity) = (row["id"].as_u64(), row["stock_quantity"].as_i64());
        let (Some(id), Some(quantity), Some(true)) = (id, quantity, row["manage_stock"].as_bool()) else {
            self.complaints.push(format!("a bad row: {row}"));
            return Value::Null;
        };
        let refused = |code: &str, message: &str| json!({ "id": id, "error": { "code": code, "message": message, "data": { "status": 400 } } });
        if let Some((code, message)) = self.failing.get(&id) {
            return refused(code, message);
        }
        let place = match product {
            0 => (id, 0),
            product => (product, id),
        };
        let Some(stock) = self.stock.get_mut(&place) else {
            let kind = if product == 0 { "product" } else { "product_variation" };
            return refused(&format!("woocommerce_rest_{kind}_invalid_id"), "Invalid ID.");
        };
        if !self.stubborn.contains(&id) {
            *stock = quantity;
        }
        let mut answer = json!({ "id": id, "manage_stock": true, "stock_quantity": *stock });
        if row["_fields"].is_null() {
            // A hundred of these are more than anybody reads.
            answer["description"] = json!("long ".repeat(2_500));
        }
        answer
    }
}

impl Double for WooCommerce {
    fn answer(&mut self, request: &Request) -> Answer {
        let path = request
            .path
            .strip_prefix(API)
            .and_then(|path| path.strip_suffix("batch"));
        let product = match path {
            Some("") => Some(0),
            Some(path) => path.strip_suffix("/variations/").and_then(|id| id.parse().ok()),
            None => None,
        };
        let Some(product) = product.filter(|_| request.method == "POST") else {
            self.complaints.push(format!("{} {}", request.method, request.path));
            return error(
                404,
                "rest_no_route",
                "No route was found matching the URL and request method.",
            );
        };
        if let Err(answer) = self.authenticate(request) {
            return answer;
        }
        let scripted = self.script.pop_front();
        if let Some(Scripted::Answer(answer)) = scripted {
            return answer;
        }
        let mut answer = self.batch(product, &request.json());
        match scripted {
            Some(Scripted::Cut(bytes)) => answer.body.truncate(bytes),
            Some(Scripted::OneShort) => {
                let mut body: Value = serde_json::from_str(&answer.body).expect("our own JSON");
                body["update"].as_array_mut().expect("a list").pop();
                answer.body = body.to_string();
            }
            _ => {}
        }
        answer
    }
}

/// An error of a whole call.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({ "code": code, "message": message, "data": { "status": status } }),
    )
}

/// As PHP's `rawurlencode` does it.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
