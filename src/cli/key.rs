//! `key`: makes, lists and revokes a merchant's API keys.

use clap::{Subcommand, ValueEnum};
use entity::types::Role;
use secrecy::ExposeSecret;
use stock_sync::config::Database;
use stock_sync::db::api_key;
use stock_sync::error::{Error, Result};
use uuid::Uuid;

use super::{merchant_of, open, output};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Make a key; its token goes to standard output and is not shown again
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
    List {
        #[command(flatten)]
        of: Of,
    },
    /// Make a key useless, within a minute
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
    output::print(issued.token.expose_secret())
}

async fn list(of: &Of) -> Result<()> {
    let db = open(&of.database).await?;
    let merchant = merchant_of(&db, &of.merchant).await?;
    let keys = api_key::list(&db, merchant.id).await?;
    db.close().await?;
    let rows: Vec<[String; 6]> = keys
        .into_iter()
        .map(|key| {
            let made = output::time(Some(key.created_at));
            let (used, revoked) = (output::time(key.last_used_at), output::time(key.revoked_at));
            [key.id.to_string(), key.name, key.role.word(), made, used, revoked]
        })
        .collect();
    output::print(&output::table(
        ["ID", "NAME", "ROLE", "MADE AT", "LAST USED AT", "REVOKED AT"],
        &rows,
    ))
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
    output::print(&format!("revoked {id}"))
}
