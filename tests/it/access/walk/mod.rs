//! A walk through the whole schema with the other merchant's ids, cursors, codes and keys in hand.
//!
//! The walk reads the schema that is served, so what is added later is walked by itself; where it cannot, it fails and
//! says what to add. Every place in an argument that takes an ID is given an id of each type, and every place that takes
//! a String each text of the other merchant's. The answer must be, in data and errors, the one for an id or a text of the
//! same form that nobody has.

mod live;
mod party;
mod schema;

use std::collections::BTreeMap;

use async_graphql::parser::types::FieldDefinition;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use stock_sync::config::Role as ServerRole;

use self::party::{NOBODYS, Party, THEIRS};
use self::schema::{Leaf, Schema, named};
use crate::support::graphql::{Client, unknown_like};
use crate::support::{TestApp, both};

/// Places that no id makes show anything, so that they prove nothing: what a person starts comes from no warehouse.
const SILENT: [&str; 1] = ["ManualSync.syncRecords filter.warehouseIds"];

both! {
    /// Every argument of every field that can be read, on the way to which no id is needed.
    async fn queries_take_what_is_foreign_for_unknown(app: &TestApp) {
        let schema = Schema::served();
        let (theirs, own) = merchants(app, &schema).await;
        let (ways, mut walked, mut silent) = (schema.ways(), 0, Vec::new());
        for (owner, field) in schema.askable() {
            if owner == "Mutation" || owner == "Subscription" {
                continue;
            }
            let way = ways.get(&owner).unwrap_or_else(|| panic!("{owner} takes arguments and cannot be reached from Query: teach the walk how"));
            for leaf in schema.leaves(field) {
                let ask = Asked { schema: &schema, way, owner: &owner, field, leaf: &leaf };
                if !ask.ids(&theirs, &own).await {
                    silent.push(ask.place());
                }
                ask.texts(&theirs, &own).await;
                ask.cursors(&theirs, &own).await;
                walked += 1;
            }
        }
        assert_eq!(silent, SILENT, "these places show nothing to their owner either: give the merchants of the walk what they would show");
        assert!(walked > 80, "only {walked} places were found");
    }

    /// Every mutation with every place in its input. Two merchants that are alike make the same calls, one with what is
    /// foreign, the other with what is unknown: their answers stay the same, and nothing of the other merchant changes.
    async fn mutations_take_what_is_foreign_for_unknown(app: &TestApp) {
        let schema = Schema::served();
        let (mut theirs, _) = merchants(app, &schema).await;
        // Nothing is pushed from here on, so that the answers depend on the calls alone.
        app.restart(|config| config.server.role = ServerRole::Api).await;
        theirs.client = app.admin();
        let mut twins = Vec::new();
        for _ in 0..2 {
            let mut twin = Party::make(app, &app.another_tenant().await, "own").await;
            find_rule(&mut twin).await;
            twin.use_keys(&schema).await;
            twins.push(twin);
        }
        let before = everything(&schema, &theirs.client).await;
        let mut serial = 0;
        for field in schema.fields("Mutation") {
            for leaf in schema.leaves(field) {
                for (foreign, unknown) in pairs(&leaf, &theirs) {
                    serial += 1;
                    let mut answers = Vec::new();
                    for (twin, value) in twins.iter().zip([&foreign, &unknown]) {
                        let arguments = twin.arguments(&schema, "Mutation", &field.name.node, Some((&leaf, value)), serial);
                        let document = document(&schema, "mutation", &[], field, &arguments, 3);
                        let answer = twin.client.raw(&document, arguments).await;
                        answers.push(alike(&answer.body, value));
                    }
                    assert_eq!(answers[0], answers[1], "{} {:?} {foreign}", field.name.node, leaf.path);
                    let is_key = leaf.path.last().is_some_and(|last| last == "idempotencyKey");
                    assert!(!is_key || answers[0].contains("\"userErrors\":[]"), "{} says nothing about the key: {}", field.name.node, answers[0]);
                    assert!(!answers[0].contains("INTERNAL"), "{}", answers[0]);
                }
            }
        }
        assert!(serial > 400, "only {serial} calls were made");
        assert_eq!(everything(&schema, &theirs.client).await, before);
    }

    /// Whatever can be reached from anywhere, no text and no id of the other merchant's is in it.
    async fn nothing_of_the_other_is_in_any_answer(app: &TestApp) {
        let schema = Schema::served();
        let (theirs, own) = merchants(app, &schema).await;
        let shown = everything(&schema, &own.client).await;
        let ids = shown.matches("\"id\":").count();
        assert!(ids > 50, "only {ids} objects were reached");
        assert!(!shown.contains(THEIRS), "{shown}");
        for (_, id) in &theirs.ids {
            assert!(!shown.contains(id), "{id} in {shown}");
        }
        assert!(everything(&schema, &theirs.client).await.contains(THEIRS));
    }
}

