//! `bench writes`: stock changes taken and planned, and records pushed, beside a plain loop of the same statements.
//!
//! Server and loop have a database each, which begin alike, and get the same to do, in turns; the ratio is the median of
//! the rounds' ratios. At the end both databases have to hold the same, but for ids and times. Store SKUs have 100 records
//! before anything is measured, and each an unsent one, so that every change skips, inserts and deletes one of each.
//!
//! The same load is then given to the server for one merchant and for many, to see whether a merchant costs anything.

mod calls;
mod double;
mod intake;
mod plain;
mod push;
mod state;
mod table;
mod world;

use std::path::PathBuf;

use clap::Args;

use self::calls::{Turn, calls};
use self::double::Double;
use self::table::Pairs;
use self::world::{LISTED_IN, Shape, World};
use crate::cluster::{Database, Engine};
use crate::process::Served;
use crate::{Result, bad, reads, say};

/// What is measured, and how often.
#[derive(Args, Debug, Clone)]
pub(crate) struct Options {
    /// The database
    #[arg(long, value_enum, default_value_t = Engine::Postgres)]
    engine: Engine,
    /// Which parts: intake, push, intake-spread, push-spread; all when left out
    #[arg(long, value_delimiter = ',')]
    parts: Vec<String>,
    /// How often both take turns
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Articles that are changed, each in five stores
    #[arg(long, default_value_t = 1_000)]
    articles: usize,
    /// Records that each store SKU has before
    #[arg(long, default_value_t = 100)]
    history: usize,
    /// Changes of one turn that come one a call
    #[arg(long, default_value_t = 2_000)]
    single: usize,
    /// Changes of one turn that come in large batches
    #[arg(long, default_value_t = 8_000)]
    batched: usize,
    /// Changes of one large batch
    #[arg(long, default_value_t = 100)]
    batch: usize,
    /// Callers at once
    #[arg(long, default_value_t = 8)]
    callers: usize,
    /// Records that are pushed in one turn
    #[arg(long, default_value_t = 20_000)]
    pushed: usize,
    /// Connections of the loop to PostgreSQL: as many as the server's
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Merchants that a load is spread over; as many articles at least
    #[arg(long, default_value_t = 1_000)]
    merchants: usize,
    /// Another server than the one beside this program
    #[arg(long)]
    server: Option<PathBuf>,
}

/// Merchants among whom the pushed records are when the loop is measured.
const SOME: usize = 20;

/// Makes worlds: the first on a server or in a folder of its own, which the others share.
struct Maker<'o> {
    options: &'o Options,
    first: Database,
    double: Double,
    program: PathBuf,
}

/// Does all of it.
pub(crate) async fn run(options: Options) -> Result<()> {
    let maker = Maker {
        first: Database::create(options.engine).await?,
        double: Double::start().await?,
        program: reads::server(options.server.as_deref())?,
        options: &options,
    };
    if options.articles < options.callers * options.batch {
        return Err(bad(
            "--articles has to be --callers times --batch at least: what two calls at once say of one article races",
        ));
    }
    let is_wanted = |part: &str| options.parts.is_empty() || options.parts.iter().any(|wanted| wanted == part);
    if is_wanted("intake") {
        maker.intake().await?;
    }
    if is_wanted("push") {
        maker.push().await?;
    }
    if is_wanted("intake-spread") || is_wanted("push-spread") {
        table::spread_heading(maker.name(), options.merchants);
    }
    if is_wanted("intake-spread") {
        maker.intake_spread().await?;
    }
    if is_wanted("push-spread") {
        maker.push_spread().await?;
    }
    Ok(())
}

