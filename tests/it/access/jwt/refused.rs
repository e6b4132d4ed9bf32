//! Tokens that are not good, and configurations that are not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use stock_sync::config;
use stock_sync::http::{KeySource, Settings, TokenSettings, Verifier};

use super::{OTHER_RSA, RSA, RSA_PUBLIC, SECRET, Signer, claims, now, with, write_set};
use crate::edge;
use crate::support::graphql::Client;
use crate::support::program::run;
use crate::support::{TestApp, both};

const NAME: &str = "{ viewer { keyName } }";

both! {
    /// Whatever is wrong with a token, it is told in the same words, those for an unknown merchant included.
    async fn a_bad_token_is_unauthenticated_whatever_is_wrong(app: &TestApp) {
        let (rsa, ec) = (Signer::rsa("r", RSA), Signer::ec("e"));
        let set = app.database().file("keys.json");
        write_set(&set, &[&rsa, &ec]);
        let server = app
            .replica(|config| {
                config.jwt = config::Jwt {
                    jwks_file: Some(set.clone()),
                    issuer: Some("erp".to_owned()),
                    audience: Some("stock-sync".to_owned()),
                    ..config::Jwt::default()
                }
            })
            .await;
        let good = with(claims(&app.tenant().code, "admin"), json!({ "iss": "erp", "aud": "stock-sync" }));
        for signer in [&rsa, &ec] {
            Client::new(server.address(), Some(&signer.sign(&good))).query(NAME, json!({})).await;
        }
        let mut tokens = by_other_claims(&rsa, &good);
        tokens.extend(by_other_keys(&good));
        for (what, token) in tokens {
            let answer = Client::new(server.address(), Some(&token)).raw(NAME, json!({})).await;
            assert_eq!(answer.status, 401, "{what}: {:#}", answer.body);
            let error = json!({ "message": "the API key or token is not good", "extensions": { "code": "UNAUTHENTICATED" } });
            assert_eq!(answer.body, json!({ "errors": [error] }), "{what}");
        }
    }

    /// Where no keys are configured no token is taken.
    async fn without_keys_no_token_is_taken(app: &TestApp) {
        let token = Signer::secret().sign(&claims(&app.tenant().code, "admin"));
        assert_eq!(app.client_with(Some(&token)).raw(NAME, json!({})).await.status, 401);
    }

    /// A server that was told something wrong about tokens does not start, and names the flag.
    async fn a_wrong_configuration_is_told_at_the_start(app: &TestApp) {
        let file = |name: &str, text: &str| {
            let file = app.database().file(name);
            std::fs::write(&file, text).unwrap();
            file.to_str().unwrap().to_owned()
        };
        let key = std::str::from_utf8(RSA).unwrap();
        let set = file("no-keys.json", r#"{"keys":[{"kty":"oct","kid":"a","k":"aHVudGVyMg"}]}"#);
        let (private, garbage) = (file("private.pem", key), file("garbage", "hunter2"));
        for (arguments, told) in [
            (vec!["--jwt-secret", "hunter2"], "--jwt-secret: has 7 bytes"),
            (vec!["--jwt-secret", SECRET, "--jwt-jwks-file", &set], "--jwt-jwks-file: cannot be used together"),
            (vec!["--jwt-issuer", "erp"], "--jwt-issuer: needs --jwt-secret"),
            (vec!["--jwt-jwks-file", "/nowhere/keys.json"], "--jwt-jwks-file: /nowhere/keys.json cannot be read"),
            (vec!["--jwt-jwks-file", &set], "--jwt-jwks-file: has no key that can be used"),
            (vec!["--jwt-jwks-file", &garbage], "--jwt-jwks-file: is not a JSON Web Key Set"),
            (vec!["--jwt-public-key-file", "/nowhere/key.pem"], "--jwt-public-key-file: /nowhere/key.pem cannot be read"),
            (vec!["--jwt-public-key-file", &garbage], "--jwt-public-key-file: is not a public RSA or EC key"),
            (vec!["--jwt-public-key-file", &private], "--jwt-public-key-file: is not a public RSA or EC key"),
        ] {
            let ended = run(app.database(), &[&["serve", "--listen", "127.0.0.1:0"], arguments.as_slice()].concat()).await;
            assert!(matches!(ended.code, Some(1 | 3)), "{arguments:?}: {}", ended.stderr);
            assert!(ended.stderr.contains(told), "{arguments:?}: {}", ended.stderr);
            assert!(!ended.stderr.contains("hunter2") && !ended.stderr.contains(SECRET), "{}", ended.stderr);
        }
    }
}

/// Signed with the right key, but saying something else than a good token.
fn by_other_claims(signer: &Signer, good: &Value) -> Vec<(String, String)> {
    let changes = [
        json!({ "exp": now() - 31 }),
        json!({ "exp": null }),
        json!({ "exp": "tomorrow" }),
        json!({ "exp": 1e300 }),
        json!({ "nbf": now() + 600 }),
        json!({ "iss": "another" }),
        json!({ "iss": null }),
        json!({ "aud": "another" }),
        json!({ "aud": ["another"] }),
        json!({ "aud": null }),
        json!({ "merchant": "nobody" }),
        json!({ "merchant": null }),
        json!({ "merchant": 1 }),
        json!({ "merchant": "\0" }),
        json!({ "role": null }),
        json!({ "role": "owner" }),
        json!({ "role": ["admin"] }),
        json!({ "sub": null }),
        json!({ "sub": " " }),
        json!({ "more": "x".repeat(8_192) }),
    ];
    let token = |change: Value| {
        let what: String = change.to_string().chars().take(40).collect();
        (what, signer.sign(&with(good.clone(), change)))
    };
    changes.into_iter().map(token).collect()
}

/// Saying what a good token says, but signed otherwise.
fn by_other_keys(good: &Value) -> Vec<(String, String)> {
    let (rsa, ec) = (Signer::rsa("r", RSA), Signer::ec("e"));
    let signed = rsa.sign(good);
    let (message, signature) = signed.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let changed = URL_SAFE_NO_PAD.encode(with(good.clone(), json!({ "sub": "another" })).to_string());
    let none = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": "JWT", "kid": "r" }).to_string());
    let body = URL_SAFE_NO_PAD.encode(good.to_string());
    let by = |algorithm, kid, key: EncodingKey| Signer::new(algorithm, kid, key).sign(good);
    let rsa_key = || EncodingKey::from_rsa_pem(RSA).unwrap();
    let mut demanding = Signer::rsa("r", RSA);
    demanding.header.crit = Some(vec!["b64".to_owned()]);
    [
        ("another key", Signer::rsa("r", OTHER_RSA).sign(good)),
        ("changed", format!("{header}.{changed}.{signature}")),
        ("no signature", format!("{message}.")),
        ("alg none", format!("{none}.{body}.")),
        ("alg none, signed", format!("{none}.{body}.{signature}")),
        (
            "the public key as a secret",
            by(Algorithm::HS256, Some("r"), EncodingKey::from_secret(RSA_PUBLIC)),
        ),
        (
            "another algorithm of the key",
            by(Algorithm::RS384, Some("r"), rsa_key()),
        ),
        ("a key of another kind", by(Algorithm::RS256, Some("e"), rsa_key())),
        ("an unknown kid", Signer::rsa("x", RSA).sign(good)),
        ("no kid", by(Algorithm::RS256, None, rsa_key())),
        ("demands of the header", demanding.sign(good)),
        (
            "parts of two",
            format!("{message}.{}", ec.sign(good).rsplit_once('.').unwrap().1),
        ),
        ("nothing", "..".to_owned()),
    ]
    .map(|(what, token)| (what.to_owned(), token))
    .into()
}

/// Bad tokens are counted like bad keys; one that was found good goes on.
#[tokio::test]
async fn who_tries_many_bad_tokens_has_to_wait() {
    let verifier = Verifier::new(TokenSettings::new(KeySource::Secret(SECRET.into()))).unwrap();
    let server = edge::Server::with(Settings {
        bad_keys_per_minute: 3,
        tokens: Some(verifier.into()),
        ..Settings::default()
    })
    .await;
    let client = |token: &str| Client::new(server.address.parse().unwrap(), Some(token));
    let good = Signer::secret().sign(&claims("toko-satu", "viewer"));
    client(&good).query("{ name }", json!({})).await;
    for status in [401, 401, 401, 429, 429] {
        let bad = Signer::secret().sign(&claims("nobody", "viewer"));
        assert_eq!(client(&bad).raw("{ name }", json!({})).await.status, status);
    }
    let fresh = Signer::secret().sign(&with(claims("toko-satu", "viewer"), json!({ "jti": "2" })));
    assert_eq!(client(&fresh).raw("{ name }", json!({})).await.status, 429);
    client(&good).query("{ name }", json!({})).await;
}
