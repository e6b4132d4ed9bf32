//! Relay connections over [`keyset`].
//!
//! A connection reads its page at once, and its [`totals`](super::totals) only when they are selected.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::connection::PageInfo;
use async_graphql::parser::types::{Field, Selection};
use async_graphql::{Context, InputObject, InputType, Object, ObjectType, OutputType, TypeName};

use uuid::Uuid;

use super::context;
use super::filters::FilterInput;
use super::lean::{Lean, LeanList, Linked};
use super::loaders::{self, Loaders, Wanted};
use super::pages::{Asked, Pages};
use super::totals::Matching;
use crate::db::cursor::Cursor;
use crate::db::each::Within;
use crate::db::failed_trigger::FailedTriggerOrderField;
use crate::db::keyset::{self, Direction, Order, Paged, Rows};
use crate::db::manual_sync::ManualSyncOrderField;
use crate::db::store::StoreOrderField;
use crate::db::store_sku::StoreSkuOrderField;
use crate::db::sync_attempt::SyncAttemptOrderField;
use crate::db::sync_record::SyncRecordOrderField;
use crate::db::sync_rule::SyncRuleOrderField;
use crate::db::warehouse::WarehouseOrderField;
use crate::db::warehouse_sku::WarehouseSkuOrderField;
use crate::domain::page::PageArgs;
use crate::error::Result;

/// An aggregate that has a connection in the API.
pub trait Listed: Paged {
    /// The object that stands for a row.
    type Node: ObjectType + Linked + From<Self::Model>;
    /// The counts beside the page.
    type Totals: ObjectType + From<Matching<Self>>;
}

/// One page of an aggregate's rows.
pub struct ConnectionOf<P: Listed> {
    edges: Vec<Edge<P>>,
    has_previous: bool,
    has_next: bool,
    totals: P::Totals,
}

/// One row of a page, with its cursor.
pub struct Edge<P: Listed> {
    cursor: Cursor,
    node: P::Node,
}

impl<P: Listed> TypeName for ConnectionOf<P> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", <P::Node as OutputType>::type_name()).into()
    }
}

impl<P: Listed> TypeName for Edge<P> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", <P::Node as OutputType>::type_name()).into()
    }
}

/// One page of a list, with where it lies in the whole.
#[Object(name_type)]
impl<P: Listed> ConnectionOf<P> {
    /// The items of the page, each with its cursor.
    async fn edges(&self) -> LeanList<&Edge<P>> {
        LeanList(self.edges.iter().collect())
    }

    /// The items of the page.
    async fn nodes(&self) -> LeanList<&P::Node> {
        LeanList(self.edges.iter().map(|edge| &edge.node).collect())
    }

    /// Where the page begins and ends, and whether there is more.
    async fn page_info(&self) -> Lean<PageInfo> {
        Lean(PageInfo {
            has_previous_page: self.has_previous,
            has_next_page: self.has_next,
            start_cursor: self.edges.first().map(|edge| edge.cursor.encode()),
            end_cursor: self.edges.last().map(|edge| edge.cursor.encode()),
        })
    }

    #[graphql(flatten)]
    async fn totals(&self) -> &P::Totals {
        &self.totals
    }
}

impl<P: Listed> Linked for Edge<P> {
    fn want(&self, field: &Field, wanted: &mut Wanted) {
        for selection in &field.selection_set.node.items {
            if let Selection::Field(field) = &selection.node {
                self.node.want(&field.node, wanted);
            }
        }
    }
}

/// One item of a page, with its cursor.
#[Object(name_type)]
impl<P: Listed> Edge<P> {
    /// Where the item lies in the order; good for `after` and `before` of the same field in the same order.
    async fn cursor(&self) -> String {
        self.cursor.encode()
    }

    /// The item.
    async fn node(&self) -> Lean<&P::Node> {
        Lean(&self.node)
    }
}

/// In which order the items come. The id decides between items that are equal in the field.
#[derive(InputObject, Debug, Clone, Copy)]
#[graphql(concrete(name = "StoreSkuOrder", params(StoreSkuOrderField)))]
#[graphql(concrete(name = "WarehouseSkuOrder", params(WarehouseSkuOrderField)))]
#[graphql(concrete(name = "SyncRecordOrder", params(SyncRecordOrderField)))]
#[graphql(concrete(name = "ManualSyncOrder", params(ManualSyncOrderField)))]
#[graphql(concrete(name = "FailedTriggerOrder", params(FailedTriggerOrderField)))]
#[graphql(concrete(name = "SyncAttemptOrder", params(SyncAttemptOrderField)))]
#[graphql(concrete(name = "StoreOrder", params(StoreOrderField)))]
#[graphql(concrete(name = "WarehouseOrder", params(WarehouseOrderField)))]
#[graphql(concrete(name = "SyncRuleOrder", params(SyncRuleOrderField)))]
pub struct OrderBy<F: InputType> {
    /// What the items are sorted by.
    pub field: F,
    /// Which way.
    pub direction: Direction,
}

