//! `merchant`: makes and lists merchants.

use clap::Subcommand;
use stock_sync::config::Database;
use stock_sync::db::merchant;
use stock_sync::error::Result;

use super::{open, output};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Make a merchant and its first key, an admin's; prints the key's token, which is not shown again
    Add {
        /// The operator's own code for the merchant
        code: String,
        /// What people call it; the code when it is not given
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        database: Database,
    },
    /// List all merchants
    List {
        #[command(flatten)]
        database: Database,
    },
}

impl Command {
    pub(super) async fn run(self) -> Result<()> {
        match self {
            Self::Add { code, name, database } => add(&code, name.as_deref(), &database).await,
            Self::List { database } => list(&database).await,
        }
    }
}

async fn add(code: &str, name: Option<&str>, database: &Database) -> Result<()> {
    let db = open(database).await?;
    let made = merchant::create(&db, code, name.unwrap_or(code)).await?;
    db.close().await?;
    output::print(&format!("made the merchant {}", made.code))
}

async fn list(database: &Database) -> Result<()> {
    let db = open(database).await?;
    let rows: Vec<[String; 3]> = merchant::all(&db)
        .await?
        .into_iter()
        .map(|merchant| {
            let made = merchant.created_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            [merchant.code, merchant.name, made]
        })
        .collect();
    db.close().await?;
    output::print(&output::table(["CODE", "NAME", "MADE AT"], &rows))
}
