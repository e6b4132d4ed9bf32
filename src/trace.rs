//! Traces of OpenTelemetry: one from a stock change to its pushes, whichever processes have a part in it.
//!
//! A request is a span, planning is one within it, and what planning made remembers that span, as a `traceparent` in the
//! database (`db::trace`). Each push of a listing is a span below it, made by whoever pushes.
//!
//! # Guarantees
//!
//! - Until [`turn_on`] was called, tracing is one look at a flag: nothing is read of requests, and nothing written to the
//!   database.
//! - Who calls with a `traceparent` finds the request in that trace, and decides whether it is recorded at all.
//! - No call to a marketplace carries a context: a trace is the operator's affair.
//!
//! # Not guaranteed
//!
//! - That every span arrives. Those that cannot be sent, or are more than fit into the queue, are dropped.
//! - That a large sync is in the trace of the request that asked for it. What is planned in portions, later, is a trace for
//!   each portion.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The name under which spans are made.
pub const SCOPE: &str = "stock-sync";

const TRACEPARENT: &str = "traceparent";

static IS_ON: AtomicBool = AtomicBool::new(false);

/// Whether there are traces.
#[must_use]
pub fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}

/// There are traces from now on. Whoever calls this sees to it that spans go somewhere.
pub fn turn_on() {
    IS_ON.store(true, Ordering::Relaxed);
}

/// Puts the span of a request into the trace that its caller names.
pub fn asked(span: &Span, caller: &dyn Extractor, route: &'static str) {
    if is_on() {
        let caller = TraceContextPropagator::new().extract_with_context(&Context::new(), caller);
        span.record("otel.kind", "server");
        // An error says that the span is recorded by nobody.
        let _ = span.set_parent(caller);
        span.set_attribute("http.route", route);
    }
}

/// How a request was answered.
pub fn answered(span: &Span, status: u16) {
    if is_on() {
        span.set_attribute("http.response.status_code", i64::from(status));
        if status >= 500 {
            span.set_status(Status::error(""));
        }
    }
}

/// The context of what is being done, in the form in which it can be kept; none where it is not recorded.
#[must_use]
pub fn carried() -> Option<String> {
    if !is_on() {
        return None;
    }
    let context = Span::current().context();
    let mut carrier = HashMap::new();
    if context.span().span_context().is_sampled() {
        TraceContextPropagator::new().inject_context(&context, &mut carrier);
    }
    carrier.remove(TRACEPARENT)
}

/// What is told of the push of one listing.
#[derive(Debug, Clone)]
pub struct Push {
    /// When the call began.
    pub begun: SystemTime,
    /// When it ended.
    pub ended: SystemTime,
    /// The marketplace's word.
    pub marketplace: String,
    /// The record that was pushed.
    pub record: String,
    /// The word of what came of it.
    pub outcome: String,
    /// Whether the listing took it.
    pub is_applied: bool,
    /// The status of the reply, if there was one.
    pub http_status: Option<u16>,
}

/// A push, for something that was planned under this context.
pub fn pushed(traceparent: &str, push: Push) {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    let planned = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    let tracer = global::tracer(SCOPE);
    let mut attributes = vec![
        KeyValue::new("stock_sync.marketplace", push.marketplace),
        KeyValue::new("stock_sync.record", push.record),
        KeyValue::new("stock_sync.outcome", push.outcome),
    ];
    if let Some(status) = push.http_status {
        attributes.push(KeyValue::new("http.response.status_code", i64::from(status)));
    }
    let builder = tracer
        .span_builder("push")
        .with_kind(SpanKind::Client)
        .with_start_time(push.begun)
        .with_attributes(attributes);
    let mut span = tracer.build_with_context(builder, &planned);
    if !push.is_applied {
        span.set_status(Status::error(""));
    }
    span.end_with_timestamp(push.ended);
}
