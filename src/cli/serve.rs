//! `serve`: runs the server until it is told to stop, with or without the demo.

use chrono::SecondsFormat;
use serde_json::json;
use stock_sync::app::App;
use stock_sync::clock::now;
use stock_sync::config::{Config, Traces};
use stock_sync::demo::Demo;
use stock_sync::error::{Error, Result};
use stock_sync::telemetry::Format;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{output, signals};

#[derive(clap::Args, Debug)]
#[group(skip)]
pub(crate) struct Args {
    /// Serve a demo merchant whose stock keeps changing, with a marketplace of its own that fails at stated rates
    ///
    /// Uses a database of its own, data/demo.db, unless one is named; allows private endpoints, introspection and
    /// GraphiQL.
    #[arg(long)]
    demo: bool,
    #[command(flatten)]
    config: Config,
}

/// The settings of the demo, which are those of the server.
#[derive(clap::Args, Debug)]
#[group(skip)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    config: Config,
}

impl From<Box<DemoArgs>> for Args {
    fn from(args: Box<DemoArgs>) -> Self {
        Self {
            demo: true,
            config: args.config,
        }
    }
}

impl DemoArgs {
    /// Where spans go.
    pub(super) fn traces(&self) -> &Traces {
        &self.config.traces
    }
}

impl Args {
    /// Where spans go.
    pub(super) fn traces(&self) -> &Traces {
        &self.config.traces
    }

    /// The configuration, with what the demo needs.
    fn effective(self) -> Config {
        let mut config = self.config;
        if self.demo {
            config.marketplace.allow_private_endpoints = true;
            config.http.introspection = true;
            config.http.graphiql = true;
        }
        config
    }
}

/// Tells where something is: for people, or as the lines of the log are, among which it lands where both outputs are one.
fn tell(what: &str, url: &str, format: Format) -> Result<()> {
    let now = now().to_rfc3339_opts(SecondsFormat::Micros, true);
    output::print(&match format {
        Format::Text => format!("{what} {url}"),
        Format::Json => {
            json!({ "timestamp": now, "level": "INFO", "message": what, "url": url, "target": module_path!() })
                .to_string()
        }
    })
}

pub(super) async fn run(args: Args, format: Format) -> Result<()> {
    let is_demo = args.demo;
    let config = args.effective();
    let address = config.server.listen;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Error::internal(format!("cannot listen on {address}: {error}")))?;
    let bound = listener.local_addr().map_err(Error::internal)?;
    let cancel = signals::cancelled_on_signal()?;
    let app = App::start(&config).await?;
    if is_demo {
        return run_demo(app, listener, &format!("http://{bound}"), cancel).await;
    }
    tell("listening on", &format!("http://{bound}"), format)?;
    if let Some(address) = app.metrics_address() {
        tell("metrics at", &format!("http://{address}/metrics"), format)?;
    }
    app.run(listener, cancel).await
}

/// The server and, beside it, what keeps the demo's stock changing. The demo's marketplace outlives both, so that what
/// is in flight at the stop gets its answer.
async fn run_demo(app: App, listener: TcpListener, address: &str, cancel: CancellationToken) -> Result<()> {
    let demo = Demo::prepare(app.engine()).await?;
    output::print(&demo.banner(address))?;
    let engine = app.engine().clone();
    let generator = cancel.child_token();
    let served = async {
        let result = app.run(listener, cancel).await;
        generator.cancel();
        result
    };
    let (result, ()) = tokio::join!(served, demo.run(engine, generator.clone()));
    result
}
