//! What becomes of a record after a round of calls for its listings.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::{AttemptOutcome, FailureCode, SyncStatus};

use super::retry::Backoff;
use super::status::of_listings;

/// Attempts at most where the marketplace's answer is not in its table.
const UNRECOGNISED_ATTEMPTS: i32 = 3;

/// How long to wait where the marketplace says nothing, and when to give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Waits between attempts, and how many there are.
    pub backoff: Backoff,
    /// Wait when asked to slow down without being told for how long.
    pub throttled: Duration,
    /// Wait while a listing is locked.
    pub deferred: Duration,
    /// How long a call that was cut may still be applied: nothing is sent for the listing until then.
    pub hold: Duration,
    /// A record that is older than this is not tried again.
    pub max_age: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            backoff: Backoff {
                base: Duration::from_secs(1),
                cap: Duration::from_secs(600),
                max_attempts: 10,
            },
            throttled: Duration::from_secs(5),
            deferred: Duration::from_secs(15 * 60),
            hold: Duration::from_secs(15),
            max_age: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// The last outcome for one listing of the record, in this round or before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingOutcome {
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// Why it failed.
    pub code: Option<FailureCode>,
    /// What the marketplace said.
    pub message: Option<String>,
    /// When the marketplace says to come back.
    pub retry_after: Option<Duration>,
    /// Whether it is of this round.
    pub is_new: bool,
}

/// What the record is at that moment.
#[derive(Debug, Clone, Copy)]
pub struct Situation {
    /// Attempts before this round.
    pub attempt_count: i32,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// The time of the verdict.
    pub now: DateTime<Utc>,
    /// Chance, in 0..=1.
    pub random: f64,
}

/// What becomes of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// PENDING when it is to be tried again.
    pub status: SyncStatus,
    /// When it is to be tried again.
    pub retry_at: Option<DateTime<Utc>>,
    /// Attempts after this round; a round in which the marketplace only asked to slow down costs none.
    pub attempt_count: i32,
    /// Why it failed, or why it has to be tried again.
    pub failure: Option<(FailureCode, String)>,
    /// Until when a cut call may still be applied.
    pub held_until: Option<DateTime<Utc>>,
}

/// Whether a listing is done with: it took the quantity, or refused it for good.
#[must_use]
pub fn is_settled(outcome: AttemptOutcome) -> bool {
    matches!(
        outcome,
        AttemptOutcome::Applied | AttemptOutcome::Permanent | AttemptOutcome::Auth
    )
}

/// Decides after a round. `listings` holds each listing's last outcome, at least one.
#[must_use]
pub fn decide(policy: &Policy, situation: Situation, listings: &[ListingOutcome]) -> Verdict {
    let costs = listings
        .iter()
        .any(|listing| listing.is_new && listing.outcome != AttemptOutcome::Throttled);
    let attempt_count = situation.attempt_count + i32::from(costs);
    let held_until = listings
        .iter()
        .any(|listing| listing.is_new && listing.outcome == AttemptOutcome::Ambiguous)
        .then(|| later(situation.now, policy.hold));
    let applied = listings
        .iter()
        .filter(|listing| listing.outcome == AttemptOutcome::Applied)
        .count();
    let status = of_listings(applied, listings.len() - applied);
    let retry_at = next_try(policy, situation, attempt_count, listings);
    let gave_up = retry_at.is_none() && listings.iter().any(|listing| !is_settled(listing.outcome));
    Verdict {
        status: if retry_at.is_some() {
            SyncStatus::Pending
        } else {
            status
        },
        retry_at,
        attempt_count,
        failure: failure(listings, gave_up.then_some(attempt_count)),
        held_until,
    }
}

/// When the listings that are not settled may be tried again: the latest of what each of them asks for.
fn next_try(
    policy: &Policy,
    situation: Situation,
    attempt_count: i32,
    listings: &[ListingOutcome],
) -> Option<DateTime<Utc>> {
    let open = listings.iter().filter(|listing| !is_settled(listing.outcome));
    let wait = open
        .filter_map(|listing| wait(policy, situation.random, attempt_count, listing))
        .max()?;
    let retry_at = later(situation.now, wait);
    (retry_at <= later(situation.created_at, policy.max_age)).then_some(retry_at)
}

/// How long one listing has to wait; none when the record's attempts are used up.
fn wait(policy: &Policy, random: f64, attempt_count: i32, listing: &ListingOutcome) -> Option<Duration> {
    if listing.outcome == AttemptOutcome::Throttled {
        return Some(listing.retry_after.unwrap_or(policy.throttled));
    }
    if listing.code == Some(FailureCode::Unrecognised) && attempt_count >= UNRECOGNISED_ATTEMPTS {
        return None;
    }
    let backoff = policy.backoff.after(attempt_count.unsigned_abs(), random)?;
    let asked = listing.retry_after.unwrap_or_default();
    Some(match listing.outcome {
        AttemptOutcome::Deferred => listing.retry_after.unwrap_or(policy.deferred),
        // A marketplace that says when to come back does not shorten the hold.
        AttemptOutcome::Ambiguous => backoff.max(policy.hold).max(asked),
        _ => backoff.max(asked),
    })
}

