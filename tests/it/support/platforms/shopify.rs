//! Shopify's Admin API, as far as inventory goes. A mutation is applied as a whole or not at all.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

use crate::support::platform::{Answer, Double, Request};

/// Most elements of a list in an input.
const MOST: usize = 250;

/// What a shop holds, and what it is to do.
#[derive(Debug, Default)]
pub(crate) struct Shopify {
    token: String,
    /// The quantity of each inventory item at each location at which it is stocked.
    levels: BTreeMap<(u64, u64), i64>,
    /// Answers to the next calls; none stands for the shop's own, of which only this many bytes arrive.
    script: VecDeque<Scripted>,
    /// Failures that an item has in every call: code and message.
    failing: BTreeMap<u64, (&'static str, String)>,
    /// Keys that were seen; each is good once here, where nothing is sent twice under one.
    keys: BTreeSet<String>,
    calls: Vec<usize>,
    complaints: Vec<String>,
}

/// What a call is answered with.
#[derive(Debug, Clone)]
pub(crate) enum Scripted {
    /// This, and nothing is applied.
    Answer(Answer),
    /// What was asked for is applied; of the reply only so many bytes arrive.
    Cut(usize),
}

/// An inventory item at a location.
type Place = (u64, u64);
/// A user error: its code, the field of the row, and the message.
type Refusal = (&'static str, &'static str, String);

impl Shopify {
    /// A shop that takes this token.
    pub(crate) fn new(token: &str) -> Self {
        Self {
            token: token.to_owned(),
            ..Self::default()
        }
    }

    /// Stocks an item at a location.
    pub(crate) fn stocks(mut self, item: u64, location: u64) -> Self {
        self.levels.insert((item, location), -1);
        self
    }

    /// What an item has at a location; -1 until it is set.
    pub(crate) fn level(&self, item: u64, location: u64) -> i64 {
        self.levels[&(item, location)]
    }

    /// How many quantities each mutation brought that was let in.
    pub(crate) fn calls(&self) -> &[usize] {
        &self.calls
    }

    /// How the next calls are answered.
    pub(crate) fn next_calls(&mut self, script: impl IntoIterator<Item = Scripted>) {
        self.script.extend(script);
    }

    /// An item fails from now on.
    pub(crate) fn fail(&mut self, item: u64, code: &'static str, message: &str) {
        self.failing.insert(item, (code, message.to_owned()));
    }

    /// The token is good no more.
    pub(crate) fn revoke(&mut self) {
        self.token = "another".to_owned();
    }

    /// Panics when a call was not as the documentation says.
    pub(crate) fn check(&self) {
        assert_eq!(self.complaints, Vec::<String>::new());
    }

    fn complain(&mut self, text: impl Into<String>) -> Answer {
        let text = text.into();
        self.complaints.push(text.clone());
        error(&text, "BAD_REQUEST")
    }

    fn set_quantities(&mut self, query: &str, variables: &Value) -> Answer {
        if !query.contains("inventorySetQuantities(input: $input) @idempotent(key: $key)") {
            return self.complain("the directive @idempotent is missing");
        }
        let key = variables["key"].as_str().unwrap_or_default().to_owned();
        if key.is_empty() || !self.keys.insert(key) {
            return self.complain("an idempotency key is missing or was used before");
        }
        let input = &variables["input"];
        if input["name"] != "available"
            || input["reason"] != "correction"
            || input["ignoreCompareQuantity"] != json!(null)
        {
            return self.complain(format!("a bad input: {input}"));
        }
        let Some(rows) = input["quantities"]
            .as_array()
            .filter(|rows| !rows.is_empty() && rows.len() <= MOST)
        else {
            return self.complain(format!("no list of at most {MOST} quantities"));
        };
        self.calls.push(rows.len());
        let mut set = Vec::new();
        let mut errors = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            match self.row(row) {
                Ok(row) => set.push(row),
                Err((field, code, message)) => errors.push(json!({
                    "code": code, "message": message, "field": ["input", "quantities", place.to_string(), field],
                })),
            }
        }
        if errors.is_empty() {
            self.levels.extend(set);
        }
        let group = errors
            .is_empty()
            .then(|| json!({ "id": "gid://shopify/InventoryAdjustmentGroup/1" }));
        let payload = json!({ "inventoryAdjustmentGroup": group, "userErrors": errors });
        Answer::json(
            200,
            &json!({ "data": { "inventorySetQuantities": payload }, "extensions": cost(10, 1990, 100) }),
        )
    }

