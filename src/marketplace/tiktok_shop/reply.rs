//! What TikTok Shop's replies mean.
//!
//! A SKU took its quantities when the reply has the code 0 and no error of the SKU in `data.errors`. Whatever else a reply
//! is, it is no success.

use serde::Deserialize;
use serde_json::Value;

use super::super::answer::{
    EVIDENCE, ItemOutcome, by_code, by_status, no_reply, not_understood, of_row, text_of, whole_call,
};
use super::super::outgoing::{CallError, Reply};
use super::super::table::classify;
use super::super::{Failure, Item, Outcome};
use super::table::TABLE;
use crate::domain::text::cut;

#[derive(Deserialize)]
struct Envelope {
    code: Value,
    #[serde(default)]
    message: Value,
    #[serde(default)]
    data: Value,
}

/// New tokens.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) access_token: String,
    pub(super) refresh_token: Option<String>,
    /// A moment since 1970 or seconds from now; sources differ.
    pub(super) access_token_expire_in: Option<i64>,
}

/// What a reply carries.
///
/// # Errors
/// What the reply means for the whole call, when it carries nothing.
pub(super) fn data(reply: &Reply) -> Result<Value, Failure> {
    let envelope = serde_json::from_slice::<Envelope>(&reply.body).ok();
    let known = envelope.and_then(|envelope| Some((text_of(&envelope.code)?, envelope)));
    let Some((code, envelope)) = known else {
        return Err(by_status(reply).unwrap_or_else(|| not_understood("the reply is not JSON with a code")));
    };
    match (code.as_str(), by_status(reply)) {
        ("0", None) => Ok(envelope.data),
        ("0", Some(failure)) => Err(failure),
        (code, _) => Err(by_code(reply, TABLE, code, &text(&envelope.message))),
    }
}

/// The tokens that a renewal was answered with. No failure shows any of the body of a success.
///
/// # Errors
/// Why there are none.
pub(super) fn tokens(reply: &Reply) -> Result<Tokens, Failure> {
    let tokens = serde_json::from_value::<Tokens>(data(reply)?);
    let tokens = tokens.ok().filter(|tokens| !tokens.access_token.is_empty());
    tokens.ok_or_else(|| not_understood("the reply to the renewal has no access token"))
}

/// What became of each of the items of one call.
pub(super) fn outcomes(reply: &Result<Reply, CallError>, items: &[&Item]) -> Vec<ItemOutcome> {
    let reply = match reply {
        Ok(reply) => reply,
        Err(error) => return whole_call(&no_reply(error), None, items.len()),
    };
    let whole = cut(&reply.text(), EVIDENCE);
    let errors = match data(reply).and_then(|data| errors(&data)) {
        Ok(errors) => errors,
        Err(failure) => return whole_call(&failure, Some(whole), items.len()),
    };
    // An error of something that was not sent: who knows what it means for what was.
    let is_odd = errors
        .iter()
        .any(|error| sku_of(error).is_some_and(|sku| items.iter().all(|item| item.variant_id != sku)));
    let of_sku = |item: &Item| {
        errors
            .iter()
            .find(|error| sku_of(error).as_deref() == Some(&item.variant_id))
    };
    let of_product = errors.iter().find(|error| sku_of(error).is_none());
    let one = |item: &&Item| match of_sku(item).or(of_product) {
        Some(error) => (
            Outcome::Failed(refusal(error, item)),
            Some(cut(&error.to_string(), EVIDENCE)),
        ),
        None if is_odd => {
            let failure = not_understood("the reply has an error of a SKU that was not sent");
            (Outcome::Failed(failure), Some(whole.clone()))
        }
        None => (Outcome::Applied, Some(whole.clone())),
    };
    items.iter().map(one).collect()
}

/// `data.errors`; without data there are none.
fn errors(data: &Value) -> Result<Vec<Value>, Failure> {
    match (data, &data["errors"]) {
        (Value::Null, _) | (Value::Object(_), Value::Null) => Ok(Vec::new()),
        (Value::Object(_), Value::Array(errors)) if errors.iter().all(Value::is_object) => Ok(errors.clone()),
        _ => Err(not_understood("the reply's data.errors is not a list of errors")),
    }
}

/// The SKU that an error is of; none where it is of the product.
fn sku_of(error: &Value) -> Option<String> {
    text_of(&error["detail"]["sku_id"]).filter(|sku| !sku.is_empty())
}

/// Why an item was refused: what is said of its warehouse or, where nothing is, of its SKU.
fn refusal(error: &Value, item: &Item) -> Failure {
    let of_warehouses = error["detail"]["extra_errors"].as_array();
    let of_warehouse = of_warehouses.into_iter().flatten().find(|error| {
        let warehouse = text_of(&error["warehouse_id"]);
        warehouse.is_some_and(|warehouse| !warehouse.is_empty() && warehouse == item.location_id)
    });
    let error = of_warehouse.unwrap_or(error);
    let code = text_of(&error["code"]).unwrap_or_default();
    of_row(classify(TABLE, &code, &text(&error["message"])))
}

