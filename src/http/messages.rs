//! The words of the protocol `graphql-transport-ws`.

use std::borrow::Cow;

use axum::extract::ws::{CloseFrame, Message};
use serde::Deserialize;
use serde_json::error::Category;

use super::refusal::{Outcome, Refusal};
use super::request::Params;
use super::respond;

/// The subprotocol's name.
pub(super) const PROTOCOL: &str = "graphql-transport-ws";

/// A JSON object.
pub(super) type Object = serde_json::Map<String, serde_json::Value>;

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ClientMessage {
    /// Opens the conversation; the payload may carry the credential.
    ConnectionInit { payload: Option<Object> },
    /// Wants a `pong`.
    Ping,
    /// Answers a `ping`, or just shows that it is there.
    Pong,
    /// Starts an operation.
    Subscribe { id: String, payload: Params },
    /// Ends an operation.
    Complete { id: String },
}

/// Why the server closes a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Close {
    code: u16,
    reason: Cow<'static, str>,
}

/// A close frame has room for 125 bytes, of which the code takes two.
const LONGEST_REASON: usize = 123;

impl Close {
    /// The server stops.
    pub(super) const GOING_AWAY: Self = Self::of(1001, "the server is stopping");
    /// What came is no frame, or has no place where it came.
    pub(super) const NO_FRAME: Self = Self::of(1002, "this is not the WebSocket protocol");
    /// A text is not UTF-8.
    pub(super) const NO_TEXT: Self = Self::of(1007, "texts must be UTF-8");
    /// Binary frames are no part of the protocol.
    pub(super) const BINARY: Self = Self::of(1003, "binary frames are not taken");
    /// The message is larger than allowed.
    pub(super) const TOO_BIG: Self = Self::of(1009, "the message is too large");
    /// The credential cannot be looked up right now.
    pub(super) const TRY_AGAIN: Self = Self::of(1013, "try again later");
    /// The peer did not take a message in time. The code is one after which clients connect again by themselves.
    pub(super) const TOO_SLOW: Self = Self::of(
        1013,
        "messages are not read fast enough; come back with the last cursor",
    );
    /// An operation before the conversation was opened.
    pub(super) const UNAUTHORIZED: Self = Self::of(4401, "Unauthorized");
    /// The credential is missing or not good, or no longer.
    pub(super) const FORBIDDEN: Self = Self::of(4403, "Forbidden");
    /// The token has expired. Clients that hold tokens make a new one on this code and connect again.
    pub(super) const EXPIRED: Self = Self::of(4403, "Forbidden: the token has expired");
    /// The client asked for no subprotocol that there is.
    pub(super) const PROTOCOL: Self = Self::of(4406, "Subprotocol not acceptable");
    /// No `connection_init` in time.
    pub(super) const INIT_TIMEOUT: Self = Self::of(4408, "Connection initialisation timeout");
    /// More than one `connection_init`.
    pub(super) const INIT_AGAIN: Self = Self::of(4429, "Too many initialisation requests");

    const fn of(code: u16, reason: &'static str) -> Self {
        Self {
            code,
            reason: Cow::Borrowed(reason),
        }
    }

    /// The message is not one of the protocol.
    pub(super) fn bad_message(why: &str) -> Self {
        Self::cut(4400, format!("Invalid message: {why}"))
    }

    /// There is an operation with that id.
    pub(super) fn taken(id: &str) -> Self {
        Self::cut(4409, format!("Subscriber for {id} already exists"))
    }

    /// The reason, cut between two characters to what a frame has room for.
    fn cut(code: u16, mut reason: String) -> Self {
        reason.truncate(reason.floor_char_boundary(LONGEST_REASON));
        Self {
            code,
            reason: reason.into(),
        }
    }
}

impl From<Close> for Message {
    fn from(close: Close) -> Self {
        let reason = close.reason.into_owned().into();
        Self::Close(Some(CloseFrame {
            code: close.code,
            reason,
        }))
    }
}

/// What is wrong with a message, in words of the protocol and not of this program.
fn fault(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        Category::Data => "no message of graphql-transport-ws has this type and these fields",
        Category::Syntax | Category::Eof | Category::Io => "it is not JSON",
    }
}

/// Reads a client's message.
///
/// # Errors
/// How to close the socket of a client that says no such thing.
pub(super) fn read(text: &str) -> Result<ClientMessage, Close> {
    let message = serde_json::from_str(text).map_err(|error| Close::bad_message(fault(&error)))?;
    match &message {
        ClientMessage::Subscribe { id, .. } | ClientMessage::Complete { id } if id.is_empty() => {
            Err(Close::bad_message("the id is empty"))
        }
        _ => Ok(message),
    }
}

/// The conversation is open.
pub(super) fn ack() -> String {
    r#"{"type":"connection_ack"}"#.to_owned()
}

/// Answers a `ping`.
pub(super) fn pong() -> String {
    r#"{"type":"pong"}"#.to_owned()
}

/// One outcome of an operation: `next`, or `error`, which also ends it.
pub(super) fn outcome(id: &str, outcome: &Outcome) -> String {
    match outcome {
        Ok(_) => message("next", id, Some(&respond::json(outcome))),
        Err(refusal) => error(id, refusal),
    }
}

/// The operation was not executed, or not to its end.
pub(super) fn error(id: &str, refusal: &Refusal) -> String {
    let errors = serde_json::to_string(&refusal.errors).unwrap_or_else(|_| "[]".to_owned());
    message("error", id, Some(&errors))
}

/// The operation has ended.
pub(super) fn complete(id: &str) -> String {
    message("complete", id, None)
}

fn message(kind: &str, id: &str, payload: Option<&str>) -> String {
    let id = serde_json::Value::from(id);
    let payload = payload.map(|json| format!(",\"payload\":{json}")).unwrap_or_default();
    format!(r#"{{"id":{id},"type":"{kind}"{payload}}}"#)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use async_graphql::Response;

    use super::*;

    #[test]
    fn reasons_fit_into_a_frame() {
        let close = Close::taken(&"é".repeat(500));
        assert!(close.reason.len() <= LONGEST_REASON);
        assert_eq!(close.code, 4409);
    }

    #[test]
    fn only_messages_of_the_protocol_are_read() {
        assert!(matches!(
            read(r#"{"type":"connection_init"}"#),
            Ok(ClientMessage::ConnectionInit { payload: None })
        ));
        assert!(matches!(
            read(r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":{"x":[1.5,null]}}}"#),
            Ok(ClientMessage::Subscribe { .. })
        ));
        for text in [
            "",
            "[]",
            "{}",
            r#"{"type":"start"}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
            r#"{"type":"complete","id":""}"#,
            r#"{"type":"connection_init","payload":"x"}"#,
        ] {
            let close = read(text).unwrap_err();
            assert_eq!(close.code, 4400, "{text}");
            assert!(
                !close.reason.contains("ClientMessage") && !close.reason.contains("expected"),
                "{}",
                close.reason
            );
        }
    }

    #[test]
    fn what_is_written_is_json() {
        let text = outcome("a\"b", &Ok(Response::default()));
        assert_eq!(text, r#"{"id":"a\"b","type":"next","payload":{"data":null}}"#);
        assert_eq!(complete("1"), r#"{"id":"1","type":"complete"}"#);
    }
}
