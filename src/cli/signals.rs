//! SIGINT and SIGTERM.

use stock_sync::error::{Error, Result};
use tokio_util::sync::CancellationToken;

/// Cancelled by SIGINT or SIGTERM. Further ones change nothing: supervisors and terminals may send several, and the stop
/// has a limit of its own.
pub(super) fn cancelled_on_signal() -> Result<CancellationToken> {
    let cancel = CancellationToken::new();
    let mut signals = Signals::listen()?;
    let on_signal = cancel.clone();
    tokio::spawn(async move {
        signals.next().await;
        on_signal.cancel();
        tracing::info!("stopping");
        loop {
            signals.next().await;
            tracing::info!("stopping already");
        }
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