impl Maker<'_> {
    fn name(&self) -> &'static str {
        match self.options.engine {
            Engine::Postgres => "PostgreSQL",
            Engine::Sqlite => "SQLite",
        }
    }

    async fn world(&self, shape: &Shape) -> Result<World> {
        let database = self.first.another().await;
        let world = World::make(database, shape, &self.double.endpoint, self.options.connections).await?;
        say(&format!(
            "{} merchants, {} store SKUs, {} records of each",
            shape.merchants,
            shape.store_skus(),
            shape.history
        ));
        Ok(world)
    }

    /// A world whose changes are taken: merchants with so many articles together.
    fn taking(&self, merchants: usize) -> Shape {
        Shape {
            merchants,
            groups: 1,
            articles: self.options.articles.div_ceil(merchants),
            history: self.options.history,
        }
    }

    /// A world of which so many records are pushed in a turn.
    fn pushing(&self, merchants: usize, groups: usize) -> Shape {
        let articles = self.options.pushed / LISTED_IN / merchants / groups;
        Shape {
            merchants,
            groups,
            articles: articles.max(1),
            history: 0,
        }
    }

    async fn intake(&self) -> Result<()> {
        let shape = self.taking(1);
        let (engine, plain) = (self.world(&shape).await?, self.world(&shape).await?);
        let server = intake::serve(&self.program, &engine)?;
        let both = (&engine, &server, &plain);
        // Every store SKU gets an unsent record, and nobody meets what was never asked for.
        let before = self.options.articles.div_ceil(self.options.batch);
        self.beside_the_loop(both, before, self.options.batch, 0).await?;
        table::intake_heading(self.name(), self.options.callers);
        let mut first = before * self.options.batch;
        for (changes, title) in [(self.options.single, 1), (self.options.batched, self.options.batch)] {
            let mut pairs = Pairs::default();
            let count = changes.div_ceil(title);
            for _ in 0..self.options.rounds {
                pairs.0.push(self.beside_the_loop(both, count, title, first).await?);
                first += count * title;
            }
            let noun = if title == 1 { "change" } else { "changes" };
            table::intake(&format!("{title} {noun} a call"), &pairs, LISTED_IN);
        }
        state::same(&engine, &plain).await
    }

    /// The server takes so many calls, and then the loop.
    async fn beside_the_loop(
        &self,
        (engine, server, plain): (&World, &Served, &World),
        count: usize,
        batch: usize,
        first: usize,
    ) -> Result<(Turn, Turn)> {
        let made = || calls(&engine.shape, count, batch, first);
        engine.settle().await?;
        let taken = intake::of_engine(engine, server, &made(), self.options.callers).await?;
        plain.settle().await?;
        let looped = intake::of_loop(plain, made(), self.options.callers).await?;
        Ok((taken, looped))
    }

    async fn push(&self) -> Result<()> {
        let shape = self.pushing(SOME.min(self.options.merchants), 1);
        let (mut engine, mut plain) = (self.world(&shape).await?, self.world(&shape).await?);
        table::pushed_heading(self.name());
        let (mut pairs, mut calls) = (Pairs::default(), 0);
        // In the first round the paces of the stores are learnt.
        for round in 0..=self.options.rounds {
            let (pushed, made) = push::of_engine(&mut engine, &self.program, &self.double).await?;
            let looped = push::of_loop(&mut plain, self.options.connections).await?;
            calls = made;
            if round > 0 {
                pairs.0.push((pushed, looped));
            }
        }
        let title = format!(
            "{} records of {} stores",
            shape.store_skus(),
            shape.merchants * LISTED_IN
        );
        table::pushed(&title, &pairs, calls);
        state::same(&engine, &plain).await
    }

    async fn intake_spread(&self) -> Result<()> {
        let many = self.world(&self.taking(self.options.merchants)).await?;
        let one = self.world(&self.taking(1)).await?;
        let servers = (
            intake::serve(&self.program, &many)?,
            intake::serve(&self.program, &one)?,
        );
        let (mut pairs, mut first) = (Pairs::default(), 0);
        for round in 0..=self.options.rounds {
            let mut turns = Vec::new();
            // In the first round every store SKU gets an unsent record, and keys are looked up.
            let count = self
                .options
                .single
                .max(if round == 0 { self.options.articles } else { 0 });
            for (world, server) in [(&many, &servers.0), (&one, &servers.1)] {
                world.settle().await?;
                let made = calls(&world.shape, count, 1, first);
                turns.push(intake::of_engine(world, server, &made, self.options.callers).await?);
            }
            first += count;
            if round > 0 {
                pairs.0.push((turns[0], turns[1]));
            }
        }
        table::spread("changes taken, one a call", &pairs);
        Ok(())
    }

    async fn push_spread(&self) -> Result<()> {
        let merchants = self.options.merchants;
        let mut many = self.world(&self.pushing(merchants, 1)).await?;
        let mut one = self.world(&self.pushing(1, merchants)).await?;
        let mut pairs = Pairs::default();
        for round in 0..=self.options.rounds {
            let (of_many, _) = push::of_engine(&mut many, &self.program, &self.double).await?;
            let (of_one, _) = push::of_engine(&mut one, &self.program, &self.double).await?;
            if round > 0 {
                pairs.0.push((of_many, of_one));
            }
        }
        table::spread(&format!("records pushed, {} stores", merchants * LISTED_IN), &pairs);
        Ok(())
    }
}
