//! Stores' secrets at rest: AES-256-GCM, with the row's id as associated data.
//!
//! A blob is a version byte, a random 96-bit nonce and the sealed text. Since the row's id is bound in, a blob that
//! was copied to another row does not open there.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::error::{Error, Result};

const VERSION: u8 = 1;
const NONCE: usize = 12;

/// Seals secrets with the installation's present key, and opens what that or a previous one sealed.
#[derive(Clone)]
pub struct Cipher {
    present: Aes256Gcm,
    previous: Vec<Aes256Gcm>,
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher")
    }
}

impl Cipher {
    /// A cipher with the key that `key` holds in base64: 32 bytes.
    ///
    /// # Errors
    /// The text is not base64 of 32 bytes; the error does not show it.
    pub fn from_base64(key: &SecretString) -> Result<Self> {
        let bytes = STANDARD.decode(key.expose_secret().trim()).unwrap_or_default();
        let present = Aes256Gcm::new_from_slice(&bytes)
            .map_err(|_| Error::internal("the encryption key must be the base64 form of 32 bytes"))?;
        Ok(Self {
            present,
            previous: Vec::new(),
        })
    }

    /// The same cipher, which also opens what `previous` opens.
    #[must_use]
    pub fn or(mut self, previous: Self) -> Self {
        self.previous.push(previous.present);
        self.previous.extend(previous.previous);
        self
    }

    /// A new random key, in base64.
    #[must_use]
    pub fn new_key() -> SecretString {
        STANDARD.encode(rand::random::<[u8; 32]>()).into()
    }

    /// Seals the secret of the row `row`.
    ///
    /// # Errors
    /// The secret is longer than AES-GCM can take, which no input can be.
    pub fn seal(&self, row: Uuid, secret: &str) -> Result<Vec<u8>> {
        let nonce = rand::random::<[u8; NONCE]>();
        let payload = Payload {
            msg: secret.as_bytes(),
            aad: row.as_bytes(),
        };
        let sealed = self
            .present
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| Error::internal("could not seal a secret"))?;
        Ok([&[VERSION][..], &nonce, &sealed].concat())
    }

    /// Opens the secret of the row `row`.
    ///
    /// # Errors
    /// It was sealed with another key or for another row, or it was changed.
    pub fn open(&self, row: Uuid, blob: &[u8]) -> Result<SecretString> {
        std::iter::once(&self.present)
            .chain(&self.previous)
            .find_map(|key| unsealed(key, row, blob))
            .ok_or_else(|| Error::internal("a store's credentials cannot be opened: was the encryption key changed?"))
    }

    /// Whether the present key sealed the secret of the row `row`.
    #[must_use]
    pub fn is_present(&self, row: Uuid, blob: &[u8]) -> bool {
        unsealed(&self.present, row, blob).is_some()
    }
}

fn unsealed(key: &Aes256Gcm, row: Uuid, blob: &[u8]) -> Option<SecretString> {
    let (version, rest) = blob.split_first()?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
    if *version != VERSION {
        return None;
    }
    let payload = Payload {
        msg: sealed,
        aad: row.as_bytes(),
    };
    let secret = key.decrypt(&Nonce::from(*nonce), payload).ok()?;
    String::from_utf8(secret).map(Into::into).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_secret_opens_only_in_its_row_and_with_its_key() {
        let cipher = Cipher::from_base64(&Cipher::new_key()).unwrap();
        let other = Cipher::from_base64(&Cipher::new_key()).unwrap();
        let (row, another) = (Uuid::now_v7(), Uuid::now_v7());
        let blob = cipher.seal(row, "whsec_abc").unwrap();
        assert_eq!(cipher.open(row, &blob).unwrap().expose_secret(), "whsec_abc");
        assert!(cipher.open(another, &blob).is_err());
        assert!(other.open(row, &blob).is_err());
        assert!(cipher.open(row, &blob[..20]).is_err());
        assert!(!String::from_utf8_lossy(&blob).contains("whsec"));
    }

    #[test]
    fn a_previous_key_opens_and_does_not_seal() {
        let old = Cipher::from_base64(&Cipher::new_key()).unwrap();
        let new = Cipher::from_base64(&Cipher::new_key()).unwrap();
        let row = Uuid::now_v7();
        let before = old.seal(row, "a secret").unwrap();
        let both = new.clone().or(old.clone());
        assert_eq!(both.open(row, &before).unwrap().expose_secret(), "a secret");
        assert!(!both.is_present(row, &before));
        let after = both.seal(row, "a secret").unwrap();
        assert!(both.is_present(row, &after) && new.open(row, &after).is_ok() && old.open(row, &after).is_err());
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        assert!(Cipher::from_base64(&SecretString::from("c2hvcnQ=")).is_err());
    }
}
