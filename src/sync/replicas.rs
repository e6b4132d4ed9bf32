//! Processes on one PostgreSQL database tell each other what they changed, as soon as it is committed.
//!
//! Each tells what it did itself ([`Replica::tell`]) and hears what others did ([`Replica::hear`]): changes go to the
//! listeners, and that there is work to the worker. What is heard is never told on, so nothing goes in circles.
//!
//! # Guarantees
//!
//! - No writer waits for a message to be sent. What gathers while one is under way goes in the next.
//! - Ids and statuses are told, no rows: whoever listens reads the rows itself, as its merchant.
//! - Other processes count as heard only while messages really arrive, this one's own included. Otherwise
//!   [`super::tail`] reads at its short interval, so without any message everything comes a little later.
//! - After each connecting the table is read, because of what was said before.
//!
//! # Not guaranteed
//!
//! - That every step is told: of a large change only the merchant is told, and the table tells the rest.
//! - That what a command such as `import` does is told. It is found at the next polling.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Engine;
use super::tail::Looks;
use crate::db::notify::{Hearing, LONGEST};
use crate::error::{Error, Result};
use crate::feed::News;

/// Least time between two messages of this process; what gathers in it goes together.
const PAUSE: Duration = Duration::from_millis(10);
/// How long one message may take.
const SENDING: Duration = Duration::from_secs(5);
/// How long it may be silent before this process says something, to hear whether it still hears.
const SILENCE: Duration = Duration::from_secs(30);
/// How long that may take to arrive.
const ECHO: Duration = Duration::from_secs(5);
/// Waits after failures: the first, which doubles with every further one, and the longest.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// One process among those on a database.
#[derive(Debug, Clone)]
pub struct Replica {
    engine: Engine,
    /// By which it knows its own messages.
    id: Uuid,
    looks: Looks,
}

impl Replica {
    /// This process. What it hears of and has to be read in the table, it asks `looks` for.
    #[must_use]
    pub fn new(engine: Engine, looks: Looks) -> Self {
        let id = Uuid::now_v7();
        Self { engine, id, looks }
    }

    /// Tells others what this process did, until it is cancelled.
    pub async fn tell(self, cancel: CancellationToken) {
        let feed = self.engine.feed();
        feed.gather_news();
        let mut waits = Waits::default();
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                () = feed.has_news() => {}
            }
            let wait = match self.tell_news().await {
                Ok(()) => {
                    waits = Waits::default();
                    PAUSE
                }
                Err(error) => {
                    if waits.is_first() {
                        let error = error.operator_text();
                        tracing::warn!(error, "could not tell other processes; they find it in the table");
                    }
                    waits.next()
                }
            };
            tokio::select! {
                () = cancel.cancelled() => return,
                () = sleep(wait) => {}
            }
        }
    }

    /// Tells what is left, once nothing more is done. For a stop: others would find it in the table, but later.
    pub async fn tell_rest(&self) {
        if let Err(error) = self.tell_news().await {
            tracing::debug!(error = error.operator_text(), "could not tell other processes");
        }
    }

    async fn tell_news(&self) -> Result<()> {
        let news = self.engine.feed().take_news();
        if news.is_empty() {
            return Ok(());
        }
        let told = self.send(news.payloads(self.id, LONGEST)).await;
        if told.is_err() {
            self.engine.feed().give_back(news);
        }
        told
    }

    async fn send(&self, payloads: Vec<String>) -> Result<()> {
        let sent = timeout(SENDING, self.engine.db().notify(payloads)).await;
        sent.unwrap_or_else(|_| Err(Error::Unavailable("sending takes too long".to_owned())))
    }

    /// Hears what others did, until it is cancelled.
    pub async fn hear(self, cancel: CancellationToken) {
        let mut waits = Waits::default();
        loop {
            let lost = tokio::select! {
                () = cancel.cancelled() => return,
                hearing = self.engine.db().listen() => match hearing {
                    Ok(hearing) => self.hear_on(hearing, &mut waits, &cancel).await,
                    Err(error) => Some(error),
                },
            };
            let Some(error) = lost else {
                return;
            };
            if waits.is_first() {
                let error = error.operator_text();
                tracing::warn!(error, "cannot hear other processes; looks in the table until it can");
                self.looks.set_hears(false);
            }
            tokio::select! {
                () = cancel.cancelled() => return,
                () = sleep(waits.next()) => {}
            }
        }
    }

    /// Hears on one connection, and closes it. Returns why it cannot hear any more, or nothing when it is cancelled.
    async fn hear_on(&self, mut hearing: Hearing, waits: &mut Waits, cancel: &CancellationToken) -> Option<Error> {
        let lost = tokio::select! {
            () = cancel.cancelled() => None,
            lost = self.hear_until_lost(&mut hearing, waits) => lost.err(),
        };
        hearing.close().await;
        lost
    }

    async fn hear_until_lost(&self, hearing: &mut Hearing, waits: &mut Waits) -> Result<Infallible> {
        let (mut hears, mut is_asking) = (false, true);
        self.send(vec![News::ping(self.id)]).await?;
        loop {
            match timeout(if is_asking { ECHO } else { SILENCE }, hearing.next()).await {
                Ok(payload) => {
                    let payload = payload?;
                    if !hears {
                        *waits = Waits::default();
                        self.begin_to_hear();
                    }
                    (hears, is_asking) = (true, false);
                    self.take(&payload);
                }
                Err(_) if is_asking => {
                    let text = "nothing arrives, not even what this process says; does a pooler stand between?";
                    return Err(Error::Unavailable(text.to_owned()));
                }
                Err(_) => {
                    is_asking = true;
                    self.send(vec![News::ping(self.id)]).await?;
                }
            }
        }
    }

    /// What was said before was not heard: there may be work, and something to read in the table.
    fn begin_to_hear(&self) {
        tracing::info!("hears what other processes do");
        self.looks.set_hears(true);
        self.engine.feed().relay_work();
    }

    fn take(&self, payload: &str) {
        let (sender, news) = News::read(payload);
        if sender == Some(self.id) {
            return;
        }
        let feed = self.engine.feed();
        feed.relay(news.changes.into_values().flatten().collect());
        self.looks.ask(news.look);
        if news.has_work {
            feed.relay_work();
        }
    }
}

/// How long to wait after failures that follow each other.
#[derive(Debug, Default)]
struct Waits {
    count: u32,
}

impl Waits {
    /// Whether the failure is the first since it worked last.
    fn is_first(&self) -> bool {
        self.count == 0
    }

    fn next(&mut self) -> Duration {
        let wait = FIRST_WAIT.saturating_mul(1 << self.count.min(16));
        self.count += 1;
        wait.min(LONGEST_WAIT)
    }
}
