//! Keeps secrets out of what a platform says: some replies repeat what they were called with.

use url::form_urlencoded::byte_serialize;

use super::outgoing::{CallError, Reply};

/// What stands in the place of a secret.
const BLANK: &str = "***";
/// A text that is shorter is no secret, and would take what is none with it.
const SHORTEST: usize = 6;

/// The text without these secrets, in the forms in which JSON and URLs write them too.
fn blank(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets
        .iter()
        .map(|secret| secret.trim())
        .filter(|secret| secret.len() >= SHORTEST)
    {
        let in_url: String = byte_serialize(secret.as_bytes()).collect();
        for form in [secret.to_owned(), secret.replace('/', "\\/"), in_url] {
            text = text.replace(&form, BLANK);
        }
    }
    text
}

/// The reply, its body without these secrets.
pub(super) fn cleared(reply: Reply, secrets: &[&str]) -> Reply {
    Reply {
        body: blank(&reply.text(), secrets).into_bytes(),
        ..reply
    }
}

/// The same of what came of a call.
pub(super) fn blanked(reply: Result<Reply, CallError>, secrets: &[&str]) -> Result<Reply, CallError> {
    reply.map(|reply| cleared(reply, secrets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_blanked_in_every_form() {
        let text = r#"{"a":"tok/en","b":"tok\/en","c":"?t=tok%2Fen&s=signature","d":"abc"}"#;
        let blanked = blank(text, &["tok/en", "signature", "", "abc"]);
        assert_eq!(blanked, r#"{"a":"***","b":"***","c":"?t=***&s=***","d":"abc"}"#);
    }
}
