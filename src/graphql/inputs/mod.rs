//! The values of a request, checked before anything is executed.
//!
//! The executor reads an argument when it comes to its field, says neither which argument nor which value it could not
//! read, and has done the fields before it by then. [`Checked`] reads all of them first, the values of variables
//! against the types that the document declares for them, literals against the types of the schema.
//!
//! # Guarantees
//!
//! - A value that its type cannot hold is refused with `BAD_USER_INPUT`, naming the argument with the path inside of
//!   it, the value in short, and what is expected. Nothing of the request is executed then.
//! - Each value is looked at once, however often a variable or a fragment is used.
//! - A secret is not repeated.
//!
//! # Not guaranteed
//!
//! Anything about fields and arguments that are not in the schema: that is for validation, which comes after
//! ([`validator`](mod@super::validator)), and then execution.

mod check;
mod scalars;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, FieldDefinition, InputValueDefinition, OperationDefinition, OperationType,
    Selection, SelectionSet, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{
    Data, ErrorExtensionValues, Executor, ObjectType, Pos, Positioned, Request, Response, Schema, SchemaBuilder,
    ServerError, SubscriptionType, ValidationMode, Variables,
};
use async_graphql_value::Value as Literal;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};

use self::check::{Bad, Place, Uses};
use super::validator::Validator;

/// More bad values than these help nobody.
const MOST: usize = 20;

/// A schema behind validation and the check of its inputs.
pub struct Checked<Q, M, S> {
    schema: Schema<Q, M, S>,
    validator: Arc<Validator<Q, M, S>>,
    types: Arc<Types>,
}

impl<Q, M, S> Clone for Checked<Q, M, S> {
    fn clone(&self) -> Self {
        Self {
            schema: self.schema.clone(),
            validator: Arc::clone(&self.validator),
            types: Arc::clone(&self.types),
        }
    }
}

impl<Q, M, S> Checked<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    /// Puts the check and `validating`, which is the same schema built to validate only, before a schema.
    #[must_use]
    pub fn new(executing: SchemaBuilder<Q, M, S>, validating: Schema<Q, M, S>) -> Self {
        let schema = executing.validation_mode(ValidationMode::Fast).finish();
        let types = Arc::new(Types::of(&schema.sdl()));
        Self {
            schema,
            validator: Arc::new(Validator::new(validating)),
            types,
        }
    }

    /// Why a request is not executed.
    async fn refused(&self, request: &mut Request) -> Option<Response> {
        match self.bad_values(request) {
            Some(refused) => Some(refused),
            // In a box: it is seldom needed, and large, and a subscription would hold the room for it as long as it lives.
            None => Box::pin(self.validator.refused(request)).await,
        }
    }

    /// What is wrong with the values of a request; none when they are good, or when the document is too bad to tell.
    fn bad_values(&self, request: &mut Request) -> Option<Response> {
        let (variables, name) = (std::mem::take(&mut request.variables), request.operation_name.clone());
        // What cannot be parsed is for the executor to say.
        let errors = request.parsed_query().map_or_else(
            |_| Vec::new(),
            |document| self.types.refused(document, name.as_deref(), &variables),
        );
        request.variables = variables;
        (!errors.is_empty()).then(|| Response::from_errors(errors))
    }
}

impl<Q, M, S> Executor for Checked<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    async fn execute(&self, mut request: Request) -> Response {
        match self.refused(&mut request).await {
            Some(refused) => refused,
            None => self.schema.execute(request).await,
        }
    }

    fn execute_stream(&self, mut request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let checked = self.clone();
        let responses = async move {
            match checked.refused(&mut request).await {
                Some(refused) => stream::once(async move { refused }.boxed()).boxed(),
                None => Executor::execute_stream(&checked.schema, request, session),
            }
        };
        responses.flatten_stream().boxed()
    }
}

/// The types of a schema, by their names.
struct Types {
    kinds: HashMap<String, TypeKind>,
    /// The input objects of which exactly one field is given.
    one_of: HashSet<String>,
}

