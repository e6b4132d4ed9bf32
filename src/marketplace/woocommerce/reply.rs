//! What WooCommerce's answer means, for each listing of a call.
//!
//! A row that was not refused need not have been taken: the quantity in it has to be the one that was sent.

use entity::types::{AttemptOutcome, FailureCode};
use reqwest::header::LOCATION;
use serde_json::Value;

use super::super::answer::{EVIDENCE, ItemOutcome, by_status, failure, not_understood, whole_call};
use super::super::outgoing::Reply;
use super::super::table::{classify, find};
use super::super::{Failure, Outcome};
use super::{Row, TABLE};
use crate::domain::text::cut;

/// What became of each row.
pub(super) fn outcomes(reply: &Reply, rows: &[&Row]) -> Vec<ItemOutcome> {
    let text = cut(&reply.text(), EVIDENCE);
    if let Some(failure) = refusal(reply) {
        return whole_call(&failure, Some(text), rows.len());
    }
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let Some(answers) = body.as_ref().and_then(|body| body["update"].as_array()) else {
        return whole_call(
            &not_understood("the reply has no list \"update\""),
            Some(text),
            rows.len(),
        );
    };
    // In the order of the rows, so that two listings with one id have an answer each.
    let mut answers: Vec<Option<&Value>> = answers.iter().map(Some).collect();
    let mut answer_to = |row: &Row| {
        let mut fitting = answers.iter_mut();
        fitting
            .find(|answer| answer.is_some_and(|answer| answer["id"] == row.id))?
            .take()
    };
    rows.iter()
        .map(|row| match answer_to(row) {
            Some(answer) => (outcome(answer, row), Some(cut(&answer.to_string(), EVIDENCE))),
            None => {
                let failure = not_understood("the reply says nothing about this item");
                (Outcome::Failed(failure), Some(text.clone()))
            }
        })
        .collect()
}

/// Whether a try was answered by the API.
pub(super) fn tried(reply: &Reply) -> Result<(), Failure> {
    if let Some(failure) = refusal(reply) {
        return Err(failure);
    }
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    match body.is_some_and(|body| body.is_array() || body.is_object()) {
        true => Ok(()),
        false => Err(not_understood("the reply is not JSON")),
    }
}

/// Why the whole call was refused.
fn refusal(reply: &Reply) -> Option<Failure> {
    use {AttemptOutcome as A, FailureCode as C};
    let by_status = by_status(reply)?;
    if matches!(reply.status, 301 | 302 | 303 | 307 | 308) {
        let to = reply
            .headers
            .get(LOCATION)
            .and_then(|to| to.to_str().ok())
            .unwrap_or_default();
        // Without the query, which repeats how the call was signed.
        let to = to.split('?').next().unwrap_or_default();
        let said = format!(
            "HTTP {}: the site sends calls on to {}; connect it with that address",
            reply.status,
            cut(to, 200)
        );
        return Some(failure(A::Auth, C::EndpointGone, said));
    }
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let text = |field: &str| body[field].as_str().unwrap_or_default();
    let (code, message) = (text("code"), text("message"));
    let is_known = find(TABLE, code, message).is_some();
    match (code, by_status.class) {
        // Some other page of the site.
        ("", _) if reply.status == 404 => Some(Failure {
            class: A::Transient,
            code: C::MarketplaceError,
            ..by_status
        }),
        ("", _) => Some(by_status),
        (_, class) if !is_known && class != A::Permanent => Some(by_status),
        _ => Some(Failure {
            retry_after: by_status.retry_after,
            ..classify(TABLE, code, message)
        }),
    }
}

