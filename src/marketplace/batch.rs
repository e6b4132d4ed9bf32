//! Calls of which some items are not sent, because they have not what the platform needs.

use chrono::{DateTime, Utc};
use entity::types::{AttemptOutcome, FailureCode};

use super::answer::{EVIDENCE, ItemOutcome, failure, no_reply, not_understood};
use super::outgoing::{CallError, Reply};
use super::{CallReport, Failure, ItemReport, Outcome};
use crate::clock::now;
use crate::domain::text::cut;

/// One item: its row of the call, or why it is not sent.
pub(super) type Prepared<R> = Result<R, Failure>;

/// An item that is not sent, as it cannot be in this form.
pub(super) fn unfit(code: FailureCode, message: impl Into<String>) -> Failure {
    failure(AttemptOutcome::Permanent, code, message)
}

/// The rows that are sent.
pub(super) fn rows<R>(prepared: &[Prepared<R>]) -> Vec<&R> {
    prepared.iter().flatten().collect()
}

/// The report of a call that ended now. `reply` is none where no row was sent. `read` gives what became of each row, or
/// why the call was refused as a whole; `request` shows what was sent for a row.
pub(super) fn report<R>(
    started_at: DateTime<Utc>,
    prepared: &[Prepared<R>],
    reply: Option<&Result<Reply, CallError>>,
    read: impl FnOnce(&Reply, &[&R]) -> Result<Vec<ItemOutcome>, Failure>,
    request: impl Fn(&R) -> String,
) -> CallReport {
    let reply_text = reply.and_then(|reply| reply.as_ref().ok());
    let (outcomes, refusal) = match reply {
        None => (Vec::new(), None),
        Some(Ok(reply)) => split(read(reply, &rows(prepared))),
        Some(Err(error)) => (Vec::new(), Some(no_reply(error))),
    };
    let response = reply_text.map(|reply| cut(&reply.text(), EVIDENCE));
    let whole = refusal
        .clone()
        .unwrap_or_else(|| not_understood("the reply says nothing about this item"));
    let mut outcomes = outcomes.into_iter();
    let mut item = |row: &Prepared<R>| match row {
        Err(failure) => ItemReport {
            outcome: Outcome::Failed(failure.clone()),
            request: String::new(),
            response: None,
        },
        Ok(row) => {
            let of_call = || (Outcome::Failed(whole.clone()), response.clone());
            let (outcome, response) = outcomes.next().unwrap_or_else(of_call);
            ItemReport {
                outcome,
                request: request(row),
                response,
            }
        }
    };
    CallReport {
        http_status: reply_text.map(|reply| reply.status),
        items: prepared.iter().map(&mut item).collect(),
        refusal,
        started_at,
        finished_at: now(),
    }
}

fn split(read: Result<Vec<ItemOutcome>, Failure>) -> (Vec<ItemOutcome>, Option<Failure>) {
    match read {
        Ok(outcomes) => (outcomes, None),
        Err(failure) => (Vec::new(), Some(failure)),
    }
}

/// What came of all items: of those with a fault, which were not sent, and of the others, in their order. See
/// [`with_refused`].
pub(super) fn merged(faults: Vec<Option<Failure>>, of_sent: Vec<ItemOutcome>) -> Vec<ItemOutcome> {
    let rows: Vec<Result<(), Failure>> = faults.into_iter().map(|fault| fault.map_or(Ok(()), Err)).collect();
    with_refused(&rows, of_sent)
}

/// The outcomes of all items of a call: of those that were sent, in their order, and of those that were refused here.
///
/// What the platform says of the whole call is said of all: one listing that cannot be sent does not hide that the
/// credentials were refused or that the store is to slow down.
pub(super) fn with_refused<R>(rows: &[Result<R, Failure>], sent: Vec<ItemOutcome>) -> Vec<ItemOutcome> {
    let first = sent.first().map(|(outcome, _)| outcome.clone());
    let whole = first.filter(|first| {
        sent.iter()
            .all(|(outcome, _)| is_of_the_store(outcome) && outcome == first)
    });
    let mut sent = sent.into_iter();
    let missing = || {
        (
            Outcome::Failed(not_understood("the reply says nothing about this item")),
            None,
        )
    };
    rows.iter()
        .map(|row| match row {
            Ok(_) => sent.next().unwrap_or_else(missing),
            Err(failure) => (whole.clone().unwrap_or_else(|| Outcome::Failed(failure.clone())), None),
        })
        .collect()
}

fn is_of_the_store(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Applied => false,
        Outcome::Failed(failure) => matches!(failure.class, AttemptOutcome::Auth | AttemptOutcome::Throttled),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_the_store_is_said_of_what_was_not_sent_too() {
        use {AttemptOutcome as A, FailureCode as C};
        let local = failure(A::Permanent, C::VariantNotFound, "no number");
        let rows = [Ok(()), Err(local.clone()), Ok(())];
        let outcomes = |sent: Vec<Outcome>| {
            let sent = sent.into_iter().map(|outcome| (outcome, None)).collect();
            let all = with_refused(&rows, sent).into_iter();
            all.map(|(outcome, _)| outcome).collect::<Vec<_>>()
        };
        let auth = Outcome::Failed(failure(A::Auth, C::CredentialsRefused, "no"));
        assert_eq!(outcomes(vec![auth.clone(), auth.clone()]), vec![auth.clone(); 3]);
        assert_eq!(
            outcomes(vec![auth.clone(), Outcome::Applied]),
            [auth, Outcome::Failed(local), Outcome::Applied]
        );
    }
}
