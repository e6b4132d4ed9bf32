//! Which trace of OpenTelemetry a sync record belongs to.

use sea_orm::entity::prelude::*;

/// The context that a record was planned in. There is one only where traces are on.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_trace")]
pub struct Model {
    /// The merchant that the record belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// The record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sync_record_id: Uuid,
    /// The span of planning, as W3C Trace Context writes it.
    pub traceparent: String,
}

impl ActiveModelBehavior for ActiveModel {}
