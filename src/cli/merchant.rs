//! `merchant`: makes and lists merchants.

use clap::Subcommand;
use entity::types::Role;
use secrecy::ExposeSecret;
use stock_sync::config::Database;
use stock_sync::db::{api_key, merchant};
use stock_sync::error::Result;

use super::{open, output};

/// What a merchant's first key is called.
const FIRST_KEY: &str = "admin";

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Make a merchant and its first key, an admin's; the token goes to standard output and is not shown again
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
    let issued = api_key::issue(&db, made.id, FIRST_KEY, Role::Admin).await?;
    db.close().await?;
    let note = format!(
        "made the merchant {} and its first key; this is its token, which is not shown again:",
        made.code
    );
    output::complain(&note);
    output::print(issued.token.expose_secret())
}

async fn list(database: &Database) -> Result<()> {
    let db = open(database).await?;
    let rows: Vec<[String; 3]> = merchant::all(&db)
        .await?
        .into_iter()
        .map(|merchant| [merchant.code, merchant.name, output::time(Some(merchant.created_at))])
        .collect();
    db.close().await?;
    output::print(&output::table(["CODE", "NAME", "MADE AT"], &rows))
}
