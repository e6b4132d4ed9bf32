//! `prune`: deletes history that is too old, or says how much would be deleted.

use serde_json::json;
use stock_sync::clock::now;
use stock_sync::config::{Config, Database, Retention};
use stock_sync::db::Db;
use stock_sync::db::prune::{self, Pruned};
use stock_sync::domain::retention::Cutoffs;
use stock_sync::error::Result;
use stock_sync::progress::Progress;

use super::{open, output};

#[derive(clap::Args, Debug)]
#[group(skip)]
pub(crate) struct Args {
    /// Delete nothing, only say how much would go
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    json: output::Json,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    retention: Retention,
}

pub(super) async fn run(args: &Args) -> Result<()> {
    let config = Config {
        retention: args.retention.clone(),
        ..Config::default()
    };
    config.validate()?;
    let db = open(&args.database).await?;
    let cutoffs = args.retention.policy().cutoffs(now());
    let (head, pruned) = match args.dry_run {
        true => ("WOULD GO", prune::count(&db, &cutoffs).await?),
        false => ("DELETED", delete(&db, &cutoffs).await?),
    };
    db.close().await?;
    let value = json!({
        "isDryRun": args.dry_run,
        "syncRecords": pruned.records,
        "failedTriggers": pruned.failed_triggers,
        "manualSyncs": pruned.manual_syncs,
        "idempotencyKeys": pruned.idempotency_keys,
        "traces": pruned.traces,
    });
    let rows = [
        ["sync records".to_owned(), pruned.records.to_string()],
        ["failed triggers".to_owned(), pruned.failed_triggers.to_string()],
        ["manual syncs".to_owned(), pruned.manual_syncs.to_string()],
        ["idempotency keys".to_owned(), pruned.idempotency_keys.to_string()],
        ["traces".to_owned(), pruned.traces.to_string()],
    ];
    args.json.answer(&value, || output::table(["WHAT", head], &rows))
}

async fn delete(db: &Db, cutoffs: &Cutoffs) -> Result<Pruned> {
    let mut progress = Progress::open_ended("deleting");
    let pruned = prune::delete_telling(db, cutoffs, |pruned| progress.at(pruned.total())).await;
    progress.end();
    pruned
}
