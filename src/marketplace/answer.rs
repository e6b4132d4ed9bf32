//! What all connectors read in the same way: calls without a reply, statuses, `Retry-After`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::types::{AttemptOutcome, FailureCode};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use sha2::Sha256;
use url::form_urlencoded::byte_serialize;
use serde::de::DeserializeOwned;

use super::outgoing::{CallError, Reply};
use super::table::{self, Line};
use super::{CallReport, Failure, ItemReport, Outcome};
use crate::clock::now;
use crate::domain::text::cut;

/// Most bytes of one item's reply that are kept as evidence.
pub(super) const EVIDENCE: usize = 2_048;
/// A shorter text in a reply is not taken for a secret.
const SHORTEST_SECRET: usize = 8;
/// The longest that a marketplace can make us wait.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// A secret that is shorter is not blanked out: that would take what is no secret with it.
const SHORTEST_SECRET: usize = 6;

/// What became of one item, and what came back for it.
pub(super) type ItemOutcome = (Outcome, Option<String>);

/// A failure that says nothing of when to come back.
pub(super) fn failure(class: AttemptOutcome, code: FailureCode, message: impl Into<String>) -> Failure {
    Failure {
        class,
        code,
        message: message.into(),
        retry_after: None,
    }
}

/// What a call without a reply means.
pub(super) fn no_reply(error: &CallError) -> Failure {
    use {AttemptOutcome as A, FailureCode as C};
    match error {
        CallError::NotAllowed(text) => failure(A::Permanent, C::EndpointNotAllowed, format!("the endpoint {text}")),
        CallError::NotConnected(text) => failure(A::Transient, C::NetworkError, format!("no connection: {text}")),
        CallError::TimedOut => failure(A::Ambiguous, C::TimedOut, "no whole reply in time"),
        CallError::Broken(text) => failure(A::Ambiguous, C::NetworkError, format!("the connection broke: {text}")),
    }
}

/// What a reply in another form than the documented one means: it may or may not have been applied.
pub(super) fn not_understood(message: &str) -> Failure {
    failure(AttemptOutcome::Ambiguous, FailureCode::InvalidReply, message)
}

/// The same failure for every item of a call.
pub(super) fn whole_call(failure: &Failure, response: Option<String>, items: usize) -> Vec<ItemOutcome> {
    vec![(Outcome::Failed(failure.clone()), response); items]
}

/// What a status other than 2xx means for the whole call, where the body says nothing that is known.
pub(super) fn by_status(reply: &Reply) -> Option<Failure> {
    use {AttemptOutcome as A, FailureCode as C};
    let status = reply.status;
    let said = format!("HTTP {status}: {}", cut(reply.text().trim(), 200));
    let retry_after = retry_after(&reply.headers);
    Some(match status {
        200..=299 => return None,
        401 | 403 => failure(A::Auth, C::CredentialsRefused, said),
        410 => failure(A::Auth, C::EndpointGone, said),
        429 | 502 | 504 => Failure {
            retry_after,
            ..failure(A::Throttled, C::Throttled, said)
        },
        503 if retry_after.is_some() => Failure {
            retry_after,
            ..failure(A::Throttled, C::Throttled, said)
        },
        408 | 500..=599 => failure(A::Transient, C::MarketplaceError, said),
        _ => failure(A::Permanent, C::Rejected, said),
    })
}

/// What a code in the body means. Where the table has no line for it, a status that says what to do decides; the message is
/// the platform's in any case.
pub(super) fn by_code(reply: &Reply, table: &[Line], code: &str, message: &str) -> Failure {
    let said = table::classify(table, code, message);
    let of_status = by_status(reply).filter(|failure| failure.class != AttemptOutcome::Permanent);
    let known = table::find(table, code, message).is_some();
    let mut failure = match of_status.filter(|_| !known) {
        Some(failure) => Failure {
            message: said.message,
            ..failure
        },
        None => said,
    };
    if failure.class == AttemptOutcome::Throttled {
        failure.retry_after = failure.retry_after.or_else(|| retry_after(&reply.headers));
    }
    failure
}

/// What a failure of one row means. A row cannot speak of the store's credentials: the call was taken.
pub(super) fn of_row(failure: Failure) -> Failure {
    match failure.class {
        AttemptOutcome::Auth => Failure {
            class: AttemptOutcome::Permanent,
            ..failure
        },
        _ => failure,
    }
}

