//! What the tests stand on: a database each, the real server, a marketplace double, GraphQL clients.
//!
//! Nothing here sleeps to wait for something: waiting is for a notification, with [`PATIENCE`] as the limit.

pub(crate) mod app;
pub(crate) mod database;
pub(crate) mod graphql;
pub(crate) mod history;
pub(crate) mod live;
pub(crate) mod marketplace;
pub(crate) mod pages;
pub(crate) mod platform;
pub(crate) mod platforms;
pub(crate) mod postgres;
pub(crate) mod program;
pub(crate) mod scale;
pub(crate) mod seed;
pub(crate) mod server;
pub(crate) mod state;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;

pub(crate) use app::TestApp;
pub(crate) use database::{Backend, Database};
pub(crate) use scale::Scale;

/// How long anything that is waited for may take. Far more than it ever needs: a test that hits it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What a test is handed, started before it and stopped after it.
pub(crate) trait Fixture: Sized {
    /// Starts it on a fresh database.
    async fn start(backend: Backend) -> Self;

    /// Checks what must hold after every test that passed.
    async fn check(&self);

    /// Takes it away, after a test that failed too.
    async fn stop(self);
}

/// Makes a test out of an async function, once on each database: `name::sqlite` and `name::postgres`.
///
/// ```ignore
/// both! {
///     /// What it shows.
///     async fn a_resync_is_a_new_record(app: &TestApp) { .. }
/// }
/// ```
macro_rules! both {
    ($($(#[$doc:meta])* async fn $name:ident($fixture:ident: &$kind:ty) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn body($fixture: &$kind) $body

            #[test]
            fn sqlite() {
                $crate::support::run(module_path!(), $crate::support::Backend::Sqlite, body);
            }

            #[test]
            fn postgres() {
                $crate::support::run(module_path!(), $crate::support::Backend::Postgres, body);
            }
        }
    )+};
}
pub(crate) use both;

/// Makes a test out of an async function, as [`both!`] does, for what there is on PostgreSQL only.
macro_rules! on_postgres {
    ($($(#[$doc:meta])* async fn $name:ident($fixture:ident: &$kind:ty) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn body($fixture: &$kind) $body

            #[test]
            fn postgres() {
                $crate::support::run(module_path!(), $crate::support::Backend::Postgres, body);
            }
        }
    )+};
}
pub(crate) use on_postgres;

/// Runs one test on one database. Its fixture is stopped even when it panics.
pub(crate) fn run<F: Fixture>(test: &str, backend: Backend, body: impl AsyncFnOnce(&F)) {
    if backend == Backend::Postgres && postgres::cluster().is_none() {
        postgres::report_skipped(test);
        return;
    }
    prepare_process();
    let limit = Scale::of_this_run().test;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let outcome = runtime.block_on(async {
        let fixture = F::start(backend).await;
        let test = async {
            body(&fixture).await;
            fixture.check().await;
        };
        let outcome = AssertUnwindSafe(tokio::time::timeout(limit, test)).catch_unwind().await;
        fixture.stop().await;
        outcome
    });
    runtime.shutdown_background();
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(_)) => panic!("the test was not through after {limit:?}"),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// What a process needs before it may speak HTTP.
pub(crate) fn prepare_process() {
    // The second and every later call changes nothing and says so with an error.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The outcome of a future that has to come within [`PATIENCE`].
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("waited {PATIENCE:?} in vain for {what}"))
}
