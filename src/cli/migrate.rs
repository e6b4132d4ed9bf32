//! `migrate`: brings the database's schema up to date.

use serde_json::json;
use stock_sync::config::Database;
use stock_sync::db::Db;
use stock_sync::error::Result;

use super::output;

#[derive(clap::Args, Debug)]
#[group(skip)]
pub(crate) struct Args {
    /// Change nothing, only list the steps that are left
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    json: output::Json,
    #[command(flatten)]
    database: Database,
}

pub(super) async fn run(args: &Args) -> Result<()> {
    // Opening makes an SQLite file that is not there, which is a change too.
    let file = args.database.sqlite_file().filter(|_| args.dry_run);
    if let Some(file) = file.filter(|file| !file.exists()) {
        let text = format!("there is no database {}", file.display());
        return Err(stock_sync::error::Error::internal(text));
    }
    let db = Db::connect(&args.database.settings()).await?;
    let steps = db.pending_migrations().await?;
    if !args.dry_run {
        for step in &steps {
            output::complain(&format!("to do: {step}"));
        }
        db.migrate().await?;
    }
    db.close().await?;
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
