//! Traces.

/// Where spans go.
#[derive(clap::Args, Debug, Clone, Default, PartialEq, Eq)]
#[command(next_help_heading = "Traces")]
pub struct Traces {
    /// Collector of OpenTelemetry that takes spans over HTTP, such as `http://localhost:4318`; there are none without it.
    /// OTEL_EXPORTER_OTLP_ENDPOINT does as well
    #[arg(long, env = "STOCK_SYNC_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
}
