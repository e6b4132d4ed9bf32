//! `bench live`: many idle subscribers, and how soon they hear.
//!
//! Each subscriber is a WebSocket of its own with one subscription to the steps of one store SKU. Measured are: the
//! memory that the server takes for one, the time from the answer of a stock change (its commit) to the event of the
//! subscriber whom it concerns and to the last event when it concerns all, and the processor time of a stock change
//! that nobody watches, with and without subscribers.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::Args;
use entity::types::Role;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::Message;

use crate::cluster::{Database, Engine};
use crate::load::{self, Shot};
use crate::process::{self, Served};
use crate::report::median;
use crate::store::Pool;
use crate::{MERCHANT, Result, bad, print, reads, seed};

/// How many subscribe, and where.
#[derive(Args, Debug, Clone)]
pub(crate) struct Options {
    /// The database
    #[arg(long, value_enum, default_value_t = Engine::Postgres)]
    engine: Engine,
    /// How many
    #[arg(long, default_value_t = 5_000)]
    subscribers: usize,
    /// How often each is repeated
    #[arg(long, default_value_t = 11)]
    rounds: usize,
    /// Stock changes of which the processor time is taken together
    #[arg(long, default_value_t = 200)]
    changes: usize,
    /// Another server than the one beside this program
    #[arg(long)]
    server: Option<std::path::PathBuf>,
}

/// Longest time that an event may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Sockets that are opened at once.
const AT_ONCE: usize = 50;

type Socket = WebSocketStream<TcpStream>;

/// The server, and what is asked of it.
struct Rig {
    server: Served,
    token: String,
    /// Articles, each with the global id of one store SKU that is made of it.
    watched: Vec<(String, String)>,
}

/// Those who subscribe to one thing.
struct Crowd {
    _tasks: JoinSet<()>,
    heard: UnboundedReceiver<Instant>,
    count: usize,
}

/// Does all of it.
pub(crate) async fn run(options: Options) -> Result<()> {
    let database = Database::create(options.engine).await?;
    // Of each article the first of its four store SKUs is watched, and one article by nobody.
    // One in fifty store SKUs is governed by no rule.
    let store_skus = (options.subscribers as u64 * 11 / 10 + 10) * 4;
    let size = seed::Size {
        records: store_skus * 2,
        store_skus: Some(store_skus),
        merchants: 1,
    };
    seed::fill(&database.url, &size).await?;
    let rig = Rig::start(&database.url, &options).await?;
    Figures::measure(&rig, &options).await?.print(&options);
    Ok(())
}

/// What comes out.
struct Figures {
    /// Memory of the server without subscribers, and with them.
    memory: Option<(u64, u64)>,
    /// Times from the commit to the last event, in milliseconds.
    one: Vec<f64>,
    all: Vec<f64>,
    /// What the server and those who hear took of the processors for each event of those that concerned all.
    cpu_of_event: Option<(Duration, Duration)>,
    /// Processor time of a stock change, in milliseconds, without subscribers, and with them.
    nobody: Option<f64>,
    unwanted: Option<f64>,
}

impl Figures {
    async fn measure(rig: &Rig, options: &Options) -> Result<Self> {
        let count = options.subscribers;
        let free = process::memory(rig.server.id());
        let nobody = rig.cost_of_a_change(count, options.changes).await?;
        let mut each = Crowd::gather(rig, count, |rig, number| rig.watched[number].1.clone()).await?;
        let full = process::memory(rig.server.id());
        let unwanted = rig.cost_of_a_change(count, options.changes).await?;
        let one = rig.times(&mut each, options.rounds, |round| round, 1).await?;
        drop(each);
        let mut everybody = Crowd::gather(rig, count, |rig, _| rig.watched[0].1.clone()).await?;
        let begun = rig.cpu();
        let all = rig.times(&mut everybody, options.rounds, |_| 0, count).await?;
        let cpu_of_event = begun.zip(rig.cpu()).map(|(begun, ended)| {
            let events = u32::try_from(options.rounds * count).unwrap_or(u32::MAX);
            (
                ended.0.saturating_sub(begun.0) / events,
                ended.1.saturating_sub(begun.1) / events,
            )
        });
        Ok(Self {
            memory: free.zip(full),
            one,
            all,
            cpu_of_event,
            nobody,
            unwanted,
        })
    }

