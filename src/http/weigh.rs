//! How large a document is once every fragment is written out where it is spread.
//!
//! Each fragment is weighed once and its weight used wherever it is spread, with sums that saturate, so weighing is
//! linear in the text even where the expanded size is astronomical.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, FragmentSpread, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, Value, Variables};
use async_graphql_value::Value as Literal;

use super::Limits;
use super::cost::Cost;
use super::refusal::Refusal;

/// Weighs every operation, and every fragment that none of them spreads.
///
/// # Errors
/// A limit is passed, a fragment spreads itself, or the document asks for introspection although that is off.
pub(super) fn weigh(
    document: &ExecutableDocument,
    variables: &Variables,
    limits: &Limits,
    introspection: bool,
) -> Result<(), Refusal> {
    let mut scales = Scales {
        document,
        variables,
        limits,
        introspection,
        fragments: HashMap::new(),
        variable_sizes: HashMap::new(),
        aliases: 0,
    };
    let mut total = Weight::default();
    // One operation is executed, whichever.
    let mut dearest = 0;
    for (_, operation) in document.operations.iter() {
        let mut weight = scales.directives(&operation.node.directives);
        weight.add(&scales.set(&operation.node.selection_set.node, 1)?);
        let most = match operation.node.ty {
            OperationType::Mutation => limits.mutation_fields,
            _ => limits.root_fields,
        };
        limited(weight.roots, most, "fields at its root", operation.pos)?;
        limited(weight.depth, limits.depth, "fields inside one another", operation.pos)?;
        dearest = dearest.max(weight.cost.total());
        total.add(&weight);
    }
    // Validation also looks into fragments that nobody spreads.
    for (name, fragment) in &document.fragments {
        if !scales.fragments.contains_key(name.as_str()) {
            total.add(&scales.fragment(name, 1, fragment.pos)?);
        }
    }
    let start = Pos { line: 1, column: 1 };
    limited(
        total.selections,
        limits.selections,
        "selections, fragments written out",
        start,
    )?;
    limited(
        total.values,
        limits.values,
        "argument values, variables and fragments written out",
        start,
    )?;
    limited(scales.aliases, limits.aliases, "aliases", start)?;
    if dearest > limits.cost {
        let most = limits.cost;
        let message =
            format!("a full answer could cost {dearest}, and {most} is the most; ask for less, or for smaller pages");
        return Err(Refusal::limit(message, Some(start)));
    }
    Ok(())
}

fn limited(count: usize, most: usize, what: &str, at: Pos) -> Result<(), Refusal> {
    if count > most {
        return Err(Refusal::limit(
            format!("the document has more than {most} {what}"),
            Some(at),
        ));
    }
    Ok(())
}

/// What a selection set weighs, with all that it spreads.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    /// Fields and fragments.
    selections: usize,
    /// Values in arguments.
    values: usize,
    /// What its answer can cost.
    cost: Cost,
    /// Fields at its top level.
    roots: usize,
    /// Fields inside one another.
    depth: usize,
    /// Selection sets inside one another, those of fragments too.
    levels: usize,
}

impl Weight {
    /// Takes in what stands beside it.
    fn add(&mut self, other: &Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.values = self.values.saturating_add(other.values);
        self.cost.add(&other.cost);
        self.roots = self.roots.saturating_add(other.roots);
        self.depth = self.depth.max(other.depth);
        self.levels = self.levels.max(other.levels);
    }
}

struct Scales<'d> {
    document: &'d ExecutableDocument,
    variables: &'d Variables,
    limits: &'d Limits,
    introspection: bool,
    /// What each fragment weighs; nothing yet while it is being weighed, by which a cycle is known.
    fragments: HashMap<&'d str, Option<Weight>>,
    variable_sizes: HashMap<&'d str, usize>,
    aliases: usize,
}

impl<'d> Scales<'d> {
    fn set(&mut self, set: &'d SelectionSet, level: usize) -> Result<Weight, Refusal> {
        let mut weight = Weight::default();
        for selection in &set.items {
            let part = match &selection.node {
                Selection::Field(field) => self.field(field, level)?,
                Selection::InlineFragment(inline) => {
                    self.check_level(level + 1, inline.pos)?;
                    let mut part = self.set(&inline.node.selection_set.node, level + 1)?;
                    part.levels += 1;
                    part
                }
                Selection::FragmentSpread(spread) => self.spread(spread, level)?,
            };
            weight.add(&part);
            weight.add(&self.directives(selection.node.directives()));
            weight.selections = weight.selections.saturating_add(1);
        }
        Ok(weight)
    }

