//! What Shopee's answers mean, for each row of a call.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::{AttemptOutcome, FailureCode};
use serde_json::Value;

use super::super::answer::{EVIDENCE, ItemOutcome, by_code, by_status, code_and_message, failure, not_understood};
use super::super::outgoing::Reply;
use super::super::table::classify;
use super::super::{Failure, Outcome};
use super::Row;
use super::table::TABLE;
use crate::clock::now;
use crate::domain::text::cut;

/// One entry of `success_list` or `failure_list`.
struct Entry<'r> {
    value: &'r Value,
    model_id: u64,
    /// None where the entry names none.
    location_id: Option<&'r str>,
}

/// What became of each row.
///
/// # Errors
/// The call was refused as a whole, or its answer cannot be read.
pub(super) fn outcomes(reply: &Reply, rows: &[&Row]) -> Result<Vec<ItemOutcome>, Failure> {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let refusal = refusal(reply, &body).err();
    if let (Some(refusal), false) = (&refusal, (200..300).contains(&reply.status)) {
        return Err(refusal.clone());
    }
    let lists = (entries(&body, "success_list"), entries(&body, "failure_list"));
    let (taken, refused) = match (lists, refusal.clone()) {
        ((None, None), Some(refusal)) => return Err(refusal),
        ((None, None), None) => return Err(not_understood("the reply has no list of what was taken")),
        ((taken, refused), _) => (taken.unwrap_or_default(), refused.unwrap_or_default()),
    };
    if let Some(refusal) = refusal.clone().filter(|_| taken.is_empty() && refused.is_empty()) {
        return Err(refusal);
    }
    // With a code in the reply, what is in no list was refused for it.
    let rest = refusal.unwrap_or_else(|| not_understood("the reply says nothing about this item"));
    let outcome = |row: &&Row| {
        let is_only = rows.iter().filter(|other| other.model_id == row.model_id).count() == 1;
        let taken = find(&taken, row, is_only);
        let refused = find(&refused, row, true);
        match (taken, refused) {
            // An entry of what was refused names a model and no location: it is about the others of the model.
            (Some(entry), None) => (taken_as(row, entry), raw(entry)),
            (Some(entry), Some(_)) if !is_only => (taken_as(row, entry), raw(entry)),
            (_, Some(entry)) => (Outcome::Failed(reason(entry)), raw(entry)),
            (None, None) => (Outcome::Failed(rest.clone()), Some(cut(&reply.text(), EVIDENCE))),
        }
    };
    Ok(rows.iter().map(outcome).collect())
}

/// Whether the call was taken, as far as the reply speaks for it as a whole.
///
/// # Errors
/// Why not.
pub(super) fn refusal(reply: &Reply, body: &Value) -> Result<(), Failure> {
    let text = |field: &str| body[field].as_str().unwrap_or_default().trim();
    if !text("error").is_empty() {
        let failure = by_code(reply, TABLE, text("error"), text("message"));
        return Err(match failure.code {
            FailureCode::DailyLimit => Failure {
                retry_after: Some(until_next_day(now())),
                ..failure
            },
            _ => failure,
        });
    }
    if let Some(failure) = by_status(reply) {
        return Err(failure);
    }
    match body.is_object() {
        true => Ok(()),
        false => Err(not_understood("the reply is not a JSON object")),
    }
}

/// How long it is until the calls of a day count anew: at 00:00 UTC+8.
fn until_next_day(now: DateTime<Utc>) -> Duration {
    let there = now.naive_utc() + TimeDelta::hours(8);
    let midnight = (there.date() + TimeDelta::days(1)).and_time(chrono::NaiveTime::MIN);
    (midnight - there).to_std().unwrap_or_default()
}

fn entries<'r>(body: &'r Value, list: &str) -> Option<Vec<Entry<'r>>> {
    let list = body["response"][list].as_array()?;
    Some(list.iter().map(Entry::of).collect())
}

impl<'r> Entry<'r> {
    fn of(value: &'r Value) -> Self {
        let model_id = &value["model_id"];
        let location_id = value["location_id"].as_str().map(str::trim);
        Self {
            value,
            // An item without variants has the model 0, which may be left out.
            model_id: match model_id {
                Value::Null => 0,
                Value::String(text) => text.parse().unwrap_or(u64::MAX),
                number => number.as_u64().unwrap_or(u64::MAX),
            },
            location_id: location_id.filter(|location| !location.is_empty() && *location != "-"),
        }
    }
}

