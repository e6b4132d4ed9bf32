//! Made-up values, and how refusals read.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use async_graphql::parser::types::BaseType;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::graphql::{Mutation, Query, Subscription};

type Whole = Checked<Query, Mutation, Subscription>;

static SCHEMA: LazyLock<Whole> = LazyLock::new(|| Checked::new(crate::graphql::builder(), crate::graphql::validator()));

/// The errors of a request by nobody: their codes and messages.
fn errors(document: &str, variables: Value) -> Vec<(Option<String>, String)> {
    let request = Request::new(document).variables(Variables::from_json(variables));
    let response = match document.starts_with("subscription") {
        true => SCHEMA.execute_stream(request, None).next().now_or_never().flatten(),
        false => SCHEMA.execute(request).now_or_never(),
    };
    let errors = response.unwrap().errors.into_iter().map(|error| {
        let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
        (code.map(ToString::to_string), error.message)
    });
    errors.collect()
}

fn message(document: &str, variables: Value) -> String {
    let errors = errors(document, variables);
    assert_eq!(errors[0].0.as_deref(), Some("\"BAD_USER_INPUT\""), "{errors:?}");
    errors
        .into_iter()
        .map(|(_, message)| message)
        .collect::<Vec<_>>()
        .join("; ")
}

/// One document for each input type of some size; the names are those of the variables.
const DOCUMENTS: [&str; 6] = [
    "query($v: StoreSkuFilter) { storeSkus(filter: $v) { __typename } }",
    "query($v: SyncRecordOrder) { syncRecords(orderBy: $v) { __typename } }",
    "mutation($v: RecordStockChangesInput!) { recordStockChanges(input: $v) { __typename } }",
    "mutation($v: CreateSyncRuleInput!) { createSyncRule(input: $v) { __typename } }",
    "mutation($v: UpsertStoreSkusInput!) { upsertStoreSkus(input: $v) { __typename } }",
    "subscription($v: SyncRecordFilter) { syncStatusChanged(filter: $v) { __typename } }",
];

/// Names of input fields and values of enums, so that some of what is made up is nearly good.
fn words() -> Vec<String> {
    let types = SCHEMA.types.kinds.values();
    let words = types.flat_map(|kind| match kind {
        TypeKind::InputObject(object) => object
            .fields
            .iter()
            .map(|field| field.node.name.node.to_string())
            .collect::<Vec<_>>(),
        TypeKind::Enum(ty) => ty
            .values
            .iter()
            .map(|value| value.node.value.node.to_string())
            .collect(),
        _ => Vec::new(),
    });
    let mut words: Vec<String> = words.collect();
    words.sort();
    words.dedup();
    words
}

/// Made-up values of any type.
fn scalars() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        proptest::sample::select(words()).prop_map(Value::from),
        "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:00:00(Z|[+-]0[0-9]:00)?".prop_map(Value::from),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((proptest::sample::select(words()), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A value that fits a type, but for what is made up now and then in any place.
fn nearly(ty: &Type, dice: &mut impl FnMut() -> u64, made_up: &Value) -> Value {
    if dice().is_multiple_of(12) {
        return made_up.clone();
    }
    match (&ty.base, check::named(ty)) {
        (BaseType::List(inner), _) => (0..dice() % 3).map(|_| nearly(inner, dice, made_up)).collect(),
        (_, "Int" | "Percent") => json!(dice() % 100),
        (_, "Boolean") => json!(dice().is_multiple_of(2)),
        (_, "DateTime") => json!("2026-01-31T17:00:00Z"),
        (_, name) => match SCHEMA.types.kinds.get(name) {
            Some(TypeKind::Enum(ty)) => json!(ty.values[0].node.value.node.as_str()),
            Some(TypeKind::InputObject(object)) => {
                let fields = object.fields.iter().map(|field| &field.node);
                let fields = fields.filter(|field| !field.ty.node.nullable || dice().is_multiple_of(2));
                let fields: Vec<_> = fields.collect();
                let value = |field: &InputValueDefinition| nearly(&field.ty.node, dice, made_up);
                let mut object = serde_json::Map::new();
                let values: Vec<Value> = fields.iter().copied().map(value).collect();
                object.extend(fields.iter().map(|field| field.name.node.to_string()).zip(values));
                Value::Object(object)
            }
            _ => json!("text"),
        },
    }
}

proptest! {
    /// What the check lets through, the executor can read: it has nothing of its own to say about any value.
    #[test]
    fn nothing_that_is_let_through_is_refused_later(made_up in values(), seed: u64) {
        let mut state = seed | 1;
        let mut dice = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        for document in DOCUMENTS {
            let name = document.split(['$', ':', ')']).nth(2).unwrap().trim().trim_end_matches('!');
            let ty = Type::new(name).unwrap();
            for value in [made_up.clone(), nearly(&ty, &mut dice, &made_up)] {
                for (code, message) in errors(document, json!({ "v": value })) {
                    prop_assert!(code.is_some(), "{message} of {value}");
                }
            }
        }
    }
}

#[test]
fn the_place_and_the_value_are_named() {
    let filter = "query($f: StoreSkuFilter) { storeSkus(filter: $f) { __typename } }";
    assert_eq!(
        message(filter, json!({ "f": { "statusIn": ["SUCCESS", "GONE"] } })),
        "filter.statusIn.1: \"GONE\" is not a value of the enum SyncStatus; it was given in the variable $f"
    );
    assert_eq!(
        message(
            "{ storeSkus(filter: { quantity: { from: 2147483648 } }) { __typename } }",
            json!({})
        ),
        "filter.quantity.from: 2147483648 is not an Int, a whole number from -2147483648 to 2147483647"
    );
    assert_eq!(
        message(
            "{ ... on Query { storeSkus(orderBy: { field: SKU }) { __typename } } }",
            json!({})
        ),
        "orderBy.direction: nothing was given; OrderDirection! is expected"
    );
    assert_eq!(
        message(
            "{ ...F } fragment F on Query { nodes(ids: [\"a\", null]) { id } }",
            json!({})
        ),
        "ids.1: null is not allowed; ID! is expected"
    );
}

#[test]
fn a_secret_is_not_repeated() {
    let document = "mutation($i: UpsertStoresInput!) { upsertStores(input: $i) { __typename } }";
    let connection = json!({ "endpoint": "https://x.example", "signingSecret": ["whsec_AAAA"] });
    let store = json!({ "code": "s", "name": "s", "marketplace": "SHOPEE", "connection": connection });
    let message = message(document, json!({ "i": { "stores": [store] } }));
    assert!(
        message.contains("signingSecret: the value is not a String"),
        "{message}"
    );
    assert!(!message.contains("whsec"), "{message}");
}

#[test]
fn no_more_are_named_than_help() {
    let ids = vec![Value::Null; 10_000];
    let errors = errors("query($i: [ID!]!) { nodes(ids: $i) { id } }", json!({ "i": ids }));
    assert_eq!(errors.len(), MOST);
}

#[test]
fn good_values_come_through() {
    let document = "query($n: Int = 5, $f: StoreSkuFilter) { storeSkus(first: $n, filter: $f) { __typename } }";
    let filter = json!({ "statusIn": "SUCCESS", "quantity": { "from": -1, "to": null }, "storeIds": [] });
    for variables in [
        json!({}),
        json!({ "n": null, "f": null }),
        json!({ "n": 7, "f": filter }),
    ] {
        let errors = errors(document, variables);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].1.contains("API key"), "{errors:?}");
    }
}
