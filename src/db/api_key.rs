//! API keys: who may call for a merchant.
//!
//! A key's token is `ssk_` and the base64url form of merchant (16 bytes), key (16 bytes) and secret (32 random bytes).
//! It names its merchant, so that finding the key is a look-up by primary key, within the merchant, as every other
//! statement is. Only the SHA-256 of the secret is stored: the token is shown once, when it is issued.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use entity::types::Role;
use entity::{api_key, merchant};
use rand::TryRngCore;
use rand::rngs::OsRng;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Db;
use crate::clock::now;
use crate::domain::text;
use crate::error::{Error, Problem, ProblemCode, Result};

/// What every token begins with, so that scanners for leaked secrets can know one.
const PREFIX: &str = "ssk_";
const ID_BYTES: usize = 16;
const SECRET_BYTES: usize = 32;
const TOKEN_BYTES: usize = 2 * ID_BYTES + SECRET_BYTES;

/// A hash of a secret.
pub type SecretHash = [u8; 32];

/// A new key.
#[derive(Debug)]
pub struct Issued {
    /// The key's id, by which it is revoked.
    pub id: Uuid,
    /// The token that its holder sends. It cannot be had again.
    pub token: SecretString,
}

/// What a token says. Whether it is good has to be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// The merchant that the key is said to belong to.
    pub merchant_id: Uuid,
    /// The key.
    pub key_id: Uuid,
    /// The hash of the secret.
    pub secret_hash: SecretHash,
}

/// Reads a token; none when it has not the form of one.
#[must_use]
pub fn read_token(token: &str) -> Option<Presented> {
    let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
    let bytes: [u8; TOKEN_BYTES] = bytes.try_into().ok()?;
    let (merchant, rest) = bytes.split_at(ID_BYTES);
    let (key, secret) = rest.split_at(ID_BYTES);
    Some(Presented {
        merchant_id: Uuid::from_slice(merchant).ok()?,
        key_id: Uuid::from_slice(key).ok()?,
        secret_hash: Sha256::digest(secret).into(),
    })
}

/// The stored form of a hash, read back; none when it is damaged, and then no secret fits it.
#[must_use]
pub fn read_hash(stored: &str) -> Option<SecretHash> {
    let mut hash = [0; 32];
    if stored.len() != 2 * hash.len() || !stored.is_ascii() {
        return None;
    }
    for (byte, at) in hash.iter_mut().zip((0..stored.len()).step_by(2)) {
        *byte = u8::from_str_radix(&stored[at..at + 2], 16).ok()?;
    }
    Some(hash)
}

/// Makes a key.
///
/// # Errors
/// The name is blank or too long, there is no such merchant, or what the database said.
pub async fn issue(db: &Db, merchant_id: Uuid, name: &str, role: Role) -> Result<Issued> {
    let name = text::name("name", name)?;
    if name.is_empty() {
        return Err(Error::invalid("name", ProblemCode::Required, "must not be blank"));
    }
    let id = Uuid::now_v7();
    let mut secret = [0; SECRET_BYTES];
    OsRng.try_fill_bytes(&mut secret).map_err(Error::internal)?;
    let key = api_key::Model {
        merchant_id,
        id,
        name,
        role,
        secret_hash: hex(&Sha256::digest(secret)),
        created_at: now(),
        last_used_at: None,
        revoked_at: None,
    };
    db.write(move |tx| {
        let key = key.clone();
        Box::pin(async move {
            if merchant::Entity::find_by_id(merchant_id).one(tx).await?.is_none() {
                return Err(unknown_merchant(merchant_id).into());
            }
            let key: api_key::ActiveModel = key.into();
            api_key::Entity::insert(key).exec_without_returning(tx).await?;
            Ok(())
        })
    })
    .await?;
    Ok(Issued {
        id,
        token: token(merchant_id, id, &secret),
    })
}

fn unknown_merchant(id: Uuid) -> Problem {
    Problem::new("merchant", ProblemCode::NotFound, format!("there is no merchant {id}"))
}

