//! A marketplace that takes everything at once, and counts it: the endpoint of the CUSTOM connector.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{Result, bad};

/// It, while it is not dropped.
pub(crate) struct Double {
    /// Where it is called.
    pub(crate) endpoint: String,
    taken: watch::Receiver<usize>,
    calls: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

#[derive(Clone)]
struct Counts {
    taken: Arc<watch::Sender<usize>>,
    calls: Arc<AtomicUsize>,
}

#[derive(Deserialize)]
struct Update<'a> {
    #[serde(borrow)]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    id: &'a str,
}

impl Double {
    /// Starts it.
    pub(crate) async fn start() -> Result<Self> {
        let (sender, taken) = watch::channel(0);
        let calls = Arc::new(AtomicUsize::new(0));
        let counts = Counts {
            taken: Arc::new(sender),
            calls: Arc::clone(&calls),
        };
        let router = Router::new().route("/", post(take)).with_state(counts);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}/", listener.local_addr()?);
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            endpoint,
            taken,
            calls,
            serving,
        })
    }

    /// How many records it has taken so far, and by how many calls.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (*self.taken.borrow(), self.calls.load(Ordering::Relaxed))
    }

    /// Waits until it has taken so many records in all.
    pub(crate) async fn taken(&self, count: usize) -> Result<()> {
        let mut taken = self.taken.clone();
        let waited = taken.wait_for(|taken| *taken >= count).await;
        waited.map(|_| ()).map_err(|_| bad("the double has ended"))
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(State(counts): State<Counts>, body: Bytes) -> Response {
    let Ok(update) = serde_json::from_slice::<Update<'_>>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let results: Vec<String> = update
        .items
        .iter()
        .map(|item| format!("{{\"id\":\"{}\",\"status\":\"ok\"}}", item.id))
        .collect();
    counts.calls.fetch_add(1, Ordering::Relaxed);
    counts.taken.send_modify(|taken| *taken += update.items.len());
    let answer = format!("{{\"results\":[{}]}}", results.join(","));
    ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
}
