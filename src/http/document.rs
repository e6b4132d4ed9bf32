//! Lets a request in: its document is scanned, parsed and weighed before the schema sees it.
//!
//! # Guarantees
//!
//! Validation and execution are handed only documents whose fully expanded size is bounded. Without that a kilobyte
//! of fragments, each of which spreads the next one twice, keeps the stock validation busy for half a minute.
//!
//! # Not guaranteed
//!
//! How many rows a document reads: the pages' own limits bound that.

use std::sync::Arc;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::parser::{Error as ParseError, parse_query};
use async_graphql::{Pos, Request, Value, Variables};

use super::Limits;
use super::persisted::Novelty;
use super::refusal::Refusal;
use super::scan::scan;
use super::shelf::Shelf;
use super::weigh;

/// A request that may be executed.
#[derive(Debug)]
pub(super) struct Admitted {
    /// The request, with its parsed document.
    pub(super) request: Request,
    /// What the chosen operation is.
    pub(super) operation: OperationType,
    /// Its text, where it is to be remembered once it has been executed.
    pub(super) novelty: Option<Novelty>,
}

/// Lets a request in, or says why not. Costs little for any document, whatever it says.
///
/// # Errors
/// The document passes a limit, cannot be parsed, asks for introspection where that is off, has no such operation, or
/// lacks a variable that it needs.
pub(super) fn admit(
    mut request: Request,
    shelf: &Shelf,
    limits: &Limits,
    introspection: bool,
) -> Result<Admitted, Refusal> {
    let document = if let Some(known) = shelf.get(&request.query) {
        // What it costs is also a matter of the variables.
        weigh::weigh(&known, &request.variables, limits, introspection)?;
        Arc::unwrap_or_clone(known)
    } else {
        let document = read(&request.query, &request.variables, limits, introspection)?;
        shelf.put(&request.query, &document);
        document
    };
    let operation = choose(&document, request.operation_name.as_deref())?;
    check_variables(operation, &request)?;
    let operation = operation.ty;
    request.set_parsed_query(document);
    Ok(Admitted {
        request,
        operation,
        novelty: None,
    })
}

/// Parses a document that is within the limits, along with these variables.
///
/// # Errors
/// It passes a limit, cannot be parsed, or asks for introspection where that is off.
pub(super) fn read(
    text: &str,
    variables: &Variables,
    limits: &Limits,
    introspection: bool,
) -> Result<ExecutableDocument, Refusal> {
    scan(text, limits)?;
    let document = parse_query(text).map_err(syntax)?;
    weigh::weigh(&document, variables, limits, introspection)?;
    Ok(document)
}

/// The parser's message without its drawing of the place, which repeats the whole line.
fn syntax(error: ParseError) -> Refusal {
    let at = error.positions().next();
    let message = match error {
        ParseError::Syntax { message, .. } => {
            let expected = message.lines().last().unwrap_or_default();
            format!("syntax error: {}", expected.trim_start_matches(['=', ' ']))
        }
        other => other.to_string(),
    };
    Refusal::document("GRAPHQL_PARSE_FAILED", message, at)
}

fn choose<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> Result<&'d OperationDefinition, Refusal> {
    let chosen = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations.values().next(),
        (DocumentOperations::Multiple(_), None) => {
            let message = "the document has several operations; operationName must say which one to execute";
            return Err(Refusal::document("OPERATION_RESOLUTION_FAILURE", message, None));
        }
    };
    chosen.map(|operation| &operation.node).ok_or_else(|| {
        let start: String = name.unwrap_or_default().chars().take(40).collect();
        let message = format!("the document has no operation with the name \"{start}\"");
        Refusal::document("OPERATION_RESOLUTION_FAILURE", message, None)
    })
}

/// The executor notices a missing variable only where it is used, as an error of that field; by the specification it
/// is one of the whole request.
fn check_variables(operation: &OperationDefinition, request: &Request) -> Result<(), Refusal> {
    for definition in &operation.variable_definitions {
        let name = &definition.node.name.node;
        let given = request.variables.get(name);
        let required = !definition.node.var_type.node.nullable;
        let problem = match given {
            None if required && definition.node.default_value.is_none() => "is required, but was not given",
            Some(Value::Null) if required => "must not be null",
            _ => continue,
        };
        let message = format!("the variable ${name} {problem}");
        return Err(bad_variable(message, definition.pos));
    }
    Ok(())
}

fn bad_variable(message: String, at: Pos) -> Refusal {
    Refusal::document("BAD_USER_INPUT", message, Some(at))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::json;

    use super::*;

    fn refused(request: Request) -> (String, String) {
        let refusal = admit(request, &Shelf::default(), &Limits::default(), true).unwrap_err();
        let error = &refusal.errors[0];
        let code = error.extensions.as_ref().unwrap().get("code").unwrap().clone();
        (
            code.into_json().unwrap().as_str().unwrap().to_owned(),
            error.message.clone(),
        )
    }

    #[test]
    fn the_operation_is_found_by_name() {
        let two = "query A { a } mutation B { b }";
        let admitted = admit(
            Request::new(two).operation_name("B"),
            &Shelf::default(),
            &Limits::default(),
            true,
        )
        .unwrap();
        assert_eq!(admitted.operation, OperationType::Mutation);
        let admitted = admit(
            Request::new("subscription S { s }"),
            &Shelf::default(),
            &Limits::default(),
            true,
        )
        .unwrap();
        assert_eq!(admitted.operation, OperationType::Subscription);
        assert_eq!(refused(Request::new(two)).0, "OPERATION_RESOLUTION_FAILURE");
        assert_eq!(
            refused(Request::new("{ a }").operation_name("A")).0,
            "OPERATION_RESOLUTION_FAILURE"
        );
    }

    #[test]
    fn variables_that_are_needed_must_be_there() {
        let query = "query($id: ID!, $n: Int! = 1, $o: Int) { a(id: $id, n: $n, o: $o) }";
        let with = |json| Request::new(query).variables(Variables::from_json(json));
        assert!(admit(with(json!({"id": "x"})), &Shelf::default(), &Limits::default(), true).is_ok());
        assert!(refused(with(json!({}))).1.contains("$id is required"));
        assert!(refused(with(json!({"id": null}))).1.contains("$id must not be null"));
        assert!(
            refused(with(json!({"id": "x", "n": null})))
                .1
                .contains("$n must not be null")
        );
    }

    #[test]
    fn a_syntax_error_says_what_was_expected_and_repeats_nothing() {
        let padding = "a ".repeat(5_000);
        let (code, message) = refused(Request::new(format!("{{ {padding} !")));
        assert_eq!(code, "GRAPHQL_PARSE_FAILED");
        assert!(message.len() < 200, "{message}");
        assert!(refused(Request::new("")).1.starts_with("syntax error: expected"));
    }
}
