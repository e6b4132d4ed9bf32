//! The load: connections that are kept, each with one request under way at a time. Every answer is compared with the
//! first, so that nothing but right answers is counted.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::http::{Request, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::{Result, bad};

/// Longest time that one answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The request that is sent again and again.
#[derive(Debug, Clone)]
pub(crate) struct Shot {
    /// Whom.
    pub(crate) address: SocketAddr,
    /// Where.
    pub(crate) path: String,
    /// As whom; nobody when it is empty.
    pub(crate) token: String,
    /// What.
    pub(crate) body: Bytes,
}

/// What came of a while of shots.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Burst {
    /// Answers in a second.
    pub(crate) rate: f64,
    /// How many there were.
    pub(crate) requests: usize,
    /// The time that half of them took at most, in milliseconds.
    pub(crate) p50: f64,
    /// The time that all but one in a hundred took at most.
    pub(crate) p99: f64,
}

/// A connection that is kept.
pub(crate) struct Connection(SendRequest<Full<Bytes>>);

impl Connection {
    /// Opens one.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, driver) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        Ok(Self(sender))
    }

    /// One request, and the body of its answer.
    pub(crate) async fn send(&mut self, shot: &Shot) -> Result<Bytes> {
        let mut request = Request::post(&shot.path)
            .header(header::HOST, shot.address.to_string())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json");
        if !shot.token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", shot.token));
        }
        let request = request.body(Full::new(shot.body.clone()))?;
        let answer = tokio::time::timeout(PATIENCE, self.0.send_request(request)).await??;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            let text = String::from_utf8_lossy(&body).into_owned();
            return Err(bad(format!("{} answered {status}: {text}", shot.path)));
        }
        Ok(body)
    }
}

/// One answer.
pub(crate) async fn once(shot: &Shot) -> Result<Bytes> {
    Connection::open(shot.address).await?.send(shot).await
}

/// Sends on so many connections for so long.
pub(crate) async fn burst(shot: &Shot, connections: usize, time: Duration) -> Result<Burst> {
    let expected = once(shot).await?;
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(Connection::open(shot.address).await?);
    }
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for mut connection in open {
        let (shot, expected) = (shot.clone(), expected.clone());
        tasks.spawn(async move {
            let mut times = Vec::new();
            while began.elapsed() < time {
                let sent = Instant::now();
                if connection.send(&shot).await? != expected {
                    return Err(bad(format!("{} changed its answer", shot.path)));
                }
                times.push(sent.elapsed());
            }
            Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        times.extend(ended??);
    }
    let took = began.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |part: usize| {
        let place = times.len().saturating_sub(1) * part / 100;
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    };
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52")]
    let rate = times.len() as f64 / took;
    Ok(Burst {
        rate,
        requests: times.len(),
        p50: at(50),
        p99: at(99),
    })
}
