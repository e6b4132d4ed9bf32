//! Validation, apart from execution.
//!
//! Whether a document is valid is a matter of its text alone, once the values of its variables are
//! [checked](super::inputs) by themselves. So each text is validated in full the first time that it comes, and then
//! executed by a schema that leaves most of validation out.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::{ObjectType, Request, Response, Schema, SubscriptionType, async_trait};
use hashlink::LruCache;

/// Most texts that are known to be valid, and the longest, in bytes.
const MOST: usize = 1_000;
const LONGEST: usize = 8 * 1024;

/// Makes a schema answer every valid operation with nothing, so that its errors are those of validation alone.
#[derive(Debug, Clone, Copy)]
pub struct ValidateOnly;

impl ExtensionFactory for ValidateOnly {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for ValidateOnly {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::default()
    }
}

/// Validates documents, and remembers which were valid.
pub(super) struct Validator<Q, M, S> {
    schema: Schema<Q, M, S>,
    valid: Mutex<LruCache<Box<str>, ()>>,
}

impl<Q, M, S> Validator<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    /// Over a schema that is built with [`ValidateOnly`].
    pub(super) fn new(schema: Schema<Q, M, S>) -> Self {
        Self {
            schema,
            valid: Mutex::new(LruCache::new(MOST)),
        }
    }

    /// What validation has to say against a request; none when it is valid.
    pub(super) async fn refused(&self, request: &mut Request) -> Option<Response> {
        if self.knows(&request.query) {
            return None;
        }
        let mut trial = Request::new(request.query.clone()).variables(request.variables.clone());
        trial.operation_name.clone_from(&request.operation_name);
        if let Ok(document) = request.parsed_query() {
            trial.set_parsed_query(document.clone());
        }
        let response = self.schema.execute(trial).await;
        if response.is_err() {
            return Some(response);
        }
        if request.query.len() <= LONGEST {
            let mut valid = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
            valid.insert(request.query.as_str().into(), ());
        }
        None
    }

    fn knows(&self, text: &str) -> bool {
        let mut valid = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        valid.get(text).is_some()
    }
}