    fn print(self, options: &Options) {
        let count = options.subscribers as f64;
        print(&format!("| {:?}, {count} subscribers | |", options.engine));
        print("| --- | ---: |");
        if let Some((free, full)) = self.memory {
            let more = full.saturating_sub(free) as f64 / 1_000.0 / count;
            print(&format!("| memory of the server for each, KB | {more:.1} |"));
        }
        let (one, all) = (median(self.one), median(self.all));
        print(&format!(
            "| from the commit to the event, one concerned, ms | {one:.1} |"
        ));
        print(&format!(
            "| from the commit to the last event, all concerned, ms | {all:.1} |"
        ));
        if let Some((server, hearer)) = self.cpu_of_event {
            let micros = |time: Duration| time.as_secs_f64() * 1e6;
            print(&format!(
                "| of which CPU of the server, µs an event | {:.1} |",
                micros(server)
            ));
            print(&format!(
                "| CPU of those who hear it, µs an event | {:.1} |",
                micros(hearer)
            ));
        }
        if let (Some(nobody), Some(unwanted)) = (self.nobody, self.unwanted) {
            let more = (unwanted - nobody) * 1_000.0 / count;
            print(&format!(
                "| CPU of a stock change, nobody subscribes, ms | {nobody:.2} |"
            ));
            print(&format!(
                "| CPU of a stock change that nobody of them wants, ms | {unwanted:.2} |"
            ));
            print(&format!("| of which for each subscriber, µs | {more:.2} |"));
        }
    }
}

impl Rig {
    async fn start(url: &str, options: &Options) -> Result<Self> {
        let token = seed::token(url, Role::Admin).await?;
        let program = reads::server(options.server.as_deref())?;
        let most = (options.subscribers + 100).to_string();
        let server = Served::start(reads::serve(
            &program,
            url,
            &["--role", "api", "--max-connections", &most],
        ))?;
        let pool = Pool::connect(url, 1).await?;
        let merchant = pool
            .merchant(MERCHANT)
            .await?
            .ok_or_else(|| bad("nothing was seeded"))?;
        let watched = pool.articles(merchant).await?;
        pool.close().await;
        Ok(Self { server, token, watched })
    }

    /// Changes the stock of the article with this place in the list.
    async fn change(&self, number: usize, available: usize) -> Result<()> {
        let query = "mutation($c: [StockChangeInput!]!) {
            recordStockChanges(input: {changes: $c}) { userErrors { message } recordCount } }";
        let change = json!({
            "warehouse": "warehouse-1", "sku": self.watched[number].0, "available": available % 900 + 1,
            "reason": "STOCK_COUNTED",
        });
        let body = json!({ "query": query, "variables": { "c": [change] } });
        let shot = Shot {
            address: self.server.address,
            path: "/graphql".to_owned(),
            token: self.token.clone(),
            body: Bytes::from(body.to_string()),
        };
        let answer: Value = serde_json::from_slice(&load::once(&shot).await?)?;
        match answer["data"]["recordStockChanges"]["recordCount"].as_i64() {
            Some(1..) => Ok(()),
            _ => Err(bad(format!("the stock change was not taken: {answer}"))),
        }
    }

    /// What the server and those who hear have taken of the processors so far.
    fn cpu(&self) -> Option<(Duration, Duration)> {
        process::cpu(self.server.id()).zip(process::cpu(std::process::id()))
    }

    /// The processor time of a change of what nobody watches, in milliseconds.
    async fn cost_of_a_change(&self, unwatched: usize, changes: usize) -> Result<Option<f64>> {
        let before = process::cpu(self.server.id());
        for number in 0..changes {
            self.change(unwatched, number).await?;
        }
        let after = process::cpu(self.server.id());
        let took = before.zip(after).map(|(before, after)| after.saturating_sub(before));
        Ok(took.map(|took| took.as_secs_f64() * 1_000.0 / changes as f64))
    }

    /// The times from the answer of a change until so many had their event, in milliseconds.
    async fn times(
        &self,
        crowd: &mut Crowd,
        rounds: usize,
        which: fn(usize) -> usize,
        want: usize,
    ) -> Result<Vec<f64>> {
        let mut times = Vec::new();
        for round in 0..rounds {
            self.change(which(round), round * 7 + 3).await?;
            let committed = Instant::now();
            let last = crowd.hear(want).await?;
            times.push(last.saturating_duration_since(committed).as_secs_f64() * 1_000.0);
        }
        Ok(times)
    }
}

