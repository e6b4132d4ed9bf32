//! From stock changes, rules and marks to records and failed triggers.

mod bundles;
mod failed;
mod formula;
mod governing;
mod intake;
mod shortage;
mod smoke;
mod superseding;

use stock_sync::config::Role;

use crate::support::TestApp;

/// Starts the server again without its worker, so that what is planned stays as it was planned.
async fn stop_pushing(app: &TestApp) {
    app.restart(|config| config.server.role = Role::Api).await;
}

/// Starts the server again with its worker.
async fn push_again(app: &TestApp) {
    app.restart(|_| {}).await;
}