/// What came of all items: of those with a fault, which were not sent, and of the others, in their order.
pub(super) fn merged(faults: Vec<Option<Failure>>, of_sent: Vec<ItemOutcome>) -> Vec<ItemOutcome> {
    let mut of_sent = of_sent.into_iter();
    let one = |fault| match fault {
        Some(fault) => (Outcome::Failed(fault), None),
        None => of_sent.next().unwrap_or_else(|| {
            let failure = not_understood("the reply says nothing about this item");
            (Outcome::Failed(failure), None)
        }),
    };
    faults.into_iter().map(one).collect()
}

/// A reply in which the secrets that it repeats are blanked out, as they are or as JSON or a query writes them.
pub(super) fn blanked(reply: Reply, secrets: &[&str]) -> Reply {
    let mut text = reply.text().into_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST_SECRET) {
        let in_a_query: String = byte_serialize(secret.as_bytes()).collect();
        for written in [(*secret).to_owned(), secret.replace('/', "\\/"), in_a_query] {
            text = text.replace(&written, "***");
        }
    }
    Reply {
        body: text.into_bytes(),
        ..reply
    }
}

/// HMAC-SHA256 in lower-case hexadecimal digits.
pub(super) fn hmac_hex(key: &str, message: &[u8]) -> String {
    // A key of any length is taken; an empty signature would be refused, not taken for something else.
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok();
    let digest = mac.map(|mac| mac.chain_update(message).finalize().into_bytes());
    digest.iter().flatten().map(|byte| format!("{byte:02x}")).collect()
}

/// A code or an id, which platforms write as a number or as a text.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether an id is a number, as those platforms have them that call their ids numbers.
pub(super) fn is_number(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// `Retry-After` as a wait from now: a number of seconds or an HTTP date (RFC 9110, section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let at = DateTime::parse_from_rfc2822(value).ok()?;
    Some((at.to_utc() - now()).to_std().unwrap_or_default().min(LONGEST_WAIT))
}

/// The report of a call that ended now. `outcomes` and `requests`, what was sent for each item, are in the order of the
/// items.
pub(super) fn report(
    started_at: DateTime<Utc>,
    http_status: Option<u16>,
    outcomes: Vec<ItemOutcome>,
    requests: Vec<String>,
) -> CallReport {
    let item = |((outcome, response), request)| ItemReport {
        outcome,
        request,
        response,
    };
    CallReport {
        http_status,
        items: outcomes.into_iter().zip(requests).map(item).collect(),
        started_at,
        finished_at: now(),
    }
}

/// A store's keys, as [`super::Keys::secret`] made them.
pub(super) fn read_keys<K: DeserializeOwned>(secret: &SecretString) -> Result<K, Failure> {
    let refused = |_| {
        let message = "the stored credentials are not of this marketplace's form";
        failure(AttemptOutcome::Auth, FailureCode::CredentialsRefused, message)
    };
    serde_json::from_str(secret.expose_secret()).map_err(refused)
}

/// The reply with the store's secrets blanked out, for platforms that repeat them in an error. A text that is too short for
/// a secret is left, since it would stand for anything.
pub(super) fn without_secrets(mut reply: Reply, secrets: &[&str]) -> Reply {
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    let blanked = secrets
        .iter()
        .filter(|secret| secret.len() >= SHORTEST_SECRET)
        .fold(text, |text, secret| text.replace(secret, "***"));
    reply.body = blanked.into_bytes();
    reply
}

/// The outcomes of all items of a call: of those that were sent, in their order, and of those that were refused here.
///
/// What the platform says of the whole call is said of all: one listing that cannot be sent does not hide that the
/// credentials were refused or that the store is to slow down.
pub(super) fn with_refused<R>(rows: &[Result<R, Failure>], sent: Vec<ItemOutcome>) -> Vec<ItemOutcome> {
    let first = sent.first().map(|(outcome, _)| outcome.clone());
    let whole = first.filter(|first| {
        sent.iter()
            .all(|(outcome, _)| is_of_the_store(outcome) && outcome == first)
    });
    let mut sent = sent.into_iter();
    let missing = || {
        (
            Outcome::Failed(not_understood("the reply says nothing about this item")),
            None,
        )
    };
    rows.iter()
        .map(|row| match row {
            Ok(_) => sent.next().unwrap_or_else(missing),
            Err(failure) => (whole.clone().unwrap_or_else(|| Outcome::Failed(failure.clone())), None),
        })
        .collect()
}