impl Crowd {
    /// Has so many subscribe, and waits until all of them hear.
    async fn gather(rig: &Rig, count: usize, watched: fn(&Rig, usize) -> String) -> Result<Self> {
        let (told, heard) = unbounded_channel();
        let mut tasks = JoinSet::new();
        for first in (0..count).step_by(AT_ONCE) {
            let numbers = first..(first + AT_ONCE).min(count);
            let sockets = numbers.map(|number| subscribe(rig.server.address, &rig.token, watched(rig, number)));
            for socket in futures_util::future::try_join_all(sockets).await? {
                tasks.spawn(listen(socket, told.clone()));
            }
        }
        Ok(Self {
            _tasks: tasks,
            heard,
            count,
        })
    }

    /// Waits for so many events, and not one more; when the last of them came.
    async fn hear(&mut self, want: usize) -> Result<Instant> {
        let mut last = None;
        for number in 0..want {
            let event = tokio::time::timeout(PATIENCE, self.heard.recv()).await;
            let missing = || bad(format!("{number} of {} heard, and not {want}", self.count));
            let at = event.map_err(|_| missing())?.ok_or_else(missing)?;
            last = last.max(Some(at));
        }
        match self.heard.try_recv() {
            Ok(_) => Err(bad(format!("more than {want} heard"))),
            Err(_) => last.ok_or_else(|| bad("nobody was to hear")),
        }
    }
}

/// A socket with a subscription to a store SKU, which the server has taken in.
async fn subscribe(address: SocketAddr, token: &str, store_sku: String) -> Result<Socket> {
    let mut request = format!("ws://{address}/graphql").into_client_request()?;
    let protocol = HeaderValue::from_static("graphql-transport-ws");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let stream = TcpStream::connect(address).await?;
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await?;
    let init = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } });
    socket.send(Message::text(init.to_string())).await?;
    expect(&mut socket, "connection_ack").await?;
    // Each change makes a pending record, and skips the one before.
    let query = "subscription($id: ID!) { syncStatusChanged(filter: {storeSkuIds: [$id], statusIn: [PENDING]}) { status version } }";
    let payload = json!({ "query": query, "variables": { "id": store_sku } });
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": payload });
    socket.send(Message::text(subscribe.to_string())).await?;
    // The server reads a socket's messages in their order, so its pong comes after the subscription was begun.
    socket
        .send(Message::text(json!({ "type": "ping" }).to_string()))
        .await?;
    expect(&mut socket, "pong").await?;
    Ok(socket)
}

async fn expect(socket: &mut Socket, kind: &str) -> Result<()> {
    while let Some(message) = socket.next().await {
        if let Message::Text(text) = message? {
            let message: Value = serde_json::from_str(text.as_str())?;
            return match message["type"] == kind {
                true => Ok(()),
                false => Err(bad(format!("{message} came in the place of {kind}"))),
            };
        }
    }
    Err(bad(format!("the socket was closed in the place of {kind}")))
}

/// Tells when each event comes.
async fn listen(mut socket: Socket, told: UnboundedSender<Instant>) {
    while let Some(Ok(message)) = socket.next().await {
        if matches!(&message, Message::Text(text) if text.as_str().contains("\"next\""))
            && told.send(Instant::now()).is_err()
        {
            return;
        }
    }
}
