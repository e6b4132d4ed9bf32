//! One manual action by a person.

use sea_orm::entity::prelude::*;

use crate::types::{ManualSyncKind, SyncStatus};

/// A manual sync, with the counts of its records.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "manual_sync")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// Version 7, so that ids grow with time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the person did.
    pub kind: ManualSyncKind,
    /// Who did it: the name of the API key, or the subject of the token.
    pub requested_by: String,
    /// The rule, where one was chosen.
    pub sync_rule_id: Option<Uuid>,
    /// Aggregate of its records; kept in step with the counts.
    pub status: SyncStatus,
    /// Records that it caused.
    pub total: i32,
    /// Of these, pending.
    pub pending: i32,
    /// Of these, succeeded.
    pub success: i32,
    /// Of these, failed in part.
    pub partially_failed: i32,
    /// Of these, failed.
    pub failed: i32,
    /// Of these, skipped.
    pub skipped: i32,
    /// Store SKUs that were asked for but could not be synced, as JSON: a list of code and count.
    pub left_out: Json,
    /// When the person did it.
    pub created_at: DateTimeUtc,
    /// When the last of its records became final.
    pub finished_at: Option<DateTimeUtc>,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
