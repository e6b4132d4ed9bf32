//! What an answer can cost, judged by the document alone: how many values, objects, pages and counts it can have, if every
//! page that is asked for is full.
//!
//! The prices are in proportion to the CPU time that each was measured to take; one is about 0.6 us.
//!
//! # Not guaranteed
//!
//! What lies in lists that have no pages, such as the components of a bundle, is guessed: a merchant can make longer ones.
//! Nor is the length of texts known, nor what a filter or a count over many rows costs the database.

use async_graphql::parser::types::Field;
use async_graphql::{Value, Variables};
use async_graphql_value::Value as Literal;

use crate::domain::page::{DEFAULT_SIZE, MAX_SIZE};

/// A value.
const VALUE: usize = 1;
/// An object, without what is in it.
const OBJECT: usize = 4;
/// A page: a statement of its own, wherever it is nested.
const PAGE: usize = 450;
/// A count beside a page: a statement, too.
const COUNT: usize = 150;

/// Lists without pages, and how long they are taken to be.
const LISTS: &[(&str, usize)] = &[
    ("components", 5),
    ("listings", 5),
    ("stockLevels", 5),
    ("leftOut", 5),
    ("stores", 5),
    ("warehouses", 5),
    ("failureReasons", 5),
    ("syncReasons", 20),
    ("syncStatuses", 5),
    ("connectionStatuses", 3),
    ("failureCatalogue", 50),
    // Of the introspection: how many there are on average, which is few for types that have no fields at all.
    ("types", 150),
    ("fields", 3),
    ("inputFields", 2),
    ("enumValues", 2),
    ("args", 1),
];

/// What a selection set costs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cost {
    /// What is there once.
    once: usize,
    /// What is there for each item of the page whose connection this is a part of.
    each: usize,
    /// Whether something is selected that connections have.
    is_connection: bool,
    /// Whether something is selected that they have not.
    is_other: bool,
}

impl Cost {
    /// Takes in what stands beside it.
    pub(super) fn add(&mut self, other: &Self) {
        self.once = self.once.saturating_add(other.once);
        self.each = self.each.saturating_add(other.each);
        self.is_connection |= other.is_connection;
        self.is_other |= other.is_other;
    }

    /// All of it.
    pub(super) fn total(&self) -> usize {
        self.once.saturating_add(self.each)
    }

    /// What a field costs, with what is selected of it; nothing is where it has no selections.
    pub(super) fn of(field: &Field, variables: &Variables, selected: Option<&Self>) -> Self {
        let name = field.name.node.as_str();
        let own = match selected {
            None => Self {
                once: if name == "totalCount" { COUNT } else { VALUE },
                ..Self::default()
            },
            Some(selected) => selected.around(field, variables),
        };
        let is_connection = matches!(name, "nodes" | "edges" | "pageInfo" | "totalCount" | "statusCounts");
        let is_item = matches!(name, "nodes" | "edges");
        Self {
            once: if is_item { 0 } else { own.once },
            each: if is_item { own.once } else { 0 },
            is_connection,
            is_other: !is_connection && name != "__typename",
        }
    }

    fn around(&self, field: &Field, variables: &Variables) -> Self {
        let name = field.name.node.as_str();
        // Of what has nothing but a type name selected it cannot be seen whether it is a page.
        let is_part = matches!(name, "nodes" | "edges" | "node" | "pageInfo" | "statusCounts");
        let is_page = self.is_connection || !(self.is_other || is_part);
        let page = if is_page {
            self.each
                .saturating_mul(size(field, variables, DEFAULT_SIZE))
                .saturating_add(PAGE)
        } else {
            self.each
        };
        let length = LISTS.iter().find(|(list, _)| *list == name && !is_page);
        let length = length.map_or(1, |(_, length)| u64::try_from(*length).unwrap_or(u64::MAX));
        let objects = self.once.saturating_add(OBJECT);
        let objects = if is_page {
            objects
        } else {
            objects.saturating_mul(size(field, variables, length))
        };
        let count = if name == "statusCounts" { COUNT } else { 0 };
        Self {
            once: page.saturating_add(objects).saturating_add(count),
            ..Self::default()
        }
    }
}

/// The page size that is asked for, or the number of `ids`; `fallback` where nothing is asked for. Larger pages than there
/// are cost nothing: the field itself refuses them, and says so better.
fn size(field: &Field, variables: &Variables, fallback: u64) -> usize {
    let given = |name| field.get_argument(name).map(|value| &value.node);
    let asked = given("first").or_else(|| given("last"));
    let size = match asked {
        Some(literal) => match number(literal, variables) {
            Some(size) if size > MAX_SIZE => 0,
            size => size.unwrap_or(fallback),
        },
        None => given("ids").map_or(fallback, |literal| items(literal, variables)),
    };
    usize::try_from(size.min(MAX_SIZE.max(fallback))).unwrap_or(usize::MAX)
}

/// None for what is null. What cannot be known here counts as the largest page.
fn number(literal: &Literal, variables: &Variables) -> Option<u64> {
    match literal {
        Literal::Null => None,
        Literal::Number(number) => Some(number.as_u64().unwrap_or_default()),
        Literal::Variable(name) => match variables.get(name) {
            Some(Value::Number(number)) => Some(number.as_u64().unwrap_or_default()),
            Some(Value::Null) => None,
            _ => Some(MAX_SIZE),
        },
        _ => Some(MAX_SIZE),
    }
}

