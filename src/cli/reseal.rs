//! `reseal`: encrypts all stores' secrets with the present key.

use serde_json::json;
use stock_sync::app::App;
use stock_sync::config::{Config, Database, Marketplace};
use stock_sync::error::{Error, Result};

use super::output;

#[derive(clap::Args, Debug)]
#[group(skip)]
pub(crate) struct Args {
    #[command(flatten)]
    json: output::Json,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    marketplace: Marketplace,
}

pub(super) async fn run(args: Args) -> Result<()> {
    let config = Config {
        database: args.database,
        marketplace: args.marketplace,
        ..Config::default()
    };
    config.validate()?;
    let app = App::start(&config).await?;
    let resealed = app.engine().reseal().await?;
    let rows = [
        ["encrypted anew".to_owned(), resealed.done.to_string()],
        ["had the present key".to_owned(), resealed.kept.to_string()],
        ["opened by no key".to_owned(), resealed.lost.to_string()],
    ];
    let value = json!({
        "encryptedAnew": resealed.done,
        "hadPresentKey": resealed.kept,
        "openedByNoKey": resealed.lost,
    });
    args.json.answer(&value, || output::table(["STORES", "COUNT"], &rows))?;
    match resealed.lost {
        0 => Ok(()),
        lost => Err(Error::internal(format!(
            "{lost} stores have secrets that no key opens; give the key with --previous-encryption-keys, or connect them again"
        ))),
    }
}
