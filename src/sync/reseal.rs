//! Sealing stores' credentials anew, with the present key.
//!
//! A server opens what any of its keys sealed, and seals with the present one. A previous key can be taken away once
//! everything was sealed anew.

use entity::store;
use secrecy::ExposeSecret;

use super::Engine;
use crate::db;
use crate::error::Result;

/// Stores that are read at a time.
const PAGE: u64 = 500;

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Stores whose credentials were sealed anew.
    pub done: usize,
    /// Stores whose credentials had the present key's seal already.
    pub kept: usize,
    /// Stores whose credentials no key opens: they have to be connected again.
    pub lost: usize,
}

impl Engine {
    /// Seals the credentials of all stores, of all merchants, with the present key. It can be repeated, and servers may run
    /// at the same time.
    ///
    /// # Errors
    /// What the database said; what was done before stays so.
    pub async fn reseal(&self) -> Result<Resealed> {
        let mut resealed = Resealed::default();
        let mut after = None;
        loop {
            let stores = db::store::sealed_after(self.db(), after, PAGE).await?;
            let Some(last) = stores.last() else {
                return Ok(resealed);
            };
            after = Some((last.merchant_id, last.id));
            for store in stores {
                self.reseal_one(store, &mut resealed).await?;
            }
        }
    }

    async fn reseal_one(&self, store: store::Model, resealed: &mut Resealed) -> Result<()> {
        let Some(blob) = store.credentials.as_deref() else {
            return Ok(());
        };
        if self.cipher().is_present(store.id, blob) {
            resealed.kept += 1;
            return Ok(());
        }
        let Ok(secret) = self.cipher().open(store.id, blob) else {
            tracing::error!(store = %store.id, merchant = %store.merchant_id, "no key opens the store's credentials");
            resealed.lost += 1;
            return Ok(());
        };
        let blob = self.cipher().seal(store.id, secret.expose_secret())?;
        // Where a worker renewed a token at this moment, that was sealed with the present key, or by a server that does not
        // have it yet; the next run finds it.
        match db::store::replace_credentials(self.db(), &store, &blob).await? {
            true => resealed.done += 1,
            false => resealed.kept += 1,
        }
        Ok(())
    }
}
