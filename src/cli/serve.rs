//! `serve`: runs the server until it is told to stop.

use stock_sync::app::App;
use stock_sync::config::Config;
use stock_sync::error::{Error, Result};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::output;

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Serve a demo merchant whose stock keeps changing, with a marketplace of its own that fails at stated rates
    #[arg(long)]
    pub(super) demo: bool,
    #[command(flatten)]
    pub(super) config: Config,
}

pub(super) async fn run(args: Args) -> Result<()> {
    let address = args.config.server.listen;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Error::internal(format!("cannot listen on {address}: {error}")))?;
    let app = App::start(&args.config).await?;
    let bound = listener.local_addr().map_err(Error::internal)?;
    output::print(&format!("listening on http://{bound}"))?;
    app.run(listener, on_signal()?).await
}

/// Cancelled by SIGINT or SIGTERM. A second signal ends the process at once.
fn on_signal() -> Result<CancellationToken> {
    let cancel = CancellationToken::new();
    let mut signals = Signals::listen()?;
    let on_signal = cancel.clone();
    tokio::spawn(async move {
        signals.next().await;
        tracing::info!("stopping; a second signal ends at once");
        on_signal.cancel();
        signals.next().await;
        std::process::exit(1);
    });
    Ok(cancel)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(Error::internal)?,
            terminate: signal(SignalKind::terminate()).map_err(Error::internal)?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