fn is_of_the_store(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Applied => false,
        Outcome::Failed(failure) => matches!(failure.class, AttemptOutcome::Auth | AttemptOutcome::Throttled),
    }
}

/// An id that is a number, as marketplaces have them.
pub(super) fn number(id: &str) -> Option<u64> {
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    is_number
        .then(|| id.parse().ok())
        .flatten()
        .filter(|number| *number > 0)
}

/// Whether a text can be sent in a header, as keys and tokens are.
pub(super) fn is_visible_ascii(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Types of ours always serialize; an empty text would be refused by the receiver, not taken for something else.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn retry_after_is_a_number_or_a_date() {
        let wait = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(value).unwrap());
            retry_after(&headers)
        };
        let date = |seconds| {
            (now() + chrono::TimeDelta::seconds(seconds))
                .format("%a, %d %b %Y %H:%M:%S GMT")
                .to_string()
        };
        assert_eq!(wait(" 7 "), Some(Duration::from_secs(7)));
        assert!((50..=60).contains(&wait(&date(60)).unwrap().as_secs()));
        assert_eq!(wait(&date(-60)), Some(Duration::ZERO));
        assert_eq!(wait(&u64::MAX.to_string()), Some(LONGEST_WAIT));
        assert_eq!(wait("soon"), None);
    }

    fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn the_table_is_asked_before_the_status() {
        use {AttemptOutcome as A, FailureCode as C};
        const TABLE: &[Line] = &[table::line("1", "", A::Deferred, C::ListingLocked)];
        for (status, code, class) in [
            (500, "1", A::Deferred),
            (500, "2", A::Transient),
            (429, "2", A::Throttled),
            (401, "2", A::Auth),
            // The platform's own word is worth more tries than the bare status.
            (400, "2", A::Transient),
            (200, "2", A::Transient),
        ] {
            let failure = by_code(&reply(status, ""), TABLE, code, "so");
            assert_eq!(
                (failure.class, failure.message),
                (class, format!("{code}: so")),
                "{status}"
            );
        }
        assert_eq!(by_code(&reply(400, ""), TABLE, "2", "").code, C::Unrecognised);
    }

    #[test]
    fn secrets_are_blanked_out_however_they_are_written() {
        let said = blanked(
            reply(200, r"a t/k+n= b t\/k+n= c t%2Fk%2Bn%3D d abc"),
            &["t/k+n=", "abc"],
        );
        assert_eq!(said.text(), "a *** b *** c *** d abc");
    }

    #[test]
    fn secrets_are_blanked_out_of_replies() {
        let reply = |body: &str| Reply {
            status: 400,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        };
        let blanked = without_secrets(reply("token abcdefgh is bad, abcdefgh!"), &["abcdefgh", "is"]);
        assert_eq!(blanked.text(), "token *** is bad, ***!");
    }

    #[test]
    fn what_is_said_of_the_store_is_said_of_what_was_not_sent_too() {
        use {AttemptOutcome as A, FailureCode as C};
        let local = failure(A::Permanent, C::VariantNotFound, "no number");
        let rows = [Ok(()), Err(local.clone()), Ok(())];
        let outcomes = |sent: Vec<Outcome>| {
            let sent = sent.into_iter().map(|outcome| (outcome, None)).collect();
            let all = with_refused(&rows, sent).into_iter();
            all.map(|(outcome, _)| outcome).collect::<Vec<_>>()
        };
        let auth = Outcome::Failed(failure(A::Auth, C::CredentialsRefused, "no"));
        assert_eq!(outcomes(vec![auth.clone(), auth.clone()]), vec![auth.clone(); 3]);
        assert_eq!(
            outcomes(vec![auth.clone(), Outcome::Applied]),
            [auth, Outcome::Failed(local), Outcome::Applied]
        );
    }

    #[test]
    fn ids_are_numbers_of_digits_alone() {
        assert_eq!(number("007"), Some(7));
        for id in ["", "0", "+7", "7 ", "x", "99999999999999999999"] {
            assert_eq!(number(id), None, "{id}");
        }
    }
}