/// The merchant whose things are asked for, and the one who asks.
async fn merchants(app: &TestApp, schema: &Schema) -> (Party, Party) {
    let other = app.another_tenant().await;
    let mut parties = Vec::new();
    for (tenant, prefix) in [(app.tenant(), THEIRS), (&other, "own")] {
        let mut party = Party::make(app, tenant, prefix).await;
        find_rule(&mut party).await;
        let reference = json!({ "warehouse": party.name("warehouse"), "sku": party.name("sku"), "available": 7,
            "reason": "STOCK_COUNTED", "reference": party.name("reference") });
        crate::support::seed::stock_changes(&party.client, vec![reference]).await;
        party.use_keys(schema).await;
        app.settled_of(tenant).await;
        party.read_ids(schema).await;
        parties.push(party);
    }
    let own = parties.pop().unwrap();
    (parties.pop().unwrap(), own)
}

/// What the merchant's own good calls need.
async fn find_rule(party: &mut Party) {
    let document = "{ syncRules { nodes { id } } storeSkus { nodes { id } } }";
    let data = party.client.query(document, json!({})).await;
    let id = |list: &str| data[list]["nodes"][0]["id"].as_str().unwrap().to_owned();
    party.ids.push(("SyncRule".to_owned(), id("syncRules")));
    party.ids.push(("StoreSku".to_owned(), id("storeSkus")));
}

/// All that a merchant can see.
async fn everything(schema: &Schema, client: &Client) -> String {
    let mut shown = String::new();
    for field in schema.fields("Query") {
        let needs = field
            .arguments
            .iter()
            .any(|argument| schema::is_required(&argument.node));
        if !needs {
            let document = document(schema, "query", &[], field, &json!({}), 5);
            shown.push_str(&client.query(&document, json!({})).await.to_string());
        }
    }
    shown
}

/// A document that comes to a field by a way, with variables of the names of the arguments that are given.
fn document(
    schema: &Schema,
    operation: &str,
    way: &[String],
    field: &FieldDefinition,
    given: &Value,
    depth: usize,
) -> String {
    let arguments: Vec<_> = field.arguments.iter().map(|argument| &argument.node).collect();
    let given: Vec<_> = arguments
        .into_iter()
        .filter(|argument| given.get(argument.name.node.as_str()).is_some())
        .collect();
    let declared: String = given
        .iter()
        .map(|argument| format!("${}: {} ", argument.name.node, argument.ty.node))
        .collect();
    let passed: String = given
        .iter()
        .map(|argument| format!("{0}: ${0} ", argument.name.node))
        .collect();
    // Whole pages within whole ones pass the server's limits.
    let passed = format!("{passed}{}", schema::short_first(field, &given));
    let brackets = |text: String| if text.is_empty() { text } else { format!("({text})") };
    let to = named(&field.ty.node);
    let selection = if schema.fields(to).is_empty() {
        String::new()
    } else {
        format!("{{ {} }}", schema.selection(to, schema::within(field, depth)))
    };
    let open: String = way.iter().map(|step| format!("{step} {{ ")).collect();
    format!(
        "{operation}{} {{ {open}{}{} {selection} {}}}",
        brackets(declared),
        field.name.node,
        brackets(passed),
        "} ".repeat(way.len())
    )
}

/// What is put into a place, foreign and unknown.
fn pairs(leaf: &Leaf, theirs: &Party) -> Vec<(Value, Value)> {
    if leaf.scalar == "ID" {
        theirs
            .ids
            .iter()
            .map(|(_, id)| (json!(id), json!(unknown_like(id))))
            .collect()
    } else {
        theirs
            .texts()
            .into_iter()
            .map(|text| (json!(text), json!(text.replace(THEIRS, NOBODYS))))
            .collect()
    }
}

/// One place in one field's arguments.
struct Asked<'s> {
    schema: &'s Schema,
    way: &'s [String],
    owner: &'s str,
    field: &'s FieldDefinition,
    leaf: &'s Leaf,
}