fn items(literal: &Literal, variables: &Variables) -> u64 {
    let count = match literal {
        Literal::List(items) => Some(items.len()),
        Literal::Variable(name) => match variables.get(name) {
            Some(Value::List(items)) => Some(items.len()),
            _ => None,
        },
        _ => None,
    };
    count.and_then(|count| u64::try_from(count).ok()).unwrap_or(MAX_SIZE)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use std::collections::BTreeSet;

    use async_graphql::parser::types::{
        BaseType, DocumentOperations, ExecutableDocument, Selection, TypeKind, TypeSystemDefinition,
    };
    use async_graphql::parser::{parse_query, parse_schema};
    use serde_json::json;

    use super::super::Limits;
    use super::super::weigh::weigh;
    use super::*;

    fn variables() -> Variables {
        Variables::from_json(json!({ "n": 7, "none": null, "ids": ["a", "b"] }))
    }

    fn size_of(text: &str, fallback: u64) -> usize {
        let document = parse_query(format!("{{ {text} }}")).unwrap();
        let DocumentOperations::Single(operation) = document.operations else {
            panic!("{text}");
        };
        let Selection::Field(field) = &operation.node.selection_set.node.items[0].node else {
            panic!("{text}");
        };
        size(&field.node, &variables(), fallback)
    }

    #[test]
    fn the_arguments_tell_the_size() {
        for (text, connection, plain) in [
            ("a", 50, 1),
            ("a(first: 3)", 3, 3),
            ("a(last: $n)", 7, 7),
            ("a(first: $none)", 50, 1),
            ("a(first: $unknown)", 100, 100),
            ("a(first: 100)", 100, 100),
            ("a(first: 101)", 0, 0),
            ("a(first: -1)", 0, 0),
            ("a(ids: [\"x\", \"y\", \"z\"])", 3, 3),
            ("a(ids: $ids)", 2, 2),
        ] {
            assert_eq!((size_of(text, 50), size_of(text, 1)), (connection, plain), "{text}");
        }
    }

    fn document(text: &str) -> ExecutableDocument {
        parse_query(text).unwrap()
    }

    /// The least limit under which the document is let in.
    fn cost(text: &str) -> usize {
        let (document, variables) = (document(text), variables());
        let passes = |cost| {
            let limits = Limits {
                cost,
                ..Limits::default()
            };
            weigh(&document, &variables, &limits, true).is_ok()
        };
        let (mut low, mut high) = (0, 100_000_000);
        while low < high {
            let middle = usize::midpoint(low, high);
            (low, high) = if passes(middle) {
                (low, middle)
            } else {
                (middle + 1, high)
            };
        }
        low
    }

    #[test]
    fn values_objects_counts_and_pages_have_prices() {
        for (text, price) in [
            ("{ a }", VALUE),
            ("{ a { b c: b } }", OBJECT + 2 * VALUE),
            ("{ a { b } a { b } }", 2 * (OBJECT + VALUE)),
            ("{ a { totalCount } }", OBJECT + PAGE + COUNT),
            ("{ a { statusCounts { b } } }", 2 * OBJECT + PAGE + COUNT + VALUE),
            ("{ a(first: 7) { nodes { b } } }", PAGE + OBJECT + 7 * (OBJECT + VALUE)),
            (
                "{ a(first: 7) { ...F } } fragment F on C { nodes { b } }",
                PAGE + OBJECT + 7 * (OBJECT + VALUE),
            ),
            (
                "{ a { edges { node { __typename } } } }",
                PAGE + OBJECT + 50 * (2 * OBJECT + VALUE),
            ),
            ("{ a { __typename } }", PAGE + OBJECT + VALUE),
            ("{ nodes(ids: $ids) { id } }", 2 * (OBJECT + VALUE)),
            ("{ components { b } }", 5 * (OBJECT + VALUE)),
            ("query A { a } query B { a a }", 2 * VALUE),
        ] {
            assert_eq!(cost(text), price, "{text}");
        }
    }

    #[test]
    fn pages_inside_pages_are_multiplied() {
        let most = Limits::default().cost;
        let nested = |inner: usize, fields: &str| {
            cost(&format!(
                "{{ a(first: 100) {{ nodes {{ b(first: {inner}) {{ nodes {{ {fields} }} }} }} }} }}"
            ))
        };
        assert!(nested(50, "a b c d e f g h") <= most);
        assert!(nested(100, "a b c d e f g h") <= most);
        assert!(nested(100, &"a ".repeat(40)) > most);
        let many = |count: usize| {
            format!(
                "{{ a(first: 100) {{ nodes {{ {} }} }} }}",
                "b { totalCount } ".repeat(count)
            )
        };
        assert!(cost(&many(1)) <= most && cost(&many(6)) > most);
    }

    /// Every list of the schema that is served is among those of which a length is taken.
    #[test]
    fn the_lists_are_known() {
        let schema = parse_schema(crate::graphql::sdl()).unwrap();
        let types = schema
            .definitions
            .into_iter()
            .filter_map(|definition| match definition {
                TypeSystemDefinition::Type(ty) => Some(ty.node),
                _ => None,
            });
        let mut lists = BTreeSet::new();
        for ty in types {
            let is_payload = ty.name.node.ends_with("Payload") || ty.name.node.ends_with("Error");
            if let (TypeKind::Object(object), false) = (ty.kind, is_payload) {
                let fields = object.fields.into_iter().map(|field| field.node);
                let fields = fields.filter(|field| matches!(field.ty.node.base, BaseType::List(_)));
                lists.extend(fields.map(|field| field.name.node.to_string()));
            }
        }
        lists.retain(|name| name != "nodes" && name != "edges");
        assert!(lists.len() > 5, "{lists:?}");
        for name in lists {
            assert!(
                LISTS.iter().any(|(list, _)| *list == name),
                "say in LISTS how long {name} is"
            );
        }
    }
}
