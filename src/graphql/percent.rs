//! The scalar `Percent`: exact, in hundredths of a percent.

use async_graphql::{InputValueError, InputValueResult, Number, Scalar, ScalarType, Value};

use crate::domain::rule::{MAX_PERCENT_HUNDREDTHS, PERCENT};

/// A percentage from 0 to 2000 with at most two decimals, such as 80 or 33.33; 100 is the whole. Given as a number or
/// as a string, shown as a number. It is computed with exactly as it is written, not as a binary fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percent {
    /// The percentage in hundredths of a percent: 8,000 is 80 %.
    pub hundredths: i32,
}

/// A percentage.
#[Scalar(name = "Percent")]
impl ScalarType for Percent {
    fn parse(value: Value) -> InputValueResult<Self> {
        // A JSON number is read from its shortest decimal form, which is what the caller wrote wherever that has few
        // enough digits to be in range.
        let text = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text,
            other => return Err(InputValueError::expected_type(other)),
        };
        let refused = || {
            InputValueError::custom(format!(
                "\"{text}\" is not a percentage from 0 to 2000 with at most two decimals"
            ))
        };
        parse(&text).map(|hundredths| Self { hundredths }).ok_or_else(refused)
    }

    fn to_value(&self) -> Value {
        let number = match self.hundredths % PERCENT {
            0 => Some(Number::from(self.hundredths / PERCENT)),
            _ => Number::from_f64(f64::from(self.hundredths) / f64::from(PERCENT)),
        };
        number.map_or(Value::Null, Value::Number)
    }
}

/// Hundredths of a percent from decimal notation: digits, and after a dot at most two more.
fn parse(text: &str) -> Option<i32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || fraction.len() > 2 {
        return None;
    }
    let whole: i32 = whole.parse().ok()?;
    let hundredths: i32 = format!("{fraction:0<2}").parse().ok()?;
    let percent = whole.checked_mul(PERCENT)?.checked_add(hundredths)?;
    (percent <= MAX_PERCENT_HUNDREDTHS).then_some(percent)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use async_graphql::value;
    use proptest::prelude::*;

    use super::*;

    fn hundredths(value: Value) -> Option<i32> {
        Percent::parse(value).ok().map(|percent| percent.hundredths)
    }

    #[test]
    fn numbers_and_strings_are_taken_exactly() {
        for (given, expected) in [
            (value!(100), 10_000),
            (value!(80.5), 8_050),
            (value!(33.33), 3_333),
            (value!(0.07), 7),
            (value!(100.0), 10_000),
            (value!("2000"), 200_000),
            (value!("2000.00"), 200_000),
            (value!("0"), 0),
            (value!("1.1"), 110),
            (value!("007.50"), 750),
        ] {
            assert_eq!(hundredths(given.clone()), Some(expected), "{given}");
        }
    }

    #[test]
    fn whatever_else_is_refused() {
        for given in [
            value!(33.333),
            value!(-1),
            value!(-0.01),
            value!(2000.01),
            value!(1e300),
            value!(1e-7),
            value!(""),
            value!("."),
            value!("5."),
            value!(".5"),
            value!("1e2"),
            value!(" 5"),
            value!("+5"),
            value!("5%"),
            value!("99999999999"),
            value!("٣"),
            value!(true),
            value!(null),
        ] {
            assert_eq!(hundredths(given.clone()), None, "{given}");
        }
    }

    #[test]
    fn a_refusal_names_the_value() {
        let message = Percent::parse(value!("12.345"))
            .unwrap_err()
            .into_server_error(async_graphql::Pos::default())
            .message;
        assert!(message.contains("12.345"), "{message}");
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_given_back(hundredths in 0..=MAX_PERCENT_HUNDREDTHS) {
            let shown = Percent { hundredths }.to_value();
            prop_assert_eq!(Percent::parse(shown).ok(), Some(Percent { hundredths }));
        }
    }
}
