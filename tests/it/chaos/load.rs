//! Callers that report stock changes, and send a batch again under its key until it is acknowledged.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::world::{ORPHAN, WAREHOUSES, World, code};
use crate::support::graphql::{Client, mutation};
use crate::support::scale::dice;

/// How long a batch may stay without an acknowledgement, crashes included.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(20);
/// How long a caller waits that hangs up early; about as long as an answer takes.
const HANG_UP: Duration = Duration::from_millis(100);
/// The wait before a batch is sent again.
const AGAIN: Duration = Duration::from_millis(50);

/// What is reported of one level.
#[derive(Debug, Clone, Copy)]
pub(super) enum Quantity {
    Available(i64),
    Delta(i64),
}

/// A reported change.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// Unlike that of any other change.
    pub(super) reference: String,
    /// The warehouse SKU's number; none for the one that no store has.
    pub(super) sku: Option<usize>,
    pub(super) warehouse: &'static str,
    pub(super) quantity: Quantity,
}

/// What was acknowledged, in an order that gives the right levels.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) changes: Vec<Change>,
    /// Records that the server said it made.
    pub(super) records: u64,
    /// Resyncs that were started, and the records of all of them.
    pub(super) resyncs: usize,
    pub(super) resynced: u64,
    /// Batches that an earlier, lost answer had acknowledged already.
    pub(super) replays: usize,
}

/// Where the API is reached at this moment.
#[derive(Clone)]
pub(super) struct Doors {
    addresses: Arc<Mutex<Vec<SocketAddr>>>,
    token: String,
    /// How many mutations were answered.
    answers: watch::Sender<u64>,
}

/// One caller. Of the warehouse w1 it reports movements of all SKUs; of w2 counts, of those SKUs that are its own: so the
/// levels do not depend on the order in which several callers come.
pub(super) struct Loader {
    number: usize,
    of: usize,
    dice: StdRng,
    doors: Doors,
    clients: HashMap<SocketAddr, Client>,
    batches: usize,
    ledger: Ledger,
}

/// When loaders end.
#[derive(Clone)]
pub(super) enum End {
    /// After so many changes each.
    After(usize),
    /// When they are told.
    Told(CancellationToken),
}

impl Doors {
    pub(super) fn new(token: &str) -> Self {
        Self {
            addresses: Arc::default(),
            token: token.to_owned(),
            answers: watch::Sender::new(0),
        }
    }

    /// Waits until the callers have got so many more answers.
    pub(super) async fn answers(&self, more: u64) {
        let mut answers = self.answers.subscribe();
        let enough = *answers.borrow_and_update() + more;
        let waiting = tokio::time::timeout(PATIENCE, answers.wait_for(|answers| *answers >= enough));
        waiting
            .await
            .expect("callers get answers")
            .expect("the sender is in self");
    }

    pub(super) fn open(&self, addresses: Vec<SocketAddr>) {
        *self.addresses.lock().unwrap_or_else(PoisonError::into_inner) = addresses;
    }

    pub(super) fn any(&self) -> SocketAddr {
        self.all()[0]
    }

    pub(super) fn loader(&self, seed: u64, number: usize, of: usize) -> Loader {
        Loader {
            number,
            of,
            dice: dice(seed, &format!("loader {number} of {of}")),
            doors: self.clone(),
            clients: HashMap::new(),
            batches: 0,
            ledger: Ledger::default(),
        }
    }

