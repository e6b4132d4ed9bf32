//! What is tallied by whoever writes, so that nobody who reads has to count.

mod failed_triggers;
mod records;

use migration::{Migrator, MigratorTrait};
use stock_sync::db::Db;

/// Every tally is that of the rows, of all merchants.
pub(crate) async fn exact(db: &Db) {
    failed_triggers::exact(db).await;
    records::exact(db).await;
}

/// Takes the tallies away and has the migrations make them again.
pub(crate) async fn make_anew(db: &Db) {
    let steps = Migrator::migrations();
    let place = steps
        .iter()
        .position(|step| step.name().ends_with("failed_trigger_tally"));
    let since = u32::try_from(steps.len() - place.unwrap()).unwrap();
    Migrator::down(db.reader(), Some(since)).await.unwrap();
    db.migrate().await.unwrap();
}
