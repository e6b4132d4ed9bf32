//! How the marketplace answers.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::chaos::Chaos;

/// The answer to a whole call.
#[derive(Debug, Clone, Default)]
pub(crate) enum Reply {
    /// 200 with a result for each item, as the rows are scripted. What is not scripted otherwise is applied.
    #[default]
    Rows,
    /// 204: everything was applied.
    NoContent,
    /// Everything is applied, and a 200 carries this text for a body.
    ApplyAndSay(String),
    /// Everything is applied, and the connection is cut before a byte of the answer is sent.
    ApplyAndCut,
    /// Nothing is applied, and the connection is cut.
    Cut,
    /// Nothing is applied; the status, a `Retry-After`, and a body.
    Status(u16, Option<String>, String),
    /// The connection is cut, and everything is applied after this long.
    CutAndApply(Duration),
    /// Waits for the gate, then does the other.
    Held(Gate, Box<Reply>),
    /// Waits for this long, then does the other.
    Late(Duration, Box<Reply>),
}

impl Reply {
    /// A status with a short body and nothing else.
    pub(crate) fn status(status: u16) -> Self {
        Self::Status(status, None, format!("scripted {status}"))
    }

    /// 429 with a `Retry-After` in seconds.
    pub(crate) fn slow_down(seconds: u32) -> Self {
        Self::Status(429, Some(seconds.to_string()), "slow down".to_owned())
    }
}

/// The answer for one listing in a call that is answered by rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Row {
    /// The quantity is applied.
    #[default]
    Ok,
    /// It is not; the code, the message, and in how many seconds to come again.
    Error(String, String, Option<u32>),
    /// It is not, and the reply says nothing about the item.
    Missing,
}

impl Row {
    /// An error with a message that names the code.
    pub(crate) fn error(code: &str) -> Self {
        Self::Error(code.to_owned(), format!("scripted {code}"), None)
    }

    /// An error that says when to come again.
    pub(crate) fn error_for(code: &str, seconds: u32) -> Self {
        Self::Error(code.to_owned(), format!("scripted {code}"), Some(seconds))
    }

    pub(super) fn result(&self, id: &str) -> Option<Value> {
        match self {
            Self::Ok => Some(json!({ "id": id, "status": "ok" })),
            Self::Missing => None,
            Self::Error(code, message, retry_after) => {
                let mut result = json!({ "id": id, "status": "error", "code": code, "message": message });
                if let Some(seconds) = retry_after {
                    result["retryAfterSeconds"] = json!(seconds);
                }
                Some(result)
            }
        }
    }
}

/// Keeps calls waiting until it is opened, once and for good.
#[derive(Debug, Clone)]
pub(crate) struct Gate(watch::Sender<bool>);

impl Default for Gate {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Gate {
    /// Lets pass what waits and what comes later.
    pub(crate) fn open(&self) {
        self.0.send_replace(true);
    }

    pub(super) async fn opened(&self) {
        // The sender is in self, so this cannot end in an error.
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}

/// What is to be answered.
#[derive(Default)]
pub(super) struct Script {
    pub(super) calls: VecDeque<Reply>,
    pub(super) every_call: Reply,
    pub(super) rows: HashMap<String, VecDeque<Row>>,
    pub(super) every_row: HashMap<String, Row>,
    /// Decides where nothing waits in line.
    pub(super) chaos: Option<Chaos>,
}

impl Script {
    pub(super) fn reply(&mut self) -> Reply {
        let in_line = self.calls.pop_front();
        in_line
            .or_else(|| self.chaos.as_mut().map(Chaos::reply))
            .unwrap_or_else(|| self.every_call.clone())
    }

    pub(super) fn row(&mut self, listing: &str) -> Row {
        let in_line = self.rows.get_mut(listing).and_then(VecDeque::pop_front);
        in_line
            .or_else(|| self.every_row.get(listing).cloned())
            .or_else(|| self.chaos.as_mut().map(Chaos::row))
            .unwrap_or_default()
    }
}
