//! Filters as they are given, and how they are checked.
//!
//! A filter's fields are ANDed. A field that is left out, or null, says nothing; an empty list matches nothing. An id
//! that is no id of the right type is an error; an id of nothing, or of another merchant's, matches nothing.

mod catalogue;
mod history;
mod sku;

pub use catalogue::{StoreFilter, SyncRuleFilter, WarehouseFilter};
pub use history::{FailedTriggerFilter, ManualSyncFilter, SyncRecordFilter};
pub use sku::{StoreSkuFilter, WarehouseSkuFilter};

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::ids::{self, NodeKind};
use crate::clock;
use crate::db::filter::Range;
use crate::domain::text;
use crate::error::{Error, Problem, ProblemCode, Result};

/// Most ids in one list of a filter.
const MAX_IDS: usize = 500;
/// Most other items in one list of a filter.
const MAX_ITEMS: usize = 100;

/// A span of time, both ends included.
#[derive(InputObject, Debug, Clone, Copy, Default)]
pub struct DateTimeRange {
    /// The earliest time; left out, there is no earliest.
    pub from: Option<DateTime<Utc>>,
    /// The latest time; left out, there is no latest.
    pub to: Option<DateTime<Utc>>,
}

/// A range of whole numbers, both ends included.
#[derive(InputObject, Debug, Clone, Copy, Default)]
pub struct IntRange {
    /// The smallest; left out, there is no smallest.
    pub from: Option<i32>,
    /// The largest; left out, there is no largest.
    pub to: Option<i32>,
}

/// A filter as it is given in the API.
pub trait FilterInput: Default {
    /// What it becomes.
    type Filter;

    /// Checks the filter that was given at `path`.
    ///
    /// # Errors
    /// Every problem that it has.
    fn check(self, path: &str) -> Result<Self::Filter>;
}

/// Restricts a list of a filter to one id.
pub fn narrow(list: &mut Option<Vec<Uuid>>, id: Uuid) {
    let is_left_out = list.as_ref().is_some_and(|ids| !ids.contains(&id));
    *list = Some(if is_left_out { Vec::new() } else { vec![id] });
}

/// Collects what is wrong with a filter.
struct Checks<'p> {
    path: &'p str,
    problems: Vec<Problem>,
}

impl<'p> Checks<'p> {
    fn new(path: &'p str) -> Self {
        Self {
            path,
            problems: Vec::new(),
        }
    }

    fn path(&self, field: &str) -> String {
        format!("{}.{field}", self.path)
    }

    fn refuse(&mut self, field: &str, code: ProblemCode, message: String) {
        self.problems.push(Problem::new(&self.path(field), code, message));
    }

    /// Ids of one type.
    fn ids(&mut self, kind: NodeKind, field: &str, list: Option<Vec<ID>>) -> Option<Vec<Uuid>> {
        let list = self.at_most(MAX_IDS, field, list)?;
        let mut uuids = Vec::with_capacity(list.len());
        for (place, id) in list.iter().enumerate() {
            match ids::decode_as(kind, &format!("{}.{place}", self.path(field)), id) {
                Ok(uuid) => uuids.push(uuid),
                Err(problem) => self.problems.push(problem),
            }
        }
        Some(uuids)
    }

    /// A list of words.
    fn list<T>(&mut self, field: &str, list: Option<Vec<T>>) -> Option<Vec<T>> {
        self.at_most(MAX_ITEMS, field, list)
    }

    fn at_most<T>(&mut self, most: usize, field: &str, list: Option<Vec<T>>) -> Option<Vec<T>> {
        let list = list?;
        if list.len() > most {
            let message = format!("has {} items; at most {most} are allowed", list.len());
            self.refuse(field, ProblemCode::TooMany, message);
            return None;
        }
        Some(list)
    }

    /// A text to search for or to compare with; a blank one says nothing.
    fn text(&mut self, field: &str, value: Option<String>) -> Option<String> {
        match text::name(&self.path(field), &value?) {
            Ok(text) => Some(text).filter(|text| !text.is_empty()),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    /// A span of time.
    fn times(&mut self, field: &str, range: Option<DateTimeRange>) -> Range<DateTime<Utc>> {
        let DateTimeRange { from, to } = range.unwrap_or_default();
        for time in [from, to].into_iter().flatten() {
            if !clock::is_accepted(time) {
                let message = format!("{} must be in the years 1 to 9999", time.to_rfc3339());
                self.refuse(field, ProblemCode::OutOfRange, message);
            }
        }
        self.range(field, from, to)
    }

    /// A range of numbers.
    fn numbers(&mut self, field: &str, range: Option<IntRange>) -> Range<i32> {
        let IntRange { from, to } = range.unwrap_or_default();
        self.range(field, from, to)
    }

    fn range<T: PartialOrd + std::fmt::Display>(&mut self, field: &str, from: Option<T>, to: Option<T>) -> Range<T> {
        if let (Some(from), Some(to)) = (&from, &to)
            && from > to
        {
            let message = format!("from is {from}, which is after to, {to}");
            self.refuse(field, ProblemCode::OutOfRange, message);
        }
        Range { from, to }
    }

    /// The filter, if nothing is wrong with it.
    fn done<F>(self, filter: F) -> Result<F> {
        if self.problems.is_empty() {
            Ok(filter)
        } else {
            Err(Error::Invalid(self.problems))
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn every_problem_is_named_with_its_place() {
        let filter = StoreSkuFilter {
            store_ids: Some(vec![ids::encode(NodeKind::Store, Uuid::nil()), ID("x".to_owned())]),
            warehouse_sku_ids: Some(vec![ids::encode(NodeKind::Store, Uuid::nil())]),
            search: Some("x".repeat(501)),
            quantity: Some(IntRange {
                from: Some(2),
                to: Some(1),
            }),
            ids: Some(vec![ID(String::new()); 501]),
            ..StoreSkuFilter::default()
        };
        let Err(Error::Invalid(problems)) = filter.check("filter") else {
            panic!("the filter was taken");
        };
        let mut paths: Vec<String> = problems.iter().map(|problem| problem.field.join(".")).collect();
        paths.sort();
        let expected = [
            "filter.ids",
            "filter.quantity",
            "filter.search",
            "filter.storeIds.1",
            "filter.warehouseSkuIds.0",
        ];
        assert_eq!(paths, expected);
    }

    #[test]
    fn a_blank_search_says_nothing_and_an_empty_list_matches_nothing() {
        let filter = StoreSkuFilter {
            search: Some("  ".to_owned()),
            status_in: Some(Vec::new()),
            ..StoreSkuFilter::default()
        };
        let filter = filter.check("filter").unwrap();
        assert_eq!(filter.search, None);
        assert_eq!(filter.statuses, Some(Vec::new()));
    }

    #[test]
    fn narrowing_keeps_to_what_the_filter_says() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for (list, expected) in [
            (None, vec![one]),
            (Some(vec![other, one]), vec![one]),
            (Some(vec![other]), vec![]),
        ] {
            let mut list = list;
            narrow(&mut list, one);
            assert_eq!(list, Some(expected));
        }
    }
}
