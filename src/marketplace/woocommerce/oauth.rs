//! OAuth 1.0a with one leg (RFC 5849), by which WooCommerce lets itself be called over plain HTTP: there is no token, and
//! the secret signs every call. The body is not signed, so who can change what is sent on the way can change it; HTTPS
//! keeps from that.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use url::Url;

use super::WooCommerceKeys;

/// The query of a POST to `url`, which has none itself; none where the URL names no host.
pub(super) fn query(url: &Url, keys: &WooCommerceKeys, timestamp: i64, nonce: &str) -> Option<String> {
    // Sorted by name, as the signature needs them.
    let parameters = [
        ("oauth_consumer_key", encode(&keys.consumer_key)),
        ("oauth_nonce", encode(nonce)),
        ("oauth_signature_method", "HMAC-SHA256".to_owned()),
        ("oauth_timestamp", timestamp.to_string()),
    ];
    let pairs = parameters.map(|(name, value)| format!("{name}={value}")).join("&");
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let address = format!("{}://{}{port}{}", url.scheme(), url.host_str()?, url.path());
    let base = format!("POST&{}&{}", encode(&address), encode(&pairs));
    let key = format!("{}&", encode(&keys.consumer_secret));
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(base.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    Some(format!("{pairs}&oauth_signature={}", encode(&signature)))
}

/// Percent encoding as section 3.6 has it: of everything but letters, digits and `-._~`.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            // Writing to a string does not fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// The base string by the rules of section 3.4.1:
    ///
    /// ```text
    /// POST&http%3A%2F%2Fshop.example.com%3A8080%2Ftoko%2520a%2Fwp-json%2Fwc%2Fv3%2Fproducts%2Fbatch
    /// &oauth_consumer_key%3Dck_abc123%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA256
    /// %26oauth_timestamp%3D1767225600
    /// ```
    ///
    /// on one line; the key by those of section 3.4.2: `cs_se~cr%2Bet&`. The signature was made of the two by another
    /// program.
    #[test]
    fn a_call_is_signed_by_the_rules_of_the_rfc() {
        let url = Url::parse("http://Shop.Example.com:8080/toko%20a/wp-json/wc/v3/products/batch").unwrap();
        let keys = WooCommerceKeys {
            site_url: String::new(),
            consumer_key: "ck_abc123".to_owned(),
            consumer_secret: "cs_se~cr+et".to_owned(),
        };
        assert_eq!(
            query(&url, &keys, 1_767_225_600, "7d8f3e4a").unwrap(),
            "oauth_consumer_key=ck_abc123&oauth_nonce=7d8f3e4a&oauth_signature_method=HMAC-SHA256\
             &oauth_timestamp=1767225600&oauth_signature=ANpZV5ex1K6qdQkozZZdmBPgoWXt2xGoBQP6Q1IsDrA%3D"
        );
    }

    /// The examples of section 3.4.1.3.1 and 3.6 of how values are encoded.
    #[test]
    fn values_are_encoded_as_in_the_rfc() {
        for (plain, encoded) in [
            ("=%3D", "%3D%253D"),
            ("r b", "r%20b"),
            ("a+-._~", "a%2B-._~"),
            ("é", "%C3%A9"),
        ] {
            assert_eq!(encode(plain), encoded);
        }
    }
}
