//! `reseal`: encrypts all stores' secrets with the present key.

use serde_json::json;
use stock_sync::app::App;
use stock_sync::config::{Config, Database, Marketplace};
use stock_sync::db::store;
use stock_sync::domain::text::counted;
use stock_sync::error::{Error, Result};
use stock_sync::sync::reseal::Resealed;

use super::{open, output};

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
    let resealed = reseal(&config).await?;
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
            "no key opens the secrets of {}; give the key with --previous-encryption-keys, or connect again",
            counted(lost as u64, "store")
        ))),
    }
}

async fn reseal(config: &Config) -> Result<Resealed> {
    let db = open(&config.database).await?;
    // Otherwise a key would be made to encrypt nothing with.
    if store::any_sealed(&db).await?.is_none() {
        return Ok(Resealed::default());
    }
    db.close().await?;
    App::open(config).await?.engine().reseal().await
}
