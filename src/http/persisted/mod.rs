//! Which document a request means: it brings the text, or names one that the server has.
//!
//! - Everybody may send any text, and the server remembers it under its SHA-256 for who names it later: Apollo's
//!   protocol of automatic persisted queries ([`cache`]).
//! - Or there is a list of documents, and no other is executed ([`list`]).
//!
//! POST, GET, WebSocket and SSE all ask here, before anything is parsed. What comes out passes the limits and the
//! validation like any text.
//!
//! # Guarantees
//!
//! - A hash stands for the text that has it and for no other, whoever sent it.
//! - Only what was executed is remembered, so it has passed the limits and the validation.
//! - With a list, no other text is executed.
//!
//! # Not guaranteed
//!
//! That a remembered document stays: who sends many new ones pushes those of others out, and after a restart there are
//! none. A client then sends the text once more.

mod cache;
mod list;

use std::sync::Arc;

use async_graphql::{Extensions, Value};
use axum::http::StatusCode;

use super::refusal::Refusal;
use super::settings::Documents;
use cache::{Cache, Hash};
pub use list::PersistedDocuments;

/// How a request says which document it means.
#[derive(Debug, Default)]
pub(super) struct Reference {
    /// The document itself.
    pub(super) text: Option<String>,
    /// `documentId`: what the list calls it, or `sha256:` and the hash.
    pub(super) id: Option<String>,
    /// `extensions.persistedQuery.sha256Hash`.
    pub(super) hash: Option<String>,
}

impl Reference {
    /// What the parameters of a request say.
    ///
    /// # Errors
    /// The extension has another form than the protocol's.
    pub(super) fn new(text: Option<String>, id: Option<String>, extensions: &Extensions) -> Result<Self, Refusal> {
        let hash = match extensions.get("persistedQuery") {
            None | Some(Value::Null) => None,
            Some(extension) => Some(hash_in(extension)?),
        };
        Ok(Self { text, id, hash })
    }
}

fn hash_in(extension: &Value) -> Result<String, Refusal> {
    let Value::Object(fields) = extension else {
        return Err(bad("extensions.persistedQuery must be an object"));
    };
    let is_known = matches!(fields.get("version"), Some(Value::Number(version)) if version.as_u64() == Some(1));
    if !is_known {
        return Err(bad("Unsupported persisted query version"));
    }
    match fields.get("sha256Hash") {
        Some(Value::String(hash)) => Ok(hash.clone()),
        _ => Err(bad("extensions.persistedQuery.sha256Hash must be a text")),
    }
}

/// Finds the documents that requests mean.
#[derive(Debug)]
pub(super) enum Library {
    /// Any document may be executed; none is remembered when there is no cache.
    Any(Option<Arc<Cache>>),
    /// These alone.
    Listed(Arc<PersistedDocuments>),
}

/// A text that is to be remembered once it has been executed.
#[derive(Debug)]
pub(super) struct Novelty {
    cache: Arc<Cache>,
    hash: Hash,
    text: Arc<str>,
}

impl Novelty {
    /// It has been executed.
    pub(super) fn remember(self) {
        self.cache.insert(self.hash, self.text);
    }
}

impl Library {
    pub(super) fn new(documents: &Documents) -> Self {
        match documents {
            Documents::Any { entries: 0, .. } | Documents::Any { bytes: 0, .. } => Self::Any(None),
            Documents::Any { entries, bytes } => Self::Any(Some(Arc::new(Cache::new(*entries, *bytes)))),
            Documents::Listed(list) => Self::Listed(list.clone()),
        }
    }

    /// The text that is meant, and what is to be remembered of it.
    ///
    /// # Errors
    /// There is no such document, it is not allowed, or the request names none.
    pub(super) fn find(&self, reference: Reference) -> Result<(String, Option<Novelty>), Refusal> {
        match self {
            Self::Any(cache) => find_any(cache.as_ref(), reference),
            Self::Listed(list) => Ok((list.find(reference)?, None)),
        }
    }
}

fn find_any(cache: Option<&Arc<Cache>>, reference: Reference) -> Result<(String, Option<Novelty>), Refusal> {
    let Reference { text, id, hash } = reference;
    let id_hash = id.as_ref().and_then(|id| id.strip_prefix("sha256:"));
    let Some(name) = hash.as_deref().or(id_hash) else {
        return match text {
            // Without a list an id says nothing, and the text says all.
            Some(text) => Ok((text, None)),
            None if id.is_some() => Err(not_supported(
                "PersistedQueryNotSupported: there is no list of documents",
            )),
            None => Err(bad("the parameter \"query\" is missing")),
        };
    };
    let Some(cache) = cache else {
        return Err(not_supported("PersistedQueryNotSupported"));
    };
    let hash = Hash::parse(name);
    let Some(text) = text else {
        let found = hash.and_then(|hash| cache.get(&hash)).ok_or_else(not_found)?;
        return Ok((found.as_ref().to_owned(), None));
    };
    match hash {
        Some(hash) if hash == Hash::of(&text) => {
            let novelty = (!cache.touch(&hash)).then(|| Novelty {
                cache: cache.clone(),
                hash,
                text: text.as_str().into(),
            });
            Ok((text, novelty))
        }
        _ => Err(bad("provided sha does not match query")),
    }
}

/// The message is part of Apollo's protocol: some clients know the error by it.
fn not_found() -> Refusal {
    Refusal::document("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound", None)
}

fn not_supported(message: &str) -> Refusal {
    Refusal::document("PERSISTED_QUERY_NOT_SUPPORTED", message, None)
}

fn bad(message: &str) -> Refusal {
    Refusal::status(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
}
