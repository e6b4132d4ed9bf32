//! Tokens of the host ERP, as it would sign them. The keys in `keys` are for these tests and for nothing else.

mod open;
mod refused;
mod taken;

use std::path::Path;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use stock_sync::config;

const RSA: &[u8] = include_bytes!("keys/rsa.pem");
const RSA_PUBLIC: &[u8] = include_bytes!("keys/rsa.pub.pem");
const OTHER_RSA: &[u8] = include_bytes!("keys/rsa-other.pem");
const EC: &[u8] = include_bytes!("keys/ec.pem");
const EC_PUBLIC: &[u8] = include_bytes!("keys/ec.pub.pem");
const SECRET: &str = "a secret for tests, of 35 good bytes";

/// Who signs tokens.
struct Signer {
    header: Header,
    key: EncodingKey,
}

impl Signer {
    fn new(algorithm: Algorithm, kid: Option<&str>, key: EncodingKey) -> Self {
        let mut header = Header::new(algorithm);
        header.kid = kid.map(str::to_owned);
        Self { header, key }
    }

    fn secret() -> Self {
        Self::new(Algorithm::HS256, None, EncodingKey::from_secret(SECRET.as_bytes()))
    }

    fn rsa(kid: &str, pem: &[u8]) -> Self {
        Self::new(Algorithm::RS256, Some(kid), EncodingKey::from_rsa_pem(pem).unwrap())
    }

    fn ec(kid: &str) -> Self {
        Self::new(Algorithm::ES256, Some(kid), EncodingKey::from_ec_pem(EC).unwrap())
    }

    fn sign(&self, claims: &Value) -> String {
        encode(&self.header, claims, &self.key).unwrap()
    }

    /// The public key, as a member of a JSON Web Key Set.
    fn jwk(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.header.alg).unwrap();
        jwk.common.key_id = self.header.kid.clone();
        serde_json::to_value(jwk).unwrap()
    }
}

/// Writes a key set with the public keys of these signers. The file is replaced whole, as `mv` does.
fn write_set(file: &Path, signers: &[&Signer]) {
    let keys: Vec<Value> = signers.iter().map(|signer| signer.jwk()).collect();
    let draft = file.with_extension("draft");
    std::fs::write(&draft, json!({ "keys": keys }).to_string()).unwrap();
    std::fs::rename(draft, file).unwrap();
}

/// What a good token for ten minutes says.
fn claims(merchant: &str, role: &str) -> Value {
    json!({ "sub": "dewi@erp.example", "merchant": merchant, "role": role, "exp": now() + 600 })
}

/// The same with other values; null takes a claim away.
fn with(mut claims: Value, changes: Value) -> Value {
    let (claims_of, Value::Object(changes)) = (claims.as_object_mut().unwrap(), changes) else {
        panic!("the changes are an object");
    };
    for (name, value) in changes {
        match value {
            Value::Null => claims_of.remove(&name),
            value => claims_of.insert(name, value),
        };
    }
    claims
}

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

fn by_secret() -> config::Jwt {
    config::Jwt {
        secret: Some(SECRET.into()),
        ..config::Jwt::default()
    }
}
