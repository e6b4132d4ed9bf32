//! Comparing answers: the same data, the same fields, the same order.

/// The text without the white space between its parts; PostgreSQL writes some. Strings stay as they are, so what is
/// escaped in one way and in another would be taken for different: the two sides agree on that.
pub(crate) fn compact(text: &str) -> String {
    let mut into = String::with_capacity(text.len());
    let (mut in_string, mut is_escaped) = (false, false);
    for character in text.chars() {
        if !in_string && character.is_ascii_whitespace() {
            continue;
        }
        into.push(character);
        in_string = match character {
            '"' if !is_escaped => !in_string,
            _ => in_string,
        };
        is_escaped = in_string && character == '\\' && !is_escaped;
    }
    into
}

/// Where two texts part, with what comes before and after; none when they are the same.
pub(crate) fn difference(left: &str, right: &str) -> Option<String> {
    if left == right {
        return None;
    }
    let pairs = left.bytes().zip(right.bytes());
    let same = pairs.take_while(|(left, right)| left == right).count();
    let around = |text: &str| {
        let bytes = &text.as_bytes()[same.saturating_sub(120)..text.len().min(same + 120)];
        String::from_utf8_lossy(bytes).into_owned()
    };
    Some(format!("at byte {same}:\n  {}\n  {}", around(left), around(right)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_space_between_the_parts_goes() {
        let spaced = "{\"a b\" : [1, \"x \\\" : y\"],\n \"c\\\\\" : null}";
        assert_eq!(compact(spaced), "{\"a b\":[1,\"x \\\" : y\"],\"c\\\\\":null}");
    }

    #[test]
    fn a_difference_is_found() {
        assert_eq!(difference("{\"a\":1}", "{\"a\":1}"), None);
        assert!(difference("{\"a\":1}", "{\"a\":2}").is_some_and(|text| text.contains("byte 5")));
        assert!(difference("{}", "{} ").is_some());
    }
}
