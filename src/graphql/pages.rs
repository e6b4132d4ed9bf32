//! Connections within the objects of a list: one statement for the pages of all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_graphql::Pos;
use dataloader::BatchFn;
use dataloader::cached::Loader;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::loaders::{BATCH, Loaded, Origin, YIELDS, gathered};
use crate::db::each::{self, Within};
use crate::db::keyset::{Order, Rows};
use crate::domain::page::Page;
use crate::error::Result;

/// What a field asks for. All objects that a field of the document is resolved for ask for the same, whoever they are.
pub(super) struct Asked<P: Within> {
    pub(super) filter: P::Filter,
    pub(super) order: Order<P::OrderField>,
    pub(super) page: Page,
}

/// What each field, by its place in the document, asks for.
type Fields<P> = Arc<Mutex<HashMap<Pos, Arc<Asked<P>>>>>;
type Found<P> = Loaded<Rows<Arc<<P as EntityTrait>::Model>>>;

struct Batch<P: Within> {
    origin: Arc<Origin>,
    fields: Fields<P>,
}

impl<P: Within> Batch<P> {
    fn asked(&self, field: Pos) -> Option<Arc<Asked<P>>> {
        self.fields
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&field)
            .cloned()
    }

    async fn read(&self, field: Pos, parents: &[Uuid]) -> Result<HashMap<Uuid, Rows<P::Model>>> {
        let Some(asked) = self.asked(field) else {
            return Ok(HashMap::new());
        };
        let Origin { db, merchant } = &*self.origin;
        each::pages::<P, _>(db, *merchant, &asked.filter, asked.order, &asked.page, parents).await
    }
}

impl<P: Within> BatchFn<(Pos, Uuid), Found<P>> for Batch<P> {
    async fn load(&mut self, keys: &[(Pos, Uuid)]) -> HashMap<(Pos, Uuid), Found<P>> {
        let mut by_field: HashMap<Pos, Vec<Uuid>> = HashMap::new();
        for (field, parent) in keys {
            by_field.entry(*field).or_default().push(*parent);
        }
        let mut all = HashMap::with_capacity(keys.len());
        for (field, parents) in by_field {
            let read = self.read(field, &parents).await.map_err(async_graphql::Error::from);
            match read {
                Ok(mut found) => all.extend(parents.into_iter().map(|parent| {
                    let rows = found.remove(&parent).unwrap_or_else(Rows::none);
                    ((field, parent), Ok(rows.shared()))
                })),
                Err(error) => all.extend(parents.into_iter().map(|parent| ((field, parent), Err(error.clone())))),
            }
        }
        all
    }
}

/// The pages of one kind of row within one kind of object.
pub(super) struct Pages<P: Within> {
    origin: Arc<Origin>,
    /// What each field, by its place in the document, asks for, and what finds it; made when it is first asked.
    made: OnceLock<(Fields<P>, PageLoader<P>)>,
}

type PageLoader<P> = Loader<(Pos, Uuid), Found<P>, Batch<P>>;

impl<P: Within> Pages<P> {
    pub(super) fn new(origin: Arc<Origin>) -> Self {
        Self {
            origin,
            made: OnceLock::new(),
        }
    }

    fn make(&self) -> (Fields<P>, PageLoader<P>) {
        let fields = Fields::default();
        let batch = Batch {
            origin: Arc::clone(&self.origin),
            fields: Arc::clone(&fields),
        };
        let loader = Loader::new(batch).with_yield_count(YIELDS).with_max_batch_size(BATCH);
        (fields, loader)
    }

    /// The page that the field at this place of the document shows of this object.
    pub(super) async fn load(&self, field: Pos, parent: Uuid, asked: Asked<P>) -> Found<P> {
        let (fields, loader) = self.made.get_or_init(|| self.make());
        {
            let mut fields = fields.lock().unwrap_or_else(PoisonError::into_inner);
            fields.entry(field).or_insert_with(|| Arc::new(asked));
        }
        gathered(loader, (field, parent)).await
    }
}
