//! Going through a file: once to check it, once to import it.

use std::collections::HashMap;
use std::io::Read;

use uuid::Uuid;

use super::kinds::Item;
use super::refusals::Refusals;
use super::sheet::Sheet;
use super::source::{Bytes, Source};
use super::{Args, Report, singular};
use crate::domain::text::counted;
use crate::error::{Error, ProblemCode, Result};
use crate::progress::Progress;
use crate::sync::Engine;

/// Items that are handed to the engine at once.
const BATCH: usize = 500;

/// Checks the whole file, then imports it.
///
/// # Errors
/// Refused cells, or what the engine said.
pub(super) async fn import<I: Item>(engine: &Engine, merchant: Uuid, args: &Args) -> Result<Report> {
    let source = Source::named(&args.file)?;
    check::<I>(engine, merchant, (&source, args.delimiter)).await?;
    write::<I>(engine, merchant, (&source, args.delimiter)).await
}

async fn check<I: Item>(engine: &Engine, merchant: Uuid, (source, delimiter): (&Source<'_>, u8)) -> Result<()> {
    let mut batches = Batches::<I, Bytes>::open(source, delimiter, "checking")?;
    let mut refusals = Refusals::default();
    let mut seen = HashMap::new();
    while let Some(mut items) = batches.next(&mut refusals)? {
        items.retain(|item| is_new(item, &mut seen, &mut refusals));
        refuse(&items, I::check(engine, merchant, &items).await, &mut refusals)?;
    }
    refusals.none("nothing was imported")
}

async fn write<I: Item>(engine: &Engine, merchant: Uuid, (source, delimiter): (&Source<'_>, u8)) -> Result<Report> {
    let mut batches = Batches::<I, Bytes>::open(source, delimiter, "importing")?;
    let mut refusals = Refusals::default();
    let mut items = 0;
    while let Some(batch) = batches.next(&mut refusals)? {
        if refusals.count() == 0 {
            refuse(&batch, I::write(engine, merchant, &batch).await, &mut refusals)?;
        }
        if refusals.count() > 0 {
            break;
        }
        items += batch.len() as u64;
    }
    // The file was good a moment ago: it or the catalogue was changed meanwhile.
    let noun = I::NOUN;
    let before = counted(items, singular(noun));
    refusals.none(&format!("imported before: {before}; mend the file and import it again"))?;
    Ok(Report {
        noun,
        items,
        rows: batches.rows,
    })
}

/// Whether nothing of the item was in the file before; otherwise that is refused.
fn is_new<I: Item>(item: &I, seen: &mut HashMap<String, u64>, refusals: &mut Refusals) -> bool {
    let mut is_new = true;
    for (key, cell) in item.unique() {
        match seen.get(&key) {
            Some(line) => {
                refusals.add(cell, ProblemCode::Taken, format!("{key} is in line {line} already"));
                is_new = false;
            }
            None => {
                seen.insert(key, cell.line);
            }
        }
    }
    is_new
}

/// Turns the engine's problems with items into refused cells.
fn refuse<I: Item>(items: &[I], result: Result<()>, refusals: &mut Refusals) -> Result<()> {
    let problems = match result {
        Err(Error::Invalid(problems)) => problems,
        other => return other,
    };
    for problem in problems {
        // The first part names the list, the second is the place in it.
        let at = problem.field.get(1).and_then(|at| at.parse::<usize>().ok());
        let Some(item) = at.and_then(|at| items.get(at)) else {
            return Err(problem.into());
        };
        let cell = item.cell(problem.field.get(2..).unwrap_or_default());
        refusals.add(cell, problem.code, problem.message);
    }
    Ok(())
}

/// A file's items, a batch at a time. Items with a refused cell are left out.
struct Batches<I, R> {
    sheet: Sheet<R>,
    /// The item that the next row may belong to, and whether a cell of it was refused.
    open: Option<(I, bool)>,
    rows: u64,
    progress: Progress,
}

impl<I: Item> Batches<I, Bytes> {
    fn open(source: &Source<'_>, delimiter: u8, verb: &'static str) -> Result<Self> {
        let (bytes, length) = source.open()?;
        let sheet = Sheet::new(bytes, delimiter, I::COLUMNS)?;
        Ok(Self::new(sheet, Progress::of(verb, length)))
    }
}

impl<I: Item, R: Read> Batches<I, R> {
    fn new(sheet: Sheet<R>, progress: Progress) -> Self {
        Self {
            sheet,
            open: None,
            rows: 0,
            progress,
        }
    }

    /// The next items; none at the end of the file.
    fn next(&mut self, refusals: &mut Refusals) -> Result<Option<Vec<I>>> {
        let mut items = Vec::new();
        while items.len() < BATCH {
            let before = refusals.count();
            let Some(row) = self.sheet.next(refusals)? else {
                items.extend(self.close());
                break;
            };
            self.rows += 1;
            let is_of_open = self.open.as_mut().is_some_and(|(open, _)| open.absorb(&row, refusals));
            if !is_of_open {
                items.extend(self.close());
                self.open = Some((I::read(&row, refusals), false));
            }
            if let Some((_, is_refused)) = &mut self.open {
                *is_refused |= refusals.count() > before;
            }
        }
        self.progress.at(self.sheet.position());
        if items.is_empty() {
            self.progress.end();
            return Ok(None);
        }
        Ok(Some(items))
    }

    /// The open item, which is complete.
    fn close(&mut self) -> Option<I> {
        self.open
            .take()
            .filter(|(_, is_refused)| !is_refused)
            .map(|(item, _)| item)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::import::kinds::{Stock, Store, StoreSku, Warehouse};

    /// All items of a file, and what was refused.
    fn read<I: Item>(text: &str) -> (Vec<I>, Vec<String>) {
        let sheet = Sheet::new(text.as_bytes(), b',', I::COLUMNS).unwrap();
        let mut batches = Batches::new(sheet, Progress::of("checking", 0));
        let (mut refusals, mut seen, mut items) = (Refusals::default(), HashMap::new(), Vec::new());
        while let Some(batch) = batches.next(&mut refusals).unwrap() {
            assert!(batch.len() <= BATCH);
            items.extend(batch.into_iter().filter(|item| is_new(item, &mut seen, &mut refusals)));
        }
        (items, refusals.texts())
    }

    #[test]
    fn batches_hold_every_item_once() {
        let rows: String = (0..1_234).map(|at| format!("W{at},Warehouse\n")).collect();
        let (items, refused) = read::<Warehouse>(&format!("code,name\n{rows}"));
        assert_eq!((items.len(), refused.len()), (1_234, 0));
    }

    #[test]
    fn rows_of_one_store_sku_are_one_item() {
        let text = "store,sku,product_name,product_id,variant_id,component_sku,component_quantity\n\
                    S1,A,Mug,1,,W1,\nS1,A,,1,x,W2,3\nS1,A,Mug,1,,W1,1\nS1,B,Cup,,,,\nS2,A,Mug,1,,W1,1\n";
        let (items, refused) = read::<StoreSku>(text);
        assert!(refused.is_empty(), "{refused:?}");
        let shown: Vec<String> = items.iter().map(StoreSku::shown).collect();
        assert_eq!(
            shown,
            [
                "S1 A \"Mug\" at [\"1\", \"1 / x\"] of [\"1 W1\", \"3 W2\"]",
                "S1 B \"Cup\" at [] of []",
                "S2 A \"Mug\" at [\"1\"] of [\"1 W1\"]",
            ]
        );
        let names: Vec<&str> = vec!["components", "1", "quantity"];
        let field: Vec<String> = names.into_iter().map(str::to_owned).collect();
        assert_eq!(items[0].cell(&field).to_string(), "line 3, column component_quantity");
    }

    #[test]
    fn a_file_without_listings_leaves_them_as_they_are() {
        let (items, _) = read::<StoreSku>("store,sku,product_name,component_sku\nS1,A,Mug,W1\n");
        assert_eq!(items[0].shown(), "S1 A \"Mug\" at unchanged of [\"1 W1\"]");
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let text = "store,sku,product_name,product_id,variant_id,component_sku,component_quantity\n\
                    S1,A,Mug,1,,W1,1\nS1,A,Cup,,v,W1,2\nS1,B,Cup,1,,,5\nS1,C,Jug,2,,W1,many\nS1,D,Jug,3,,,\nS1,A,Mug,,,,\n\
                    S1,E,Jug,3,,,\n";
        let (items, refused) = read::<StoreSku>(text);
        assert_eq!(items.iter().map(StoreSku::shown).count(), 2);
        assert_eq!(
            refused,
            [
                "line 3, column product_name: \"Cup\" differs from the first row of the store SKU, which has \"Mug\"",
                "line 3, column product_id: a listing needs a product_id beside its variant_id",
                "line 3, column component_quantity: 2 units of \"W1\", but 1 in an earlier row",
                "line 4, column component_sku: a component needs a component_sku beside its quantity",
                "line 5, column component_quantity: \"many\" is not a whole number that can be taken",
                "line 8, column product_id: the listing 3 in S1 is in line 6 already",
            ]
        );
    }

    #[test]
    fn stores_name_their_marketplace_in_words() {
        let text =
            "code,name,marketplace,endpoint,signing_secret\nA,a,TikTok Shop,,\nB,b,ebay,,\nC,c,SHOPEE,http://x,\n";
        let (items, refused) = read::<Store>(text);
        assert_eq!(items.len(), 1);
        assert!(refused[0].starts_with("line 3, column marketplace: \"ebay\" is not a marketplace; there are SHOPEE,"));
        assert_eq!(
            refused[1],
            "line 4, column signing_secret: a connection needs both an endpoint and a signing_secret"
        );
    }

    #[test]
    fn stock_is_a_whole_number_that_is_not_negative() {
        let (items, refused) = read::<Stock>("warehouse,sku,available\nW,A,5\nW,B,-1\nW,C,1.5\nV,A,0\nW,A,6\n");
        assert_eq!(items.len(), 2);
        assert_eq!(
            refused,
            [
                "line 3, column available: -1 is negative",
                "line 4, column available: \"1.5\" is not a whole number that can be taken",
                "line 6, column sku: A in W is in line 2 already",
            ]
        );
    }
}
