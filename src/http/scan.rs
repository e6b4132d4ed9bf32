//! A look over a document's text before it is parsed.
//!
//! The parser recurses as deep as the text is nested, before any limit of its own is asked: two thousand brackets
//! overflow the stack and end the process. So bytes, tokens, directives and nesting are counted first, in one pass
//! that needs no memory. It reads strings and comments exactly as the parser's grammar does; where the two could
//! differ (a string that does not end) the document is refused, so that nothing hides from the count.

use async_graphql::Pos;

use super::Limits;
use super::refusal::Refusal;

/// Checks the text against the limits.
///
/// # Errors
/// Which limit was passed, or that a string does not end.
pub(super) fn scan(text: &str, limits: &Limits) -> Result<(), Refusal> {
    if text.len() > limits.document_bytes {
        let message = format!(
            "the document has {} bytes; at most {} are allowed",
            text.len(),
            limits.document_bytes
        );
        return Err(Refusal::limit(message, None));
    }
    let mut scanner = Scanner::new(text);
    while let Some(byte) = scanner.peek(0) {
        scanner.token(byte)?;
        scanner.check(limits)?;
    }
    Ok(())
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    tokens: usize,
    directives: usize,
    nesting: usize,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
            tokens: 0,
            directives: 0,
            nesting: 0,
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Reads what begins here: a token, or what is between two.
    fn token(&mut self, byte: u8) -> Result<(), Refusal> {
        match byte {
            b' ' | b',' | b'\t' | b'\n' | b'\r' => {
                self.at += 1;
                return Ok(());
            }
            b'#' => {
                self.skip_while(|byte| byte != b'\n' && byte != b'\r');
                return Ok(());
            }
            b'"' if self.bytes[self.at..].starts_with(b"\"\"\"") => self.block_string()?,
            b'"' => self.string()?,
            b'{' | b'[' | b'(' => {
                self.nesting += 1;
                self.at += 1;
            }
            b'}' | b']' | b')' => {
                // What closes more than it opened is no document; the parser says so.
                self.nesting = self.nesting.saturating_sub(1);
                self.at += 1;
            }
            b'@' => {
                self.directives += 1;
                self.at += 1;
            }
            byte if is_word(byte) => self.skip_while(is_word),
            _ => self.at += 1,
        }
        self.tokens += 1;
        Ok(())
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&wanted) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek(0) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.at += 2,
                None | Some(b'\n' | b'\r') => return Err(self.unterminated(start)),
                Some(_) => self.at += 1,
            }
        }
    }

    fn block_string(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        self.at += 3;
        while self.at < self.bytes.len() {
            let rest = &self.bytes[self.at..];
            if rest.starts_with(b"\\\"\"\"") {
                self.at += 4;
            } else if rest.starts_with(b"\"\"\"") {
                self.at += 3;
                return Ok(());
            } else {
                self.at += 1;
            }
        }
        Err(self.unterminated(start))
    }

    fn unterminated(&self, start: usize) -> Refusal {
        let message = "syntax error: a string does not end";
        Refusal::document("GRAPHQL_PARSE_FAILED", message, Some(self.position(start)))
    }

    /// Line and column of a byte, each from 1; columns count bytes, which is near enough for an error.
    fn position(&self, at: usize) -> Pos {
        let before = &self.bytes[..at.min(self.bytes.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Pos { line, column }
    }

    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        let counted = [
            (self.tokens, limits.tokens, "tokens"),
            (self.directives, limits.directives, "directives"),
            (self.nesting, limits.nesting, "brackets inside one another"),
        ];
        for (count, most, what) in counted {
            if count > most {
                let message = format!("the document has more than {most} {what}");
                return Err(Refusal::limit(message, Some(self.position(self.at))));
            }
        }
        Ok(())
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;

    fn refused(text: &str) -> Option<String> {
        scan(text, &Limits::default())
            .err()
            .map(|refusal| refusal.errors[0].message.clone())
    }

    #[test]
    fn ordinary_documents_pass() {
        for text in [
            "",
            "{ a }",
            r#"query Q($x: [Int!]! = [1, -2.5e3]) { a(s: "]}\"[[", b: """ \""" [ " """) @include(if: true) } # [[["#,
        ] {
            assert_eq!(refused(text), None, "{text}");
        }
    }

    #[test]
    fn nesting_is_counted_but_not_in_strings_and_comments() {
        let deep = "[".repeat(100);
        assert!(refused(&format!("{{ a(b: {deep}) }}")).unwrap().contains("brackets"));
        assert_eq!(refused(&format!("{{ a(b: \"{deep}\") }} # {deep}")), None);
        assert!(
            refused(&format!("# x\r{deep}")).is_some(),
            "a carriage return ends a comment"
        );
        assert!(refused(&format!("{{ a(b: \"\"\"\"{deep}\")")).is_some());
    }

    #[test]
    fn each_limit_is_told_by_name() {
        assert!(refused(&" ".repeat(200_000)).unwrap().contains("bytes"));
        assert!(refused(&"a ".repeat(20_000)).unwrap().contains("tokens"));
        assert!(refused(&"@a ".repeat(100)).unwrap().contains("directives"));
        assert!(refused("{ a(b: \"").unwrap().contains("does not end"));
        assert!(refused("{ a(b: \"\n\") }").unwrap().contains("does not end"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "[ \\[\\]{}()\"\\\\#@a\n\r.é]{0,200}") {
            let _ = scan(&text, &Limits::default());
        }

        /// What passes the scan cannot overflow the parser's stack, whatever it is.
        #[test]
        fn what_passes_can_be_parsed(text in "(query|fragment|on|a|\\$a|:|=|!|\\.\\.\\.|@|[\\[\\]{}()\" #\n]){0,120}") {
            if scan(&text, &Limits::default()).is_ok() {
                let _ = async_graphql::parser::parse_query(&text);
            }
        }
    }
}