fn token(merchant_id: Uuid, id: Uuid, secret: &[u8; SECRET_BYTES]) -> SecretString {
    let mut bytes = Vec::with_capacity(TOKEN_BYTES);
    bytes.extend_from_slice(merchant_id.as_bytes());
    bytes.extend_from_slice(id.as_bytes());
    bytes.extend_from_slice(secret);
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All keys of a merchant, revoked ones too, in the order in which they were made.
///
/// # Errors
/// What the database said.
pub async fn list(db: &Db, merchant_id: Uuid) -> Result<Vec<api_key::Model>> {
    let keys = api_key::Entity::find()
        .filter(api_key::Column::MerchantId.eq(merchant_id))
        .order_by_asc(api_key::Column::Id)
        .all(db.reader())
        .await?;
    Ok(keys)
}

/// A key, revoked or not; none when the merchant has no such key.
///
/// # Errors
/// What the database said.
pub async fn find(db: &Db, merchant_id: Uuid, id: Uuid) -> Result<Option<api_key::Model>> {
    let key = api_key::Entity::find_by_id((merchant_id, id)).one(db.reader()).await?;
    Ok(key)
}

/// Makes a key useless for good. False when it was so already, or when the merchant has no such key.
///
/// # Errors
/// What the database said.
pub async fn revoke(db: &Db, merchant_id: Uuid, id: Uuid) -> Result<bool> {
    let now = now();
    db.write(move |tx| {
        Box::pin(async move {
            let updated = api_key::Entity::update_many()
                .col_expr(api_key::Column::RevokedAt, Expr::value(now))
                .filter(api_key::Column::MerchantId.eq(merchant_id))
                .filter(api_key::Column::Id.eq(id))
                .filter(api_key::Column::RevokedAt.is_null())
                .exec(tx)
                .await?;
            Ok(updated.rows_affected > 0)
        })
    })
    .await
}

/// How far apart two notes of a key's use are.
pub const TOUCH_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// Notes that a key was used at `at`, unless it is noted as used less than [`TOUCH_INTERVAL`] before.
///
/// # Errors
/// What the database said.
pub async fn touch(db: &Db, merchant_id: Uuid, id: Uuid, at: DateTime<Utc>) -> Result<()> {
    db.write(move |tx| {
        Box::pin(async move {
            let stale = Condition::any()
                .add(api_key::Column::LastUsedAt.is_null())
                .add(api_key::Column::LastUsedAt.lte(at - TOUCH_INTERVAL));
            api_key::Entity::update_many()
                .col_expr(api_key::Column::LastUsedAt, Expr::value(at))
                .filter(api_key::Column::MerchantId.eq(merchant_id))
                .filter(api_key::Column::Id.eq(id))
                .filter(stale)
                .exec(tx)
                .await?;
            Ok(())
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_token_says_what_was_put_into_it() {
        let (merchant_id, key_id, secret) = (Uuid::now_v7(), Uuid::now_v7(), [7; SECRET_BYTES]);
        let token = token(merchant_id, key_id, &secret);
        let presented = read_token(token.expose_secret()).unwrap();
        let secret_hash: SecretHash = Sha256::digest(secret).into();
        assert_eq!(
            presented,
            Presented {
                merchant_id,
                key_id,
                secret_hash
            }
        );
        assert_eq!(read_hash(&hex(&secret_hash)), Some(secret_hash));
        assert!(!format!("{token:?}").contains(&token.expose_secret()[10..]));
    }

    #[test]
    fn what_is_no_token_is_not_read() {
        for text in [
            "",
            "ssk_",
            "ssk_AAAA",
            &"A".repeat(86),
            &format!("ssk_{}", "A".repeat(87)),
            "ssk_é",
        ] {
            assert_eq!(read_token(text), None, "{text}");
        }
        for stored in ["", "00", &"é".repeat(32), &"g".repeat(64)] {
            assert_eq!(read_hash(stored), None, "{stored}");
        }
    }
}
