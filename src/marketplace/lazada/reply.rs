//! What Lazada's replies mean.
//!
//! A reply is a success when its code is 0 and it has no details. A reply with details says of which SKU each of them is; a
//! SKU without one is unclear then, since no document says whether the others were taken.

use std::time::Duration;

use entity::types::AttemptOutcome as A;
use serde::Deserialize;
use serde_json::Value;

use super::super::answer::{
    EVIDENCE, ItemOutcome, LONGEST_WAIT, by_code, by_status, no_reply, not_understood, of_row, text_of, whole_call,
};
use super::super::outgoing::{CallError, Reply};
use super::super::table::classify;
use super::super::{Failure, Item, Outcome};
use super::table::TABLE;
use crate::domain::text::cut;

/// Unconfirmed: the fields of a detail that name a SKU by its id,
const SKU_IDS: [&str; 4] = ["sku_id", "skuId", "SkuId", "field"];
/// by the seller's code for it,
const SELLER_SKUS: [&str; 3] = ["seller_sku", "sellerSku", "SellerSku"];
/// and those that hold a code and a message.
const SAID: [&str; 6] = ["code", "error_code", "biz_code", "msg", "message", "error_message"];

#[derive(Deserialize)]
struct Envelope {
    code: Value,
    #[serde(default)]
    message: Value,
    #[serde(default)]
    detail: Value,
}

/// New tokens.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) access_token: String,
    pub(super) refresh_token: Option<String>,
    /// Seconds from now.
    pub(super) expires_in: Option<i64>,
}

/// A reply that was taken apart.
struct Read {
    code: String,
    /// What it means for the whole call; none where it is a success.
    whole: Option<Failure>,
    details: Vec<Value>,
}

fn read(reply: &Reply) -> Result<Read, Failure> {
    let envelope = serde_json::from_slice::<Envelope>(&reply.body).ok();
    let known = envelope.and_then(|envelope| Some((text_of(&envelope.code)?, envelope)));
    let Some((code, envelope)) = known else {
        return Err(by_status(reply).unwrap_or_else(|| not_understood("the reply is not JSON with a code")));
    };
    let whole = match code.as_str() {
        "0" => by_status(reply),
        code => Some(of_call(reply, code, &text_of(&envelope.message).unwrap_or_default())),
    };
    let details = match envelope.detail {
        Value::Array(details) => details,
        Value::Null => Vec::new(),
        Value::String(text) if text.is_empty() => Vec::new(),
        one => vec![one],
    };
    Ok(Read { code, whole, details })
}

fn of_call(reply: &Reply, code: &str, message: &str) -> Failure {
    let failure = by_code(reply, TABLE, code, message);
    match failure.class {
        A::Throttled => Failure {
            retry_after: failure.retry_after.or_else(|| ban(message)),
            ..failure
        },
        _ => failure,
    }
}

