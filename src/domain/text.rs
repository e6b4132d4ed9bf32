//! Texts that people and other systems give us: codes, names, search needles.

use crate::error::{Problem, ProblemCode};

/// Longest code, such as a SKU, in characters.
pub const MAX_CODE: usize = 200;
/// Longest name, in characters.
pub const MAX_NAME: usize = 500;
/// Most characters of a value that a message repeats.
const SHOWN: usize = 40;

/// A number of things, of which one is called so.
#[must_use]
pub fn counted(number: impl Into<u64>, noun: &str) -> String {
    match number.into() {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

/// A code as it is stored: trimmed, not blank, at most [`MAX_CODE`] characters, none of them a control character.
/// Codes are compared exactly as they are, letter case included.
///
/// # Errors
/// The problem, at `path`.
pub fn code(path: &str, value: &str) -> Result<String, Problem> {
    let given = value;
    let value = value.trim();
    if value.is_empty() {
        return Err(blank(path, given));
    }
    checked(path, value, MAX_CODE)
}

/// A name or other text of one line as it is stored: trimmed, at most [`MAX_NAME`] characters, none of them a control
/// character. May be blank.
///
/// # Errors
/// The problem, at `path`.
pub fn name(path: &str, value: &str) -> Result<String, Problem> {
    checked(path, value.trim(), MAX_NAME)
}

fn checked(path: &str, value: &str, longest: usize) -> Result<String, Problem> {
    let length = value.chars().count();
    if length > longest {
        let message = format!(
            "{} has {length} characters; at most {longest} are allowed",
            shown(value)
        );
        return Err(Problem::new(path, ProblemCode::TooLong, message));
    }
    if let Some(control) = value.chars().find(|character| character.is_control()) {
        let message = format!(
            "{} must not contain the control character U+{:04X}",
            shown(value),
            u32::from(control)
        );
        return Err(Problem::new(path, ProblemCode::Invalid, message));
    }
    Ok(value.to_owned())
}

/// The problem that a value is blank where it must not be.
#[must_use]
pub fn blank(path: &str, value: &str) -> Problem {
    Problem::new(
        path,
        ProblemCode::Required,
        format!("{} must not be blank", shown(value)),
    )
}

/// A value as messages repeat it: in quotes, the first 40 characters of it, and control characters as what they are
/// written as.
#[must_use]
pub fn shown(value: &str) -> String {
    let mut text = String::from("\"");
    for character in value.chars().take(SHOWN) {
        match character.is_control() {
            true => text.extend(character.escape_default()),
            false => text.push(character),
        }
    }
    if value.chars().nth(SHOWN).is_some() {
        text.push_str("...");
    }
    text.push('"');
    text
}

/// What text search looks through: the parts in lower case, a line each.
#[must_use]
pub fn searchable(parts: &[&str]) -> String {
    parts.join("\n").to_lowercase()
}

/// A LIKE pattern, with `\` as its escape, that finds `needle` anywhere in a [`searchable`] text.
#[must_use]
pub fn like_pattern(needle: &str) -> String {
    let mut pattern = String::with_capacity(needle.len() + 2);
    pattern.push('%');
    for character in needle.trim().to_lowercase().chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Foreign text as it can be kept: at most `most` bytes, cut between characters, with a note of how much was cut. Room
/// for the note is taken from `most`, so a text that was cut is not cut again. U+0000, which PostgreSQL does not keep,
/// becomes U+FFFD.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    let text = text.replace('\0', "\u{FFFD}");
    if text.len() <= most {
        return text;
    }
    let note = |end: usize| format!("... ({} bytes cut)", text.len() - end);
    // The note is the longest when everything is cut.
    let end = text.floor_char_boundary(most.saturating_sub(note(0).len()));
    format!("{}{}", &text[..end], note(end))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn codes_are_trimmed_and_checked() {
        assert_eq!(code("sku", "  A-1 ").unwrap(), "A-1");
        assert_eq!(code("sku", " ").unwrap_err().code, ProblemCode::Required);
        assert_eq!(
            code("sku", "a\0b").unwrap_err().message,
            "\"a\\u{0}b\" must not contain the control character U+0000"
        );
        assert_eq!(code("sku", &"x".repeat(201)).unwrap_err().code, ProblemCode::TooLong);
        assert!(code("sku", &"é".repeat(200)).is_ok());
    }

    #[test]
    fn values_are_shown_in_short() {
        assert_eq!(shown(""), "\"\"");
        assert_eq!(shown("a\u{7f}é"), "\"a\\u{7f}é\"");
        assert_eq!(shown(&"é".repeat(40)), format!("\"{}\"", "é".repeat(40)));
        assert_eq!(shown(&"x".repeat(41)), format!("\"{}...\"", "x".repeat(40)));
    }

    #[test]
    fn patterns_take_wildcards_literally() {
        assert_eq!(like_pattern(" 50%_A\\ "), r"%50\%\_a\\%");
    }

    #[test]
    fn cuts_fall_between_characters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut(&"é".repeat(20), 21), "é... (38 bytes cut)");
    }

    #[test]
    fn what_was_cut_is_not_cut_again() {
        let once = cut(&"€".repeat(1_000), 200);
        assert!(once.len() <= 200, "{once}");
        assert_eq!(cut(&once, 200), once);
    }

    #[test]
    fn what_cannot_be_kept_is_replaced() {
        assert_eq!(cut("a\0b", 10), "a\u{FFFD}b");
    }
}
