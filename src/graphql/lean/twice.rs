//! What a document selects twice. async-graphql resolves a field once for each place where its key is selected, and merges
//! the values.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Pos, Positioned};

use super::Selected;

/// The selection sets, by their places in the document, that are below keys which a selection set has twice, its fragments
/// included, on whichever type these are. Below a leaf there is one too, which is empty.
#[derive(Debug, Default)]
pub(super) struct Twice(HashSet<Pos>);

impl Twice {
    /// Looks through a document whose expanded size is bounded.
    pub(super) fn of(document: &ExecutableDocument) -> Self {
        let mut twice = Self::default();
        for (_, operation) in document.operations.iter() {
            twice.look(document, &operation.node.selection_set.node);
        }
        twice
    }

    /// Whether the value of this selection set may be merged with another one.
    pub(super) fn is_merged(&self, set: &Positioned<SelectionSet>) -> bool {
        self.0.contains(&set.pos)
    }

    /// The fields without those whose key is there before, as these have the same value; none where such a value is an
    /// object.
    pub(super) fn once<'a>(&self, fields: Vec<Selected<'a>>) -> Option<Vec<Selected<'a>>> {
        if self.0.is_empty() {
            return Some(fields);
        }
        let mut keys = HashSet::with_capacity(fields.len());
        let (once, again): (Vec<_>, Vec<_>) = fields.into_iter().partition(|field| keys.insert(key(field)));
        let is_leaf = |field: &Selected<'_>| field.node.selection_set.node.items.is_empty();
        again.iter().all(is_leaf).then_some(once)
    }

    fn look(&mut self, document: &ExecutableDocument, set: &SelectionSet) {
        let mut fields = flat(document, set);
        fields.sort_unstable_by_key(key);
        for same in fields.chunk_by(|one, other| key(one) == key(other)) {
            if let [field] = same {
                self.look(document, &field.node.selection_set.node);
                continue;
            }
            for field in same {
                self.mark(document, &field.node.selection_set);
            }
        }
    }

    fn mark(&mut self, document: &ExecutableDocument, set: &Positioned<SelectionSet>) {
        self.0.insert(set.pos);
        for field in flat(document, &set.node) {
            self.mark(document, &field.node.selection_set);
        }
    }
}

fn key<'a>(field: &Selected<'a>) -> &'a str {
    &field.node.response_key().node
}

/// The fields of a selection set, with those of its fragments.
fn flat<'d>(document: &'d ExecutableDocument, set: &'d SelectionSet) -> Vec<Selected<'d>> {
    let mut fields = Vec::with_capacity(set.items.len());
    for selection in &set.items {
        let set = match &selection.node {
            Selection::Field(field) => {
                fields.push(field);
                continue;
            }
            Selection::InlineFragment(fragment) => Some(&fragment.node.selection_set),
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.node.fragment_name.node);
                fragment.map(|fragment| &fragment.node.selection_set)
            }
        };
        if let Some(set) = set {
            fields.extend(flat(document, &set.node));
        }
    }
    fields
}