/// The entry for a row. `is_lenient` takes one of the same model whose location is not named, by the entry or the row.
fn find<'e, 'r>(entries: &'e [Entry<'r>], row: &Row, is_lenient: bool) -> Option<&'e Entry<'r>> {
    let location = Some(row.location_id.as_str()).filter(|location| !location.is_empty());
    let same_model = || entries.iter().filter(|entry| entry.model_id == row.model_id);
    let is_open = |entry: &&Entry<'_>| is_lenient && (entry.location_id.is_none() || location.is_none());
    same_model()
        .find(|entry| entry.location_id == location)
        .or_else(|| same_model().find(is_open))
}

/// Unconfirmed: that `stock` is the quantity that the location now has. Where it is another one than was sent, the
/// quantity was not taken.
fn taken_as(row: &Row, entry: &Entry<'_>) -> Outcome {
    match entry.value["stock"].as_i64() {
        Some(stock) if stock != i64::from(row.stock) => Outcome::Failed(failure(
            AttemptOutcome::Transient,
            FailureCode::QuantityNotTaken,
            format!("{} was sent, and the listing shows {stock}", row.stock),
        )),
        _ => Outcome::Applied,
    }
}

/// Unconfirmed: whether `failed_reason` is a text alone, or begins with a code.
fn reason(entry: &Entry<'_>) -> Failure {
    let (code, message) = code_and_message(entry.value["failed_reason"].as_str().unwrap_or_default());
    classify(TABLE, code, message)
}

fn raw(entry: &Entry<'_>) -> Option<String> {
    Some(cut(&entry.value.to_string(), EVIDENCE))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn row(model_id: u64, location_id: &str) -> Row {
        Row {
            item_id: 1,
            model_id,
            location_id: location_id.to_owned(),
            stock: 5,
        }
    }

    /// What became of model 7 in two places, and of model 8.
    fn codes(status: u16, body: &str) -> Result<Vec<Option<FailureCode>>, FailureCode> {
        let rows = [row(7, "A"), row(7, "B"), row(8, "")];
        let reply = Reply {
            status,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        };
        let code = |(outcome, _): ItemOutcome| match outcome {
            Outcome::Applied => None,
            Outcome::Failed(failure) => Some(failure.code),
        };
        outcomes(&reply, &rows.iter().collect::<Vec<_>>())
            .map(|outcomes| outcomes.into_iter().map(code).collect())
            .map_err(|failure| failure.code)
    }

    #[test]
    fn each_row_has_an_outcome_of_its_own() {
        use FailureCode as C;
        let body = r#"{"error":"","response":{"success_list":[{"model_id":7,"location_id":"A","stock":5},
            {"model_id":8,"location_id":"IDZ","stock":5}],"failure_list":[{"model_id":7,"failed_reason":"Stock should be within 1"}]}}"#;
        assert_eq!(codes(200, body), Ok(vec![None, Some(C::QuantityRejected), None]));
        let body = r#"{"response":{"success_list":[{"model_id":7,"stock":5},{"model_id":"8","stock":4}]}}"#;
        let unclear = Some(C::InvalidReply);
        assert_eq!(codes(200, body), Ok(vec![unclear, unclear, Some(C::QuantityNotTaken)]));
        let body =
            r#"{"response":{"success_list":[{"model_id":8}],"failure_list":[{"model_id":8,"failed_reason":"?"}]}}"#;
        assert_eq!(codes(200, body), Ok(vec![unclear, unclear, Some(C::Unrecognised)]));
    }

    #[test]
    fn a_code_speaks_for_what_is_in_no_list() {
        use FailureCode as C;
        let body =
            r#"{"error":"product.error_item_not_found","message":"m","response":{"success_list":[{"model_id":8}]}}"#;
        assert_eq!(
            codes(200, body),
            Ok(vec![Some(C::ListingNotFound), Some(C::ListingNotFound), None])
        );
        for (status, body, code) in [
            (
                200,
                r#"{"error":"error_limit","response":{"success_list":[]}}"#,
                C::DailyLimit,
            ),
            (
                403,
                r#"{"error":"error_auth","message":"Lack of location_id"}"#,
                C::LocationRequired,
            ),
            (403, r#"{"error":"error_auth","message":"new"}"#, C::Unrecognised),
            (200, r#"{"error":"","response":null}"#, C::InvalidReply),
            (200, r#"{"error":"","response":{"succ"#, C::InvalidReply),
            (200, "[]", C::InvalidReply),
            (500, "<html>", C::MarketplaceError),
            (
                500,
                r#"{"error":"","response":{"success_list":[{"model_id":8}]}}"#,
                C::MarketplaceError,
            ),
        ] {
            assert_eq!(codes(status, body), Err(code), "{body}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_in_singapore() {
        let left = |time: &str| DateTime::parse_from_rfc3339(time).map(|time| until_next_day(time.to_utc()).as_secs());
        assert_eq!(left("2026-03-01T15:59:58Z"), Ok(2));
        assert_eq!(left("2026-03-01T16:00:00Z"), Ok(86_400));
    }
}
