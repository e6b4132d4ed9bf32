//! What Tokopedia's answers mean, for each row of a call.

use std::time::Duration;

use entity::types::AttemptOutcome;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::super::answer::{EVIDENCE, ItemOutcome, LONGEST_WAIT, by_code, by_status, code_and_message, not_understood};
use super::super::outgoing::Reply;
use super::super::table::{classify, find};
use super::super::{Failure, Outcome};
use super::Row;
use super::table::TABLE;
use crate::domain::text::cut;

/// In seconds, until one more row is taken, and until as many as ever are.
const RESETS: [&str; 2] = ["x-ratelimit-reset-after", "x-ratelimit-full-reset-after"];

/// What became of each row. Those that the reply does not name as failed were taken, provided that it names only what was
/// sent and that its counts agree.
///
/// # Errors
/// The call was refused as a whole, or its answer cannot be read.
pub(super) fn outcomes(reply: &Reply, rows: &[&Row]) -> Result<Vec<ItemOutcome>, Failure> {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    refusal(reply, &body)?;
    // Unconfirmed: that the list is always in `data`, as it is in the examples.
    let data = match &body["data"] {
        Value::Object(_) => &body["data"],
        _ => &body,
    };
    let named = match (&data["failed_rows_data"], data["succeed_rows"].as_u64()) {
        (Value::Array(named), _) => named.as_slice(),
        (Value::Null, Some(_)) => &[],
        _ => return Err(not_understood("the reply has no list of what failed")),
    };
    let sent = super::body(rows);
    let of = |sku: &str| named.iter().find(|named| named["sku"].as_str() == Some(sku));
    let failed = sent.iter().filter(|row| of(row.sku).is_some()).count();
    let is_count = |field: &str, count: usize| data[field].as_u64().is_none_or(|told| told == count as u64);
    let agrees =
        failed == named.len() && is_count("failed_rows", failed) && is_count("succeed_rows", sent.len() - failed);
    let text = cut(&reply.text(), EVIDENCE);
    let outcome = |row: &&Row| match of(&row.sku) {
        Some(named) => (
            Outcome::Failed(reason(named, reply)),
            Some(cut(&named.to_string(), EVIDENCE)),
        ),
        None if agrees => (Outcome::Applied, Some(text.clone())),
        None => {
            let failure = not_understood("the reply does not make clear which rows failed");
            (Outcome::Failed(failure), Some(text.clone()))
        }
    };
    Ok(rows.iter().map(outcome).collect())
}

/// Whether the call was taken, as far as the reply speaks for it as a whole.
///
/// # Errors
/// Why not.
pub(super) fn refusal(reply: &Reply, body: &Value) -> Result<(), Failure> {
    let header = &body["header"];
    let code = match &header["error_code"] {
        Value::String(code) => code.clone(),
        Value::Number(code) => code.to_string(),
        _ => String::new(),
    };
    let texts = [&header["messages"], &header["reason"]].map(|text| text.as_str().unwrap_or_default());
    let said = texts
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("; ");
    let has_code = !matches!(code.as_str(), "" | "0");
    let is_known = find(TABLE, &code, &said).is_some();
    let failure = match by_status(reply) {
        // A success says something here as well.
        _ if has_code || is_known => by_code(reply, TABLE, &code, &said),
        Some(failure) => failure,
        None if body.is_object() => return Ok(()),
        None => not_understood("the reply is not a JSON object"),
    };
    Err(with_wait(failure, reply))
}

fn reason(named: &Value, reply: &Reply) -> Failure {
    let (code, message) = code_and_message(named["message"].as_str().unwrap_or_default());
    with_wait(classify(TABLE, code, message), reply)
}

/// Where it says to slow down, with how long: `Retry-After`, or else what the rate limit says of itself.
fn with_wait(failure: Failure, reply: &Reply) -> Failure {
    let retry_after = failure.retry_after.or_else(|| reset_after(&reply.headers));
    match failure.class {
        AttemptOutcome::Throttled => Failure { retry_after, ..failure },
        _ => failure,
    }
}

fn reset_after(headers: &HeaderMap) -> Option<Duration> {
    RESETS.iter().find_map(|name| {
        let seconds: f64 = headers.get(*name)?.to_str().ok()?.trim().parse().ok()?;
        let wait = Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|wait| !wait.is_zero())?;
        Some(wait.min(LONGEST_WAIT))
    })
}

