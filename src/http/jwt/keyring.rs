//! The keys that tokens are signed with.
//!
//! Each key is for one algorithm, which the operator's configuration decides and no token: a secret is for HS256, an RSA key
//! for RS256, an EC key for ES256. So a public key is never taken for a secret, and a token that names another
//! algorithm, or none, is refused before its signature is looked at.
//!
//! A file is read again while tokens come in, so that keys can be changed without a restart: put the new key beside the old
//! one, sign with the new one, take the old one out. A file that cannot be read or used changes nothing; it is logged.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

/// Where the keys are.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A secret that is shared with who signs.
    Secret(SecretString),
    /// A file with one public key in PEM form.
    PublicKeyFile(PathBuf),
    /// A file with a JSON Web Key Set; each token names its key by `kid`.
    JwksFile(PathBuf),
}

/// How long a file that was just read is not read again, even for a token whose key is not in it.
const BREATH: Duration = Duration::from_secs(1);

/// Bits of an RSA key: fewer are not safe, more are not taken by what checks signatures.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=4_096;

/// A key, and the only algorithm that it is for.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// Its name; a key without one is the only one.
    id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// The keys of a source, as they were when it was last read.
#[derive(Debug)]
pub(super) struct Keyring {
    source: KeySource,
    /// How old what was read from a file may become.
    reread: Duration,
    state: Mutex<State>,
    /// Held by who reads the file.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct State {
    keys: Arc<[Key]>,
    read: Instant,
    /// What was wrong with the file the last time, so that it is not logged again and again.
    fault: Option<String>,
}

impl Keyring {
    /// Reads the keys for the first time.
    ///
    /// # Errors
    /// What is wrong with the source, in words for the operator.
    pub(super) fn open(source: KeySource, reread: Duration) -> Result<Self, String> {
        let state = State {
            keys: read(&source)?,
            read: Instant::now(),
            fault: None,
        };
        Ok(Self {
            source,
            reread,
            state: Mutex::new(state),
            reading: tokio::sync::Mutex::default(),
        })
    }

    /// The key of a token that names `id`. A file is read again first when that is due, or when there is no such key.
    pub(super) async fn find(&self, id: Option<&str>) -> Option<Key> {
        if let Ok(_reading) = self.reading.try_lock() {
            self.read_if_older(self.reread).await;
        }
        if let Some(key) = self.known(id) {
            return Some(key);
        }
        let _reading = self.reading.lock().await;
        self.read_if_older(self.reread.min(BREATH)).await;
        self.known(id)
    }

    fn known(&self, id: Option<&str>) -> Option<Key> {
        let keys = self.state().keys.clone();
        let is_meant = |key: &&Key| key.id.is_none() || key.id.as_deref() == id;
        keys.iter().find(is_meant).cloned()
    }

    async fn read_if_older(&self, age: Duration) {
        if matches!(self.source, KeySource::Secret(_)) || self.state().read.elapsed() < age {
            return;
        }
        let source = self.source.clone();
        let found = tokio::task::spawn_blocking(move || read(&source)).await;
        let found = found.unwrap_or_else(|error| Err(error.to_string()));
        let mut state = self.state();
        state.read = Instant::now();
        match found {
            Ok(keys) => {
                state.keys = keys;
                state.fault = None;
            }
            Err(fault) => {
                if state.fault.as_ref() != Some(&fault) {
                    tracing::error!(fault, "the keys of tokens cannot be read again; those of before go on");
                }
                state.fault = Some(fault);
            }
        }
    }

    /// No code can panic while it holds the lock, and what it guards would be whole even then.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(source: &KeySource) -> Result<Arc<[Key]>, String> {
    match source {
        KeySource::Secret(secret) => Ok(Arc::new([Key {
            id: None,
            algorithm: Algorithm::HS256,
            decoding: DecodingKey::from_secret(secret.expose_secret().as_bytes()),
        }])),
        KeySource::PublicKeyFile(file) => Ok(Arc::new([of_pem(&text_of(file)?)?])),
        KeySource::JwksFile(file) => of_set(&text_of(file)?).map(Arc::from),
    }
}

fn text_of(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))
}

