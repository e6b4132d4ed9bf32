//! What nested objects are read through: one statement for all the objects of a kind that a level of the answer needs.
//!
//! A set of loaders belongs to one request and one merchant. Each gathers the ids that resolvers ask for, reads them in
//! one statement, and remembers the rows; so a page of store SKUs with stores, components, rules and last records
//! costs one statement for each of these, and one for the page.
//!
//! What was read is not read again, so a set must not outlive what it describes: mutations and each event of a
//! subscription begin with a [`fresh`] one.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_graphql::{Context, ContextSelectionSet, Request};
use dataloader::BatchFn;
use dataloader::cached::Loader;
use entity::{
    failed_trigger, listing, manual_sync, mapping, stock_level, store, store_sku, sync_attempt, sync_record, sync_rule,
    warehouse, warehouse_sku,
};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use uuid::Uuid;

use super::pages::Pages;
use crate::db::{self, Db, Owned};
use crate::error::{Error, Result};

/// How often a loader lets the other resolvers run before it reads, so that all of a level have asked. Measured on a page
/// of 60 rows with twelve links each: with 0 it reads in 10 to 24 statements, with 1 and more in 6; 4 costs no more time
/// than 1 and leaves room for resolvers that have to wait for their turn.
pub(super) const YIELDS: usize = 4;
/// Most ids in one statement.
pub(super) const BATCH: usize = 1_000;
/// How often a row is asked for when the resolver that was reading it is gone.
const TRIES: u32 = 3;

/// What a loader reads.
trait Source: Send + Sync + 'static {
    /// What there is for an id; the default where there is nothing.
    type Value: Clone + Default + Send + Sync + 'static;

    /// What there is for each of the ids that have something.
    fn read(db: &Db, merchant: Uuid, ids: &[Uuid]) -> impl Future<Output = Result<HashMap<Uuid, Self::Value>>> + Send;
}

/// One value, or why the statement that was to read it failed. The error is in the caller's form already, so that one
/// failed statement is logged once, however many objects needed it.
pub(super) type Loaded<V> = std::result::Result<V, async_graphql::Error>;

/// Where the rows are, and whose are read. One for all loaders of a set: a [`Db`] is many pointers.
pub(super) struct Origin {
    pub(super) db: Db,
    pub(super) merchant: Uuid,
}

struct Batch<S> {
    origin: Arc<Origin>,
    source: PhantomData<S>,
}

impl<S: Source> BatchFn<Uuid, Loaded<S::Value>> for Batch<S> {
    async fn load(&mut self, ids: &[Uuid]) -> HashMap<Uuid, Loaded<S::Value>> {
        match S::read(&self.origin.db, self.origin.merchant, ids).await {
            Ok(mut found) => {
                let values = ids.iter().map(|id| (*id, Ok(found.remove(id).unwrap_or_default())));
                values.collect()
            }
            Err(error) => {
                let error = async_graphql::Error::from(error);
                ids.iter().map(|id| (*id, Err(error.clone()))).collect()
            }
        }
    }
}

/// One kind of link. Most requests need few kinds, so the loader, which also remembers what it read, is made when it is
/// first asked.
struct Gather<S: Source> {
    origin: Arc<Origin>,
    loader: OnceLock<BatchLoader<S>>,
}

type BatchLoader<S> = Loader<Uuid, Loaded<<S as Source>::Value>, Batch<S>>;

impl<S: Source> Gather<S> {
    fn new(origin: &Arc<Origin>) -> Self {
        Self {
            origin: Arc::clone(origin),
            loader: OnceLock::new(),
        }
    }

    fn loader(&self) -> &BatchLoader<S> {
        self.loader.get_or_init(|| {
            let batch = Batch {
                origin: Arc::clone(&self.origin),
                source: PhantomData,
            };
            Loader::new(batch).with_yield_count(YIELDS).with_max_batch_size(BATCH)
        })
    }

    /// Reads what will be asked for. Where that fails, whoever asks is told; lists within the items of a list come here
    /// one after the other, and are read for together.
    async fn foresee(&self, mut ids: Vec<Uuid>) {
        ids.sort_unstable();
        ids.dedup();
        let _ = self.loader().try_load_many(ids).await;
    }

    async fn load(&self, id: Uuid) -> Loaded<S::Value> {
        gathered(self.loader(), id).await
    }
}

/// What a loader finds for a key, along with what the other resolvers ask it for.
pub(super) async fn gathered<K, V, F>(loader: &Loader<K, Loaded<V>, F>, key: K) -> Loaded<V>
where
    K: Eq + Hash + Copy + Debug,
    V: Clone,
    F: BatchFn<K, Loaded<V>>,
{
    for _ in 0..TRIES {
        // It fails only when another resolver was reading this key and was dropped, because a field beside it
        // failed: then the key is to be asked for again.
        // In a box: it is large, and the future of any object that can ask would have room for it.
        if let Ok(value) = Box::pin(loader.try_load(key)).await {
            return value;
        }
    }
    Err(Error::internal("a batch was given up again and again").into())
}

/// Rows by their own id.
struct ById<E>(PhantomData<E>);

