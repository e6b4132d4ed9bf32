//! A database of any size, made in bulk: the schema by the product's migrations, the rows by COPY or long INSERTs.
//!
//! The same size makes the same rows but for the time, since everything that looks random is a hash. Rows are what the
//! server would have written: last-sync columns are those of the newest record, warehouse SKUs have the aggregate of
//! their store SKUs, manual syncs the counts of their records, skipped records name their successor. Two things are
//! left out for the sake of time and disk: attempts of records that succeeded, and credentials of the stores.

pub(crate) mod catalogue;
mod history;
mod plan;
pub(crate) mod sink;

use std::time::Instant;

use clap::Args;
use entity::types::Role;
use secrecy::ExposeSecret;
use stock_sync::db::{Db, Settings, api_key, merchant};

use crate::store::Pool;
use crate::{MERCHANT, Result, bad, print, say, told};
use plan::Plan;
use sink::Sink;

/// How large.
#[derive(Args, Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Sync records, about; a store SKU has 100 at most
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) records: u64,
    /// Store SKUs; one for 40 records when left out
    #[arg(long)]
    pub(crate) store_skus: Option<u64>,
    /// Merchants; the first has four fifths of everything
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub(crate) merchants: u64,
}

/// Seeds a database, and prints a token of the first merchant.
pub(crate) async fn seed(url: &str, size: &Size) -> Result<()> {
    fill(url, size).await?;
    print(&token(url, Role::Viewer).await?);
    Ok(())
}

/// A way to the database that is the server's own.
pub(crate) async fn open(url: &str) -> Result<Db> {
    let settings = Settings {
        url: url.to_owned(),
        max_connections: 2,
        ..Settings::default()
    };
    Db::connect(&settings).await.map_err(told)
}

/// A new key of the merchant that is asked about.
pub(crate) async fn token(url: &str, role: Role) -> Result<String> {
    let db = open(url).await?;
    let merchant = merchant::by_code(&db, MERCHANT).await.map_err(told)?;
    let merchant = merchant.ok_or_else(|| bad("nothing was seeded"))?;
    let issued = api_key::issue(&db, merchant.id, "bench", role).await.map_err(told)?;
    db.close().await.map_err(told)?;
    Ok(issued.token.expose_secret().to_owned())
}

/// Fills a database.
pub(crate) async fn fill(url: &str, size: &Size) -> Result<()> {
    let began = Instant::now();
    let db = open(url).await?;
    db.migrate().await.map_err(told)?;
    let mut plans = Vec::new();
    let now = stock_sync::clock::now();
    for number in 0..size.merchants {
        let code = format!("bench-{}", number + 1);
        let made = merchant::create(&db, &code, &format!("Merchant {}", number + 1))
            .await
            .map_err(told)?;
        plans.push(Plan::new(made.id, number, size, now));
    }
    db.close().await.map_err(told)?;
    let pool = Pool::connect(url, 1).await?;
    let indexes = sink::take_indexes(&pool).await?;
    let mut sink = Sink::new(&pool).await?;
    let mut records = 0;
    for plan in &plans {
        catalogue::write(plan, &mut sink).await?;
        records += history::write(plan, &mut sink).await?;
    }
    sink.done().await?;
    say(&format!(
        "{records} records after {:.0?}; now the indexes",
        began.elapsed()
    ));
    for index in indexes {
        pool.run(&index).await?;
    }
    sink::settle(&pool).await?;
    pool.close().await;
    say(&format!("seeded in {:.0?}", began.elapsed()));
    Ok(())
}
