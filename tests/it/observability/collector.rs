//! A collector of OpenTelemetry: takes spans by OTLP over HTTP, as the protocol has it, and keeps them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;

/// Where spans are sent to.
#[derive(Debug, Clone)]
pub(super) struct Collector {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<Taken>>>,
}

/// A span, and which service sent it.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) service: String,
    pub(super) span: Span,
}

impl Taken {
    /// The trace that it is in.
    pub(super) fn trace(&self) -> String {
        hex(&self.span.trace_id)
    }

    /// Its attributes, as texts.
    pub(super) fn attributes(&self) -> BTreeMap<String, String> {
        let text = |value: &Value| match value {
            Value::StringValue(text) => text.clone(),
            Value::IntValue(number) => number.to_string(),
            other => format!("{other:?}"),
        };
        let of = |attribute: &opentelemetry_proto::tonic::common::v1::KeyValue| {
            let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
            (attribute.key.clone(), value.map(text).unwrap_or_default())
        };
        self.span.attributes.iter().map(of).collect()
    }
}

impl Collector {
    /// Starts on a free port of the loopback address.
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let collector = Self {
            address: listener.local_addr().unwrap(),
            taken: Arc::default(),
        };
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state(Arc::clone(&collector.taken));
        tokio::spawn(async move { axum::serve(listener, router).await });
        collector
    }

    /// Where it is, as the setting has it.
    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it has by now.
    pub(super) fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }
}

async fn take(State(taken): State<Arc<Mutex<Vec<Taken>>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if headers["content-type"] != "application/x-protobuf" {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE;
    }
    let Ok(sent) = ExportTraceServiceRequest::decode(body) else {
        return StatusCode::BAD_REQUEST;
    };
    for resource in sent.resource_spans {
        let attributes = resource
            .resource
            .map(|resource| resource.attributes)
            .unwrap_or_default();
        let name = attributes.iter().find(|attribute| attribute.key == "service.name");
        let name = name.and_then(|name| name.value.clone()).and_then(|value| value.value);
        let Some(Value::StringValue(service)) = name else {
            return StatusCode::BAD_REQUEST;
        };
        let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        let of_service = spans.map(|span| Taken {
            service: service.clone(),
            span,
        });
        taken.lock().unwrap().extend(of_service);
    }
    StatusCode::OK
}

/// Bytes as they are written in a `traceparent`.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
