//! A walk through every argument of every root field of the schema that is served, with hostile values.
//!
//! What is added to the schema later is walked by itself; where a good call cannot be made up, the walk fails and says
//! what to add. The short form tries a few values at each place, chosen by dice; the long one tries all.

use rand::seq::SliceRandom;
use serde_json::{Value, json};
use stock_sync::config::Role as ServerRole;
use stock_sync::domain::text;

use super::hostile::{self, Hostile};
use super::places::{Good, Schema, Spot};
use crate::support::scale::{self, Scale};
use crate::support::seed::{Catalogue, stock};
use crate::support::state::State;
use crate::support::{TestApp, both};

/// What nobody outside may read: the parts that this is made of, and its source.
const INTERNALS: [&str; 12] = [
    "sqlx",
    "sea_orm",
    "seaorm",
    "sqlite",
    "postgres",
    "panicked",
    "src/",
    ".rs:",
    "constraint",
    "relation",
    "column",
    "merchant_id",
];

/// Values at each place in the short form.
const FEW: usize = 6;

both! {
    /// Of a query, a bad argument is refused by name and value, and never with a fault of the server.
    async fn queries_refuse_by_name_and_value(app: &TestApp) {
        let walk = Walk::new(app).await;
        let client = app.viewer();
        let mut refused = 0;
        for (spot, hostile) in walk.tries("Query") {
            let arguments = walk.schema.arguments(&spot, &hostile.value, &walk.good);
            let answer = client.raw(&walk.schema.document(&spot, &arguments), arguments).await;
            refused += judge(&spot, &hostile, answer.status, &answer.body);
        }
        assert!(refused > 100, "only {refused} were refused");
    }

    /// Of a mutation the same, and where it was refused nothing at all was written.
    async fn mutations_refuse_and_write_nothing(app: &TestApp) {
        let walk = Walk::new(app).await;
        // Nothing is pushed from here on, so that what is written is written by the calls alone.
        app.restart(|config| config.server.role = ServerRole::Api).await;
        let (client, state) = (app.admin(), State::of(app.db()).await);
        let mut before = state.read(app.db()).await;
        let mut refused = 0;
        for (spot, hostile) in walk.tries("Mutation") {
            let arguments = walk.schema.arguments(&spot, &hostile.value, &walk.good);
            let answer = client.raw(&walk.schema.document(&spot, &arguments), arguments).await;
            let is_refused = judge(&spot, &hostile, answer.status, &answer.body);
            let after = state.read(app.db()).await;
            if is_refused > 0 {
                assert_eq!(before, after, "{spot:?} {:?}", hostile.value);
                refused += 1;
            }
            before = after;
        }
        assert!(refused > 100, "only {refused} were refused");
    }

    /// The same over a WebSocket, which goes on.
    async fn subscriptions_refuse_and_the_socket_goes_on(app: &TestApp) {
        let walk = Walk::new(app).await;
        let client = app.viewer();
        let mut socket = client.socket().await;
        let mut refused = 0;
        for (number, (spot, hostile)) in walk.tries("Subscription").into_iter().enumerate() {
            let arguments = walk.schema.arguments(&spot, &hostile.value, &walk.good);
            let (id, document) = (format!("odd {number}"), walk.schema.document(&spot, &arguments));
            socket.subscribe(&id, &document, arguments).await;
            if hostile.is_foul {
                let errors = socket.refusal(&id).await;
                refused += judge(&spot, &hostile, 400, &json!({ "errors": errors }));
            } else {
                // It may have been taken, and then nothing comes.
                socket.unsubscribe(&id).await;
                socket.settle().await;
            }
        }
        for message in socket.heard("odd ") {
            if message["type"] == "error" {
                well_formed(&json!({ "errors": message["payload"] }));
            }
        }
        assert!(refused > 20, "only {refused} were refused");
        socket.subscribe("good", "subscription { syncStatusChanged { status } }", json!({})).await;
        socket.settle().await;
        stock(&app.admin(), "A", 9).await;
        assert!(socket.next("good").await.is_some());
    }
}

struct Walk {
    schema: Schema,
    good: Good,
}

impl Walk {
    async fn new(app: &TestApp) -> Self {
        let admin = app.admin();
        let rules = Catalogue::least(app.market()).make(&admin).await;
        stock(&admin, "A", 7).await;
        let input = json!({ "syncRuleId": rules[0] });
        let started = admin.mutate("syncRuleNow", "manualSync { id }", input).await;
        app.settled().await;
        let skus = admin
            .query("{ storeSkus { nodes { id store { id } } } }", json!({}))
            .await;
        let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
        let store = id(&skus["storeSkus"]["nodes"][0]["store"]);
        let store_sku = id(&skus["storeSkus"]["nodes"][0]);
        Self {
            schema: Schema::served(),
            good: Good::new(
                rules[0].clone(),
                store,
                store_sku,
                id(&started["manualSync"]),
                app.market(),
            ),
        }
    }

