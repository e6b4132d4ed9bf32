//! Tokens of the host ERP: JSON Web Tokens that it signs for its own users.
//!
//! A token is good when its signature is that of a known key by the algorithm of this key, when it has not expired, when
//! issuer and audience are what the operator expects, and when it says whose data it opens, in which role and for whom.
//! Why one is refused is told to the operator at the log level debug, and to nobody else.
//!
//! # Not guaranteed
//!
//! - That a token can be taken back: it is good until it expires, or until its key is taken out of the key file.

mod keyring;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::Role;
use jsonwebtoken::{Validation, decode, decode_header};
use serde_json::{Map, Value};

pub use keyring::KeySource;
use keyring::{Key, Keyring};

use crate::domain::text;

/// Longest token, in bytes.
const LONGEST: usize = 8_192;

/// How far the clocks of who signs and of this server may be apart.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// Which tokens are taken.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// What they are signed with.
    pub keys: KeySource,
    /// What `iss` has to be. When it is absent, any issuer that has the key is taken.
    pub issuer: Option<String>,
    /// What `aud` has to be or to contain. When it is absent, a token that is for a certain audience is refused.
    pub audience: Option<String>,
    /// The claim that has the merchant's code.
    pub merchant_claim: String,
    /// The claim that has the role: viewer, operator or admin.
    pub role_claim: String,
    /// How often a key file is read again while tokens come in.
    pub reread: Duration,
}

impl TokenSettings {
    /// Tokens by these keys, with the usual names of claims.
    #[must_use]
    pub fn new(keys: KeySource) -> Self {
        Self {
            keys,
            issuer: None,
            audience: None,
            merchant_claim: "merchant".to_owned(),
            role_claim: "role".to_owned(),
            reread: Duration::from_secs(5),
        }
    }
}

/// Tells good tokens from others.
#[derive(Debug)]
pub struct Verifier {
    settings: TokenSettings,
    keys: Keyring,
}

/// What a good token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claims {
    /// For whom it was made.
    pub(super) subject: String,
    /// The code of the merchant, who may be unknown here.
    pub(super) merchant: String,
    pub(super) role: Role,
    pub(super) expires_at: DateTime<Utc>,
}

impl Claims {
    /// Until when it is taken.
    pub(super) fn taken_until(&self) -> DateTime<Utc> {
        self.expires_at + LEEWAY
    }
}

impl Verifier {
    /// Reads the keys.
    ///
    /// # Errors
    /// What is wrong with the keys, in words for the operator.
    pub fn new(settings: TokenSettings) -> Result<Self, String> {
        let keys = Keyring::open(settings.keys.clone(), settings.reread)?;
        Ok(Self { settings, keys })
    }

    /// What a token says, if it is good.
    pub(super) async fn read(&self, token: &str) -> Option<Claims> {
        match self.claims(token).await {
            Ok(claims) => Some(claims),
            Err(reason) => {
                tracing::debug!(reason, "a token was refused");
                None
            }
        }
    }

    async fn claims(&self, token: &str) -> Result<Claims, String> {
        if token.len() > LONGEST {
            return Err("it is too long".to_owned());
        }
        let header = decode_header(token).map_err(|error| error.to_string())?;
        if header.crit.is_some() {
            return Err("its header demands extensions".to_owned());
        }
        let key = self.keys.find(header.kid.as_deref()).await;
        let key = key.ok_or("its key is not known")?;
        let data = decode::<Map<String, Value>>(token, &key.decoding, &self.validation(&key));
        let claims = data.map_err(|error| error.to_string())?.claims;
        self.said(&claims)
    }

    fn validation(&self, key: &Key) -> Validation {
        let mut validation = Validation::new(key.algorithm);
        validation.leeway = LEEWAY.num_seconds().unsigned_abs();
        validation.validate_nbf = true;
        let mut required = vec!["exp", "sub"];
        if let Some(issuer) = &self.settings.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        if let Some(audience) = &self.settings.audience {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        validation.set_required_spec_claims(&required);
        validation
    }

    fn said(&self, claims: &Map<String, Value>) -> Result<Claims, String> {
        let said = |name: &str| {
            let value = claims.get(name).and_then(Value::as_str);
            value.ok_or_else(|| format!("it has no text as {name}"))
        };
        let subject = text::code("sub", said("sub")?).map_err(|problem| problem.message)?;
        let merchant = said(&self.settings.merchant_claim)?;
        let merchant = text::code("merchant", merchant).map_err(|problem| problem.message)?;
        let role = role(said(&self.settings.role_claim)?).ok_or("its role is none")?;
        let expires_at = claims.get("exp").and_then(moment).ok_or("it has no good exp")?;
        Ok(Claims {
            subject,
            merchant,
            role,
            expires_at,
        })
    }
}

fn role(word: &str) -> Option<Role> {
    [Role::Viewer, Role::Operator, Role::Admin]
        .into_iter()
        .find(|role| role.word().eq_ignore_ascii_case(word))
}

/// A moment as tokens have it: seconds since 1970, which may have a fraction. One that no calendar reaches is none.
fn moment(value: &Value) -> Option<DateTime<Utc>> {
    // Whatever does not fit becomes the largest number that does.
    let millis = (value.as_f64()? * 1_000.0) as i64;
    let latest = DateTime::<Utc>::MAX_UTC - LEEWAY;
    DateTime::from_timestamp_millis(millis).filter(|at| *at < latest)
}
