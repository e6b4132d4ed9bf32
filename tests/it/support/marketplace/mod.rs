//! The marketplace double: a real HTTP server that speaks the CUSTOM protocol.
//!
//! It checks the signature of every call, keeps what came in and what it answered, keeps the quantity that each
//! listing shows, notices calls that overlap, and answers as the test scripts it. A test waits for what it wants to
//! see by [`Marketplace::wait_until`], which looks again whenever something happens here.

mod chaos;
mod connection;
mod log;
mod protocol;
mod script;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::chaos::Chaos;
pub(crate) use self::chaos::LONGEST_CALL;
use self::connection::{BreakableListener, Breaker};
pub(crate) use self::log::{Call, Log};
pub(crate) use self::protocol::Secret;
use self::script::Script;
pub(crate) use self::script::{Gate, Reply, Row};
use super::PATIENCE;

/// A running marketplace; ends when dropped.
pub(crate) struct Marketplace {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    secret: Secret,
    state: Mutex<MarketState>,
    /// Bumped after every change of the state.
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct MarketState {
    log: Log,
    script: Script,
}

impl Marketplace {
    /// Starts one that accepts everything, with a signing secret of its own.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            secret: Secret::random(),
            state: Mutex::default(),
            changed: watch::Sender::new(0),
        });
        let router = Router::new().fallback(receive).with_state(Arc::clone(&shared));
        let service = router.into_make_service_with_connect_info::<Breaker>();
        let server = tokio::spawn(async move {
            axum::serve(BreakableListener(listener), service)
                .await
                .expect("serving does not end by itself");
        });
        Self {
            address,
            shared,
            server,
        }
    }

    /// Where stores push to.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}/stock", self.address)
    }

    /// The signing secret, as a store is connected with it: `whsec_...`.
    pub(crate) fn secret(&self) -> &str {
        self.shared.secret.text()
    }

    /// How the next call that has no answer yet is answered; several wait in line.
    pub(crate) fn next_call(&self, reply: Reply) {
        self.state().script.calls.push_back(reply);
    }

    /// How every call is answered from now on, once none waits in line.
    pub(crate) fn every_call(&self, reply: Reply) {
        self.state().script.every_call = reply;
    }

    /// How a listing is answered the next time that it is in a call; several wait in line. For what a listing is
    /// called see [`protocol::Item::listing`].
    pub(crate) fn next_row(&self, listing: &str, row: Row) {
        self.state()
            .script
            .rows
            .entry(listing.to_owned())
            .or_default()
            .push_back(row);
    }

    /// How a listing is answered from now on, once nothing waits in line.
    pub(crate) fn every_row(&self, listing: &str, row: Row) {
        self.state().script.every_row.insert(listing.to_owned(), row);
    }

    /// Answers by chance from now on, where nothing waits in line.
    pub(crate) fn go_mad(&self, dice: StdRng) {
        self.state().script.chaos = Some(Chaos::new(dice));
    }

    /// Holds the next call: it is taken in and logged, but neither applied nor answered before the gate is opened,
    /// and then as `reply` says.
    pub(crate) fn hold_next_call(&self, reply: Reply) -> Gate {
        let gate = Gate::default();
        self.next_call(Reply::Held(gate.clone(), Box::new(reply)));
        gate
    }

    /// The quantity that a listing shows now.
    pub(crate) fn quantity(&self, listing: &str) -> Option<i64> {
        self.state().log.quantities.get(listing).copied()
    }

    /// Waits until `look` finds what it looks for in the log.
    pub(crate) async fn wait_until<T>(&self, what: &str, look: impl Fn(&Log) -> Option<T>) -> T {
        let mut changed = self.shared.changed.subscribe();
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Some(found) = look(&self.state().log) {
                    return found;
                }
                changed.changed().await.expect("the sender is in self");
            }
        });
        match found.await {
            Ok(found) => found,
            Err(_) => panic!("waited {PATIENCE:?} in vain for {what}; seen: {}", self.state().log),
        }
    }

    /// Waits until a listing shows a quantity.
    pub(crate) async fn wait_for_quantity(&self, listing: &str, quantity: i64) {
        let what = format!("{listing} to show {quantity}");
        self.wait_until(&what, |log| {
            (log.quantities.get(listing) == Some(&quantity)).then_some(())
        })
        .await;
    }

    /// Waits until so many calls came in since the start, answered or not, and returns them.
    pub(crate) async fn wait_for_calls(&self, count: usize) -> Vec<Call> {
        self.wait_until(&format!("{count} calls"), |log| {
            (log.calls.len() >= count).then(|| log.calls.clone())
        })
        .await
    }

    /// All calls so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.state().log.calls.clone()
    }

    /// Checks what must hold of any run: every call was signed well and of the agreed form, no listing was in two
    /// calls at once, and no older quantity came after a newer one.
    pub(crate) fn check(&self) {
        let state = self.state();
        assert!(
            state.log.faults.is_empty(),
            "the pushes were at fault: {:#?}",
            state.log.faults
        );
    }

    /// Takes the faults that a test brought about on purpose, so that [`Marketplace::check`] does not see them.
    pub(crate) fn take_faults(&self) -> Vec<String> {
        std::mem::take(&mut self.state().log.faults)
    }

    fn state(&self) -> MutexGuard<'_, MarketState> {
        self.shared.state()
    }
}