fn outcome(answer: &Value, row: &Row) -> Outcome {
    let error = &answer["error"];
    if !error.is_null() {
        let text = |field: &str| error[field].as_str().unwrap_or_default();
        return Outcome::Failed(classify(TABLE, text("code"), text("message")));
    }
    let Some(shown) = answer.get("stock_quantity") else {
        return Outcome::Failed(not_understood("the reply does not show the quantity"));
    };
    // Extensions make it a fraction or a text.
    let quantity = shown.as_f64().or_else(|| shown.as_str()?.parse().ok());
    if quantity == Some(f64::from(row.stock_quantity)) {
        return Outcome::Applied;
    }
    let said = format!(
        "{} was sent, and the listing shows {}",
        row.stock_quantity,
        cut(&shown.to_string(), 100)
    );
    Outcome::Failed(failure(AttemptOutcome::Permanent, FailureCode::QuantityNotTaken, said))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue};
    use serde_json::json;

    use super::*;

    fn row(id: u64, stock_quantity: i32) -> Row {
        Row {
            id,
            manage_stock: true,
            stock_quantity,
            fields: "",
        }
    }

    fn read(status: u16, body: &str, rows: &[&Row]) -> Vec<Option<(AttemptOutcome, FailureCode)>> {
        let mut headers = HeaderMap::new();
        headers.insert(
            LOCATION,
            HeaderValue::from_static("https://example.com/x?oauth_signature=abc"),
        );
        let reply = Reply {
            status,
            headers,
            body: body.as_bytes().to_vec(),
        };
        let failure = |(outcome, _)| match outcome {
            Outcome::Applied => None,
            Outcome::Failed(failure) => {
                assert!(!failure.message.contains("oauth_signature"), "{}", failure.message);
                Some((failure.class, failure.code))
            }
        };
        outcomes(&reply, rows).into_iter().map(failure).collect()
    }

    #[test]
    fn each_row_is_looked_at_on_its_own() {
        use {AttemptOutcome as A, FailureCode as C};
        let body = json!({ "update": [
            { "id": 1, "stock_quantity": 5 },
            { "id": 2, "error": { "code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID." } },
            { "id": 3, "stock_quantity": 4 },
            { "id": 4, "stock_quantity": null },
            { "id": 5 },
            { "id": 7, "stock_quantity": "5.00" },
        ] });
        let rows: Vec<Row> = (1..=7).map(|id| row(id, 5)).collect();
        let rows: Vec<&Row> = rows.iter().collect();
        assert_eq!(
            read(200, &body.to_string(), &rows),
            [
                None,
                Some((A::Permanent, C::ListingNotFound)),
                Some((A::Permanent, C::QuantityNotTaken)),
                Some((A::Permanent, C::QuantityNotTaken)),
                Some((A::Ambiguous, C::InvalidReply)),
                Some((A::Ambiguous, C::InvalidReply)),
                None,
            ]
        );
    }

    #[test]
    fn two_rows_with_one_id_have_an_answer_each() {
        use {AttemptOutcome as A, FailureCode as C};
        let body =
            json!({ "update": [{ "id": 1, "stock_quantity": 5 }, { "id": 1, "stock_quantity": 6 }] }).to_string();
        assert_eq!(read(200, &body, &[&row(1, 5), &row(1, 6)]), [None, None]);
        let once = json!({ "update": [{ "id": 1, "stock_quantity": 5 }] }).to_string();
        assert_eq!(
            read(200, &once, &[&row(1, 5), &row(1, 5)]),
            [None, Some((A::Ambiguous, C::InvalidReply))]
        );
    }

    #[test]
    fn the_whole_call_can_be_refused() {
        use {AttemptOutcome as A, FailureCode as C};
        let error = |code: &str| json!({ "code": code, "message": "no", "data": { "status": 400 } }).to_string();
        for (status, body, expected) in [
            (200, "<html>".to_owned(), (A::Ambiguous, C::InvalidReply)),
            (200, "[]".to_owned(), (A::Ambiguous, C::InvalidReply)),
            (200, r#"{"update":{}}"#.to_owned(), (A::Ambiguous, C::InvalidReply)),
            (301, String::new(), (A::Auth, C::EndpointGone)),
            (401, error("something_new"), (A::Auth, C::CredentialsRefused)),
            (
                401,
                error("woocommerce_rest_cannot_batch"),
                (A::Auth, C::PermissionMissing),
            ),
            (404, "<html>".to_owned(), (A::Transient, C::MarketplaceError)),
            (404, error("rest_no_route"), (A::Transient, C::MarketplaceError)),
            (400, error("something_new"), (A::Transient, C::Unrecognised)),
            (
                413,
                error("woocommerce_rest_request_entity_too_large"),
                (A::Transient, C::Rejected),
            ),
            (429, "slow".to_owned(), (A::Throttled, C::Throttled)),
            (500, error("something_new"), (A::Transient, C::MarketplaceError)),
        ] {
            assert_eq!(read(status, &body, &[&row(1, 5)]), [Some(expected)], "{status} {body}");
        }
    }
}
