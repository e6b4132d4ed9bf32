//! Requests that are not executed, and what became of those that are.

use async_graphql::parser::types::OperationType;
use async_graphql::{ErrorExtensionValues, PathSegment, Pos, Response, ServerError, Value};
use axum::http::StatusCode;

use crate::error::Error;
use crate::graphql::errors;
use crate::meter::{self, OperationKind};

/// How HTTP tells a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A well-formed request whose document cannot be executed. Status 400; but 200 for who accepts only
    /// `application/json`, as the GraphQL over HTTP specification has it for the clients of old.
    Document,
    /// Everything else has one status for everybody.
    Status(StatusCode),
}

/// A request that was not executed, or not to its end. Its answer has errors and no `data`.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) fault: Fault,
    pub(super) errors: Vec<ServerError>,
}

impl Refusal {
    /// The request is not one of GraphQL over HTTP.
    pub(super) fn status(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self::new(Fault::Status(status), coded(code, message, None))
    }

    /// The document, or what was sent along with it, cannot be executed.
    pub(super) fn document(code: &str, message: impl Into<String>, at: Option<Pos>) -> Self {
        Self::new(Fault::Document, coded(code, message, at))
    }

    /// A limit of the server was passed by the document or its variables.
    pub(super) fn limit(message: impl Into<String>, at: Option<Pos>) -> Self {
        Self::document("LIMIT_EXCEEDED", message, at)
    }

    /// Plain GET and POST have no way to send more than one result.
    pub(super) fn needs_stream() -> Self {
        Self::status(
            StatusCode::NOT_ACCEPTABLE,
            "NOT_ACCEPTABLE",
            "a subscription needs Accept: text/event-stream, or a WebSocket with the protocol graphql-transport-ws",
        )
    }

    /// GET only reads.
    pub(super) fn needs_post(operation: OperationType) -> Self {
        let message = format!("a {operation} must be sent by POST");
        Self::status(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
    }

    /// Counts it as an operation that was never begun.
    pub(super) fn counted(self) -> Self {
        meter::operation(OperationKind::None, code_in(&self.errors), None);
        self
    }

    fn new(fault: Fault, error: ServerError) -> Self {
        Self {
            fault,
            errors: vec![error],
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = match error {
            Error::Invalid(_) => StatusCode::BAD_REQUEST,
            Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::Unavailable(_) | Error::Conflict(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let public = errors::public(error);
        let mut server_error = ServerError::new(public.message, None);
        server_error.extensions = public.extensions;
        Self::new(Fault::Status(status), server_error)
    }
}

/// An error with a code.
pub(super) fn coded(code: &str, message: impl Into<String>, at: Option<Pos>) -> ServerError {
    let mut error = ServerError::new(message, at);
    set_code(&mut error, code);
    error
}

/// What became of one execution: a response that has `data`, though it may be null, or a refusal.
pub(super) type Outcome = Result<Response, Refusal>;

/// Sorts a response of the executor: one that has no data and only errors that belong to no field was never executed.
/// Every error that has no code is given one, so that each has: of what was not executed, the document is at fault. What
/// was executed has been checked, and resolvers give their errors a code, so what has none is a fault of the server, and
/// its text is not shown.
pub(super) fn outcome(mut response: Response) -> Outcome {
    let executed = response.data != Value::Null
        || response.errors.is_empty()
        || response.errors.iter().any(|error| !error.path.is_empty());
    for error in response.errors.iter_mut().filter(|error| !has_code(error)) {
        if executed && is_of_input(error) {
            name_field(error);
            set_code(error, errors::BAD_USER_INPUT);
        } else if executed {
            conceal(error);
        } else {
            set_code(error, "GRAPHQL_VALIDATION_FAILED");
        }
    }
    if executed {
        return Ok(response);
    }
    response.errors.truncate(MAX_DOCUMENT_ERRORS);
    Err(Refusal {
        fault: Fault::Document,
        errors: response.errors,
    })
}

/// The code of the first error that an outcome has.
pub(super) fn code_of(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Ok(response) => code_in(&response.errors),
        Err(refusal) => code_in(&refusal.errors),
    }
}

fn code_in(errors: &[ServerError]) -> Option<&str> {
    let error = errors.first()?;
    match error.extensions.as_ref().and_then(|extensions| extensions.get("code")) {
        Some(Value::String(code)) => Some(code),
        _ => Some("none"),
    }
}

/// More errors than these help nobody to mend a document, and one of 100 KB can have thousands.
const MAX_DOCUMENT_ERRORS: usize = 20;

/// Whether async-graphql could not read an argument. The check of inputs finds bad values before; what is left are variables
/// whose declared type is another than the argument's, which validation lets pass.
fn is_of_input(error: &ServerError) -> bool {
    ["Expected input type ", "Failed to parse "]
        .iter()
        .any(|start| error.message.starts_with(start))
}

fn name_field(error: &mut ServerError) {
    let field = error.path.iter().rev().find_map(|part| match part {
        PathSegment::Field(name) => Some(name.as_str()),
        PathSegment::Index(_) => None,
    });
    error.message = format!("{}: {}", field.unwrap_or("the operation"), error.message);
}

/// Logs an error and leaves only a reference to it.
fn conceal(error: &mut ServerError) {
    let text = format!("an error without a code at {:?}: {}", error.path, error.message);
    let public = errors::public(Error::internal(text));
    error.message = public.message;
    error.extensions = public.extensions;
}

fn has_code(error: &ServerError) -> bool {
    error
        .extensions
        .as_ref()
        .is_some_and(|extensions| extensions.get("code").is_some())
}

fn set_code(error: &mut ServerError, code: &str) {
    error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default)
        .set("code", code);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use async_graphql::PathSegment;

    use super::*;

    fn code(error: &ServerError) -> String {
        error.extensions.as_ref().unwrap().get("code").unwrap().to_string()
    }

    #[test]
    fn errors_without_a_path_and_without_data_are_refusals() {
        let refused = outcome(Response::from_errors(vec![ServerError::new("no such field", None)])).unwrap_err();
        assert_eq!(refused.fault, Fault::Document);
        assert_eq!(code(&refused.errors[0]), "\"GRAPHQL_VALIDATION_FAILED\"");
    }

    #[test]
    fn errors_of_fields_are_results_and_keep_their_code() {
        let mut error = coded("FORBIDDEN", "no", None);
        error.path = vec![PathSegment::Field("stores".to_owned())];
        let response = outcome(Response::from_errors(vec![error])).unwrap();
        assert_eq!(code(&response.errors[0]), "\"FORBIDDEN\"");
    }

    #[test]
    fn errors_of_fields_without_a_code_are_faults_of_the_server() {
        let mut error = ServerError::new("no table stores", None);
        error.path = vec![PathSegment::Field("stores".to_owned())];
        let response = outcome(Response::from_errors(vec![error])).unwrap();
        assert_eq!(code(&response.errors[0]), "\"INTERNAL\"");
        assert!(response.errors[0].message.contains("reference"));
        assert!(!response.errors[0].message.contains("table"));
    }

    #[test]
    fn an_internal_text_is_not_shown() {
        let refused = Refusal::from(Error::internal("password of the database"));
        assert_eq!(refused.fault, Fault::Status(StatusCode::INTERNAL_SERVER_ERROR));
        assert!(!refused.errors[0].message.contains("password"));
    }
}
