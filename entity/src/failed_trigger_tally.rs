//! How many of the failed triggers that are kept came in one hour, for one reason.

use sea_orm::entity::prelude::*;

use crate::types::FailureCode;

/// The failed triggers of an hour. There is none for an hour without any.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "failed_trigger_tally")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// When the hour began, in UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hour: DateTimeUtc,
    /// Why they could not become syncs.
    #[sea_orm(primary_key, auto_increment = false)]
    pub failure_code: FailureCode,
    /// How many.
    pub matching: i64,
    /// When the last of them came.
    pub last_occurred_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
