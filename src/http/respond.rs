//! How outcomes are written.

use std::collections::BTreeMap;

use async_graphql::{ServerError, Value};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::negotiate::Media;
use super::refusal::{Fault, Outcome, Refusal};

/// A GraphQL response as it is written: `data` stands in it exactly when the request was executed, errors come first.
#[derive(Serialize)]
struct Body<'o> {
    #[serde(skip_serializing_if = "<[ServerError]>::is_empty")]
    errors: &'o [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'o Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<&'o BTreeMap<String, Value>>,
}

/// The JSON text of an outcome.
pub(super) fn json(outcome: &Outcome) -> String {
    let body = match outcome {
        Ok(response) => Body {
            errors: &response.errors,
            data: Some(&response.data),
            extensions: Some(&response.extensions).filter(|extensions| !extensions.is_empty()),
        },
        Err(refusal) => Body {
            errors: &refusal.errors,
            data: None,
            extensions: None,
        },
    };
    serde_json::to_string(&body).unwrap_or_else(|error| {
        tracing::error!(%error, "a response cannot be written as JSON");
        r#"{"errors":[{"message":"the response cannot be written","extensions":{"code":"INTERNAL"}}]}"#.to_owned()
    })
}

/// The HTTP response for an outcome.
pub(super) fn response(outcome: &Outcome, media: Media) -> Response {
    let fault = outcome.as_ref().err().map(|refusal| refusal.fault);
    let status = match fault {
        None => StatusCode::OK,
        Some(Fault::Document) if media == Media::Json => StatusCode::OK,
        Some(Fault::Document) => StatusCode::BAD_REQUEST,
        Some(Fault::Status(status)) => status,
    };
    let headers = [
        (header::CONTENT_TYPE, media.content_type()),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept, accept-language"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let mut response = (status, headers, json(outcome)).into_response();
    let told = match status {
        StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, "Bearer")),
        StatusCode::METHOD_NOT_ALLOWED => Some((header::ALLOW, "GET, POST")),
        StatusCode::TOO_MANY_REQUESTS => Some((header::RETRY_AFTER, "60")),
        StatusCode::SERVICE_UNAVAILABLE => Some((header::RETRY_AFTER, "1")),
        _ => None,
    };
    if let Some((name, value)) = told {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The HTTP response for a refusal, in JSON whatever was asked for: it is the form that every client can read.
pub(super) fn refused(refusal: Refusal, media: Option<Media>) -> Response {
    let media = match media {
        Some(Media::GraphqlResponse) => Media::GraphqlResponse,
        _ => Media::Json,
    };
    response(&Err(refusal), media)
}
