//! Metrics, where an address for them is set.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::http::{self, Connections};
use crate::meter::{self, Page};
use crate::sync::Engine;

/// How often what was measured is summed up, whether anybody asks for it or not.
const TIDY_INTERVAL: Duration = Duration::from_secs(5);

/// Connections of who asks; each is short.
const MOST_CONNECTIONS: usize = 32;

/// A page that is served on an address of its own.
#[derive(Debug)]
pub(super) struct Metrics {
    page: Page,
    listener: TcpListener,
}

impl Metrics {
    /// Measures from now on; not where no address is set.
    ///
    /// # Errors
    /// The address cannot be had.
    pub(super) async fn begin(config: &Config) -> Result<Option<Self>> {
        let Some(address) = config.server.metrics_listen else {
            return Ok(None);
        };
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| Error::internal(format!("cannot listen on {address} for metrics: {error}")))?;
        let page = meter::install().map_err(|error| Error::internal(error.to_string()))?;
        let database = if config.is_sqlite() { "sqlite" } else { "postgres" };
        meter::build(env!("CARGO_PKG_VERSION"), database, config.server.role.word());
        Ok(Some(Self { page, listener }))
    }

    /// Where it listens.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Serves the page until the stop.
    pub(super) async fn serve(self, engine: Engine, stop: CancellationToken) -> Result<()> {
        let connections = Connections {
            most: MOST_CONNECTIONS,
            ..Connections::default()
        };
        let router = http::metrics_router(engine, self.page.clone());
        let served = http::serve(self.listener, router, connections, stop);
        tokio::select! {
            () = served => {}
            () = tidy(&self.page) => {}
        }
        Ok(())
    }
}

async fn tidy(page: &Page) {
    loop {
        tokio::time::sleep(TIDY_INTERVAL).await;
        page.tidy();
    }
}
