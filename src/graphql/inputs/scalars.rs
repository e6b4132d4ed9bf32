//! Which values a scalar can hold: those that the type behind it can be made of.

use async_graphql::{ID, InputType};
use async_graphql_value::{ConstValue, Value};
use chrono::{DateTime, Utc};

use crate::clock;
use crate::graphql::percent::Percent;

/// Whether a scalar of the schema can hold a value.
///
/// # Errors
/// What is wrong, to be read after the value.
pub(super) fn check(name: &str, value: &Value) -> Result<(), String> {
    let value = value.clone().into_const();
    let (can_hold, expected) = match name {
        "Int" => (
            parses::<i32>(value),
            "an Int, a whole number from -2147483648 to 2147483647",
        ),
        "Float" => (parses::<f64>(value), "a Float"),
        "Boolean" => (parses::<bool>(value), "a Boolean"),
        "String" => (parses::<String>(value), "a String"),
        "ID" => (parses::<ID>(value), "an ID, which is a string"),
        "DateTime" => (
            parsed::<DateTime<Utc>>(value).is_some_and(clock::is_accepted),
            "a DateTime in the years 1 to 9999, such as 2026-01-31T17:00:00Z",
        ),
        "Percent" => (
            parses::<Percent>(value),
            "a Percent, from 0 to 2000 with at most two decimals",
        ),
        _ => return Ok(()),
    };
    match can_hold {
        true => Ok(()),
        false => Err(format!("is not {expected}")),
    }
}

fn parses<T: InputType>(value: Option<ConstValue>) -> bool {
    parsed::<T>(value).is_some()
}

fn parsed<T: InputType>(value: Option<ConstValue>) -> Option<T> {
    T::parse(Some(value?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str, value: &Value) -> String {
        check(name, value).err().unwrap_or_default()
    }

    #[test]
    fn every_scalar_of_the_schema_is_known() {
        let sdl = crate::graphql::sdl();
        let declared = sdl.lines().filter_map(|line| line.strip_prefix("scalar "));
        let declared: Vec<&str> = declared.filter_map(|line| line.split_whitespace().next()).collect();
        assert!(declared.len() >= 2, "{declared:?}");
        for name in declared.into_iter().chain(["Int", "Float", "Boolean", "String", "ID"]) {
            // No scalar of ours can hold a list.
            assert_ne!(
                refusal(name, &Value::List(Vec::new())),
                "",
                "say in scalars.rs what {name} can hold"
            );
        }
    }

    #[test]
    fn times_are_taken_of_the_years_that_the_databases_agree_on() {
        for (time, is_taken) in [
            ("0001-01-01T00:00:00Z", true),
            ("9999-12-31T23:59:59.999999Z", true),
            ("0000-12-31T23:59:59Z", false),
            ("+10000-01-01T00:00:00Z", false),
            // These are in other years by UTC.
            ("0001-01-01T00:00:00+00:01", false),
            ("9999-12-31T23:59:59-00:01", false),
            ("2026-01-01T00:00:00", false),
        ] {
            assert_eq!(
                refusal("DateTime", &Value::String(time.to_owned())).is_empty(),
                is_taken,
                "{time}"
            );
        }
    }
}
