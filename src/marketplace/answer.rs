//! What all connectors read in the same way: calls without a reply, statuses, `Retry-After`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::types::{AttemptOutcome, FailureCode};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::Sha256;

use super::outgoing::{CallError, Reply};
use super::table::{self, Line};
use super::{CallReport, Failure, ItemReport, Outcome, StoreAccess};
use crate::clock::now;
use crate::domain::text::cut;

/// Most bytes of one item's reply that are kept as evidence.
pub(super) const EVIDENCE: usize = 2_048;
/// The longest that a marketplace can make us wait.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

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
    let of_status = by_status(reply).filter(|_| says_more(reply.status));
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

/// 403 does not: with a code that is not known, it may be about the item as well as about the store.
fn says_more(status: u16) -> bool {
    matches!(status, 401 | 408 | 410 | 429 | 500..=599)
}

/// What a renewal of a token that came to `failure` means: it may be tried again where that was a passing fault, and
/// is refused otherwise.
pub(super) fn not_renewed(failure: Failure) -> Failure {
    use {AttemptOutcome as A, FailureCode as C};
    match (failure.class, failure.code) {
        (A::Throttled | A::Auth, _) => failure,
        (A::Transient | A::Ambiguous, code) if code != C::Unrecognised => Failure {
            class: A::Transient,
            ..failure
        },
        _ => Failure {
            class: A::Auth,
            code: C::CredentialsRefused,
            ..failure
        },
    }
}

/// A text such as `error_param: wrong model_id` as a code and a message; without a code where it begins with a word of
/// another kind.
pub(super) fn code_and_message(text: &str) -> (&str, &str) {
    let is_code = |word: &str| {
        word.contains('_')
            && word
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || "_.".contains(character))
    };
    match text.trim().split_once(':') {
        Some((code, message)) if is_code(code) => (code, message.trim()),
        None if is_code(text.trim()) => (text.trim(), ""),
        _ => ("", text.trim()),
    }
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
        refusal: None,
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

/// What the paths of a platform follow.
pub(super) fn base(store: &StoreAccess) -> &str {
    store.endpoint.trim_end_matches('/')
}

/// Types of ours always serialize; an empty text would be refused by the receiver, not taken for something else.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use reqwest::header::HeaderValue;

    use super::super::table::line;
    use super::*;

    #[test]
    fn a_code_that_is_unknown_leaves_it_to_the_status() {
        use {AttemptOutcome as A, FailureCode as C};
        let table = [line("BUSY", "", A::Transient, C::MarketplaceError)];
        let read = |status, code| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
            let body = Vec::new();
            let failure = by_code(&Reply { status, headers, body }, &table, code, "m");
            assert_eq!(failure.message, format!("{code}: m"));
            (
                failure.class,
                failure.code,
                failure.retry_after.map(|wait| wait.as_secs()),
            )
        };
        assert_eq!(read(401, "BUSY"), (A::Transient, C::MarketplaceError, None));
        assert_eq!(read(401, "X"), (A::Auth, C::CredentialsRefused, None));
        assert_eq!(read(403, "X"), (A::Transient, C::Unrecognised, None));
        assert_eq!(read(429, "X"), (A::Throttled, C::Throttled, Some(7)));
        assert_eq!(read(500, "X"), (A::Transient, C::MarketplaceError, None));
        assert_eq!(read(200, "X"), (A::Transient, C::Unrecognised, None));
    }

    #[test]
    fn a_renewal_is_refused_or_tried_again() {
        use {AttemptOutcome as A, FailureCode as C};
        for (class, code, to) in [
            (A::Throttled, C::DailyLimit, (A::Throttled, C::DailyLimit)),
            (A::Auth, C::ShopBanned, (A::Auth, C::ShopBanned)),
            (A::Ambiguous, C::TimedOut, (A::Transient, C::TimedOut)),
            (A::Transient, C::Unrecognised, (A::Auth, C::CredentialsRefused)),
            (A::Permanent, C::Rejected, (A::Auth, C::CredentialsRefused)),
        ] {
            let failure = not_renewed(failure(class, code, ""));
            assert_eq!((failure.class, failure.code), to);
        }
    }

    #[test]
    fn a_text_can_begin_with_a_code() {
        for (text, parts) in [
            ("error_param: wrong model_id", ("error_param", "wrong model_id")),
            (" ERR_TOO_MANY_REQUEST ", ("ERR_TOO_MANY_REQUEST", "")),
            ("Note: wrong", ("", "Note: wrong")),
            ("Invalid SKU.", ("", "Invalid SKU.")),
        ] {
            assert_eq!(code_and_message(text), parts);
        }
    }

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
    fn ids_are_numbers_of_digits_alone() {
        assert_eq!(number("007"), Some(7));
        for id in ["", "0", "+7", "7 ", "x", "99999999999999999999"] {
            assert_eq!(number(id), None, "{id}");
        }
    }
}
