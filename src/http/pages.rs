//! How many items a field can answer with, judged by its arguments alone.

use async_graphql::parser::types::Field;
use async_graphql::{Value, Variables};
use async_graphql_value::Value as Literal;

use crate::domain::page::{DEFAULT_SIZE, MAX_SIZE};

/// The page size that is asked for, or the number of `ids`. Where nothing is asked for, the default page of a
/// connection, and one of everything else. Larger pages than there are do not count: the field itself refuses them.
pub(super) fn size(field: &Field, variables: &Variables, is_connection: bool) -> usize {
    let given = |name| field.get_argument(name).map(|value| &value.node);
    let fallback = if is_connection { DEFAULT_SIZE } else { 1 };
    let asked = given("first").or_else(|| given("last"));
    let size = match asked {
        Some(literal) => number(literal, variables).unwrap_or(fallback),
        None => given("ids").map_or(fallback, |literal| items(literal, variables)),
    };
    usize::try_from(size.min(MAX_SIZE)).unwrap_or(usize::MAX)
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

    use async_graphql::parser::parse_query;
    use async_graphql::parser::types::{DocumentOperations, Selection};
    use serde_json::json;

    use super::*;

    fn size_of(text: &str, is_connection: bool) -> usize {
        let document = parse_query(format!("{{ {text} }}")).unwrap();
        let DocumentOperations::Single(operation) = document.operations else {
            panic!("{text}");
        };
        let Selection::Field(field) = &operation.node.selection_set.node.items[0].node else {
            panic!("{text}");
        };
        let variables = json!({ "n": 7, "none": null, "ids": ["a", "b"] });
        size(&field.node, &Variables::from_json(variables), is_connection)
    }

    #[test]
    fn the_arguments_tell_the_size() {
        for (text, connection, plain) in [
            ("a", 50, 1),
            ("a(first: 3)", 3, 3),
            ("a(last: $n)", 7, 7),
            ("a(first: $none)", 50, 1),
            ("a(first: $unknown)", 100, 100),
            ("a(first: 1000000)", 100, 100),
            ("a(first: -1)", 0, 0),
            ("a(ids: [\"x\", \"y\", \"z\"])", 3, 3),
            ("a(ids: $ids)", 2, 2),
        ] {
            assert_eq!(
                (size_of(text, true), size_of(text, false)),
                (connection, plain),
                "{text}"
            );
        }
    }
}