    fn tries(&self, root: &'static str) -> Vec<(Spot, Hostile)> {
        let mut dice = scale::dice(scale::seed(), root);
        let most = if Scale::of_this_run().is_long { usize::MAX } else { FEW };
        let mut tries = Vec::new();
        for spot in self.schema.spots(root) {
            let mut values = hostile::values(&self.schema, &spot, &self.good);
            values.shuffle(&mut dice);
            tries.extend(values.into_iter().take(most).map(|hostile| (spot.clone(), hostile)));
        }
        tries
    }
}

/// Checks an answer; how many errors are in it.
fn judge(spot: &Spot, hostile: &Hostile, status: u16, body: &Value) -> usize {
    let shown = body.to_string();
    let told = || format!("{spot:?}\n{}\n{status} {shown:.2000}", short(&hostile.value));
    assert!(status < 500, "{}", told());
    let errors = well_formed(body);
    if hostile.is_foul {
        assert!(!errors.is_empty() && status == 400, "it was taken: {}", told());
    }
    let place = spot.path.last().unwrap();
    for (path, _) in &errors {
        assert!(
            path.contains(&spot.path[0]) || path.contains(place),
            "the place is not named: {}",
            told()
        );
    }
    // Of an object that is refused, what it lacks is named too.
    let is_object = hostile.value.is_object() || hostile.value[0].is_object();
    let repeats = |(_, message): &(String, String)| is_repeated(spot, &hostile.value, message);
    let is_told = if is_object {
        errors.iter().any(repeats)
    } else {
        errors.iter().all(repeats)
    };
    assert!(is_told || errors.is_empty(), "the value is not repeated: {}", told());
    let user_errors = user_errors(body);
    for (path, message) in &user_errors {
        // The path is below `input`, and leads to the place or to what holds it.
        let named: Vec<&str> = path.split('.').filter(|part| part.parse::<usize>().is_err()).collect();
        let wanted = &spot.path[1..];
        assert!(
            wanted.starts_with(&named.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>())
                || named.starts_with(&wanted.iter().map(String::as_str).collect::<Vec<_>>()),
            "another place is named: {}",
            told()
        );
        assert!(
            is_repeated(spot, &hostile.value, message),
            "the value is not repeated: {}",
            told()
        );
    }
    errors.len() + user_errors.len()
}

/// Checks what every error has to be like; the place that each names, and what it says.
fn well_formed(body: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for error in body["errors"].as_array().into_iter().flatten() {
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
        let message = error["message"].as_str().unwrap();
        harmless(message);
        let named = message
            .split_once(": ")
            .or_else(|| message.strip_prefix("the variable $")?.split_once(' '));
        let (path, rest) = named.unwrap_or_else(|| panic!("{message}"));
        found.push((path.to_owned(), rest.to_owned()));
    }
    found
}

fn user_errors(body: &Value) -> Vec<(String, String)> {
    let payloads = body["data"].as_object().into_iter().flat_map(|data| data.values());
    let errors = payloads
        .filter_map(|payload| payload["userErrors"].as_array())
        .flatten();
    let found = errors.map(|error| {
        let path: Vec<&str> = error["field"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let message = error["message"].as_str().unwrap();
        harmless(message);
        assert!(error["code"].is_string());
        (path.join("."), message.to_owned())
    });
    found.collect()
}

fn harmless(message: &str) {
    let lower = message.to_lowercase();
    for word in INTERNALS {
        assert!(!lower.contains(word), "{word} in {message}");
    }
    assert!(
        message.chars().count() < 5_000,
        "{} characters",
        message.chars().count()
    );
}

/// Fields of a connection that are no secrets.
const SHOWN: [&str; 10] = [
    "endpoint",
    "siteUrl",
    "shopDomain",
    "region",
    "partnerId",
    "shopId",
    "sellerId",
    "fsId",
    "clientId",
    "appKey",
];

/// Whether a message has the value in it, or the part of it that is at fault. A secret must not be.
fn is_repeated(spot: &Spot, value: &Value, message: &str) -> bool {
    if spot.path.iter().any(|part| part == "connection") {
        let may_be_shown = SHOWN.contains(&spot.path.last().unwrap().as_str());
        return value
            .as_str()
            .is_none_or(|secret| may_be_shown || secret.len() < 8 || !message.contains(secret));
    }
    match value {
        // Which one of them it is, or how many there are.
        Value::Array(items) => {
            message.contains(&format!("a list of {} ", items.len()))
                || (items.len() > 100 && message.contains(&items.len().to_string()))
                || (items.is_empty() && message.contains("at least one"))
                || items.iter().any(|item| is_repeated(spot, item, message))
        }
        Value::Object(fields) => {
            message.contains("an object") || fields.keys().any(|key| message.contains(&text::shown(key)))
        }
        Value::String(given) => [given.as_str(), given.trim()].iter().any(|given| {
            // Without the quotes, of which those of a message may stand further out.
            message.contains(text::shown(given).trim_matches(['"', '.']))
        }),
        other => message.contains(&other.to_string()),
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(200).collect()
}