impl Drop for Marketplace {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, MarketState> {
        // A test that failed while it held the lock must not hide its reason behind a poisoned lock.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut MarketState) -> T) -> T {
        let result = change(&mut self.state());
        self.changed.send_modify(|version| *version += 1);
        result
    }

    /// Takes a call in: its number and how it is to be answered, or what is wrong with it.
    fn take_in(&self, path: &str, headers: &HeaderMap, body: &Bytes) -> Result<(usize, Reply), String> {
        let push = protocol::read(&self.secret, headers, body);
        self.change(|state| match push {
            Ok(push) => {
                let number = state.log.begin(path, push);
                Ok((number, state.script.reply()))
            }
            Err(fault) => {
                state.log.faults.push(fault.clone());
                Err(fault)
            }
        })
    }

    /// Carries out a reply: none when the connection is to be cut.
    async fn carry_out(&self, number: usize, mut reply: Reply) -> Option<Response> {
        loop {
            reply = match reply {
                Reply::Held(gate, then) => {
                    gate.opened().await;
                    *then
                }
                Reply::Late(wait, then) => {
                    tokio::time::sleep(wait).await;
                    *then
                }
                reply => break self.carry_out_now(number, reply),
            }
        }
    }

    fn carry_out_now(&self, number: usize, reply: Reply) -> Option<Response> {
        let answer = self.change(|state| match reply {
            Reply::Rows => {
                let results = state.apply_rows(number);
                Some(axum::Json(json!({ "results": results })).into_response())
            }
            Reply::NoContent => {
                state.apply_rows(number);
                Some(StatusCode::NO_CONTENT.into_response())
            }
            Reply::ApplyAndSay(body) => {
                state.apply_rows(number);
                Some(body.into_response())
            }
            Reply::ApplyAndCut => {
                state.apply_rows(number);
                None
            }
            Reply::Cut => None,
            Reply::Status(status, retry_after, body) => Some(refuse(status, retry_after, body)),
            Reply::Held(..) | Reply::Late(..) | Reply::CutAndApply(_) => unreachable!("waits are over"),
        });
        self.change(|state| {
            state.log.end(
                number,
                answer.as_ref().map(|answer| answer.status().as_u16()),
                Instant::now(),
            );
        });
        answer
    }
}

impl MarketState {
    /// Applies a call's rows as they are scripted, and returns the results for the reply.
    fn apply_rows(&mut self, number: usize) -> Vec<Value> {
        let items = self.log.calls[number].items.clone();
        let mut results = Vec::with_capacity(items.len());
        for item in items {
            let row = self.script.row(&item.listing());
            if row == Row::Ok {
                self.log.apply(&item);
            }
            results.extend(row.result(&item.id));
        }
        results
    }
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 16 << 20).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let (number, reply) = match shared.take_in(parts.uri.path(), &parts.headers, &body) {
        Ok(taken) => taken,
        Err(fault) => return (StatusCode::UNAUTHORIZED, fault).into_response(),
    };
    let (is_cut, reply) = match reply {
        Reply::CutAndApply(wait) => (true, Reply::Late(wait, Box::new(Reply::ApplyAndCut))),
        reply => (false, reply),
    };
    // In a task of its own: a caller that gives up does not keep a held call from being applied later.
    let answer = tokio::spawn(async move { shared.carry_out(number, reply).await });
    if is_cut {
        breaker.cut();
        return StatusCode::OK.into_response();
    }
    match answer.await {
        Ok(Some(answer)) => answer,
        _ => {
            breaker.cut();
            StatusCode::OK.into_response()
        }
    }
}

fn refuse(status: u16, retry_after: Option<String>, body: String) -> Response {
    let status = StatusCode::from_u16(status).expect("a status that HTTP has");
    let mut response = (status, body).into_response();
    if let Some(retry_after) = retry_after {
        let value = retry_after.parse().expect("a header value");
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}
