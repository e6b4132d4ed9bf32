//! The schema as the walk sees it: what can be selected, what can be given, and how to get there.

use std::collections::{HashMap, VecDeque};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition,
};

/// Scalars that cannot carry what belongs to somebody. ID and String can.
const HARMLESS: &[&str] = &["Int", "Float", "Boolean", "DateTime", "Percent"];

/// The types of the schema.
pub(super) struct Schema {
    types: HashMap<String, TypeKind>,
}

/// A place where a caller can put an id or a text: the argument, the input fields below it, and the scalar.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// The argument, then the input fields.
    pub(super) path: Vec<String>,
    /// `ID` or `String`.
    pub(super) scalar: String,
}

impl Schema {
    /// The schema that is served.
    pub(super) fn served() -> Self {
        let document = parse_schema(stock_sync::graphql::sdl()).expect("the schema can be parsed");
        let types = document
            .definitions
            .into_iter()
            .filter_map(|definition| match definition {
                TypeSystemDefinition::Type(ty) => Some((ty.node.name.node.to_string(), ty.node.kind)),
                _ => None,
            });
        Self { types: types.collect() }
    }

    /// The fields of an object or interface.
    pub(super) fn fields(&self, name: &str) -> Vec<&FieldDefinition> {
        match self.types.get(name) {
            Some(TypeKind::Object(object)) => object.fields.iter().map(|field| &field.node).collect(),
            Some(TypeKind::Interface(interface)) => interface.fields.iter().map(|field| &field.node).collect(),
            _ => Vec::new(),
        }
    }

    /// A field that is there.
    pub(super) fn field(&self, owner: &str, name: &str) -> &FieldDefinition {
        let fields = self.fields(owner);
        let found = fields.into_iter().find(|field| field.name.node == name);
        found.unwrap_or_else(|| panic!("{owner} has no field {name}"))
    }

    /// The fields of an input object; none where the type is no input object.
    pub(super) fn inputs(&self, name: &str) -> Option<Vec<&InputValueDefinition>> {
        match self.types.get(name) {
            Some(TypeKind::InputObject(input)) => Some(input.fields.iter().map(|field| &field.node).collect()),
            _ => None,
        }
    }

