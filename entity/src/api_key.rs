//! Who may call for a merchant.

use sea_orm::entity::prelude::*;

use crate::types::Role;

/// A bearer key of one merchant; only a hash of its secret is kept.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// Version 7, so that ids grow with time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the operator calls it.
    pub name: String,
    /// What its holder may do.
    pub role: Role,
    /// SHA-256 of the secret, in lower-case hexadecimal. The secret has 256 random bits, so a slow hash would add nothing.
    pub secret_hash: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// When it stopped being good.
    pub revoked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