impl Asked<'_> {
    /// Whether the owner at least is shown something by one of them.
    async fn ids(&self, theirs: &Party, own: &Party) -> bool {
        if self.leaf.scalar != "ID" {
            return true;
        }
        let mut is_seen_by_its_owner = false;
        for (foreign, unknown) in pairs(self.leaf, theirs) {
            self.same(own, &foreign, &unknown).await;
            is_seen_by_its_owner |= self.answer(theirs, &foreign).await != self.answer(theirs, &unknown).await;
        }
        is_seen_by_its_owner
    }

    async fn texts(&self, theirs: &Party, own: &Party) {
        if self.leaf.scalar == "String" {
            for (foreign, unknown) in pairs(self.leaf, theirs) {
                self.same(own, &foreign, &unknown).await;
            }
        }
    }

    /// The other's cursors in every order, with the cursors of the same places for rows that nobody has.
    async fn cursors(&self, theirs: &Party, own: &Party) {
        let argument = self.leaf.path[0].as_str();
        if argument != "after" && argument != "before" {
            return;
        }
        let order = self
            .field
            .arguments
            .iter()
            .find(|argument| argument.node.name.node == "orderBy");
        let order = order.unwrap_or_else(|| {
            panic!(
                "{} takes cursors and no orderBy: teach the walk how to get one",
                self.place()
            )
        });
        let inputs = self.schema.inputs(named(&order.node.ty.node)).unwrap();
        let field = inputs.into_iter().find(|input| input.name.node == "field").unwrap();
        let mut way: Vec<&str> = self
            .way
            .iter()
            .map(|step| step.split('(').next().unwrap_or_default())
            .collect();
        way.extend([self.field.name.node.as_str(), "edges", "cursor"]);
        let mut found = 0;
        for by in self.schema.values(named(&field.ty.node)) {
            let mut arguments = json!({ "orderBy": { "field": by, "direction": "ASC" } });
            let data = theirs.client.query(&self.document(&arguments), arguments.clone()).await;
            let cursors = texts_at(&data, &way);
            for cursor in cursors.into_iter().take(4) {
                found += 1;
                let mut answers = Vec::new();
                for cursor in [&cursor, &moved(&cursor)] {
                    arguments[argument] = json!(cursor);
                    let answer = own.client.raw(&self.document(&arguments), arguments.clone()).await;
                    assert_eq!(answer.body.get("errors"), None, "{}", self.place());
                    answers.push(answer.body.to_string());
                }
                assert_eq!(answers[0], answers[1], "{} by {by}: {cursor}", self.place());
            }
        }
        assert!(found > 0, "{} gave its owner no cursor", self.place());
    }

    async fn same(&self, own: &Party, foreign: &Value, unknown: &Value) {
        let (of_foreign, of_unknown) = (self.answer(own, foreign).await, self.answer(own, unknown).await);
        assert_eq!(of_foreign, of_unknown, "{} {foreign}", self.place());
        for code in ["INTERNAL", "FORBIDDEN", "LIMIT_EXCEEDED"] {
            assert!(!of_foreign.contains(code), "{of_foreign}");
        }
    }

    /// The whole answer as a text, without the value that was asked about.
    async fn answer(&self, party: &Party, value: &Value) -> String {
        let arguments = party.arguments(
            self.schema,
            self.owner,
            &self.field.name.node,
            Some((self.leaf, value)),
            0,
        );
        let answer = party.client.raw(&self.document(&arguments), arguments).await;
        answer.body.to_string().replace(value.as_str().unwrap(), "the value")
    }

    fn document(&self, arguments: &Value) -> String {
        document(self.schema, "query", self.way, self.field, arguments, 2)
    }

    fn place(&self) -> String {
        format!("{}.{} {}", self.owner, self.field.name.node, self.leaf.path.join("."))
    }
}

/// All texts that lie at the end of a way through objects and lists.
fn texts_at(value: &Value, way: &[&str]) -> Vec<String> {
    match (value, way) {
        (Value::Array(items), _) => items.iter().flat_map(|item| texts_at(item, way)).collect(),
        (Value::String(text), []) => vec![text.clone()],
        (value, [step, rest @ ..]) => texts_at(&value[*step], rest),
        _ => Vec::new(),
    }
}

/// The cursor of the same place for a row that nobody has: its id is behind three bytes.
fn moved(cursor: &str) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap();
    // The end of an id is chance; the beginning, its time, stays.
    bytes[3 + 10..3 + 16].iter_mut().for_each(|byte| *byte ^= 0x55);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An answer without what differs between any two merchants: ids and cursors become the numbers of their first
/// appearance, times the word, and what was given a word.
fn alike(answer: &Value, given: &Value) -> String {
    let mut seen = BTreeMap::new();
    let text = leveled(answer, &mut seen).to_string();
    text.replace(given.as_str().unwrap(), "the value")
        .replace(NOBODYS, THEIRS)
}

fn leveled(value: &Value, seen: &mut BTreeMap<String, usize>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| leveled(item, seen)).collect(),
        Value::Object(fields) => {
            let level = |(name, value): (&String, &Value)| (name.clone(), leveled(value, seen));
            Value::Object(fields.iter().map(level).collect::<Map<_, _>>())
        }
        Value::String(text) if chrono::DateTime::parse_from_rfc3339(text).is_ok() => json!("a time"),
        Value::String(text) if URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() >= 17) => {
            let next = seen.len();
            json!(format!("#{}", seen.entry(text.clone()).or_insert(next)))
        }
        other => other.clone(),
    }
}
