//! The demo's marketplace: a real HTTP server on a loopback port of its own, behind all three stores.
//!
//! It speaks the protocol of CUSTOM endpoints, checks every signature, and misbehaves at the rates that the demo
//! states. What its stores show right now can be read from it (`GET /` and `GET /stores/{code}`), so that the history can
//! be held against what really arrived.

mod behaviour;
mod protocol;
mod shelves;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use crate::error::{Error, Result};
use behaviour::{Mood, RATES, SLOWNESS, THROTTLED_SECONDS};
use protocol::{Update, Verdict};
use shelves::Shelves;

/// Ids of products that the marketplace has removed begin with this: their rows are refused for good.
pub(super) const REMOVED: &str = "removed-";

/// A running marketplace; ends when it is dropped.
pub(super) struct Marketplace {
    address: String,
    secret: SecretString,
    _server: AbortOnDropHandle<()>,
}

/// What the handlers share.
struct Shop {
    secret: SecretString,
    shelves: Shelves,
}

impl Marketplace {
    /// Starts it on a free loopback port, with a new signing secret.
    ///
    /// # Errors
    /// There is no free port.
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(Error::internal)?;
        let address = format!("http://{}", listener.local_addr().map_err(Error::internal)?);
        let secret = protocol::new_secret();
        let shop = Arc::new(Shop {
            secret: secret.clone(),
            shelves: Shelves::default(),
        });
        let router = Router::new()
            .route("/", get(summary))
            .route("/stores/{store}", get(shown))
            .route("/stores/{store}/stock", post(take))
            .with_state(shop);
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the demo's marketplace ended");
            }
        });
        Ok(Self {
            address,
            secret,
            _server: AbortOnDropHandle::new(server),
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Where a store takes its stock.
    pub(super) fn endpoint(&self, store: &str) -> String {
        format!("{}/stores/{store}/stock", self.address)
    }

    /// What calls have to be signed with.
    pub(super) fn secret(&self) -> &SecretString {
        &self.secret
    }
}

/// How it misbehaves, in words.
pub(super) fn manners() -> [String; 2] {
    RATES.describe()
}

async fn take(State(shop): State<Arc<Shop>>, Path(store): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    if !protocol::is_signed(&shop.secret, &headers, &body, crate::clock::now()) {
        shop.shelves.count("401 refused").await;
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(update) = serde_json::from_slice::<Update>(&body) else {
        shop.shelves.count("400 unreadable").await;
        return StatusCode::BAD_REQUEST.into_response();
    };
    match RATES.mood(dice()) {
        Mood::Throttling => {
            shop.shelves.count("429 throttled").await;
            let wait = [(RETRY_AFTER, THROTTLED_SECONDS.to_string())];
            (StatusCode::TOO_MANY_REQUESTS, wait, "slow down, please").into_response()
        }
        Mood::Broken => {
            shop.shelves.count("500 broken").await;
            (StatusCode::INTERNAL_SERVER_ERROR, "database on fire").into_response()
        }
        Mood::Garbled => {
            shop.shelves.count("200 garbled").await;
            apply(&shop, &store, &update).await;
            "<html><title>Welcome</title>".into_response()
        }
        Mood::Slow => {
            shop.shelves.count("200 slow").await;
            tokio::time::sleep(SLOWNESS).await;
            Json(apply(&shop, &store, &update).await).into_response()
        }
        Mood::Well => {
            shop.shelves.count("200 at once").await;
            // Nobody answers in no time at all.
            tokio::time::sleep(Duration::from_millis(15)).await;
            Json(apply(&shop, &store, &update).await).into_response()
        }
    }
}

/// Puts on the shelves what is not refused, and says of every row what came of it.
async fn apply(shop: &Shop, store: &str, update: &Update) -> protocol::Answer {
    let mut results = Vec::with_capacity(update.items.len());
    for item in &update.items {
        let verdict = if item.product_id.starts_with(REMOVED) {
            Verdict::removed()
        } else if let Some(refusal) = RATES.refusal(dice()) {
            Verdict::refused(refusal)
        } else {
            shop.shelves.put(store, item).await;
            Verdict::ok()
        };
        results.push(verdict.of(&item.id));
    }
    protocol::Answer { results }
}

/// 0 to 99.
fn dice() -> u8 {
    rand::random_range(0..100)
}

async fn summary(State(shop): State<Arc<Shop>>) -> Json<shelves::Summary> {
    Json(shop.shelves.summary().await)
}

async fn shown(State(shop): State<Arc<Shop>>, Path(store): Path<String>) -> Response {
    match shop.shelves.shown(&store).await {
        Some(shown) => Json(shown).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::marketplace::outgoing::{self, Client};
    use crate::marketplace::{Connector, Item, StoreAccess, custom::Custom};

    fn item(at: usize) -> Item {
        Item {
            id: at.to_string(),
            sku: format!("S{at}"),
            product_id: "1".to_owned(),
            variant_id: at.to_string(),
            location_id: String::new(),
            quantity: 5,
            sequence: 1,
        }
    }

    #[tokio::test]
    async fn it_takes_what_the_connector_sends_and_nothing_that_is_not_signed() {
        let marketplace = Marketplace::start().await.unwrap();
        let settings = outgoing::Settings {
            allow_private: true,
            ..Default::default()
        };
        let connector = Custom::new(Client::new(settings).unwrap());
        let access = |secret| StoreAccess {
            store_code: "s".to_owned(),
            endpoint: marketplace.endpoint("s"),
            secret,
        };
        let items: Vec<Item> = (0..50).map(item).collect();

        let unsigned = connector.push(&access(protocol::new_secret()), &items).await;
        assert_eq!(unsigned.http_status, Some(401));

        // Some calls fail, as they should; of fifty rows most are taken as soon as one does not.
        let signed = access(marketplace.secret().clone());
        let mut shown = None;
        while shown.is_none() {
            connector.push(&signed, &items).await;
            let url = format!("{}/stores/s", marketplace.address());
            shown = reqwest::get(url).await.unwrap().json::<serde_json::Value>().await.ok();
        }
        assert!(shown.unwrap().as_object().unwrap().len() > 25);
    }
}
