//! The real server, in this process, on a runtime of its own: so it can be stopped as an operator stops it, or end as
//! a process that is killed ends, in the middle of whatever it does.

use std::net::SocketAddr;
use std::time::Duration;

use stock_sync::app::App;
use stock_sync::config::Config;
use stock_sync::error::Result;
use stock_sync::sync::Engine;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A server is promised to stop within 15 seconds.
pub(super) const STOP_LIMIT: Duration = Duration::from_secs(15);

/// A running server; killed when it is dropped without having been stopped.
pub(crate) struct Server {
    address: SocketAddr,
    engine: Engine,
    cancel: CancellationToken,
    running: Option<(Runtime, JoinHandle<Result<()>>)>,
}

impl Server {
    /// Starts it on a free port of the loopback address.
    pub(crate) async fn start(config: &Config) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("server")
            .enable_all()
            .build()
            .expect("a runtime");
        let config = config.clone();
        // Whatever the server opens has to belong to its own runtime.
        let started = runtime.spawn(async move {
            let app = App::start(&config)
                .await
                .unwrap_or_else(|error| panic!("the server does not start: {}", error.operator_text()));
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
            (app, listener)
        });
        let (app, listener) = started.await.expect("the server starts");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (engine, cancel) = (app.engine().clone(), CancellationToken::new());
        let task = runtime.spawn(app.run(listener, cancel.clone()));
        Self {
            address,
            engine,
            cancel,
            running: Some((runtime, task)),
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it writes through. For waiting on its feed, and for what has no public surface.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Stops it as SIGTERM does; it must take that well.
    pub(crate) async fn stop(mut self) {
        let Some((runtime, task)) = self.running.take() else {
            return;
        };
        self.cancel.cancel();
        let ended = tokio::time::timeout(STOP_LIMIT, task).await;
        runtime.shutdown_background();
        match ended {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => panic!("the server ended with: {}", error.operator_text()),
            Ok(Err(panic)) => panic!("the server panicked: {panic}"),
            Err(_) => panic!("the server did not stop within {STOP_LIMIT:?}"),
        }
    }

    /// Ends it without a goodbye: every task goes at its next await.
    pub(crate) fn kill(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((runtime, _)) = self.running.take() {
            runtime.shutdown_background();
        }
    }
}