    fn row(&mut self, row: &Value) -> Result<(Place, i64), Refusal> {
        let fields: BTreeSet<&str> = row
            .as_object()
            .into_iter()
            .flatten()
            .map(|(field, _)| field.as_str())
            .collect();
        let expected = ["changeFromQuantity", "inventoryItemId", "locationId", "quantity"];
        if fields != BTreeSet::from(expected) || !row["changeFromQuantity"].is_null() {
            self.complaints.push(format!("a bad row: {row}"));
        }
        let refused = |field, code, message: &str| Err((field, code, message.to_owned()));
        let id = |field: &str, kind: &str| {
            let id = row[field].as_str()?.strip_prefix(&format!("gid://shopify/{kind}/"))?;
            id.parse::<u64>().ok()
        };
        let (item, location) = (id("inventoryItemId", "InventoryItem"), id("locationId", "Location"));
        let known = |known: &dyn Fn(&(u64, u64)) -> bool| self.levels.keys().any(known);
        let Some(item) = item.filter(|item| known(&|level| level.0 == *item)) else {
            return refused(
                "inventoryItemId",
                "INVALID_INVENTORY_ITEM",
                "The specified inventory item could not be found.",
            );
        };
        let Some(location) = location.filter(|location| known(&|level| level.1 == *location)) else {
            return refused(
                "locationId",
                "INVALID_LOCATION",
                "The specified location could not be found.",
            );
        };
        if let Some((code, message)) = self.failing.get(&item) {
            return refused("inventoryItemId", code, message);
        }
        if !self.levels.contains_key(&(item, location)) {
            let message = "The specified inventory item is not stocked at the location.";
            return refused("locationId", "ITEM_NOT_STOCKED_AT_LOCATION", message);
        }
        match row["quantity"].as_i64() {
            Some(quantity) if quantity > 1_000_000_000 => refused(
                "quantity",
                "INVALID_QUANTITY_TOO_HIGH",
                "The total quantity can't be higher than 1,000,000,000.",
            ),
            Some(quantity) if quantity >= 0 => Ok(((item, location), quantity)),
            _ => refused(
                "quantity",
                "INVALID_QUANTITY_NEGATIVE",
                "The quantity can't be negative.",
            ),
        }
    }
}

impl Double for Shopify {
    fn answer(&mut self, request: &Request) -> Answer {
        if request.path != "/admin/api/2026-04/graphql.json" || request.method != "POST" {
            self.complaints.push(format!("{} {}", request.method, request.path));
            return Answer::json(404, &json!({ "errors": "Not Found" }));
        }
        if request.header("x-shopify-access-token") != self.token {
            let text = "[API] Invalid API key or access token (unrecognized login or wrong password)";
            return Answer::json(401, &json!({ "errors": text }));
        }
        if request.header("content-type") != "application/json" {
            return self.complain("a request that is not JSON");
        }
        let (body, scripted) = (request.json(), self.script.pop_front());
        let query = body["query"].as_str().unwrap_or_default();
        if let Some(Scripted::Answer(answer)) = scripted {
            return answer;
        }
        let mut answer = match query.starts_with("mutation") {
            true => self.set_quantities(query, &body["variables"]),
            false if query == "{ shop { name } }" => {
                Answer::json(200, &json!({ "data": { "shop": { "name": "Demo" } } }))
            }
            false => self.complain(format!("an unknown query: {query}")),
        };
        if let Some(Scripted::Cut(bytes)) = scripted {
            answer.body.truncate(bytes);
        }
        answer
    }
}

/// An error of a whole call.
pub(crate) fn error(message: &str, code: &str) -> Answer {
    let errors = json!([{ "message": message, "extensions": { "code": code } }]);
    Answer::json(200, &json!({ "errors": errors }))
}

/// The shop has so little left that it takes a tenth of a second until a call can be made again.
pub(crate) fn throttled() -> Answer {
    let errors = json!([{ "message": "Throttled", "extensions": { "code": "THROTTLED" } }]);
    Answer::json(200, &json!({ "errors": errors, "extensions": cost(20, 10, 100) }))
}

fn cost(requested: u32, available: u32, rate: u32) -> Value {
    json!({ "cost": {
        "requestedQueryCost": requested, "actualQueryCost": null,
        "throttleStatus": { "maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": f64::from(rate) },
    } })
}