    fn all(&self) -> Vec<SocketAddr> {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Ledger {
    pub(super) fn add(&mut self, other: Self) {
        self.changes.extend(other.changes);
        self.records += other.records;
        self.resyncs += other.resyncs;
        self.resynced += other.resynced;
        self.replays += other.replays;
    }
}

/// Callers that report at the same time.
pub(super) struct Load(Vec<tokio::task::JoinHandle<Ledger>>);

impl Load {
    pub(super) fn start(doors: &Doors, world: World, seed: u64, callers: usize, end: &End) -> Self {
        let caller = |number| {
            let (loader, end) = (doors.loader(seed, number, callers), end.clone());
            tokio::spawn(loader.run(world, end))
        };
        Self((0..callers).map(caller).collect())
    }

    /// Waits for their end, and adds what was acknowledged to the ledger.
    pub(super) async fn end(self, ledger: &mut Ledger) {
        for task in self.0 {
            ledger.add(task.await.expect("a caller gave up"));
        }
    }
}

impl Loader {
    pub(super) fn into_ledger(self) -> Ledger {
        self.ledger
    }

    async fn run(mut self, world: World, end: End) -> Ledger {
        loop {
            match &end {
                End::After(changes) if self.ledger.changes.len() >= *changes => return self.ledger,
                End::Told(told) if told.is_cancelled() => return self.ledger,
                _ => {}
            }
            let size = self.dice.random_range(1..=20);
            let changes = (0..size).map(|place| self.change(world, place)).collect();
            self.report(changes).await;
            if self.dice.random_bool(0.05) {
                self.resync(world).await;
            }
        }
    }

    /// A first count of everything.
    pub(super) async fn report_all(&mut self, world: &World) {
        let mut changes = Vec::new();
        for sku in 0..world.skus {
            for warehouse in WAREHOUSES {
                let quantity = Quantity::Available(self.dice.random_range(900..1_100));
                let reference = format!("first-{sku}-{warehouse}");
                changes.push(Change {
                    reference,
                    sku: Some(sku),
                    warehouse,
                    quantity,
                });
            }
        }
        self.report(changes).await;
    }

    fn change(&mut self, world: World, place: usize) -> Change {
        let reference = format!("{}-{}-{place}", self.number, self.batches);
        if self.dice.random_bool(0.03) {
            let quantity = Quantity::Available(self.dice.random_range(0..100));
            return Change {
                reference,
                sku: None,
                warehouse: "w1",
                quantity,
            };
        }
        let any = self.dice.random_range(0..world.skus);
        if self.dice.random_bool(0.6) {
            let quantity = Quantity::Delta(self.dice.random_range(-2..=2));
            return Change {
                reference,
                sku: Some(any),
                warehouse: "w1",
                quantity,
            };
        }
        let own = any - any % self.of + self.number;
        let own = if own < world.skus { own } else { self.number };
        let quantity = Quantity::Available(self.dice.random_range(0..1_000));
        Change {
            reference,
            sku: Some(own),
            warehouse: "w2",
            quantity,
        }
    }

    async fn report(&mut self, changes: Vec<Change>) {
        let key = format!("batch-{}-{}-{}", self.of, self.number, self.batches);
        self.batches += 1;
        let sent: Vec<Value> = changes.iter().map(Change::input).collect();
        let input = json!({ "changes": sent, "idempotencyKey": key });
        let answer = self
            .insist("recordStockChanges", "changeCount recordCount isReplay", &input)
            .await;
        assert_eq!(answer["changeCount"], changes.len(), "{key}: {answer}");
        self.ledger.records += answer["recordCount"].as_u64().expect("a number");
        self.ledger.replays += usize::from(answer["isReplay"] == true);
        self.ledger.changes.extend(changes);
    }

    /// Pushes about ten SKUs again.
    async fn resync(&mut self, world: World) {
        let tens = self.dice.random_range(0..world.skus.div_ceil(10));
        let key = format!("resync-{}-{}", self.number, self.batches);
        let input = json!({ "filter": { "search": format!("K{tens:02}") }, "idempotencyKey": key });
        let answer = self.insist("resync", "takenCount", &input).await;
        self.ledger.resyncs += 1;
        self.ledger.resynced += answer["takenCount"].as_u64().expect("a number");
    }

    /// Sends a mutation until it is answered, and hangs up on some answers. An answer that refuses it fails the test.
    async fn insist(&mut self, name: &str, fields: &str, input: &Value) -> Value {
        let (document, begun) = (mutation(name, fields), Instant::now());
        loop {
            let doors = self.doors.all();
            let door = doors[self.dice.random_range(0..doors.len())];
            let token = &self.doors.token;
            let client = self
                .clients
                .entry(door)
                .or_insert_with(|| Client::new(door, Some(token)));
            let time = if self.dice.random_bool(0.1) {
                HANG_UP.mul_f64(self.dice.random())
            } else {
                ANSWER
            };
            match ask(client, &document, input, time).await {
                Ok(mut data) => {
                    self.doors.answers.send_modify(|answers| *answers += 1);
                    let payload = data[name].take();
                    assert_eq!(payload["userErrors"], json!([]), "{name} was refused: {input}");
                    return payload;
                }
                Err(why) => assert!(begun.elapsed() < PATIENCE, "{name} was never answered: {why}"),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// One try; the error says why there was no answer.
async fn ask(client: &Client, document: &str, input: &Value, time: Duration) -> Result<Value, String> {
    let request = client.request(document, &json!({ "input": input })).timeout(time);
    let response = request.send().await.map_err(|error| format!("{error:?}"))?;
    let mut body: Value = response.json().await.map_err(|error| format!("{error:?}"))?;
    match body.get("errors") {
        None => Ok(body["data"].take()),
        Some(errors) => Err(errors.to_string()),
    }
}

impl Change {
    fn input(&self) -> Value {
        let sku = self.sku.map_or_else(|| ORPHAN.to_owned(), code);
        let mut input = json!({ "warehouse": self.warehouse, "sku": sku, "reference": self.reference });
        match self.quantity {
            Quantity::Available(available) => {
                input["available"] = json!(available);
                input["reason"] = json!("STOCK_COUNTED");
            }
            Quantity::Delta(delta) => {
                input["delta"] = json!(delta);
                input["reason"] = json!(if delta < 0 {
                    "STOCK_OUT_SALE"
                } else {
                    "STOCK_IN_PURCHASE"
                });
            }
        }
        input
    }
}