impl Types {
    /// Of a schema as text. What cannot be read is not checked; a test sees to it that ours can.
    fn of(sdl: &str) -> Self {
        let definitions = parse_schema(sdl)
            .map(|document| document.definitions)
            .unwrap_or_default();
        let (mut kinds, mut one_of) = (HashMap::new(), HashSet::new());
        for definition in definitions {
            let TypeSystemDefinition::Type(ty) = definition else {
                continue;
            };
            let name = ty.node.name.node.to_string();
            if ty
                .node
                .directives
                .iter()
                .any(|directive| directive.node.name.node == "oneOf")
            {
                one_of.insert(name.clone());
            }
            kinds.insert(name, ty.node.kind);
        }
        Self { kinds, one_of }
    }

    fn refused(&self, document: &ExecutableDocument, name: Option<&str>, variables: &Variables) -> Vec<ServerError> {
        let Some(operation) = chosen(document, name) else {
            return Vec::new();
        };
        let mut walk = Walk {
            types: self,
            uses: Uses::new(),
            bad: Vec::new(),
        };
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        walk.set(&operation.selection_set.node, root);
        for fragment in document.fragments.values() {
            let on = fragment.node.type_condition.node.on.node.as_str();
            walk.set(&fragment.node.selection_set.node, on);
        }
        walk.variables(operation, variables);
        walk.bad.truncate(MOST);
        walk.bad.iter().map(|(at, bad)| error(bad, *at)).collect()
    }

    fn field(&self, owner: &str, name: &str) -> Option<&FieldDefinition> {
        let fields = match self.kinds.get(owner)? {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            _ => return None,
        };
        let found = fields.iter().find(|field| field.node.name.node == name)?;
        Some(&found.node)
    }
}

fn chosen<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> Option<&'d OperationDefinition> {
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(operation), _) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) => operations.values().next(),
    };
    operation.map(|operation| &operation.node)
}

fn error(bad: &Bad, at: Pos) -> ServerError {
    let mut error = ServerError::new(bad.message(), Some(at));
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", super::errors::BAD_USER_INPUT);
    error.extensions = Some(extensions);
    error
}

/// One way through a document. Each fragment is walked where it is defined, not where it is used.
struct Walk<'t> {
    types: &'t Types,
    uses: Uses,
    bad: Vec<(Pos, Bad)>,
}

impl Walk<'_> {
    fn set(&mut self, set: &SelectionSet, owner: &str) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let Some(definition) = self.types.field(owner, &field.node.name.node) else {
                        continue;
                    };
                    for (name, value) in &field.node.arguments {
                        if let Some(argument) = argument(definition, &name.node) {
                            let place = Place::argument(&name.node);
                            self.value(&argument.ty.node, &value.node, place, value.pos);
                        }
                    }
                    self.set(&field.node.selection_set.node, check::named(&definition.ty.node));
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.map_or(owner, |condition| condition.node.on.node.as_str());
                    self.set(&fragment.node.selection_set.node, on);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    /// The values of variables, and where none is given the defaults, against the declared types.
    fn variables(&mut self, operation: &OperationDefinition, given: &Variables) {
        for definition in &operation.variable_definitions {
            let name = &definition.node.name.node;
            let default = definition.node.default_value.as_ref();
            let value = given.get(name).or(default.map(|default| &default.node));
            if let Some(value) = value {
                let place = Place::variable(name, self.uses.get(name.as_str()));
                let value = value.clone().into_value();
                self.value(&definition.node.var_type.node, &value, place, definition.pos);
            }
        }
    }

    fn value(&mut self, ty: &Type, value: &Literal, place: Place, at: Pos) {
        if self.bad.len() < MOST {
            let found = check::check(self.types, ty, value, place, &mut self.uses);
            self.bad.extend(found.into_iter().map(|bad| (at, bad)));
        }
    }
}

fn argument<'f>(field: &'f FieldDefinition, name: &str) -> Option<&'f InputValueDefinition> {
    let mut arguments = field.arguments.iter().map(|argument: &Positioned<_>| &argument.node);
    arguments.find(|argument| argument.name.node == name)
}

#[cfg(test)]
mod tests;
