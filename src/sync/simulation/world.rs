//! Everything that a simulation consists of, and its steps.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::{AttemptOutcome, SyncReason};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::catalogue::{SKUS, STORES};
use super::check::Check;
use super::market::{Answer, LONGEST_CALL, Market};
use super::workers::Worker;
use crate::clock::virtual_time;
use crate::db::queue::due_stores;
use crate::domain::retry::Backoff;
use crate::feed::Feed;
use crate::marketplace::credentials::Cipher;
use crate::marketplace::outgoing::Client;
use crate::marketplace::{Item, Marketplaces};
use crate::sync::manual::{Order, Wanted};
use crate::sync::trigger::{StockChange, StockQuantity};
use crate::sync::worker::Settings;
use crate::sync::{Engine, backlog};
use crate::{chance, db};

const WORKERS: usize = 3;

/// A simulation.
pub(super) struct World {
    pub(super) engine: &'static Engine,
    pub(super) market: Arc<Market>,
    pub(super) merchant: Uuid,
    /// What was reported of each SKU last.
    pub(super) stock: BTreeMap<&'static str, i32>,
    /// The references of the changes that were acknowledged.
    pub(super) acknowledged: Vec<String>,
    /// Which store SKU has the listing that wanders, by store.
    pub(super) wanders: BTreeMap<&'static str, &'static str>,
    settings: &'static Settings,
    workers: Vec<Worker>,
    arrivals: mpsc::UnboundedReceiver<usize>,
    check: Check,
    random: StdRng,
    log: Vec<String>,
}