/// One page of the caller's rows.
///
/// # Errors
/// The request carries no caller, the page is not a possible one, or the database failed.
pub async fn connect<P: Listed>(
    ctx: &Context<'_>,
    filter: P::Filter,
    order: Option<OrderBy<P::OrderField>>,
    page: PageArgs,
) -> Result<ConnectionOf<P>>
where
    P::OrderField: InputType,
{
    let merchant = context::caller(ctx)?.merchant_id;
    let db = context::engine(ctx)?.db();
    let page = page.check()?;
    let order = sorted::<P>(order);
    let rows = keyset::page::<P, _>(db, merchant, &filter, order, &page).await?;
    let matching = Matching {
        db: db.clone(),
        merchant,
        filter,
    };
    Ok(ConnectionOf::new(rows, matching))
}

fn sorted<P: Listed>(order: Option<OrderBy<P::OrderField>>) -> Order<P::OrderField>
where
    P::OrderField: InputType,
{
    order.map_or(P::DEFAULT_ORDER, |order| Order {
        field: order.field,
        direction: order.direction,
    })
}

impl<P: Listed> ConnectionOf<P> {
    fn new<M>(rows: Rows<M>, matching: Matching<P>) -> Self
    where
        P::Node: From<M>,
    {
        let edge = |(cursor, row): (Cursor, M)| Edge {
            cursor,
            node: row.into(),
        };
        Self {
            edges: rows.rows.into_iter().map(edge).collect(),
            has_previous: rows.has_previous,
            has_next: rows.has_next,
            totals: matching.into(),
        }
    }
}

/// Like [`connect`], for a field of objects that come in lists: the pages of all of them are read in one statement.
/// `restrict` narrows the filter to what belongs to this object, for its counts.
pub(super) async fn connect_each<P, F>(
    ctx: &Context<'_>,
    parent: Uuid,
    pages: impl FnOnce(&Loaders) -> &Pages<P>,
    (filter, order, page): (Option<F>, Option<OrderBy<P::OrderField>>, PageArgs),
    restrict: impl FnOnce(&mut P::Filter),
) -> async_graphql::Result<ConnectionOf<P>>
where
    P: Listed + Within,
    P::Node: From<Arc<P::Model>>,
    P::OrderField: InputType,
    P::Filter: Clone,
    F: FilterInput<Filter = P::Filter>,
{
    let loaders = loaders::current(ctx)?;
    let filter = filter.unwrap_or_default().check("filter")?;
    let asked = Asked::<P> {
        filter: filter.clone(),
        order: sorted::<P>(order),
        page: page.check()?,
    };
    let rows = pages(&loaders).load(ctx.item.pos, parent, asked).await?;
    let mut matching = Matching {
        db: context::engine(ctx)?.db().clone(),
        merchant: context::caller(ctx)?.merchant_id,
        filter,
    };
    restrict(&mut matching.filter);
    Ok(ConnectionOf::new(rows, matching))
}

/// One page of the caller's rows for a field of the query: the filter is checked, and an error leaves the fields beside
/// it standing.
pub async fn listed<P, F>(
    ctx: &Context<'_>,
    filter: Option<F>,
    order: Option<OrderBy<P::OrderField>>,
    page: PageArgs,
) -> Option<async_graphql::Result<ConnectionOf<P>>>
where
    P: Listed,
    P::OrderField: InputType,
    F: FilterInput<Filter = P::Filter>,
{
    listed_within::<P, F>(ctx, filter, order, page, |_| ()).await
}

/// Like [`listed`], for a field of an object: `restrict` narrows the filter to what belongs to the object.
pub async fn listed_within<P, F>(
    ctx: &Context<'_>,
    filter: Option<F>,
    order: Option<OrderBy<P::OrderField>>,
    page: PageArgs,
    restrict: impl FnOnce(&mut P::Filter),
) -> Option<async_graphql::Result<ConnectionOf<P>>>
where
    P: Listed,
    P::OrderField: InputType,
    F: FilterInput<Filter = P::Filter>,
{
    let connection = match filter.unwrap_or_default().check("filter") {
        Ok(mut filter) => {
            restrict(&mut filter);
            // In a box: it is large, and the future of any object that has such a field would have room for it.
            Box::pin(connect::<P>(ctx, filter, order, page)).await
        }
        Err(error) => Err(error),
    };
    Some(connection.map_err(Into::into))
}
