//! Global ids: opaque to callers, typed, one string for `node(id)`.
//!
//! An id is the base64url form of one byte for the type and the sixteen of the row's UUID. It names no merchant: rows
//! are always looked up as the caller's, so a foreign id is as unknown as one that never was.

use async_graphql::ID;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::domain::text;
use crate::error::{Error, Problem, ProblemCode};

/// The types that have ids. The byte of each is part of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum NodeKind {
    /// `Merchant`.
    Merchant = 1,
    /// `Store`.
    Store = 2,
    /// `Warehouse`.
    Warehouse = 3,
    /// `WarehouseSku`.
    WarehouseSku = 4,
    /// `StoreSku`.
    StoreSku = 5,
    /// `Listing`.
    Listing = 6,
    /// `SyncRule`.
    SyncRule = 7,
    /// `SyncRecord`.
    SyncRecord = 8,
    /// `SyncAttempt`.
    SyncAttempt = 9,
    /// `ManualSync`.
    ManualSync = 10,
    /// `FailedTrigger`.
    FailedTrigger = 11,
}

const KINDS: [NodeKind; 11] = [
    NodeKind::Merchant,
    NodeKind::Store,
    NodeKind::Warehouse,
    NodeKind::WarehouseSku,
    NodeKind::StoreSku,
    NodeKind::Listing,
    NodeKind::SyncRule,
    NodeKind::SyncRecord,
    NodeKind::SyncAttempt,
    NodeKind::ManualSync,
    NodeKind::FailedTrigger,
];

/// The id of a row.
#[must_use]
pub fn encode(kind: NodeKind, id: Uuid) -> ID {
    let mut bytes = [0; 17];
    bytes[0] = kind as u8;
    bytes[1..].copy_from_slice(id.as_bytes());
    ID(URL_SAFE_NO_PAD.encode(bytes))
}

/// The row that an id names; none when it is not an id of ours.
#[must_use]
pub fn decode(id: &str) -> Option<(NodeKind, Uuid)> {
    let bytes = URL_SAFE_NO_PAD.decode(id).ok()?;
    let (first, rest) = bytes.split_first()?;
    let kind = KINDS.into_iter().find(|kind| *kind as u8 == *first)?;
    Some((kind, Uuid::from_slice(rest).ok()?))
}

/// The row of one kind that the id at `path` names. Whether there is such a row is not checked.
///
/// # Errors
/// The id is not one of that kind.
pub fn decode_as(kind: NodeKind, path: &str, id: &str) -> Result<Uuid, Problem> {
    match decode(id) {
        Some((found, uuid)) if found == kind => Ok(uuid),
        _ => Err(not_found(kind, path, id)),
    }
}

/// The problem that an id at `path` names nothing of the merchant's.
#[must_use]
pub fn not_found(kind: NodeKind, path: &str, id: &str) -> Problem {
    let message = format!("there is no {kind:?} with the id {}", text::shown(id));
    Problem::new(path, ProblemCode::NotFound, message)
}

/// The ids that an input gave for one path.
pub type Given<'g> = (&'static str, NodeKind, &'g [ID]);

/// An error with the ids in it that were given. What looks them up has rows, and no ids that the caller would know.
#[must_use]
pub fn named(error: Error, given: &[Given<'_>]) -> Error {
    let Error::Invalid(problems) = error else { return error };
    let named = problems.into_iter().map(|problem| {
        let path = problem.field.join(".");
        let id = given.iter().find_map(|(list, kind, ids)| {
            let index = match path.strip_prefix(list)? {
                "" => 0,
                below => below.strip_prefix('.')?.parse().ok()?,
            };
            Some((*kind, ids.get::<usize>(index)?))
        });
        match id {
            Some((kind, id)) if problem.code == ProblemCode::NotFound => not_found(kind, &path, id),
            _ => problem,
        }
    });
    Error::Invalid(named.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_as_what_they_were() {
        let uuid = Uuid::now_v7();
        for kind in KINDS {
            assert_eq!(decode(&encode(kind, uuid)), Some((kind, uuid)));
        }
    }

    #[test]
    fn problems_show_the_id_that_was_given() {
        let given = [ID("A".to_owned()), ID("B".to_owned())];
        let lists: [Given<'_>; 2] = [
            ("id", NodeKind::SyncRule, &given[..1]),
            ("storeIds", NodeKind::Store, &given),
        ];
        let message = |path: &str, code| match named(Error::invalid(path, code, "as it was"), &lists) {
            Error::Invalid(problems) => problems.into_iter().map(|problem| problem.message).collect(),
            other => other.operator_text(),
        };
        let not_found = ProblemCode::NotFound;
        assert_eq!(message("id", not_found), "there is no SyncRule with the id \"A\"");
        assert_eq!(message("storeIds.1", not_found), "there is no Store with the id \"B\"");
        for (path, code) in [
            ("storeIds.2", not_found),
            ("idle", not_found),
            ("name", not_found),
            ("id", ProblemCode::Invalid),
        ] {
            assert_eq!(message(path, code), "as it was", "{path}");
        }
    }

    #[test]
    fn what_is_no_id_names_nothing() {
        for id in ["", "x", "AA", "!!!", "AAAAAAAAAAAAAAAAAAAAAAA", &"A".repeat(500)] {
            assert_eq!(decode(id), None, "{id}");
        }
        let store = encode(NodeKind::Store, Uuid::nil());
        assert!(decode_as(NodeKind::SyncRule, "id", &store).is_err());
    }
}