    fn field(&mut self, field: &'d Positioned<Field>, level: usize) -> Result<Weight, Refusal> {
        let Field {
            alias,
            name,
            arguments,
            selection_set,
            ..
        } = &field.node;
        if !self.introspection && matches!(name.node.as_str(), "__schema" | "__type") {
            let message = format!("introspection is off, so there is no {}", name.node);
            return Err(Refusal::document("INTROSPECTION_DISABLED", message, Some(field.pos)));
        }
        self.aliases += usize::from(alias.is_some());
        let mut weight = Weight::default();
        let mut selected = None;
        if !selection_set.node.items.is_empty() {
            self.check_level(level + 1, field.pos)?;
            weight = self.set(&selection_set.node, level + 1)?;
            weight.levels += 1;
            selected = Some(&weight.cost);
        }
        weight.cost = Cost::of(&field.node, self.variables, selected);
        weight.roots = 1;
        weight.depth += 1;
        for (_, value) in arguments {
            weight.values = weight.values.saturating_add(self.literal(&value.node));
        }
        Ok(weight)
    }

    fn spread(&mut self, spread: &'d Positioned<FragmentSpread>, level: usize) -> Result<Weight, Refusal> {
        let mut weight = self.fragment(&spread.node.fragment_name.node, level + 1, spread.pos)?;
        weight.levels += 1;
        self.check_level(level + weight.levels, spread.pos)?;
        Ok(weight)
    }

    /// A fragment that is not there weighs nothing; validation says so later.
    fn fragment(&mut self, name: &'d Name, level: usize, at: Pos) -> Result<Weight, Refusal> {
        match self.fragments.get(name.as_str()) {
            Some(Some(weight)) => return Ok(*weight),
            Some(None) => {
                let message = format!("the fragment \"{name}\" spreads itself");
                return Err(Refusal::document("GRAPHQL_VALIDATION_FAILED", message, Some(at)));
            }
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Weight::default());
        };
        self.check_level(level, at)?;
        self.fragments.insert(name, None);
        let weight = self.set(&fragment.node.selection_set.node, level)?;
        self.fragments.insert(name, Some(weight));
        Ok(weight)
    }

    fn check_level(&self, level: usize, at: Pos) -> Result<(), Refusal> {
        limited(level, self.limits.levels, "selection sets inside one another", at)
    }

    fn directives(&mut self, directives: &'d [Positioned<Directive>]) -> Weight {
        let mut weight = Weight::default();
        for directive in directives {
            for (_, value) in &directive.node.arguments {
                weight.values = weight.values.saturating_add(self.literal(&value.node));
            }
        }
        weight
    }

    fn literal(&mut self, value: &'d Literal) -> usize {
        match value {
            Literal::Variable(name) => self.variable(name),
            Literal::List(items) => items.iter().fold(1, |sum, item| sum.saturating_add(self.literal(item))),
            Literal::Object(fields) => fields
                .values()
                .fold(1, |sum, item| sum.saturating_add(self.literal(item))),
            Literal::String(text) => text_size(text),
            _ => 1,
        }
    }

    fn variable(&mut self, name: &'d Name) -> usize {
        if let Some(size) = self.variable_sizes.get(name.as_str()) {
            return *size;
        }
        // A default value is a literal of the document, whose own limit bounds it well enough.
        let size = self.variables.get(name).map_or(1, constant);
        self.variable_sizes.insert(name, size);
        size
    }
}

fn constant(value: &Value) -> usize {
    match value {
        Value::List(items) => items.iter().fold(1, |sum, item| sum.saturating_add(constant(item))),
        Value::Object(fields) => fields.values().fold(1, |sum, item| sum.saturating_add(constant(item))),
        Value::String(text) => text_size(text),
        _ => 1,
    }
}

