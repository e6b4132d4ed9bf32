//! `prune`: deletes history that is too old, or says how much would be deleted.

use stock_sync::clock::now;
use stock_sync::config::{Config, Database, Retention};
use stock_sync::db::prune;
use stock_sync::error::Result;

use super::{open, output};

#[derive(clap::Args, Debug)]
#[group(skip)]
pub(crate) struct Args {
    /// Delete nothing, only say how much would go
    #[arg(long)]
    dry_run: bool,
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
        false => ("DELETED", prune::delete(&db, &cutoffs).await?),
    };
    db.close().await?;
    let rows = [
        ["sync records".to_owned(), pruned.records.to_string()],
        ["failed triggers".to_owned(), pruned.failed_triggers.to_string()],
        ["manual syncs".to_owned(), pruned.manual_syncs.to_string()],
        ["idempotency keys".to_owned(), pruned.idempotency_keys.to_string()],
    ];
    output::print(&output::table(["WHAT", head], &rows))
}
