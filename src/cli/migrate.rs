//! `migrate`: brings the database's schema up to date.

use serde_json::json;
use stock_sync::config::Database;
use stock_sync::db::Db;
use stock_sync::error::Result;

use super::output;

#[derive(clap::Args, Debug)]
#[group(skip)]
pub(crate) struct Args {
    /// Change nothing, only list the steps that are left: all of them, where there is no database yet
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    json: output::Json,
    #[command(flatten)]
    database: Database,
}

pub(super) async fn run(args: &Args) -> Result<()> {
    let settings = args.database.settings();
    let steps = Db::left_to_migrate(&settings).await?;
    if !args.dry_run {
        for step in &steps {
            output::complain(&format!("to do: {step}"));
        }
        let db = Db::connect(&settings).await?;
        db.migrate().await?;
        db.close().await?;
    }
    let done = match args.dry_run {
        true => "pending",
        false => "applied",
    };
    args.json
        .answer(&json!({ done: steps }), || match (args.dry_run, steps.as_slice()) {
            (true, [_, ..]) => steps.join("\n"),
            _ => "the schema is up to date".to_owned(),
        })
}