/// The failure to show: of what is settled for good first, since that is what somebody has to mend.
fn failure(listings: &[ListingOutcome], gave_up_after: Option<i32>) -> Option<(FailureCode, String)> {
    let failed = || listings.iter().filter(|listing| listing.code.is_some());
    let shown = failed()
        .find(|listing| is_settled(listing.outcome))
        .or_else(|| failed().next())?;
    let message = shown.message.clone().unwrap_or_default();
    let message = match gave_up_after {
        Some(attempts) if !is_settled(shown.outcome) => format!("gave up after {attempts} attempts: {message}"),
        _ => message,
    };
    Some((shown.code?, message))
}

fn later(time: DateTime<Utc>, wait: Duration) -> DateTime<Utc> {
    let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX);
    let wait = TimeDelta::microseconds(wait.num_microseconds().unwrap_or(i64::MAX));
    time.checked_add_signed(wait).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn situation(attempt_count: i32) -> Situation {
        Situation {
            attempt_count,
            created_at: NOW,
            now: NOW,
            random: 1.0,
        }
    }

    fn listing(outcome: AttemptOutcome) -> ListingOutcome {
        let code = (outcome != AttemptOutcome::Applied).then_some(FailureCode::Rejected);
        ListingOutcome {
            outcome,
            code,
            message: Some("no".to_owned()),
            retry_after: None,
            is_new: true,
        }
    }

    fn verdict(attempt_count: i32, outcomes: &[AttemptOutcome]) -> Verdict {
        let listings: Vec<_> = outcomes.iter().map(|outcome| listing(*outcome)).collect();
        decide(&Policy::default(), situation(attempt_count), &listings)
    }

    fn seconds(verdict: &Verdict) -> Option<i64> {
        verdict.retry_at.map(|at| (at - NOW).num_seconds())
    }

    #[test]
    fn settled_listings_end_the_record() {
        use AttemptOutcome as A;
        assert_eq!(verdict(0, &[A::Applied, A::Applied]).status, SyncStatus::Success);
        assert_eq!(
            verdict(0, &[A::Applied, A::Permanent]).status,
            SyncStatus::PartiallyFailed
        );
        assert_eq!(verdict(0, &[A::Permanent, A::Auth]).status, SyncStatus::Failed);
        assert_eq!(verdict(0, &[A::Applied]).failure, None);
    }

    #[test]
    fn what_can_heal_is_tried_again_when_all_of_it_may() {
        use AttemptOutcome as A;
        let verdict = verdict(0, &[A::Applied, A::Transient, A::Ambiguous]);
        assert_eq!((verdict.status, verdict.attempt_count), (SyncStatus::Pending, 1));
        assert_eq!(seconds(&verdict), Some(15));
        assert_eq!(verdict.held_until, verdict.retry_at);
    }

    #[test]
    fn being_slowed_down_costs_no_attempt() {
        let listings = [ListingOutcome {
            retry_after: Some(Duration::from_secs(7)),
            ..listing(AttemptOutcome::Throttled)
        }];
        let verdict = decide(&Policy::default(), situation(9), &listings);
        assert_eq!((verdict.attempt_count, seconds(&verdict)), (9, Some(7)));
        assert_eq!(
            decide(&Policy::default(), situation(10), &listings).status,
            SyncStatus::Pending
        );
    }

    #[test]
    fn attempts_and_age_end() {
        use AttemptOutcome as A;
        let tired = verdict(9, &[A::Transient]);
        assert_eq!((tired.status, tired.attempt_count), (SyncStatus::Failed, 10));
        assert_eq!(
            tired.failure,
            Some((FailureCode::Rejected, "gave up after 10 attempts: no".to_owned()))
        );
        assert_eq!(
            verdict(9, &[A::Transient, A::Applied]).status,
            SyncStatus::PartiallyFailed
        );
        let old = Situation {
            created_at: NOW - TimeDelta::days(2),
            ..situation(0)
        };
        assert_eq!(
            decide(&Policy::default(), old, &[listing(A::Throttled)]).status,
            SyncStatus::Failed
        );
    }

    #[test]
    fn one_listing_without_attempts_left_does_not_end_one_that_is_only_slowed_down() {
        use AttemptOutcome as A;
        assert_eq!(verdict(9, &[A::Transient, A::Throttled]).status, SyncStatus::Pending);
    }

    #[test]
    fn what_somebody_has_to_mend_is_shown_first() {
        let mut mend = listing(AttemptOutcome::Permanent);
        mend.code = Some(FailureCode::ListingNotFound);
        let verdict = decide(
            &Policy::default(),
            situation(0),
            &[listing(AttemptOutcome::Transient), mend],
        );
        assert_eq!(
            verdict.failure.map(|failure| failure.0),
            Some(FailureCode::ListingNotFound)
        );
    }
}
