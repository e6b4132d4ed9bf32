//! `merchant`: makes and lists merchants.

use clap::Subcommand;
use entity::types::Role;
use secrecy::ExposeSecret;
use serde_json::json;
use stock_sync::config::Database;
use stock_sync::db::{Db, api_key, merchant};
use stock_sync::error::Result;

use super::{open, output};

/// What a merchant's first key is called.
const FIRST_KEY: &str = "admin";

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Make a merchant and its first key, an admin's
    ///
    /// The key's token goes to standard output and is not shown again. Makes the database where there is none.
    #[command(after_long_help = "Example:\n  stock-sync merchant add acme --name Acme")]
    Add {
        /// The operator's own code for the merchant
        code: String,
        /// What people call it; the code when it is not given
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        json: output::Json,
        #[command(flatten)]
        database: Database,
    },
    /// List all merchants
    ///
    /// In the order in which they were made.
    #[command(after_long_help = "Example:\n  stock-sync merchant list --json")]
    List {
        #[command(flatten)]
        json: output::Json,
        #[command(flatten)]
        database: Database,
    },
}

impl Command {
    pub(super) async fn run(self) -> Result<()> {
        match self {
            Self::Add {
                code,
                name,
                json,
                database,
            } => add(&code, name.as_deref(), json, &database).await,
            Self::List { json, database } => list(json, &database).await,
        }
    }
}

async fn add(code: &str, name: Option<&str>, json: output::Json, database: &Database) -> Result<()> {
    // It may be the first that is done, before any server ran.
    let db = Db::connect(&database.settings()).await?;
    db.migrate_if_empty().await?;
    let made = merchant::create(&db, code, name.unwrap_or(code)).await?;
    let issued = api_key::issue(&db, made.id, FIRST_KEY, Role::Admin).await?;
    db.close().await?;
    let note = format!(
        "made the merchant {} and its first key; this is its token, which is not shown again:",
        made.code
    );
    output::complain(&note);
    let token = issued.token.expose_secret();
    let value = json!({ "id": made.id, "code": made.code, "name": made.name, "token": token });
    json.answer(&value, || token.to_owned())
}

async fn list(json: output::Json, database: &Database) -> Result<()> {
    let db = open(database).await?;
    let merchants = merchant::all(&db).await?;
    db.close().await?;
    let rows: Vec<[String; 3]> = merchants
        .into_iter()
        .map(|merchant| [merchant.code, merchant.name, output::time(Some(merchant.created_at))])
        .collect();
    let value = rows
        .iter()
        .map(|[code, name, made]| json!({ "code": code, "name": name, "createdAt": made }));
    json.answer(&value.collect(), || output::table(["CODE", "NAME", "MADE AT"], &rows))
}