fn text(value: &Value) -> String {
    text_of(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use entity::types::{AttemptOutcome as A, FailureCode as C};
    use reqwest::header::HeaderMap;

    use super::*;

    fn item(sku: &str, warehouse: &str) -> Item {
        Item {
            id: String::new(),
            sku: "S".to_owned(),
            product_id: "1".to_owned(),
            variant_id: sku.to_owned(),
            location_id: warehouse.to_owned(),
            quantity: 1,
            sequence: 1,
        }
    }

    fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    /// Of the SKU 10 in the warehouses 7 and 8, and of the SKU 11.
    fn classes(status: u16, body: &str) -> [(A, Option<C>); 3] {
        let items = [item("10", "7"), item("10", "8"), item("11", "")];
        let items: Vec<&Item> = items.iter().collect();
        let outcomes = outcomes(&Ok(reply(status, body)), &items);
        let class = |(outcome, _): &ItemOutcome| match outcome {
            Outcome::Applied => (A::Applied, None),
            Outcome::Failed(failure) => (failure.class, Some(failure.code)),
        };
        outcomes.iter().map(class).collect::<Vec<_>>().try_into().unwrap()
    }

    const APPLIED: (A, Option<C>) = (A::Applied, None);
    const UNCLEAR: (A, Option<C>) = (A::Ambiguous, Some(C::InvalidReply));

    #[test]
    fn a_success_is_the_code_0_without_errors() {
        for body in [
            r#"{"code":0,"message":"Success","data":{"errors":[]}}"#,
            r#"{"code":0,"data":{}}"#,
            r#"{"code":"0","data":null}"#,
            r#"{"code":0}"#,
        ] {
            assert_eq!(classes(200, body), [APPLIED; 3], "{body}");
        }
    }

    #[test]
    fn what_is_not_understood_is_no_success() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"code":0,"data":{"errors":[]"#,
            r#"{"code":null,"data":{}}"#,
            r#"{"code":0,"data":{"errors":{}}}"#,
            r#"{"code":0,"data":{"errors":["no"]}}"#,
            r#"{"code":0,"data":"ok"}"#,
        ] {
            assert_eq!(classes(200, body), [UNCLEAR; 3], "{body}");
        }
    }

    #[test]
    fn an_error_is_of_its_sku_and_of_all_its_warehouses() {
        let body = r#"{"code":0,"data":{"errors":[{"code":12019022,"message":"no","detail":{"sku_id":"10"}}]}}"#;
        let refused = (A::Permanent, Some(C::LocationNotFound));
        assert_eq!(classes(200, body), [refused, refused, APPLIED]);
        let body = r#"{"code":0,"data":{"errors":[{"code":1,"message":"partly","detail":{"sku_id":10,
            "extra_errors":[{"warehouse_id":"8","code":12019024,"message":"range"}]}}]}}"#;
        let unknown = (A::Transient, Some(C::Unrecognised));
        assert_eq!(
            classes(200, body),
            [unknown, (A::Permanent, Some(C::QuantityRejected)), APPLIED]
        );
    }

    #[test]
    fn an_error_without_a_sku_is_of_the_product_and_one_of_a_stranger_is_unclear() {
        let body = r#"{"code":0,"data":{"errors":[{"code":12052048,"message":"no","detail":{"product_id":"1"}}]}}"#;
        assert_eq!(classes(200, body), [(A::Permanent, Some(C::ListingNotFound)); 3]);
        let body = r#"{"code":0,"data":{"errors":[{"code":12019022,"message":"no","detail":{"sku_id":"99"}}]}}"#;
        assert_eq!(classes(200, body), [UNCLEAR; 3]);
    }

    #[test]
    fn a_row_does_not_speak_of_the_token_and_a_code_does() {
        let body = r#"{"code":0,"data":{"errors":[{"code":105005,"message":"no","detail":{"sku_id":"11"}}]}}"#;
        assert_eq!(
            classes(200, body),
            [APPLIED, APPLIED, (A::Permanent, Some(C::PermissionMissing))]
        );
        for status in [200, 401] {
            let body = r#"{"code":105002,"message":"Expired credentials"}"#;
            assert_eq!(classes(status, body), [(A::Auth, Some(C::CredentialsRefused)); 3]);
        }
    }

    #[test]
    fn a_status_without_a_code_decides() {
        assert_eq!(classes(502, "<html>"), [(A::Throttled, Some(C::Throttled)); 3]);
        assert_eq!(
            classes(500, r#"{"code":0}"#),
            [(A::Transient, Some(C::MarketplaceError)); 3]
        );
        assert_eq!(
            classes(400, r#"{"code":4711,"message":"?"}"#),
            [(A::Transient, Some(C::Unrecognised)); 3]
        );
    }

    #[test]
    fn no_failure_of_a_renewal_shows_a_token() {
        let Err(failure) = tokens(&reply(200, r#"{"code":0,"data":{"refresh_token":"hunter2"}}"#)) else {
            panic!("there is no access token");
        };
        assert!(!failure.message.contains("hunter2"), "{}", failure.message);
    }
}
