//! What a resolver knows of the request that it runs in.

use async_graphql::Context;
use entity::types::Role;
use uuid::Uuid;

use super::loaders;
use crate::domain::reason::Language;
use crate::error::{Error, Result};
use crate::sync::Engine;

/// Who calls. Put into the request's data by the transport once it has checked the credentials; without it every
/// resolver answers UNAUTHENTICATED.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The merchant whose data it may see, and no other's.
    pub merchant_id: Uuid,
    /// What it may do.
    pub role: Role,
    /// The name of its API key, or the subject of its token. Manual syncs keep it.
    pub name: String,
}

/// The caller, whatever its role.
///
/// # Errors
/// The request carries no caller.
pub fn caller<'c>(ctx: &Context<'c>) -> Result<&'c Caller> {
    ctx.data_opt::<Caller>()
        .ok_or_else(|| Error::Unauthenticated("an API key or a token is needed".to_owned()))
}

/// The caller of a mutation, if it has at least this role. Since the mutation is about to change things, the request
/// forgets what its loaders have read so far; mutations of one request run one after the other.
///
/// # Errors
/// The request carries no caller, or its role is too low.
pub fn caller_as<'c>(ctx: &Context<'c>, role: Role) -> Result<&'c Caller> {
    let caller = caller(ctx)?;
    if caller.role < role {
        let (needs, has) = (role.word(), caller.role.word());
        return Err(Error::Forbidden(format!(
            "this needs the role {needs}; this caller's role is {has}"
        )));
    }
    loaders::fresh(ctx);
    Ok(caller)
}

/// The engine behind the schema.
///
/// # Errors
/// The schema was built without one.
pub fn engine<'c>(ctx: &Context<'c>) -> Result<&'c Engine> {
    ctx.data_opt::<Engine>()
        .ok_or_else(|| Error::internal("the schema has no engine"))
}

/// The language that the caller asked for. Put into the request's data by the transport.
#[must_use]
pub fn language(ctx: &Context<'_>) -> Language {
    ctx.data_opt::<Language>().copied().unwrap_or_default()
}