#[cfg(test)]
mod tests {
    use entity::types::FailureCode;
    use reqwest::header::HeaderValue;

    use super::*;

    fn read(status: u16, body: &str) -> Result<Vec<Option<Failure>>, Failure> {
        let row = |sku: &str| Row {
            sku: sku.to_owned(),
            new_stock: 5,
            warehouse_id: "1".to_owned(),
        };
        let rows = [row("a"), row("b"), row("b")];
        let headers = [
            ("x-ratelimit-reset-after", "-0.000000"),
            ("x-ratelimit-full-reset-after", "0.2"),
        ];
        let reply = Reply {
            status,
            headers: headers
                .into_iter()
                .filter_map(|(name, value)| Some((name.parse().ok()?, HeaderValue::from_static(value))))
                .collect(),
            body: body.as_bytes().to_vec(),
        };
        let failure = |(outcome, _): ItemOutcome| match outcome {
            Outcome::Applied => None,
            Outcome::Failed(failure) => Some(failure),
        };
        let outcomes = outcomes(&reply, &rows.iter().collect::<Vec<_>>());
        outcomes.map(|outcomes| outcomes.into_iter().map(failure).collect())
    }

    fn codes(status: u16, body: &str) -> Result<Vec<Option<FailureCode>>, FailureCode> {
        let codes =
            |failures: Vec<Option<Failure>>| failures.into_iter().map(|failure| failure.map(|it| it.code)).collect();
        read(status, body).map(codes).map_err(|failure| failure.code)
    }

    #[test]
    fn what_is_not_named_was_taken_if_the_counts_agree() {
        use FailureCode as C;
        for body in [
            r#"{"header":{"messages":"ok"},"data":{"failed_rows":0,"failed_rows_data":[],"succeed_rows":2}}"#,
            r#"{"data":{"failed_rows_data":null,"succeed_rows":2}}"#,
            r#"{"failed_rows_data":[]}"#,
        ] {
            assert_eq!(codes(200, body), Ok(vec![None; 3]), "{body}");
        }
        let failed = r#"{"data":{"failed_rows_data":[{"sku":"b","message":"Invalid SKU."}]}}"#;
        let not_found = Some(C::ListingNotFound);
        assert_eq!(codes(200, failed), Ok(vec![None, not_found, not_found]));
        for body in [
            r#"{"data":{"failed_rows_data":[{"sku":"c","message":"Invalid SKU."}]}}"#,
            r#"{"data":{"failed_rows_data":[],"succeed_rows":1}}"#,
            r#"{"data":{"failed_rows_data":[],"failed_rows":1}}"#,
            r#"{"data":{"failed_rows_data":null,"succeed_rows":0}}"#,
        ] {
            assert_eq!(codes(200, body), Ok(vec![Some(C::InvalidReply); 3]), "{body}");
        }
    }

    #[test]
    fn a_row_that_came_too_soon_says_nothing_of_the_others() {
        let body = r#"{"data":{"failed_rows_data":[{"sku":"a","message":"ERR_TOO_MANY_REQUEST"}],"succeed_rows":1}}"#;
        let failures = read(200, body).unwrap_or_default();
        let throttled = failures[0].as_ref().map(|failure| (failure.class, failure.retry_after));
        assert_eq!(
            throttled,
            Some((AttemptOutcome::Throttled, Some(Duration::from_millis(200))))
        );
        assert_eq!(failures[1..], [None, None]);
    }

    #[test]
    fn a_call_can_be_refused_as_a_whole() {
        use FailureCode as C;
        for (status, body, code) in [
            (200, "<html>", C::InvalidReply),
            (200, r#"{"data":null}"#, C::InvalidReply),
            (
                200,
                r#"{"header":{"messages":"We had a problem with our server. Try again later.","error_code":0},"data":null}"#,
                C::MarketplaceError,
            ),
            (
                400,
                r#"{"header":{"messages":"no","error_code":"X-1"}}"#,
                C::Unrecognised,
            ),
            (401, r#"{"header":{"messages":"no"}}"#, C::CredentialsRefused),
            (429, "", C::Throttled),
        ] {
            assert_eq!(codes(status, body), Err(code), "{status} {body}");
        }
        let throttled = read(429, "").map_err(|failure| failure.retry_after);
        assert_eq!(throttled, Err(Some(Duration::from_millis(200))));
    }
}
