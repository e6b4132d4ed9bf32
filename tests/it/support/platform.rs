//! The doubles of the platforms: real HTTP servers, each a state machine that answers as its platform documents it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::soon;

/// What a platform does with a request. It checks what the platform checks: signature, token, limits and shape.
pub(crate) trait Double: Send + 'static {
    /// The answer to one request; requests come one after the other.
    fn answer(&mut self, request: &Request) -> Answer;
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Its method.
    pub(crate) method: Method,
    /// Its path, as it was sent.
    pub(crate) path: String,
    /// The query, decoded.
    pub(crate) query: BTreeMap<String, String>,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) body: Bytes,
}

/// What comes back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// Headers besides the content type.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The body.
    pub(crate) body: String,
}

/// A running double; ends when dropped.
pub(crate) struct Platform<D> {
    address: SocketAddr,
    double: Arc<Mutex<D>>,
    /// Bumped after every answer.
    answered: watch::Sender<u64>,
    server: JoinHandle<()>,
}

impl Request {
    /// A header as text; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is not.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Answer {
    /// JSON.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, body.to_string())
    }

    /// Any text.
    pub(crate) fn text(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// The same with a header.
    #[expect(clippy::needless_pass_by_value, reason = "numbers and texts alike")]
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

impl<D: Double> Platform<D> {
    /// Starts it on a port of its own.
    pub(crate) async fn start(double: D) -> Self {
        super::prepare_process();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let double = Arc::new(Mutex::new(double));
        let answered = watch::Sender::new(0);
        let state = (Arc::clone(&double), answered.clone());
        let router = Router::new().fallback(receive::<D>).with_state(state);
        let server = tokio::spawn(async move {
            axum::serve(listener, router)
                .await
                .expect("serving does not end by itself");
        });
        Self {
            address,
            double,
            answered,
            server,
        }
    }

    /// Looks at the double after every answer, until it is as it should be.
    pub(crate) async fn wait_until(&self, what: &str, mut is_so: impl FnMut(&D) -> bool) {
        let mut answered = self.answered.subscribe();
        let waiting = async {
            while !is_so(&self.double()) {
                answered.changed().await.expect("the double is there");
            }
        };
        soon(what, waiting).await;
    }

    /// Its base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The double itself, to look at it or to script it. Not to be held across an await.
    pub(crate) fn double(&self) -> MutexGuard<'_, D> {
        self.double.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D> Drop for Platform<D> {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive<D: Double>(
    State((double, answered)): State<(Arc<Mutex<D>>, watch::Sender<u64>)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .into_owned()
        .collect();
    let request = Request {
        method,
        path: uri.path().to_owned(),
        query,
        headers,
        body,
    };
    let answer = double.lock().unwrap_or_else(PoisonError::into_inner).answer(&request);
    answered.send_modify(|count| *count += 1);
    let status = StatusCode::from_u16(answer.status).expect("a good status");
    let mut response = (status, answer.body).into_response();
    response
        .headers_mut()
        .insert("content-type", "application/json".parse().expect("a header"));
    for (name, value) in answer.headers {
        response
            .headers_mut()
            .insert(name, value.parse().expect("a good header"));
    }
    response
}