impl<E> Source for ById<E>
where
    E: Owned + 'static,
    E::Model: Send + Sync,
{
    type Value = Option<Arc<E::Model>>;

    async fn read(db: &Db, merchant: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, Self::Value>> {
        let rows = db::by_ids::<E, _>(db, merchant, ids).await?;
        Ok(rows.into_iter().map(|(id, row)| (id, Some(Arc::new(row)))).collect())
    }
}

macro_rules! sources {
    ($($(#[$doc:meta])* $name:ident: $value:ty = $read:path;)+) => {$(
        $(#[$doc])*
        struct $name;

        impl Source for $name {
            type Value = Vec<$value>;

            async fn read(db: &Db, merchant: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, Self::Value>> {
                $read(db, merchant, ids).await
            }
        }
    )+};
}

sources! {
    /// What store SKUs are made of.
    Components: (mapping::Model, Arc<warehouse_sku::Model>) = db::store_sku::components;
    /// The listings of store SKUs.
    Listings: listing::Model = db::store_sku::listings;
    /// The stock of warehouse SKUs.
    StockLevels: (stock_level::Model, Arc<warehouse::Model>) = db::warehouse_sku::stock_levels;
    /// The stores that rules choose.
    RuleStores: Arc<store::Model> = db::sync_rule::chosen_stores;
    /// The warehouses that rules sum.
    RuleWarehouses: Arc<warehouse::Model> = db::sync_rule::chosen_warehouses;
}

macro_rules! loaders {
    ($($(#[$doc:meta])* $name:ident: $source:ty => $value:ty;)+) => {
        /// What will be asked for, by kind of link.
        #[derive(Debug, Default)]
        pub struct Wanted {
            $(
                $(#[$doc])*
                pub $name: Vec<Uuid>
            ),+
        }

        /// One loader for each kind of link.
        pub struct Loaders {
            $($name: Gather<$source>,)+
            /// The store SKUs of warehouse SKUs.
            pub(super) store_skus_within: Pages<store_sku::Entity>,
        }

        impl Loaders {
            /// Empty loaders for one merchant.
            #[must_use]
            pub fn new(db: &Db, merchant: Uuid) -> Self {
                let origin = Arc::new(Origin { db: db.clone(), merchant });
                Self {
                    $($name: Gather::new(&origin),)+
                    store_skus_within: Pages::new(origin),
                }
            }

            /// Reads what is wanted, each kind in one statement, all at once. What could not be read is told to whoever
            /// asks for it.
            async fn foresee(&self, wanted: Wanted) {
                let mut reads: Vec<BoxFuture<'_, ()>> = Vec::new();
                $(
                    if !wanted.$name.is_empty() {
                        reads.push(self.$name.foresee(wanted.$name).boxed());
                    }
                )+
                join_all(reads).await;
            }

            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// The statement failed.
                pub async fn $name(&self, id: Uuid) -> async_graphql::Result<$value> {
                    self.$name.load(id).await
                }
            )+
        }
    };
}

loaders! {
    /// The store with this id.
    store: ById<store::Entity> => Option<Arc<store::Model>>;
    /// The warehouse with this id.
    warehouse: ById<warehouse::Entity> => Option<Arc<warehouse::Model>>;
    /// The warehouse SKU with this id.
    warehouse_sku: ById<warehouse_sku::Entity> => Option<Arc<warehouse_sku::Model>>;
    /// The store SKU with this id.
    store_sku: ById<store_sku::Entity> => Option<Arc<store_sku::Model>>;
    /// The rule with this id, a deleted one too.
    sync_rule: ById<sync_rule::Entity> => Option<Arc<sync_rule::Model>>;
    /// The record with this id.
    sync_record: ById<sync_record::Entity> => Option<Arc<sync_record::Model>>;
    /// The manual sync with this id.
    manual_sync: ById<manual_sync::Entity> => Option<Arc<manual_sync::Model>>;
    /// The listing with this id.
    listing: ById<listing::Entity> => Option<Arc<listing::Model>>;
    /// The attempt with this id.
    sync_attempt: ById<sync_attempt::Entity> => Option<Arc<sync_attempt::Model>>;
    /// The failed trigger with this id.
    failed_trigger: ById<failed_trigger::Entity> => Option<Arc<failed_trigger::Model>>;
    /// What the store SKU with this id is made of.
    components: Components => Vec<(mapping::Model, Arc<warehouse_sku::Model>)>;
    /// The listings of the store SKU with this id.
    listings: Listings => Vec<listing::Model>;
    /// The stock of the warehouse SKU with this id.
    stock_levels: StockLevels => Vec<(stock_level::Model, Arc<warehouse::Model>)>;
    /// The stores that the rule with this id chooses.
    rule_stores: RuleStores => Vec<Arc<store::Model>>;
    /// The warehouses that the rule with this id sums.
    rule_warehouses: RuleWarehouses => Vec<Arc<warehouse::Model>>;
}

/// The loaders of a request, which can be replaced by fresh ones while it runs.
struct Handle {
    db: Db,
    merchant: Uuid,
    /// None until it is asked for.
    current: Mutex<Option<Arc<Loaders>>>,
}

impl Handle {
    fn current(&self) -> Arc<Loaders> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let loaders = current.get_or_insert_with(|| Arc::new(Loaders::new(&self.db, self.merchant)));
        Arc::clone(loaders)
    }
}

/// Gives a request its loaders.
#[must_use]
pub fn attach(request: Request, db: &Db, merchant: Uuid) -> Request {
    request.data(Handle {
        db: db.clone(),
        merchant,
        current: Mutex::default(),
    })
}

/// The loaders of the request.
///
/// # Errors
/// The request has none.
pub fn current(ctx: &Context<'_>) -> Result<Arc<Loaders>> {
    let handle = ctx
        .data_opt::<Handle>()
        .ok_or_else(|| Error::internal("the request has no loaders"))?;
    Ok(handle.current())
}

/// Has what a list of objects will ask for read before they do.
pub(super) async fn foresee(ctx: &ContextSelectionSet<'_>, wanted: Wanted) {
    if let Some(handle) = ctx.data_opt::<Handle>() {
        handle.current().foresee(wanted).await;
    }
}

/// Makes the request forget what its loaders read, since it may have changed.
pub fn fresh(ctx: &Context<'_>) {
    if let Some(handle) = ctx.data_opt::<Handle>() {
        *handle.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
