//! How outcomes are written.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::negotiate::Media;
use super::refusal::{Fault, Outcome, Refusal};
use crate::graphql::json;

/// The JSON text of an outcome.
pub(super) fn json(outcome: &Outcome) -> String {
    let text = written(outcome).map_err(|error| error.to_string());
    text.and_then(|text| String::from_utf8(text).map_err(|error| error.to_string()))
        .unwrap_or_else(|error| {
            tracing::error!(%error, "a response cannot be written as JSON");
            r#"{"errors":[{"message":"the response cannot be written","extensions":{"code":"INTERNAL"}}]}"#.to_owned()
        })
}

/// `data` stands in a response exactly when the request was executed, and errors come first.
fn written(outcome: &Outcome) -> serde_json::Result<Vec<u8>> {
    let errors = match outcome {
        Ok(response) => &response.errors,
        Err(refusal) => &refusal.errors,
    };
    let mut text = vec![b'{'];
    if !errors.is_empty() {
        json::write_key(&mut text, "errors");
        serde_json::to_writer(&mut text, errors)?;
    }
    if let Ok(response) = outcome {
        json::write_key(&mut text, "data");
        json::write(&mut text, &response.data)?;
        if !response.extensions.is_empty() {
            json::write_key(&mut text, "extensions");
            serde_json::to_writer(&mut text, &response.extensions)?;
        }
    }
    text.push(b'}');
    Ok(text)
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
