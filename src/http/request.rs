//! Reads GraphQL requests out of HTTP requests.

use std::time::Duration;

use async_graphql::{Request, Variables};
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use futures_util::StreamExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Settings;
use super::negotiate;
use super::persisted::{Library, Novelty, Reference};
use super::refusal::Refusal;

/// The parameters of a request, as the GraphQL over HTTP specification names them. Others are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Params {
    query: Option<String>,
    document_id: Option<String>,
    operation_name: Option<String>,
    #[serde(default)]
    variables: Variables,
    extensions: Option<async_graphql::Extensions>,
}

impl Params {
    /// Whether there is a document, or what may be the name of one.
    pub(super) fn name_a_document(&self) -> bool {
        self.query.is_some() || self.document_id.is_some() || self.extensions.is_some()
    }

    /// The request that the parameters make, and what is to be remembered once it has been executed.
    ///
    /// # Errors
    /// There is no document, or it is not allowed.
    pub(super) fn into_request(self, library: &Library) -> Result<(Request, Option<Novelty>), Refusal> {
        let extensions = self.extensions.unwrap_or_default();
        let reference = Reference::new(self.query, self.document_id, &extensions)?;
        let (query, novelty) = library.find(reference)?;
        let mut request = Request::new(query).variables(self.variables);
        request.operation_name = self.operation_name;
        request.extensions = extensions;
        Ok((request, novelty))
    }
}

/// Whether a GET request carries a document, or what may be the name of one.
pub(super) fn names_a_document(uri: &Uri) -> bool {
    pairs(uri).any(|(name, _)| matches!(name.as_str(), "query" | "documentId" | "extensions"))
}

/// The parameters of a GET request.
///
/// # Errors
/// A parameter is there twice, or is not JSON where it should be.
pub(super) fn from_uri(uri: &Uri) -> Result<Params, Refusal> {
    let mut params = Params::default();
    let mut seen = Vec::new();
    for (name, value) in pairs(uri) {
        if seen.contains(&name) {
            return Err(bad(format!("the parameter \"{name}\" is there twice")));
        }
        match name.as_str() {
            "query" => params.query = Some(value),
            "documentId" => params.document_id = Some(value).filter(|value| !value.is_empty()),
            "operationName" => params.operation_name = Some(value).filter(|value| !value.is_empty()),
            "variables" => params.variables = parameter(&name, &value)?,
            "extensions" => params.extensions = parameter(&name, &value)?,
            _ => continue,
        }
        seen.push(name);
    }
    Ok(params)
}

fn pairs(uri: &Uri) -> impl Iterator<Item = (String, String)> {
    url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned()
}

fn parameter<T: DeserializeOwned + Default>(name: &str, value: &str) -> Result<T, Refusal> {
    if value.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_str(value).map_err(|error| bad(format!("the parameter \"{name}\" cannot be read: {error}")))
}

/// The parameters of a POST request.
///
/// # Errors
/// The body is too large or too slow, or is not the JSON of a request.
pub(super) async fn from_body(headers: &HeaderMap, body: Body, settings: &Settings) -> Result<Params, Refusal> {
    if !negotiate::is_json(headers) {
        let message = "the body must be sent as Content-Type: application/json, in UTF-8";
        return Err(Refusal::status(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            message,
        ));
    }
    if negotiate::is_encoded(headers) {
        let message = "the body must be sent as it is, without a Content-Encoding";
        return Err(Refusal::status(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            message,
        ));
    }
    let bytes = tokio::time::timeout(settings.body_timeout, read(headers, body, settings.body_bytes))
        .await
        .map_err(|_| too_slow(settings.body_timeout))??;
    if is_crowded(&bytes, settings.limits.json_tokens) {
        let most = settings.limits.json_tokens;
        let message = format!("the body has more than {most} brackets, commas and colons");
        return Err(Refusal::limit(message, None));
    }
    parse(&bytes)
}

