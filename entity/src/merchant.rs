//! The tenant: everything else belongs to exactly one.

use sea_orm::entity::prelude::*;

/// A merchant.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "merchant")]
pub struct Model {
    /// Version 7, so that ids grow with time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The operator's own code for the merchant, unique in the installation.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
