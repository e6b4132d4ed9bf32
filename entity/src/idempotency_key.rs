//! What makes a repeated request harmless.

use sea_orm::entity::prelude::*;

/// A request that was carried out under the caller's own key.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// The mutation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub operation: String,
    /// The caller's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of the request, so that a key cannot be used again for something else.
    pub request_hash: String,
    /// What was answered.
    pub answer: Json,
    /// When it was carried out.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