/// Whether JSON has more than so many brackets, commas and colons outside of its texts. Each makes at most a piece of
/// memory, so this bounds what a body grows to when it is read.
pub(super) fn is_crowded(json: &[u8], most: usize) -> bool {
    let (mut tokens, mut in_text, mut bytes) = (0, false, json.iter());
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_text = !in_text,
            b'\\' if in_text => {
                bytes.next();
            }
            b'{' | b'[' | b',' | b':' if !in_text => tokens += 1,
            _ => {}
        }
    }
    tokens > most
}

async fn read(headers: &HeaderMap, body: Body, most: usize) -> Result<Vec<u8>, Refusal> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok())
        .unwrap_or_default();
    if announced > most {
        return Err(too_large(most));
    }
    let mut bytes = Vec::with_capacity(announced.min(FIRST_BYTES));
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| bad(format!("the body did not arrive whole: {error}")))?;
        if bytes.len() + chunk.len() > most {
            return Err(too_large(most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn parse(bytes: &[u8]) -> Result<Params, Refusal> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        None => Err(bad("the body is empty".to_owned())),
        Some(b'[') => Err(bad(
            "a list of requests is not taken; send each in a request of its own".to_owned(),
        )),
        Some(_) => serde_json::from_slice(bytes).map_err(|error| bad(format!("the body cannot be read: {error}"))),
    }
}

/// What is set aside for a body before any of it has arrived, at most.
const FIRST_BYTES: usize = 16_384;

fn bad(message: String) -> Refusal {
    Refusal::status(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
}

fn too_large(most: usize) -> Refusal {
    let message = format!("the body has more than {most} bytes");
    Refusal::status(StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED", message)
}

fn too_slow(patience: Duration) -> Refusal {
    let message = format!("the body took longer than {} s to arrive", patience.as_secs_f32());
    Refusal::status(StatusCode::REQUEST_TIMEOUT, "TIMEOUT", message)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    const ANY: Library = Library::Any(None);

    fn message<T>(result: Result<T, Refusal>) -> String {
        result.err().unwrap().errors[0].message.clone()
    }

    #[test]
    fn parameters_come_from_the_uri() {
        let uri: Uri = "/graphql?query=%7Ba%7D&variables=%7B%22x%22%3A1%7D&operationName=&other=1&other=2"
            .parse()
            .unwrap();
        let (request, _) = from_uri(&uri).unwrap().into_request(&ANY).unwrap();
        assert_eq!(request.query, "{a}");
        assert_eq!(request.operation_name, None);
        assert_eq!(request.variables.len(), 1);
        for (query, part) in [
            ("query=a&query=b", "twice"),
            ("query=a&variables=x", "cannot be read"),
            ("query=a&variables=[]", "expected a map"),
        ] {
            let uri: Uri = format!("/graphql?{query}").parse().unwrap();
            assert!(message(from_uri(&uri)).contains(part), "{query}");
        }
    }

    #[test]
    fn what_is_in_texts_does_not_crowd_a_body() {
        assert!(is_crowded(br#"{"a":[1,2]}"#, 3));
        assert!(!is_crowded(br#"{"a":[1,2]}"#, 4));
        assert!(!is_crowded(br#"{"a":"\",,,[[\\"}"#, 2));
        assert!(is_crowded(br#"{"a":"\\",,,[["}"#, 4));
    }

    #[test]
    fn a_body_is_one_request() {
        for (body, part) in [
            ("", "empty"),
            (" [{\"query\":\"{a}\"}]", "a list of requests"),
            ("{", "cannot be read"),
            ("{\"query\":1}", "cannot be read"),
            ("{\"query\":\"{a}\",\"variables\":\"x\"}", "cannot be read"),
            ("{\"query\":\"{a}\",\"query\":\"{b}\"}", "duplicate"),
        ] {
            assert!(message(parse(body.as_bytes())).contains(part), "{body}");
        }
        let nulls = br#"{"query":"{a}","variables":null,"operationName":null,"extensions":null}"#;
        assert!(parse(nulls).unwrap().into_request(&ANY).is_ok());
        assert!(message(parse(b"{}").unwrap().into_request(&ANY)).contains("missing"));
    }
}
