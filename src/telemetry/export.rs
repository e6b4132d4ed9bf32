//! Spans go to a collector, by OTLP over HTTP.
//!
//! The exporter has a thread of its own, which has no runtime; what it sends goes through the runtime of the program, by the
//! same kind of client as everything else.

use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry::{KeyValue, global};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tokio::runtime::Handle;

use crate::error::{Error, Result};
use crate::trace;

/// How long a batch of spans may take to be sent.
const SENDING: Duration = Duration::from_secs(5);

/// How long the last spans may take, when the program ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// Sends spans until it is closed.
#[derive(Debug)]
pub(super) struct Export(SdkTracerProvider);

/// Sends on the runtime, for a thread that has none.
#[derive(Debug)]
struct Sender {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait::async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> std::result::Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move { client.send_bytes(request).await });
        sent.await?
    }
}

/// The variable that all programs with OpenTelemetry share and that names a collector, with what it says; the one that
/// counts.
pub(super) fn in_environment() -> Option<(&'static str, String)> {
    let names = [OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT].into_iter();
    let mut said = names.filter_map(|name| Some((name, std::env::var(name).ok()?)));
    said.find(|(_, value)| !value.is_empty())
}

impl Export {
    /// To this collector, or to the one that the environment names. Within a runtime.
    pub(super) fn begin(endpoint: Option<&str>) -> Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(SENDING)
            .build()
            .map_err(Error::internal)?;
        let runtime = Handle::current();
        let mut exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Sender { client, runtime })
            .with_timeout(SENDING);
        if let Some(endpoint) = endpoint {
            exporter = exporter.with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')));
        }
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter.build().map_err(Error::internal)?)
            .with_resource(resource())
            .build();
        global::set_tracer_provider(provider.clone());
        trace::turn_on();
        Ok(Self(provider))
    }

    /// What makes the spans.
    pub(super) fn tracer(&self) -> SdkTracer {
        self.0.tracer(trace::SCOPE)
    }

    /// Sends what is left, for a moment.
    pub(super) async fn close(self) {
        let closing = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(FAREWELL));
        match tokio::time::timeout(FAREWELL, closing).await {
            Ok(Ok(Ok(()))) => {}
            _ => tracing::debug!("the last spans could not be sent"),
        }
    }
}

/// Who sends. `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` win.
fn resource() -> Resource {
    let named = Resource::builder();
    let named = match std::env::var_os("OTEL_SERVICE_NAME") {
        Some(_) => named,
        None => named.with_service_name("stock-sync"),
    };
    named
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build()
}
