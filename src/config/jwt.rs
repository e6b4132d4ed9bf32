//! Tokens of the host ERP.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use crate::error::{Problem, ProblemCode, Result};
use crate::http::{KeySource, TokenSettings, Verifier};

/// Which tokens of the host ERP are taken beside API keys; none without one of the three kinds of keys.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "Tokens of the host ERP (JWT)")]
pub struct Jwt {
    /// Secret of at least 32 bytes by which tokens are signed with HS256
    #[arg(
        id = "jwt_secret",
        long = "jwt-secret",
        env = "STOCK_SYNC_JWT_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub secret: Option<SecretString>,
    /// PEM file with the public key of tokens that are signed with RS256 or ES256; it is read again when it changes
    #[arg(
        id = "jwt_public_key_file",
        long = "jwt-public-key-file",
        env = "STOCK_SYNC_JWT_PUBLIC_KEY_FILE",
        value_name = "FILE"
    )]
    pub public_key_file: Option<PathBuf>,
    /// JSON Web Key Set with such keys, of which each token names one by kid; it is read again when it changes
    #[arg(
        id = "jwt_jwks_file",
        long = "jwt-jwks-file",
        env = "STOCK_SYNC_JWT_JWKS_FILE",
        value_name = "FILE"
    )]
    pub jwks_file: Option<PathBuf>,
    /// What the claim iss has to be; name it, unless nobody else's tokens are signed by these keys
    #[arg(
        id = "jwt_issuer",
        long = "jwt-issuer",
        env = "STOCK_SYNC_JWT_ISSUER",
        value_name = "ISSUER"
    )]
    pub issuer: Option<String>,
    /// What the claim aud has to be or to contain; without it a token that has an audience is refused
    #[arg(
        id = "jwt_audience",
        long = "jwt-audience",
        env = "STOCK_SYNC_JWT_AUDIENCE",
        value_name = "AUDIENCE"
    )]
    pub audience: Option<String>,
    /// Claim that has the merchant's code
    #[arg(
        id = "jwt_merchant_claim",
        long = "jwt-merchant-claim",
        env = "STOCK_SYNC_JWT_MERCHANT_CLAIM",
        default_value = "merchant",
        value_name = "CLAIM"
    )]
    pub merchant_claim: String,
    /// Claim that has the role: viewer, operator or admin
    #[arg(
        id = "jwt_role_claim",
        long = "jwt-role-claim",
        env = "STOCK_SYNC_JWT_ROLE_CLAIM",
        default_value = "role",
        value_name = "CLAIM"
    )]
    pub role_claim: String,
}

impl Default for Jwt {
    fn default() -> Self {
        Self {
            secret: None,
            public_key_file: None,
            jwks_file: None,
            issuer: None,
            audience: None,
            merchant_claim: "merchant".to_owned(),
            role_claim: "role".to_owned(),
        }
    }
}

/// Bytes of the shortest secret: as many as HS256 has in its hash.
const SHORTEST_SECRET: usize = 32;

impl Jwt {
    /// What tells good tokens from others, with the keys read; none when no keys are configured.
    ///
    /// # Errors
    /// The file of the keys cannot be read or used.
    pub fn verifier(&self) -> Result<Option<Verifier>> {
        let Some((flag, keys)) = self.sources().into_iter().next() else {
            return Ok(None);
        };
        Ok(Some(self.verifier_with(flag, keys)?))
    }

    /// What is wrong with the files of keys: with each that is named, even where one alone may be.
    #[must_use]
    pub fn check_files(&self) -> Vec<Problem> {
        let tried = self.sources().into_iter();
        tried
            .filter_map(|(flag, keys)| self.verifier_with(flag, keys).err())
            .collect()
    }

    fn verifier_with(&self, flag: &str, keys: KeySource) -> Result<Verifier, Problem> {
        let settings = TokenSettings {
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            merchant_claim: self.merchant_claim.clone(),
            role_claim: self.role_claim.clone(),
            ..TokenSettings::new(keys)
        };
        let verifier = Verifier::new(settings);
        verifier.map_err(|fault| Problem::new(flag, ProblemCode::Invalid, fault))
    }

    /// Every kind of keys that is configured, with its flag.
    fn sources(&self) -> Vec<(&'static str, KeySource)> {
        let secret = self.secret.clone().map(KeySource::Secret);
        let pem = self.public_key_file.clone().map(KeySource::PublicKeyFile);
        let jwks = self.jwks_file.clone().map(KeySource::JwksFile);
        let all = [
            ("--jwt-secret", secret),
            ("--jwt-public-key-file", pem),
            ("--jwt-jwks-file", jwks),
        ];
        all.into_iter()
            .filter_map(|(flag, source)| source.map(|source| (flag, source)))
            .collect()
    }

    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        let mut wrong = |flag: &str, message: String| {
            problems.push(Problem::new(flag, ProblemCode::Invalid, message));
        };
        match self.sources().as_slice() {
            [] => {
                for flag in self.claims_asked_for() {
                    let message =
                        "needs --jwt-secret, --jwt-public-key-file or --jwt-jwks-file; without one no token is taken";
                    wrong(flag, message.to_owned());
                }
            }
            [_] => {}
            [(first, _), rest @ ..] => {
                for (flag, _) in rest {
                    wrong(flag, format!("cannot be used together with {first}"));
                }
            }
        }
        let secret = self.secret.as_ref().map(|secret| secret.expose_secret().len());
        if let Some(bytes) = secret.filter(|bytes| *bytes < SHORTEST_SECRET) {
            let message =
                format!("has {bytes} bytes; at least {SHORTEST_SECRET} are needed, as `openssl rand -hex 32` prints");
            wrong("--jwt-secret", message);
        }
        for (flag, value) in [
            ("--jwt-issuer", self.issuer.as_deref()),
            ("--jwt-audience", self.audience.as_deref()),
            ("--jwt-merchant-claim", Some(self.merchant_claim.as_str())),
            ("--jwt-role-claim", Some(self.role_claim.as_str())),
        ] {
            if value.is_some_and(|value| value.trim().is_empty()) {
                wrong(flag, "must not be blank".to_owned());
            }
        }
    }

    /// The flags that say something about tokens, where they do not say the default.
    fn claims_asked_for(&self) -> Vec<&'static str> {
        let default = Self::default();
        let asked = [
            ("--jwt-issuer", self.issuer.is_some()),
            ("--jwt-audience", self.audience.is_some()),
            ("--jwt-merchant-claim", self.merchant_claim != default.merchant_claim),
            ("--jwt-role-claim", self.role_claim != default.role_claim),
        ];
        asked.into_iter().filter(|(_, is)| *is).map(|(flag, _)| flag).collect()
    }
}
