//! Resolving objects and lists with few pieces of memory.
//!
//! async-graphql makes a boxed future for each field of each object, as large as that of the object's largest field, and
//! joins them. Nearly all fields of ours have their value at once, so [`Lean`] resolves the fields of an object one after
//! the other, in one future, and [`LeanList`] polls the futures of its items in turn. Before that a list has what its
//! items [link](Linked) to read, so that they need not wait for each other; what is not foreseen there comes through the
//! [`loaders`] all the same, in one statement for all items.
//!
//! An object is [written](json) as soon as its fields are there, so what it was made of can go. Nothing can be added to
//! text, and async-graphql resolves a field once for each place where it is selected, and merges the values: so what is below
//! a key that a selection set has twice is not written ([`attach`]), nor is anything where it is not known what that is.
//!
//! Answers, errors, their paths and the order of keys are the same as by async-graphql's own way, which is taken for what
//! is not to be written, and for a selection set that has something other than plain fields in fragments: directives that
//! are left, fragments on an interface, or an object twice.
//!
//! Not done here: asking extensions of the schema about each field. Ours has none.
//!
//! The parts of `Context` that are used here are hidden in async-graphql's documentation, but are what its derives are
//! made of; the version is pinned.

mod twice;

use std::borrow::Cow;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::Pin;
use std::task::Poll;

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, Request, ServerError,
    ServerResult, Value,
};

use self::twice::Twice;
use super::json;
use super::loaders::{self, Wanted};

/// Room for a field in an object's text, in bytes, key and value; more is made where it is needed.
const ROOM: usize = 40;

/// A field as it is selected.
type Selected<'a> = &'a Positioned<Field>;
/// A future behind a pointer, which also ends the recursion of types that link to each other.
type Boxed<'a> = Pin<Box<dyn Future<Output = ServerResult<Value>> + Send + 'a>>;

/// Has the answer to a request be written while it is resolved; what it comes to is for [`json::write`] then. The document
/// must be one whose expanded size is bounded.
#[must_use]
pub fn attach(mut request: Request) -> Request {
    match request.parsed_query().map(Twice::of) {
        Ok(twice) => request.data(twice),
        Err(_) => request,
    }
}

/// An object whose fields are resolved one after the other.
pub struct Lean<T>(pub T);

/// A list of objects, each of which is resolved like a [`Lean`] one.
pub struct LeanList<T>(pub Vec<T>);

/// An item of a list, which knows what its fields will ask the loaders for.
pub trait Linked {
    /// Adds what this field, as it is selected, needs.
    fn want(&self, _field: &Field, _wanted: &mut Wanted) {}
}

impl<T: Linked> Linked for &T {
    fn want(&self, field: &Field, wanted: &mut Wanted) {
        T::want(self, field, wanted);
    }
}

impl<T> Deref for Lean<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ContainerType> OutputType for Lean<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _field: &Positioned<Field>) -> ServerResult<Value> {
        match fields::<T>(ctx) {
            Some(fields) => object(ctx.clone(), &fields, &self.0).await,
            None => resolve_container(ctx, &self.0).await,
        }
    }
}

impl<T: ContainerType> ContainerType for Lean<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        self.0.resolve_field(ctx).await
    }
}

impl<T: ObjectType> ObjectType for Lean<T> {}

impl<T: ContainerType + Linked> OutputType for LeanList<T> {
    fn type_name() -> Cow<'static, str> {
        <Vec<T>>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<T>>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T>>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let Some(fields) = fields::<T>(ctx) else {
            return async_graphql::resolver_utils::resolve_list(ctx, field, self.0.iter(), Some(self.0.len())).await;
        };
        let mut wanted = Wanted::default();
        for field in &fields {
            for item in &self.0 {
                item.want(&field.node, &mut wanted);
            }
        }
        loaders::foresee(ctx, wanted).await;
        let fields = &fields;
        let items = self.0.iter().enumerate();
        let items = items.map(|(index, item)| object(ctx.with_index(index), fields, item));
        Ok(Value::List(all(items.collect()).await?))
    }
}

/// The fields that are selected of an object, those in fragments included; none where async-graphql has to do it.
fn fields<'a, T: OutputType>(ctx: &ContextSelectionSet<'a>) -> Option<Vec<Selected<'a>>> {
    let twice = ctx.data_opt::<Twice>().filter(|twice| !twice.is_merged(ctx.item))?;
    let mut fields = Vec::with_capacity(ctx.item.node.items.len());
    collect(ctx, &ctx.item.node, &T::type_name(), &mut fields)?;
    twice.once(fields)
}

fn collect<'a>(
    ctx: &ContextSelectionSet<'a>,
    set: &'a SelectionSet,
    owner: &str,
    fields: &mut Vec<Selected<'a>>,
) -> Option<()> {
    for selection in &set.items {
        let (condition, set) = match &selection.node {
            Selection::Field(field) => {
                if !field.node.directives.is_empty() {
                    return None;
                }
                fields.push(field);
                continue;
            }
            Selection::InlineFragment(fragment) => {
                (fragment.node.type_condition.as_ref(), &fragment.node.selection_set)
            }
            Selection::FragmentSpread(spread) => {
                let fragment = ctx.query_env.fragments.get(&spread.node.fragment_name.node)?;
                (Some(&fragment.node.type_condition), &fragment.node.selection_set)
            }
        };
        // A fragment on an interface is left to async-graphql, which knows what implements it.
        if condition.is_some_and(|condition| condition.node.on.node != owner) {
            return None;
        }
        collect(ctx, &set.node, owner, fields)?;
    }
    Some(())
}

/// The text of one object, whose fields are resolved one after the other.
fn object<'a, T: ContainerType>(ctx: ContextSelectionSet<'a>, fields: &'a [Selected<'a>], item: &'a T) -> Boxed<'a> {
    Box::pin(async move {
        let mut text = Vec::with_capacity(fields.len() * ROOM);
        text.push(b'{');
        for field in fields {
            json::write_key(&mut text, &field.node.response_key().node);
            let value = if field.node.name.node == "__typename" {
                Value::String(item.introspection_type_name().into_owned())
            } else {
                let ctx = ctx.with_field(field);
                item.resolve_field(&ctx).await?.unwrap_or_default()
            };
            json::write(&mut text, &value).map_err(|error| ServerError::new(error.to_string(), Some(field.pos)))?;
        }
        text.push(b'}');
        Ok(Value::Binary(text.into()))
    })
}

/// What all the futures come to, or the first error. Those that are not ready are all polled again when one of them may
/// have become so; most are ready at once.
async fn all(mut futures: Vec<Boxed<'_>>) -> ServerResult<Vec<Value>> {
    let mut values: Vec<Option<Value>> = Vec::with_capacity(futures.len());
    values.resize_with(futures.len(), || None);
    poll_fn(|task| {
        let mut is_ready = true;
        for (future, value) in futures.iter_mut().zip(&mut values).filter(|(_, value)| value.is_none()) {
            match future.as_mut().poll(task) {
                Poll::Ready(Ok(found)) => *value = Some(found),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => is_ready = false,
            }
        }
        if is_ready { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await?;
    Ok(values.into_iter().flatten().collect())
}