fn of_pem(text: &str) -> Result<Key, String> {
    let pem = text.trim().as_bytes();
    let key = DecodingKey::from_rsa_pem(pem).or_else(|_| DecodingKey::from_ec_pem(pem));
    let key = key.and_then(|key| Jwk::from_decoding_key(&key, None));
    let jwk = key.map_err(|_| "is not a public RSA or EC key in PEM form".to_owned())?;
    of_jwk(&jwk)
}

/// Keys of other kinds, and those that are for other uses, are passed over.
fn of_set(text: &str) -> Result<Vec<Key>, String> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    // What serde says may show a piece of the file.
    let set: Set = serde_json::from_str(text).map_err(|_| "is not a JSON Web Key Set".to_owned())?;
    let (mut keys, mut names, mut faults) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (place, value) in set.keys.into_iter().enumerate() {
        match in_set(value) {
            Ok(key) if names.insert(key.id.clone()) => keys.push(key),
            Ok(key) => return Err(format!("has two keys with the kid \"{}\"", key.id.unwrap_or_default())),
            Err(fault) => faults.push(format!("key {place} {fault}")),
        }
    }
    if keys.is_empty() {
        return Err(format!("has no key that can be used: {}", faults.join("; ")));
    }
    Ok(keys)
}

fn in_set(value: Value) -> Result<Key, String> {
    let jwk: Jwk = serde_json::from_value(value).map_err(|_| "has not the form of a key".to_owned())?;
    let id = jwk.common.key_id.clone().filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| "has no kid".to_owned())?;
    if jwk
        .common
        .public_key_use
        .as_ref()
        .is_some_and(|it| *it != PublicKeyUse::Signature)
    {
        return Err("is not for signatures".to_owned());
    }
    let key = of_jwk(&jwk)?;
    Ok(Key { id: Some(id), ..key })
}

fn of_jwk(jwk: &Jwk) -> Result<Key, String> {
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(key) => {
            let modulus = URL_SAFE_NO_PAD.decode(&key.n).unwrap_or_default();
            let bits = bits(&modulus);
            if !RSA_BITS.contains(&bits) {
                let (least, most) = (RSA_BITS.start(), RSA_BITS.end());
                return Err(format!("is an RSA key of {bits} bits; {least} to {most} are taken"));
            }
            (Algorithm::RS256, KeyAlgorithm::RS256)
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        _ => return Err("is neither an RSA key nor an EC key on the curve P-256".to_owned()),
    };
    if jwk.common.key_algorithm.is_some_and(|it| it != name) {
        return Err(format!("is for another algorithm than {algorithm:?}"));
    }
    let decoding = DecodingKey::from_jwk(jwk).map_err(|_| "has not the form of a key".to_owned())?;
    // Whether the signature is good is not asked here, but whether the key can be used at all.
    jsonwebtoken::crypto::verify("", b"", &decoding, algorithm).map_err(|_| "is no good key".to_owned())?;
    Ok(Key {
        id: None,
        algorithm,
        decoding,
    })
}

fn bits(number: &[u8]) -> usize {
    let digits = number
        .iter()
        .position(|byte| *byte != 0)
        .map_or(&[][..], |first| &number[first..]);
    let unused = digits.first().map_or(0, |first| first.leading_zeros());
    digits.len() * 8 - usize::try_from(unused).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn bits_are_counted_from_the_first_that_is_set() {
        for (number, expected) in [(&[][..], 0), (&[0, 0], 0), (&[1], 1), (&[0, 128, 0], 16)] {
            assert_eq!(bits(number), expected, "{number:?}");
        }
    }

    #[test]
    fn what_is_no_usable_key_set_is_said_without_showing_it() {
        let secret = r#"{"keys":[{"kty":"oct","kid":"a","k":"aHVudGVyMg"}]}"#;
        let no_kid = r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#;
        let short = r#"{"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}]}"#;
        for (text, told) in [
            ("hunter2", "not a JSON Web Key Set"),
            ("{}", "not a JSON Web Key Set"),
            (r#"{"keys":[]}"#, "no key that can be used"),
            (secret, "neither an RSA key nor an EC key"),
            (no_kid, "no kid"),
            (short, "17 bits"),
        ] {
            let fault = of_set(text).map(|keys| keys.len()).unwrap_err();
            assert!(fault.contains(told) && !fault.contains("hunter2"), "{fault}");
        }
    }
}