/// Unconfirmed: how long the calls of an API are refused, as in "this ban will last 1 seconds".
fn ban(message: &str) -> Option<Duration> {
    let (_, rest) = message.split_once("ban will last ")?;
    let seconds = rest.split(' ').next()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// Whether a call that changes nothing was taken.
///
/// # Errors
/// Why it was not.
pub(super) fn taken(reply: &Reply) -> Result<(), Failure> {
    read(reply)?.whole.map_or(Ok(()), Err)
}

/// The tokens that a renewal was answered with. No failure shows any of the body of a success.
///
/// # Errors
/// Why there are none.
pub(super) fn tokens(reply: &Reply) -> Result<Tokens, Failure> {
    taken(reply)?;
    let tokens = serde_json::from_slice::<Tokens>(&reply.body).ok();
    let tokens = tokens.filter(|tokens| !tokens.access_token.is_empty());
    tokens.ok_or_else(|| not_understood("the reply to the renewal has no access token"))
}

/// What became of each of the items of one call.
pub(super) fn outcomes(reply: &Result<Reply, CallError>, items: &[&Item]) -> Vec<ItemOutcome> {
    let reply = match reply {
        Ok(reply) => reply,
        Err(error) => return whole_call(&no_reply(error), None, items.len()),
    };
    let shown = cut(&reply.text(), EVIDENCE);
    let all = |failure: &Failure| whole_call(failure, Some(shown.clone()), items.len());
    let read = match read(reply) {
        Ok(read) => read,
        Err(failure) => return all(&failure),
    };
    match &read.whole {
        None if read.details.is_empty() => vec![(Outcome::Applied, Some(shown)); items.len()],
        // Of the call itself, whatever it has for details.
        Some(failure) if read.details.is_empty() || matches!(failure.class, A::Auth | A::Throttled) => all(failure),
        _ => items.iter().map(|item| one(&read, item, items, &shown)).collect(),
    }
}

fn one(read: &Read, item: &Item, items: &[&Item], shown: &str) -> ItemOutcome {
    let is_only = items.iter().all(|other| other.variant_id == item.variant_id);
    let of_item = read.details.iter().find(|detail| names(detail, item));
    let of_nobody = || {
        read.details
            .iter()
            .find(|detail| !items.iter().any(|item| names(detail, item)))
    };
    let (failure, response) = match (of_item, of_nobody()) {
        (Some(detail), _) => (refusal(read, detail), detail.to_string()),
        (None, Some(detail)) if is_only => (refusal(read, detail), detail.to_string()),
        (None, Some(detail)) => {
            let said = refusal(read, detail).message;
            (
                not_understood(&format!("the reply does not say of which SKU this is: {said}")),
                shown.to_owned(),
            )
        }
        (None, None) => {
            let text = "other SKUs of the call were refused, and the reply says nothing about this one";
            (not_understood(text), shown.to_owned())
        }
    };
    (Outcome::Failed(failure), Some(cut(&response, EVIDENCE)))
}

/// Whether a detail is of an item.
fn names(detail: &Value, item: &Item) -> bool {
    let has_word = |text: String, word: &str| text.split(|c: char| !c.is_alphanumeric()).any(|part| part == word);
    let by_id = SKU_IDS
        .iter()
        .filter_map(|field| text_of(&detail[*field]))
        .any(|text| has_word(text, &item.variant_id));
    let by_code = || {
        let codes = SELLER_SKUS.iter().filter_map(|field| text_of(&detail[*field]));
        codes.into_iter().any(|code| code == item.sku)
    };
    by_id || by_code()
}

/// Why a SKU was refused.
fn refusal(read: &Read, detail: &Value) -> Failure {
    let said = match detail {
        Value::Object(fields) => SAID
            .iter()
            .filter_map(|field| text_of(fields.get(*field)?))
            .collect::<Vec<_>>()
            .join(": "),
        other => text_of(other).unwrap_or_else(|| other.to_string()),
    };
    of_row(classify(TABLE, &read.code, &said))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use entity::types::FailureCode as C;
    use reqwest::header::HeaderMap;

    use super::*;

    fn item(sku: &str) -> Item {
        Item {
            id: String::new(),
            sku: format!("seller-{sku}"),
            product_id: "1".to_owned(),
            variant_id: sku.to_owned(),
            location_id: String::new(),
            quantity: 1,
            sequence: 1,
        }
    }

    /// Of the SKUs 10 and 11.
    fn failures(status: u16, body: &str) -> [Option<Failure>; 2] {
        let items = [item("10"), item("11")];
        let items: Vec<&Item> = items.iter().collect();
        let reply = Reply {
            status,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        };
        let failure = |(outcome, _)| match outcome {
            Outcome::Applied => None,
            Outcome::Failed(failure) => Some(failure),
        };
        let outcomes = outcomes(&Ok(reply), &items).into_iter().map(failure);
        outcomes.collect::<Vec<_>>().try_into().unwrap()
    }

    fn classes(status: u16, body: &str) -> [(A, Option<C>); 2] {
        failures(status, body).map(|failure| match failure {
            None => (A::Applied, None),
            Some(failure) => (failure.class, Some(failure.code)),
        })
    }

    const APPLIED: (A, Option<C>) = (A::Applied, None);
    const UNCLEAR: (A, Option<C>) = (A::Ambiguous, Some(C::InvalidReply));
    const LOCKED: (A, Option<C>) = (A::Deferred, Some(C::PromotionLocked));

    #[test]
    fn a_success_is_the_code_0_without_details() {
        for body in [
            r#"{"code":"0","data":{},"request_id":"x"}"#,
            r#"{"code":0}"#,
            r#"{"code":"0","detail":[]}"#,
        ] {
            assert_eq!(classes(200, body), [APPLIED; 2], "{body}");
        }
    }

    #[test]
    fn what_is_not_understood_is_no_success() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"code":"0","data":{"#,
            r#"{"data":{}}"#,
            r#"{"code":null}"#,
        ] {
            assert_eq!(classes(200, body), [UNCLEAR; 2], "{body}");
        }
    }

    #[test]
    fn a_detail_is_of_its_sku_and_the_others_are_unclear() {
        for detail in [
            r#"{"sku_id":10,"message":"THD_IC_ERR_F_IC_ABILITY_PG_004"}"#,
            r#"{"seller_sku":"seller-10","message":"THD_IC_ERR_F_IC_ABILITY_PG_003: blocked by tag"}"#,
            r#"{"field":"SkuId: 10","code":"THD_IC_ERR_F_IC_ABILITY_PG_003","message":"blocked by tag"}"#,
        ] {
            let body = format!(r#"{{"code":"501","message":"E501: Update product failed","detail":[{detail}]}}"#);
            assert_eq!(classes(200, &body), [LOCKED, UNCLEAR], "{detail}");
        }
    }

    #[test]
    fn a_detail_of_nobody_leaves_all_unclear_and_is_shown() {
        let body = r#"{"code":"501","message":"E501","detail":[{"field":"Product","message":"Category is inactive"}]}"#;
        let [first, second] = failures(200, body).map(Option::unwrap);
        assert_eq!((first.class, &first), (A::Ambiguous, &second));
        assert!(first.message.contains("Category is inactive"), "{}", first.message);
    }

    #[test]
    fn a_success_with_details_is_none_for_those() {
        let body = r#"{"code":"0","detail":[{"sku_id":"11","message":"E0501"}]}"#;
        assert_eq!(classes(200, body), [UNCLEAR, (A::Deferred, Some(C::StockReserved))]);
    }

    #[test]
    fn a_code_without_details_is_of_the_call() {
        assert_eq!(classes(200, r#"{"code":"4170","message":"campaign"}"#), [LOCKED; 2]);
        let body = r#"{"code":"IllegalAccessToken","message":"expired","detail":[{"sku_id":10,"message":"x"}]}"#;
        assert_eq!(classes(200, body), [(A::Auth, Some(C::CredentialsRefused)); 2]);
        assert_eq!(
            classes(200, r#"{"code":"501","message":"?"}"#),
            [(A::Transient, Some(C::Unrecognised)); 2]
        );
        assert_eq!(
            classes(503, r#"{"code":"0"}"#),
            [(A::Transient, Some(C::MarketplaceError)); 2]
        );
    }

    #[test]
    fn a_ban_says_how_long_it_lasts() {
        let body = r#"{"code":"ApiCallLimit","message":"Api access frequency exceeds the limit. this ban will last 3 seconds"}"#;
        let [failure, _] = failures(200, body).map(Option::unwrap);
        assert_eq!(
            (failure.class, failure.retry_after),
            (A::Throttled, Some(Duration::from_secs(3)))
        );
        assert_eq!(ban("this ban will last for ever"), None);
    }

    #[test]
    fn one_sku_needs_no_name() {
        let items = [item("10")];
        let read = Read {
            code: "501".to_owned(),
            whole: None,
            details: vec![serde_json::json!("E0501")],
        };
        let (outcome, _) = one(&read, &items[0], &[&items[0]], "");
        assert!(matches!(outcome, Outcome::Failed(failure) if failure.code == C::StockReserved));
    }
}
