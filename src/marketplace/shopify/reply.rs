//! What Shopify's answer means, for each listing of a call.
//!
//! The mutation is applied as a whole or not at all. When a row is refused, the others were not applied either: they are
//! sent again, as after a passing fault, without the refused ones, which are settled. That costs them an attempt, unlike
//! being throttled; but it does not slow the store down, and it ends even when Shopify goes on refusing.

use std::time::Duration;

use entity::types::{AttemptOutcome, FailureCode};
use serde::Deserialize;
use serde_json::Value;

use super::super::answer::{EVIDENCE, ItemOutcome, LONGEST_WAIT, by_status, failure, not_understood, whole_call};
use super::super::outgoing::Reply;
use super::super::table::{classify, find};
use super::super::{Failure, Outcome};
use super::TABLE;
use crate::domain::text::cut;

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "userErrors")]
    user_errors: Vec<UserError>,
}

#[derive(Deserialize)]
struct UserError {
    code: Option<String>,
    field: Option<Vec<String>>,
    message: String,
}

/// What became of each of so many rows.
pub(super) fn outcomes(reply: &Reply, rows: usize) -> Vec<ItemOutcome> {
    let text = Some(cut(&reply.text(), EVIDENCE));
    let read = body(reply).and_then(|body| {
        let payload = body["data"]["inventorySetQuantities"].clone();
        serde_json::from_value::<Payload>(payload).map_err(|_| not_understood("the reply has no list \"userErrors\""))
    });
    match read {
        Ok(payload) if payload.user_errors.is_empty() => vec![(Outcome::Applied, text); rows],
        Ok(payload) => of_rows(&payload.user_errors, rows)
            .into_iter()
            .map(|failure| (Outcome::Failed(failure), text.clone()))
            .collect(),
        Err(failure) => whole_call(&failure, text, rows),
    }
}

/// Whether a try was answered with the shop.
pub(super) fn tried(reply: &Reply) -> Result<(), Failure> {
    let body = body(reply)?;
    match body["data"]["shop"]["name"].is_string() {
        true => Ok(()),
        false => Err(not_understood("the reply does not name the shop")),
    }
}

/// What each row failed with, where at least one was refused.
fn of_rows(errors: &[UserError], rows: usize) -> Vec<Failure> {
    let mut failures = vec![None; rows];
    let mut whole = None;
    for error in errors {
        let failure = classify(TABLE, error.code.as_deref().unwrap_or_default(), &error.message);
        match error.row().and_then(|row| failures.get_mut(row)) {
            Some(place) => {
                place.get_or_insert(failure);
            }
            None if rows == 1 => failures[0] = Some(failure),
            None => whole = whole.or(Some(failure)),
        }
    }
    // It is not known of which row it is said, so none of them is given up for it.
    let others = match whole {
        Some(failure) if failure.class == AttemptOutcome::Permanent => Failure {
            class: AttemptOutcome::Transient,
            ..failure
        },
        Some(failure) => failure,
        None => failure(
            AttemptOutcome::Transient,
            FailureCode::MarketplaceError,
            "not applied, since another listing of the same call was refused",
        ),
    };
    failures
        .into_iter()
        .map(|failure| failure.unwrap_or_else(|| others.clone()))
        .collect()
}

impl UserError {
    /// The place in `input.quantities` of what it is about.
    fn row(&self) -> Option<usize> {
        let mut path = self.field.iter().flatten();
        path.find(|part| *part == "quantities")?;
        path.next()?.parse().ok()
    }
}

/// The body of a reply without errors of the whole call.
fn body(reply: &Reply) -> Result<Value, Failure> {
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let errors = body
        .as_ref()
        .map(|body| &body["errors"])
        .filter(|errors| is_something(errors));
    let (code, message) = errors.map(first_error).unwrap_or_default();
    if find(TABLE, &code, &message).is_some() {
        let failure = classify(TABLE, &code, &message);
        let wait = body
            .as_ref()
            .filter(|_| failure.class == AttemptOutcome::Throttled)
            .and_then(wait);
        let said = by_status(reply).and_then(|failure| failure.retry_after);
        return Err(Failure {
            retry_after: wait.or(said),
            ..failure
        });
    }
    if let Some(failure) = by_status(reply) {
        let status = format!("HTTP {}", reply.status);
        return Err(find(TABLE, &status, "").map_or(failure, |_| classify(TABLE, &status, &reply.text())));
    }
    match (errors, &body) {
        (Some(_), _) => Err(classify(TABLE, &code, &message)),
        (None, None) => Err(not_understood("the reply is not JSON")),
        (None, Some(_)) => Ok(body.unwrap_or_default()),
    }
}

fn is_something(errors: &Value) -> bool {
    match errors {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        _ => true,
    }
}