impl World {
    /// A merchant with stores, SKUs and a rule for all of them.
    pub(super) async fn new(url: &str, seed: u64) -> Self {
        virtual_time::set(DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        chance::scripted::seed(seed);
        let (market, arrivals) = Market::new();
        let market = Arc::new(market);
        let client = Client::new(crate::marketplace::outgoing::Settings {
            allow_private: true,
            ..Default::default()
        });
        let marketplaces = Marketplaces::all_by(client.expect("a client"), Arc::clone(&market) as _);
        let cipher = Cipher::from_base64(&Cipher::new_key()).expect("a good key");
        let db = super::open(url).await;
        let merchant = db::merchant::create(&db, "m", "M").await.expect("a new code").id;
        let (retention, backlog) = (Default::default(), backlog::Settings::default());
        let engine = Engine::new(db, Feed::default(), retention, cipher, marketplaces, backlog);
        let mut world = Self {
            // Leaked, so that workers can run as tasks; a simulation is small.
            engine: Box::leak(Box::new(engine)),
            settings: Box::leak(Box::new(settings())),
            market,
            merchant,
            stock: BTreeMap::new(),
            acknowledged: Vec::new(),
            wanders: STORES.map(|store| (store, "A")).into(),
            workers: (0..WORKERS).map(|_| Worker::Idle).collect(),
            arrivals,
            check: Check::default(),
            random: StdRng::seed_from_u64(seed),
            log: Vec::new(),
        };
        world.make().await;
        world
    }

    /// What was done so far, a line a step.
    pub(super) fn log(&self) -> &[String] {
        &self.log
    }

    /// Closes the database.
    pub(super) async fn close(self) {
        let _ = self.engine.db().clone().close().await;
    }

    /// One step, and the check of what must hold after each.
    pub(super) async fn step(&mut self) {
        match self.random.random_range(0..100) {
            0..18 => self.change_stock().await,
            18..20 => self.resync().await,
            20..23 => self.move_listing().await,
            23..27 => self.kill().await,
            27..37 => self.pass(),
            _ => self.work().await,
        }
        self.see_to_cut_calls();
        self.check.step(self.engine, self.merchant, &self.market).await;
    }

    /// Lets everything come to its end: the marketplace takes all, and time passes until nothing is pending.
    pub(super) async fn settle(&mut self) {
        self.note("settle");
        for _ in 0..500 {
            for at in 0..WORKERS {
                while !self.workers[at].is_idle() {
                    if let Some(number) = self.workers[at].call() {
                        decide(&self.market, number, true, |_| None);
                        self.market.send(number);
                    }
                    self.go_on(at, true).await;
                }
                self.begin(at).await;
            }
            self.see_to_cut_calls();
            self.check.step(self.engine, self.merchant, &self.market).await;
            let idle = self.workers.iter().all(Worker::is_idle);
            if idle && !Check::has_pending(self.engine, self.merchant).await {
                self.pass_for(2 * LONGEST_CALL);
                return self.check_the_end().await;
            }
            self.pass_for(Duration::from_secs(10));
        }
        panic!("something stays pending for ever");
    }

    async fn check_the_end(&self) {
        let wanted = self.listings().into_iter().filter_map(|(listing, sku)| {
            let quantity = self.stock.get(sku)?;
            Some((listing, *quantity))
        });
        Check::shown(&self.market, &wanted.collect());
        Check::history(self.engine, self.merchant, &self.acknowledged, STORES.len()).await;
        Check::manual_syncs(self.engine, self.merchant).await;
        Check::totals(self.engine, self.merchant).await;
    }

    async fn change_stock(&mut self) {
        let mut changes = Vec::new();
        for _ in 0..self.random.random_range(1..=3) {
            let sku = *SKUS.choose(&mut self.random).expect("there are some");
            let available = self.random.random_range(0..1_000);
            let reference = format!("change {}", self.acknowledged.len());
            self.stock.insert(sku, available);
            changes.push(StockChange {
                warehouse: "w".to_owned(),
                sku: sku.to_owned(),
                quantity: StockQuantity::Available(available),
                reason: SyncReason::StockCounted,
                reference: Some(reference.clone()),
            });
            self.acknowledged.push(reference);
        }
        self.note(&format!("stock {changes:?}"));
        let accepted = self.engine.record_stock_changes(self.merchant, changes, None).await;
        accepted.expect("good changes");
    }

    async fn resync(&mut self) {
        self.note("resync");
        let order = Order {
            merchant: self.merchant,
            requested_by: "simulation".to_owned(),
            wanted: Wanted::Matching(Default::default()),
            idempotency_key: None,
        };
        self.engine.start(order).await.expect("a good order");
    }

    /// A listing leaves one store SKU for another.
    async fn move_listing(&mut self) {
        let store = *STORES.choose(&mut self.random).expect("there are some");
        let to = *SKUS.choose(&mut self.random).expect("there are some");
        let from = self.wanders.insert(store, to).expect("it is somewhere");
        if from == to {
            return;
        }
        self.note(&format!("move the wanderer of {store} from {from} to {to}"));
        let both = [from, to].map(|sku| self.store_sku(store, sku)).to_vec();
        self.engine
            .upsert_store_skus(self.merchant, both)
            .await
            .expect("good SKUs");
    }

    async fn kill(&mut self) {
        let at = self.random.random_range(0..WORKERS);
        self.note(&format!("kill worker {at}"));
        std::mem::take(&mut self.workers[at]).die().await;
    }

    fn pass(&mut self) {
        let millis = match self.random.random_range(0..3) {
            0 => self.random.random_range(1..1_000),
            1 => self.random.random_range(1_000..10_000),
            _ => self.random.random_range(10_000..60_000),
        };
        self.note(&format!("{millis} ms pass"));
        self.pass_for(Duration::from_millis(millis));
    }

    /// Time passes; calls that are too old end, and what is late is applied, each at its time.
    fn pass_for(&mut self, time: Duration) {
        let mut left = time;
        while !left.is_zero() {
            let step = left.min(Duration::from_millis(500));
            left -= step;
            virtual_time::pass(delta(step));
            let now = crate::clock::now();
            self.market.state().apply_late(now);
            for number in self.market.undecided(now - delta(LONGEST_CALL)) {
                self.decide_at_random(number);
            }
        }
    }

    /// A worker takes its next step.
    async fn work(&mut self) {
        let at = self.random.random_range(0..WORKERS);
        if self.workers[at].is_idle() {
            self.begin(at).await;
            return;
        }
        if let Some(number) = self.workers[at].call() {
            match self.random.random_range(0..10) {
                0 | 1 => self.market.cut(number),
                _ => {
                    self.decide_at_random(number);
                    self.market.send(number);
                }
            }
            self.note(&format!("worker {at}: call {number} ends"));
        }
        let keeps_the_turn = self.random.random_bool(0.5);
        self.note(&format!("worker {at} goes on"));
        self.go_on(at, keeps_the_turn).await;
    }

    async fn begin(&mut self, at: usize) {
        let due = due_stores(self.engine.db(), crate::clock::now())
            .await
            .expect("a good database");
        let Some(store) = due.choose(&mut self.random) else {
            return;
        };
        self.workers[at] = Worker::begin(self.engine, self.settings, *store).await;
        if !self.workers[at].is_idle() {
            self.note(&format!("worker {at} takes a turn"));
        }
    }

    async fn go_on(&mut self, at: usize, keeps_the_turn: bool) {
        let worker = std::mem::take(&mut self.workers[at]);
        self.workers[at] = worker.go_on(&mut self.arrivals, keeps_the_turn).await;
    }

    fn decide_at_random(&mut self, number: usize) {
        let whole_call = match self.random.random_range(0..10) {
            0 => Some(AttemptOutcome::Transient),
            1 => Some(AttemptOutcome::Throttled),
            _ => None,
        };
        let random = &mut self.random;
        let outcome = |_| match (whole_call, random.random_range(0..20)) {
            (Some(class), _) => Some(class),
            (None, 0) => Some(AttemptOutcome::Transient),
            (None, 1) => Some(AttemptOutcome::Throttled),
            (None, 2) => Some(AttemptOutcome::Deferred),
            (None, 3 | 4) => Some(AttemptOutcome::Ambiguous),
            (None, _) => None,
        };
        for item in decide(&self.market, number, whole_call.is_none(), outcome) {
            self.leave_open(number, vec![item]);
        }
    }

    /// The callers of some calls have gone, so nobody knows what becomes of these.
    fn see_to_cut_calls(&mut self) {
        let cut: Vec<(usize, Vec<Item>)> = self.market.take_cut();
        for (number, items) in cut {
            self.leave_open(number, items);
        }
    }

    /// What was asked for is applied now, later, or never; at the latest when a worker may count on it that it is over.
    fn leave_open(&mut self, number: usize, items: Vec<Item>) {
        let now = crate::clock::now();
        let mut state = self.market.state();
        let started_at = state.calls[number].started_at;
        let latest = (started_at + TimeDelta::seconds(28)).min(now + TimeDelta::seconds(13));
        let wait = (latest - now).num_milliseconds();
        match self.random.random_range(0..4) {
            0 if wait >= 0 => items.iter().for_each(|item| state.apply(item)),
            1 | 2 if wait > 0 => {
                let at = now + TimeDelta::milliseconds(self.random.random_range(0..wait));
                state.late.entry((at, number)).or_default().extend(items);
            }
            _ => {}
        }
    }

    fn note(&mut self, what: &str) {
        let at = crate::clock::now().format("%H:%M:%S%.3f");
        self.log.push(format!("{at} {what}"));
    }
}

/// Decides about a call, unless it was decided before, while its caller stood still. Returns the items of which the
/// caller does not learn whether they are applied.
fn decide(
    market: &Market,
    number: usize,
    is_success: bool,
    outcome: impl FnMut(usize) -> Option<AttemptOutcome>,
) -> Vec<Item> {
    if !market.undecided(DateTime::<Utc>::MAX_UTC).contains(&number) {
        return Vec::new();
    }
    let items = market.state().calls[number].items.clone();
    let failures: Vec<Option<AttemptOutcome>> = (0..items.len()).map(outcome).collect();
    let http_status = Some(if is_success { 200 } else { 500 });
    let unclear = |failure: &Option<AttemptOutcome>| *failure == Some(AttemptOutcome::Ambiguous);
    let open = items.into_iter().zip(&failures).filter(|(_, failure)| unclear(failure));
    let open = open.map(|(item, _)| item).collect();
    market.decide(number, Answer { http_status, failures });
    open
}

/// Real times, but for attempts without end: what is given up is not pushed again, so the end could not be checked.
fn settings() -> Settings {
    let mut settings = Settings {
        batch_size: 2,
        calls_per_store: 1,
        ..Settings::default()
    };
    settings.policy.backoff = Backoff {
        max_attempts: u32::MAX,
        ..settings.policy.backoff
    };
    settings.policy.max_age = Duration::from_secs(365 * 24 * 60 * 60);
    settings
}

fn delta(time: Duration) -> TimeDelta {
    TimeDelta::from_std(time).expect("a short time")
}
