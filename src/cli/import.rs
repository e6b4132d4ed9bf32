//! `import`: a CSV file into a merchant's catalogue, or its opening stock.

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
    import(&config, &args.merchant, &args.import).await
}

async fn import(config: &Config, merchant: &str, args: &import::Args) -> Result<()> {
    // A server that runs on the same database finds what was planned when it next looks for work.
    let app = App::start(config).await?;
    let merchant = merchant_of(app.engine().db(), merchant).await?;
    let report = import::run(app.engine(), merchant.id, args).await?;
    output::print(&report.to_string())
}
