//! The documents that alone may be executed, where an operator gave a list of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use async_graphql::parser::types::DocumentOperations;
use async_graphql::{Executor, Request, ServerError, Variables};

use super::super::refusal::Refusal;
use super::super::{Limits, document};
use super::Reference;
use super::cache::Hash;
use crate::error::{Error, Problem, ProblemCode, Result};

/// A list of documents, each of which passed the limits and the validation. A document is known by the id that the
/// list gives it, by the SHA-256 of its text, and by its exact text.
#[derive(Debug)]
pub struct PersistedDocuments {
    texts: HashSet<Arc<str>>,
    by_name: HashMap<String, Arc<str>>,
}

impl PersistedDocuments {
    /// Reads a list: a JSON object from ids to documents. Each is checked by `validator`, a schema that validates and
    /// does not execute.
    ///
    /// # Errors
    /// It is no such JSON, or holds documents that could not be executed; all of them are named.
    pub async fn read<E: Executor>(json: &[u8], limits: &Limits, introspection: bool, validator: &E) -> Result<Self> {
        let listed: BTreeMap<String, String> = serde_json::from_slice(json)
            .map_err(|error| invalid(format!("it must be a JSON object from ids to documents: {error}")))?;
        let mut problems = Vec::new();
        let mut documents = Self {
            texts: HashSet::new(),
            by_name: HashMap::new(),
        };
        for (id, text) in listed {
            if let Err(message) = check(&text, limits, introspection, validator).await {
                problems.push(problem(format!("the document \"{id}\": {message}")));
            }
            if let Some(name) = documents.add(&id, &Arc::from(text)) {
                problems.push(problem(format!("\"{name}\" stands for two documents")));
            }
        }
        if documents.texts.is_empty() && problems.is_empty() {
            problems.push(problem("it has no document, so nothing could be executed".to_owned()));
        }
        if problems.is_empty() {
            Ok(documents)
        } else {
            Err(Error::Invalid(problems))
        }
    }

    /// How many documents there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.texts.len()
    }

    /// Tells which of its names stands for another text already, if one does.
    fn add(&mut self, id: &str, text: &Arc<str>) -> Option<String> {
        let id = id.strip_prefix("sha256:").unwrap_or(id).to_owned();
        self.texts.insert(text.clone());
        [id, Hash::of(text).hex()].into_iter().find(|name| {
            let before = self.by_name.insert(name.clone(), text.clone());
            before.is_some_and(|before| before != *text)
        })
    }

    /// Whatever the request says of the document has to be true of the same one.
    pub(super) fn find(&self, reference: Reference) -> Result<String, Refusal> {
        let Reference { text, id, hash } = reference;
        let mut found = None;
        for name in [id, hash].into_iter().flatten() {
            let named = self.named(&name).ok_or_else(|| not_listed(&name))?;
            if *found.get_or_insert(named) != named {
                return Err(super::bad("documentId and sha256Hash name two documents"));
            }
        }
        match (text, found) {
            (Some(text), _) if !self.texts.contains(text.as_str()) => {
                let message = "this server executes only the documents on its list, and this one is not on it";
                Err(Refusal::document("QUERY_NOT_IN_SAFELIST", message, None))
            }
            (Some(text), Some(found)) if text != **found => {
                Err(super::bad("the query is not the document that is named"))
            }
            (Some(text), _) => Ok(text),
            (None, Some(found)) => Ok(found.as_ref().to_owned()),
            (None, None) => Err(super::bad("the parameter \"query\" is missing")),
        }
    }

    fn named(&self, name: &str) -> Option<&Arc<str>> {
        self.by_name.get(name.strip_prefix("sha256:").unwrap_or(name))
    }
}

/// Clients that get this code do not send the text after it: it would be refused, too.
fn not_listed(name: &str) -> Refusal {
    let start: String = name.chars().take(80).collect();
    let message = format!("there is no document \"{start}\" on this server's list");
    Refusal::document("PERSISTED_QUERY_NOT_IN_LIST", message, None)
}

async fn check<E: Executor>(text: &str, limits: &Limits, introspection: bool, validator: &E) -> Result<(), String> {
    let first = |refusal: Refusal| refusal.errors.first().map(told).unwrap_or_default();
    let parsed = document::read(text, &Variables::default(), limits, introspection).map_err(first)?;
    let mut request = Request::new(text);
    // Validation looks at all operations, but wants to know which one would be executed.
    if let DocumentOperations::Multiple(operations) = &parsed.operations {
        request.operation_name = operations.keys().next().map(ToString::to_string);
    }
    request.set_parsed_query(parsed);
    let errors = validator.execute(request).await.errors;
    if errors.is_empty() {
        return Ok(());
    }
    let texts: Vec<String> = errors.iter().map(told).collect();
    Err(texts.join("; "))
}

fn told(error: &ServerError) -> String {
    match error.locations.first() {
        Some(at) => format!("{} (line {}, column {})", error.message, at.line, at.column),
        None => error.message.clone(),
    }
}

fn invalid(message: String) -> Error {
    Error::Invalid(vec![problem(message)])
}

fn problem(message: String) -> Problem {
    Problem::new("--persisted-documents", ProblemCode::Invalid, message)
}