    /// The values of an enum.
    pub(super) fn values(&self, name: &str) -> Vec<String> {
        match self.types.get(name) {
            Some(TypeKind::Enum(ty)) => ty
                .values
                .iter()
                .map(|value| value.node.value.node.to_string())
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The types that have ids.
    pub(super) fn nodes(&self) -> Vec<&str> {
        let is_node = |kind: &TypeKind| match kind {
            TypeKind::Object(object) => object.implements.iter().any(|interface| interface.node == "Node"),
            _ => false,
        };
        let nodes = self.types.iter().filter(|(_, kind)| is_node(kind));
        nodes.map(|(name, _)| name.as_str()).collect()
    }

    /// Every place in the arguments of a field where an id or a text can be put.
    pub(super) fn leaves(&self, field: &FieldDefinition) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        for argument in &field.arguments {
            self.collect(&argument.node, &[], &mut leaves);
        }
        leaves
    }

    fn collect(&self, value: &InputValueDefinition, above: &[String], leaves: &mut Vec<Leaf>) {
        let mut path = above.to_vec();
        path.push(value.name.node.to_string());
        let scalar = named(&value.ty.node).to_owned();
        if let Some(inputs) = self.inputs(&scalar) {
            assert!(
                path.len() < 10,
                "the input {scalar} holds itself: teach the walk where to stop"
            );
            for input in inputs {
                self.collect(input, &path, leaves);
            }
        } else if scalar == "ID" || scalar == "String" {
            leaves.push(Leaf { path, scalar });
        } else {
            let is_known = HARMLESS.contains(&scalar.as_str()) || !self.values(&scalar).is_empty();
            assert!(
                is_known,
                "say in walk/schema.rs whether the scalar {scalar} can carry an id or a code, at {path:?}"
            );
        }
    }

    /// How to get from `Query` to each object without giving any argument: the fields on the way.
    pub(super) fn ways(&self) -> HashMap<String, Vec<String>> {
        let mut ways = HashMap::from([("Query".to_owned(), Vec::new())]);
        let mut queue = VecDeque::from(["Query".to_owned()]);
        while let Some(owner) = queue.pop_front() {
            for field in self.fields(&owner) {
                let to = named(&field.ty.node);
                let is_object = matches!(self.types.get(to), Some(TypeKind::Object(_)));
                if is_object && !needs_arguments(field) && !ways.contains_key(to) {
                    let mut way = ways[&owner].clone();
                    way.push(format!("{}{}", field.name.node, short_page(field)));
                    ways.insert(to.to_owned(), way);
                    queue.push_back(to.to_owned());
                }
            }
        }
        ways
    }

    /// Objects with a field that takes arguments, and these fields.
    pub(super) fn askable(&self) -> Vec<(String, &FieldDefinition)> {
        let mut names: Vec<&String> = self.types.keys().collect();
        names.sort();
        let has_arguments = |field: &&FieldDefinition| !field.arguments.is_empty();
        let fields = |name: &String| {
            self.fields(name)
                .into_iter()
                .filter(has_arguments)
                .map(|field| (name.clone(), field))
                .collect::<Vec<_>>()
        };
        names.into_iter().flat_map(fields).collect()
    }

    /// Everything that can be selected of a type, so many objects deep; a type is not selected within itself.
    pub(super) fn selection(&self, name: &str, depth: usize) -> String {
        self.select(name, depth, &mut Vec::new())
    }

    fn select(&self, name: &str, depth: usize, above: &mut Vec<String>) -> String {
        let mut text = String::from("__typename ");
        above.push(name.to_owned());
        for field in self.fields(name) {
            let (field_name, to) = (&field.name.node, named(&field.ty.node));
            if self.fields(to).is_empty() {
                text.push_str(&format!("{field_name} "));
            } else if field_name == "edges" {
                text.push_str("edges { cursor } ");
            } else if depth > 0 && !needs_arguments(field) && !above.iter().any(|seen| seen == to) {
                let page = short_page(field);
                let inner = self.select(to, depth - 1, above);
                text.push_str(&format!("{field_name}{page} {{ {inner}}} "));
            }
        }
        above.pop();
        text
    }
}

/// The name in a type, whatever lists and exclamation marks are around it.
pub(super) fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(inner) => named(inner),
    }
}

/// Whether a value has to be given.
pub(super) fn is_required(value: &InputValueDefinition) -> bool {
    !value.ty.node.nullable && value.default_value.is_none()
}

/// The argument that keeps a page short, where there are pages: whole ones within whole ones pass the server's limits.
pub(super) fn short_page(field: &FieldDefinition) -> &'static str {
    let has_pages = field
        .arguments
        .iter()
        .any(|argument| argument.node.name.node == "first");
    if has_pages { "(first: 3)" } else { "" }
}

/// How deep a selection may be: less in lists that have no pages, as nothing keeps them short.
pub(super) fn within(field: &FieldDefinition, depth: usize) -> usize {
    let is_list = matches!(field.ty.node.base, BaseType::List(_));
    if is_list { depth.saturating_sub(1).max(1) } else { depth }
}

/// The same, for a field that is given other arguments too.
pub(super) fn short_first(field: &FieldDefinition, given: &[&InputValueDefinition]) -> &'static str {
    let has_size = given
        .iter()
        .any(|argument| matches!(argument.name.node.as_str(), "first" | "last"));
    if short_page(field).is_empty() || has_size {
        ""
    } else {
        "first: 3"
    }
}

fn needs_arguments(field: &FieldDefinition) -> bool {
    field.arguments.iter().any(|argument| is_required(&argument.node))
}
