//! What connectors share about keys that hold tokens: how they are read, when a token is renewed, and what it means when
//! that fails.

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::{AttemptOutcome, FailureCode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::Failure;
use super::answer::failure;
use crate::clock::now;

/// How long before its end a token is renewed.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// A number of seconds from this on is a moment since 1970, and not a length of time.
const EPOCH_SECONDS: i64 = 1_000_000_000;

/// The keys of a store as they were stored.
pub(super) fn keys<K: DeserializeOwned>(secret: &SecretString) -> Result<K, Failure> {
    // What serde has to say could show what it read.
    serde_json::from_str(secret.expose_secret()).map_err(|_| {
        let message = "the store's keys are not in the form of its marketplace";
        failure(AttemptOutcome::Auth, FailureCode::CredentialsRefused, message)
    })
}

/// When a token is to be renewed: shortly before its end or, where nobody knows that, when it is refused. None where
/// there is nothing to renew it with.
pub(super) fn renew_at(refresh_token: Option<&str>, expires_at: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    refresh_token.filter(|token| !token.is_empty())?;
    let Some(end) = expires_at else {
        return Some(DateTime::<Utc>::MAX_UTC);
    };
    Some(end.checked_sub_signed(AHEAD).unwrap_or(end))
}

/// The end of a token that is given as seconds from now or as a moment.
pub(super) fn end(seconds: i64) -> Option<DateTime<Utc>> {
    match seconds {
        ..=0 => None,
        EPOCH_SECONDS.. => DateTime::from_timestamp(seconds, 0),
        _ => now().checked_add_signed(TimeDelta::seconds(seconds)),
    }
}

/// What it means that a token could not be renewed: nothing was pushed, so nothing can have been applied, and what is
/// refused for good needs the merchant.
pub(super) fn not_renewed(failure: Failure) -> Failure {
    use {AttemptOutcome as A, FailureCode as C};
    let (class, code) = match (failure.class, failure.code) {
        (A::Ambiguous, C::TimedOut) => (A::Transient, C::NetworkError),
        (A::Ambiguous, code) => (A::Transient, code),
        (A::Permanent, C::Rejected) => (A::Auth, C::CredentialsRefused),
        kept => kept,
    };
    Failure { class, code, ..failure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_before_its_end_or_when_it_is_refused() {
        let at = now();
        assert_eq!(renew_at(Some("r"), Some(at)), Some(at - TimeDelta::minutes(5)));
        assert_eq!(renew_at(Some("r"), None), Some(DateTime::<Utc>::MAX_UTC));
        assert_eq!(
            renew_at(Some("r"), Some(DateTime::<Utc>::MIN_UTC)),
            Some(DateTime::<Utc>::MIN_UTC)
        );
        assert_eq!(renew_at(None, Some(at)), None);
        assert_eq!(renew_at(Some(""), Some(at)), None);
    }

    #[test]
    fn an_end_is_a_moment_or_a_length_of_time() {
        assert_eq!(end(1_893_456_000), DateTime::from_timestamp(1_893_456_000, 0));
        let left = end(600).map(|end| (end - now()).num_seconds());
        assert!(left.is_some_and(|left| (590..=600).contains(&left)), "{left:?}");
        assert_eq!((end(0), end(-5), end(i64::MAX)), (None, None, None));
    }

    #[test]
    fn a_renewal_without_an_answer_is_tried_again_and_a_refusal_is_not() {
        use {AttemptOutcome as A, FailureCode as C};
        for (class, code, becomes) in [
            (A::Ambiguous, C::TimedOut, A::Transient),
            (A::Ambiguous, C::InvalidReply, A::Transient),
            (A::Permanent, C::Rejected, A::Auth),
            (A::Permanent, C::EndpointNotAllowed, A::Permanent),
            (A::Throttled, C::Throttled, A::Throttled),
        ] {
            assert_eq!(not_renewed(failure(class, code, "")).class, becomes, "{code:?}");
        }
    }
}
