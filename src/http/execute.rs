//! Executes what was let in. POST, GET, WebSocket and SSE all come through here.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, Request};
use axum::http::StatusCode;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};

use super::document::Admitted;
use super::persisted::Novelty;
use super::refusal::{self, Outcome, Refusal};
use crate::db::Db;
use crate::domain::reason::Language;
use crate::error::Error;
use crate::graphql::context::Caller;
use crate::graphql::{lean, loaders};
use crate::meter::{self, OperationKind, Subscriber, Transport};

/// Who asks, and in which language.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) caller: Caller,
    pub(super) language: Language,
}

/// Runs operations on a schema.
pub(super) struct Runner<E> {
    schema: E,
    db: Db,
    timeout: Duration,
}

/// Puts what resolvers need to know into the request. Whatever lives as long as one request is made here.
fn prepare(request: Request, session: &Session, db: &Db) -> Request {
    let request = request.data(session.caller.clone()).data(session.language);
    lean::attach(loaders::attach(request, db, session.caller.merchant_id))
}

impl<E: Executor> Runner<E> {
    /// A runner whose queries and mutations may take as long as `timeout`.
    pub(super) fn new(schema: E, db: Db, timeout: Duration) -> Self {
        Self { schema, db, timeout }
    }

    /// Executes a query or a mutation. A panic becomes an error.
    pub(super) async fn once(&self, mut admitted: Admitted, session: &Session) -> Outcome {
        let mut novelty = admitted.novelty.take();
        let request = prepare(admitted.request, session, &self.db);
        let begun = Instant::now();
        let work = AssertUnwindSafe(self.schema.execute(request)).catch_unwind();
        let outcome = match tokio::time::timeout(self.timeout, Box::pin(work)).await {
            Ok(Ok(response)) => noted(refusal::outcome(response), &mut novelty),
            Ok(Err(panic)) => Err(panicked(panic.as_ref())),
            Err(_) => Err(self.out_of_time(admitted.operation)),
        };
        meter::operation(
            kind(admitted.operation),
            refusal::code_of(&outcome),
            Some(begun.elapsed()),
        );
        outcome
    }

    /// Executes anything: a subscription has any number of outcomes, everything else has one.
    pub(super) fn stream(
        self: Arc<Self>,
        admitted: Admitted,
        session: Session,
        transport: Transport,
    ) -> BoxStream<'static, Outcome> {
        if admitted.operation != OperationType::Subscription {
            return stream::once(async move { self.once(admitted, &session).await }).boxed();
        }
        let request = prepare(admitted.request, &session, &self.db);
        let mut novelty = admitted.novelty;
        let mut subscriber = Subscriber::by(transport);
        AssertUnwindSafe(self.schema.execute_stream(request, None))
            .catch_unwind()
            .map(move |result| match result {
                Ok(response) => noted(refusal::outcome(response), &mut novelty),
                Err(panic) => Err(panicked(panic.as_ref())),
            })
            .inspect(move |outcome| subscriber.heard(refusal::code_of(outcome)))
            .boxed()
    }

    fn out_of_time(&self, operation: OperationType) -> Refusal {
        let seconds = self.timeout.as_secs_f32();
        let rest = if operation == OperationType::Mutation {
            "; it may still be done: ask before sending it again, or use an idempotency key"
        } else {
            "; ask for less at once"
        };
        let message = format!("the {operation} took longer than {seconds} s{rest}");
        Refusal::status(StatusCode::SERVICE_UNAVAILABLE, "TIMEOUT", message)
    }
}

/// What was executed is a document that may be remembered.
fn noted(outcome: Outcome, novelty: &mut Option<Novelty>) -> Outcome {
    if outcome.is_ok()
        && let Some(novelty) = novelty.take()
    {
        novelty.remember();
    }
    outcome
}

fn kind(operation: OperationType) -> OperationKind {
    match operation {
        OperationType::Query => OperationKind::Query,
        OperationType::Mutation => OperationKind::Mutation,
        OperationType::Subscription => OperationKind::Subscription,
    }
}

/// Only a reference is shown; the log has the reference and what was said.
fn panicked(panic: &(dyn Any + Send)) -> Refusal {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Error::internal(format!("a resolver panicked: {text}")).into()
}