/// Code and message of the first error; outside of GraphQL there is a text alone.
fn first_error(errors: &Value) -> (String, String) {
    let error = &errors[0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match error["message"].is_string() {
        true => (text(&error["extensions"]["code"]), text(&error["message"])),
        false => (
            String::new(),
            errors.as_str().map_or_else(|| errors.to_string(), str::to_owned),
        ),
    }
}

/// How long it takes until there is enough for a call of the same cost.
fn wait(body: &Value) -> Option<Duration> {
    let cost = &body["extensions"]["cost"];
    let status = &cost["throttleStatus"];
    let missing = cost["requestedQueryCost"].as_f64()? - status["currentlyAvailable"].as_f64()?;
    let rate = status["restoreRate"].as_f64().filter(|rate| *rate > 0.0)?;
    let seconds = (missing / rate).clamp(0.0, LONGEST_WAIT.as_secs_f64());
    Some(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;
    use serde_json::json;

    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn failures(status: u16, body: &str, rows: usize) -> Vec<(AttemptOutcome, FailureCode)> {
        let failure = |(outcome, _)| match outcome {
            Outcome::Applied => (AttemptOutcome::Applied, FailureCode::NoListing),
            Outcome::Failed(failure) => (failure.class, failure.code),
        };
        outcomes(&reply(status, body), rows).into_iter().map(failure).collect()
    }

    fn refused(errors: &Value) -> String {
        json!({ "data": { "inventorySetQuantities": { "inventoryAdjustmentGroup": null, "userErrors": errors } } })
            .to_string()
    }

    #[test]
    fn one_refused_row_keeps_the_others_from_being_applied() {
        use {AttemptOutcome as A, FailureCode as C};
        let body = refused(&json!([
            { "code": "INVALID_LOCATION", "field": ["input", "quantities", "1", "locationId"], "message": "no" },
        ]));
        let innocent = (A::Transient, C::MarketplaceError);
        assert_eq!(
            failures(200, &body, 3),
            [innocent, (A::Permanent, C::LocationNotFound), innocent]
        );
    }

    #[test]
    fn an_error_without_a_row_gives_none_of_several_up() {
        use {AttemptOutcome as A, FailureCode as C};
        for field in [json!(null), json!(["input"]), json!(["input", "quantities", "9"])] {
            let body = refused(&json!([{ "code": "INVALID_LOCATION", "field": field, "message": "no" }]));
            assert_eq!(failures(200, &body, 2), [(A::Transient, C::LocationNotFound); 2]);
            assert_eq!(failures(200, &body, 1), [(A::Permanent, C::LocationNotFound)]);
        }
    }

    #[test]
    fn what_is_not_a_whole_reply_is_no_success() {
        use {AttemptOutcome as A, FailureCode as C};
        for body in [
            "",
            "<html>",
            "null",
            "[]",
            "{}",
            r#"{"data":[]}"#,
            r#"{"data":null}"#,
            r#"{"data":{"inventorySetQuantities":null}}"#,
            r#"{"data":{"inventorySetQuantities":{"inventoryAdjustmentGroup":{"id":"1"}}}}"#,
            r#"{"data":{"inventorySetQuantities":{"userErrors":[{"code":"X"}]}}}"#,
        ] {
            assert_eq!(failures(200, body, 1), [(A::Ambiguous, C::InvalidReply)], "{body}");
        }
        assert_eq!(failures(200, &refused(&json!([])), 1)[0].0, A::Applied);
    }

    #[test]
    fn errors_of_the_whole_call_come_in_several_forms() {
        use {AttemptOutcome as A, FailureCode as C};
        for (status, body, expected) in [
            (
                401,
                r#"{"errors":"[API] Invalid API key or access token"}"#,
                (A::Auth, C::CredentialsRefused),
            ),
            (402, r#"{"errors":"Unavailable Shop"}"#, (A::Auth, C::ShopBanned)),
            (423, "", (A::Transient, C::MarketplaceError)),
            (
                200,
                r#"{"errors":[{"message":"Throttled"}]}"#,
                (A::Throttled, C::Throttled),
            ),
            (
                429,
                r#"{"errors":"Exceeded 2 calls per second"}"#,
                (A::Throttled, C::Throttled),
            ),
            (500, "<html>", (A::Transient, C::MarketplaceError)),
            (
                200,
                r#"{"errors":[{"message":"new"}]}"#,
                (A::Transient, C::Unrecognised),
            ),
            (200, r#"{"errors":{"a":1}}"#, (A::Transient, C::Unrecognised)),
            (
                200,
                r#"{"errors":[{"message":"no","extensions":{"code":"ACCESS_DENIED"}}],"data":{"inventorySetQuantities":null}}"#,
                (A::Auth, C::PermissionMissing),
            ),
        ] {
            assert_eq!(failures(status, body, 1), [expected], "{status} {body}");
        }
    }

    #[test]
    fn the_cost_says_when_to_come_back() {
        let throttled = |status: Value| {
            let body = json!({
                "errors": [{ "message": "Throttled", "extensions": { "code": "THROTTLED" } }],
                "extensions": { "cost": { "requestedQueryCost": 110, "throttleStatus": status } },
            });
            super::body(&reply(200, &body.to_string())).map_err(|failure| (failure.class, failure.retry_after))
        };
        let waits = |seconds| Err((AttemptOutcome::Throttled, seconds));
        let status = |available: i32, rate: i32| json!({ "currentlyAvailable": available, "restoreRate": rate });
        assert_eq!(throttled(status(10, 50)), waits(Some(Duration::from_secs(2))));
        assert_eq!(throttled(status(500, 50)), waits(Some(Duration::ZERO)));
        assert_eq!(throttled(status(10, 0)), waits(None));
        assert_eq!(throttled(json!(null)), waits(None));
    }
}
