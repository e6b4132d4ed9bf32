//! `key`: makes, lists and revokes a merchant's API keys.

use clap::{Subcommand, ValueEnum};
use entity::types::Role;
use secrecy::ExposeSecret;
use serde_json::json;
use stock_sync::config::Database;
use stock_sync::db::api_key;
use stock_sync::error::{Error, Result};
use uuid::Uuid;

use super::{merchant_of, open, output};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Make a key
    ///
    /// Its token goes to standard output and is not shown again.
    #[command(after_long_help = "Example:\n  stock-sync key add \"shop front\" --role viewer --merchant acme")]
    Add {
        /// What to call it, such as the system that will use it
        name: String,
        /// What its holder may do
        #[arg(long, value_enum)]
        role: KeyRole,
        #[command(flatten)]
        of: Of,
    },
    /// List the keys, revoked ones included
    ///
    /// Their tokens are not known any more.
    #[command(after_long_help = "Example:\n  stock-sync key list --merchant acme --json")]
    List {
        #[command(flatten)]
        of: Of,
    },
    /// Make a key useless, within a minute
    ///
    /// What it has open is closed then.
    #[command(
        after_long_help = "Example:\n  stock-sync key revoke 019aa000-0000-7000-8000-000000000000 --merchant acme"
    )]
    Revoke {
        /// Its id, as it is listed
        id: Uuid,
        #[command(flatten)]
        of: Of,
    },
}

/// Whose keys.
#[derive(clap::Args, Debug)]
pub(crate) struct Of {
    /// Code of the merchant
    #[arg(long, value_name = "CODE")]
    merchant: String,
    #[command(flatten)]
    json: output::Json,
    #[command(flatten)]
    database: Database,
}

/// What the holder of a key may do.
#[derive(ValueEnum, Debug, Clone, Copy)]
pub(crate) enum KeyRole {
    /// Read
    Viewer,
    /// Also start syncs
    Operator,
    /// Also report stock and change the catalogue and the rules
    Admin,
}

impl From<KeyRole> for Role {
    fn from(role: KeyRole) -> Self {
        match role {
            KeyRole::Viewer => Self::Viewer,
            KeyRole::Operator => Self::Operator,
            KeyRole::Admin => Self::Admin,
        }
    }
}

impl Command {
    pub(super) async fn run(self) -> Result<()> {
        match self {
            Self::Add { name, role, of } => add(&name, role.into(), &of).await,
            Self::List { of } => list(&of).await,
            Self::Revoke { id, of } => revoke(id, &of).await,
        }
    }
}

async fn add(name: &str, role: Role, of: &Of) -> Result<()> {
    let db = open(&of.database).await?;
    let merchant = merchant_of(&db, &of.merchant).await?;
    let issued = api_key::issue(&db, merchant.id, name, role).await?;
    db.close().await?;
    output::complain(&format!(
        "made the key {}; this is its token, which is not shown again:",
        issued.id
    ));
    let token = issued.token.expose_secret();
    let value = json!({ "id": issued.id, "name": name, "role": role.word(), "token": token });
    of.json.answer(&value, || token.to_owned())
}

async fn list(of: &Of) -> Result<()> {
    let db = open(&of.database).await?;
    let merchant = merchant_of(&db, &of.merchant).await?;
    let keys = api_key::list(&db, merchant.id).await?;
    db.close().await?;
    let value = keys.iter().map(|key| {
        json!({
            "id": key.id,
            "name": key.name,
            "role": key.role.word(),
            "createdAt": key.created_at,
            "lastUsedAt": key.last_used_at,
            "revokedAt": key.revoked_at,
        })
    });
    let value = value.collect();
    let rows: Vec<[String; 6]> = keys
        .into_iter()
        .map(|key| {
            let made = output::time(Some(key.created_at));
            let (used, revoked) = (output::time(key.last_used_at), output::time(key.revoked_at));
            [key.id.to_string(), key.name, key.role.word(), made, used, revoked]
        })
        .collect();
    let head = ["ID", "NAME", "ROLE", "MADE AT", "LAST USED AT", "REVOKED AT"];
    of.json.answer(&value, || output::table(head, &rows))
}

async fn revoke(id: Uuid, of: &Of) -> Result<()> {
    let db = open(&of.database).await?;
    let merchant = merchant_of(&db, &of.merchant).await?;
    let is_revoked = api_key::revoke(&db, merchant.id, id).await?;
    db.close().await?;
    if !is_revoked {
        let text = format!("{} has no key {id} that is still good", merchant.code);
        return Err(Error::internal(text));
    }
    of.json.answer(&json!({ "revoked": id }), || format!("revoked {id}"))
}