/// A long text is copied as dearly as many small values.
fn text_size(text: &str) -> usize {
    1 + text.len() / 64
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::fmt::Write as _;

    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn weighed(text: &str) -> Result<(), String> {
        weighed_with(text, &Variables::default(), true)
    }

    fn weighed_with(text: &str, variables: &Variables, introspection: bool) -> Result<(), String> {
        let document = parse_query(text).unwrap();
        weigh(&document, variables, &Limits::default(), introspection)
            .map_err(|refusal| refusal.errors[0].message.clone())
    }

    /// Each fragment spreads the next one twice.
    fn doubling(count: usize) -> String {
        let mut text = String::new();
        for number in 0..count {
            let _ = write!(
                text,
                "fragment F{number} on Q {{ ...F{next} ...F{next} }} ",
                next = number + 1
            );
        }
        let _ = write!(text, "fragment F{count} on Q {{ a }} ");
        text
    }

    #[test]
    fn doubling_fragments_are_refused_used_or_not() {
        for operation in ["{ b { ...F0 } }", "{ a }"] {
            let text = format!("{operation} {}", doubling(25));
            assert!(weighed(&text).unwrap_err().contains("selections"), "{operation}");
        }
        assert_eq!(weighed(&format!("{{ b {{ ...F0 }} }} {}", doubling(5))), Ok(()));
    }

    #[test]
    fn fragments_that_spread_themselves_are_refused() {
        let text = "{ ...A } fragment A on Q { b { ...B } } fragment B on Q { c { ...A ...A } }";
        assert!(weighed(text).unwrap_err().contains("spreads itself"));
        assert!(
            weighed("{ ...A } fragment A on Q { ...A }")
                .unwrap_err()
                .contains("spreads itself")
        );
    }

    #[test]
    fn long_chains_of_fragments_are_refused_in_any_order() {
        let mut chain = String::new();
        for number in 0..1_000 {
            let _ = write!(chain, "fragment F{number} on Q {{ ...F{} }} ", number + 1);
        }
        let text = format!("{{ a }} {chain} fragment F1000 on Q {{ a }}");
        assert!(weighed(&text).unwrap_err().contains("selection sets"));
    }

    #[test]
    fn depth_counts_fields_and_not_fragments() {
        let nested = |depth: usize| format!("{}{}", "{ a ".repeat(depth), "}".repeat(depth));
        assert_eq!(weighed(&nested(15)), Ok(()));
        assert!(weighed(&nested(16)).unwrap_err().contains("15 fields inside"));
        assert_eq!(weighed("{ ... { ... { ... { a } } } }"), Ok(()));
    }

    #[test]
    fn roots_aliases_and_selections_have_limits() {
        let fields = |count: usize| (0..count).fold(String::new(), |text, number| format!("{text} f{number}"));
        assert!(
            weighed(&format!("{{ ... {{ {} }} }}", fields(31)))
                .unwrap_err()
                .contains("root")
        );
        let calls = |count: usize| weighed(&format!("mutation {{ {} }}", fields(count)));
        assert_eq!(calls(10), Ok(()));
        assert!(calls(11).unwrap_err().contains("10 fields at its root"));
        let aliases = (0..101).fold(String::new(), |text, number| format!("{text} x{number}: a"));
        assert!(
            weighed(&format!("{{ a {{ {aliases} }} }}"))
                .unwrap_err()
                .contains("aliases")
        );
        assert!(
            weighed(&format!("{{ a {{ {} }} }}", fields(2_001)))
                .unwrap_err()
                .contains("selections")
        );
    }

    #[test]
    fn a_large_variable_cannot_be_used_many_times() {
        let list: Vec<i32> = (0..10_000).collect();
        let variables = Variables::from_json(json!({ "v": list }));
        assert_eq!(weighed_with("query($v: [Int]) { a(v: $v) }", &variables, true), Ok(()));
        let uses = "b(v: $v) ".repeat(50);
        let text = format!("query($v: [Int]) {{ a {{ {uses} }} }}");
        assert!(
            weighed_with(&text, &variables, true)
                .unwrap_err()
                .contains("argument values")
        );
    }

    #[test]
    fn introspection_passes_when_it_is_on_and_is_refused_when_it_is_off() {
        assert_eq!(weighed(INTROSPECTION), Ok(()));
        let off = weighed_with(
            "{ __typename a { ...F } } fragment F on Q { __type(name: \"Q\") { name } }",
            &Variables::default(),
            false,
        );
        assert!(off.unwrap_err().contains("introspection is off"));
        assert_eq!(weighed_with("{ __typename }", &Variables::default(), false), Ok(()));
    }

    /// What graphql-js asks, in full.
    const INTROSPECTION: &str = include_str!("introspection.graphql");
}
