//! `import`: a CSV file into a merchant's catalogue, or its opening stock.

use serde_json::json;
use stock_sync::app::App;
use stock_sync::config::{Config, Database, Marketplace, Retention};
use stock_sync::error::Result;
use stock_sync::import;

use super::{merchant_of, output};

#[derive(clap::Args, Debug)]
#[group(skip)]
pub(crate) struct Args {
    /// Code of the merchant
    #[arg(long, value_name = "CODE")]
    merchant: String,
    #[command(flatten)]
    json: output::Json,
    #[command(flatten)]
    import: import::Args,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    marketplace: Marketplace,
    #[command(flatten)]
    retention: Retention,
}

pub(super) async fn run(args: Args) -> Result<()> {
    let config = Config {
        database: args.database,
        marketplace: args.marketplace,
        retention: args.retention,
        ..Config::default()
    };
    config.validate()?;
    let report = import(&config, &args.merchant, &args.import).await?;
    let value = json!({ "kind": report.noun, "items": report.items, "rows": report.rows });
    args.json.answer(&value, || report.to_string())
}

async fn import(config: &Config, merchant: &str, args: &import::Args) -> Result<import::Report> {
    // A server that runs on the same database finds what was planned when it next looks for work.
    let app = App::open(config).await?;
    let merchant = merchant_of(app.engine().db(), merchant).await?;
    import::run(app.engine(), merchant.id, args).await
}
