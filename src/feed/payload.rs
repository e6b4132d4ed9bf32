//! News as text, as it goes from process to process.
//!
//! A payload is lines: first the form and the sender, then for each thing a letter and what belongs to it. Ids and
//! statuses are all that it holds; whoever hears of a record reads it as its merchant.

use chrono::DateTime;
use entity::types::SyncStatus;
use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::Change;
use super::news::{Look, News};

impl News {
    /// The payloads that say all of it, each no longer than `most` bytes.
    #[must_use]
    pub fn payloads(&self, sender: Uuid, most: usize) -> Vec<String> {
        let mut pages = Pages::new(sender, most);
        if self.has_work {
            pages.line("w", "");
        }
        if self.look.at_everyone {
            pages.line("e", "");
        }
        for (merchant, from) in &self.look.at {
            pages.line(&format!("l {} {}", merchant.simple(), from.timestamp_micros()), "");
        }
        for (merchant, changes) in &self.changes {
            let context = format!("m {}", merchant.simple());
            for change in changes {
                pages.line(&line_of(change), &context);
            }
        }
        pages.pages
    }

    /// Says nothing but who is there.
    #[must_use]
    pub fn ping(sender: Uuid) -> String {
        header(sender)
    }

    /// Who sent a payload, and what it says. What is not understood, as it may come from another version of this
    /// program, means that there is something to look for and to do.
    #[must_use]
    pub fn read(payload: &str) -> (Option<Uuid>, Self) {
        let mut lines = payload.lines();
        let first = lines.next().unwrap_or_default();
        let sender = first.strip_prefix(FORM).and_then(|sender| Uuid::try_parse(sender).ok());
        let news = match sender {
            Some(_) => Self::read_lines(lines),
            None => None,
        };
        (sender, news.unwrap_or_else(Self::unknown))
    }

    fn unknown() -> Self {
        let mut news = Self::default();
        news.look = Look::at_everyone();
        news.has_work = true;
        news
    }

    fn read_lines<'l>(lines: impl Iterator<Item = &'l str>) -> Option<Self> {
        let mut news = Self::default();
        let mut merchant = None;
        for line in lines {
            let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
            match kind {
                "w" => news.has_work = true,
                "e" => news.look.at_everyone = true,
                "l" => {
                    let (merchant, from) = rest.split_once(' ')?;
                    let from = DateTime::from_timestamp_micros(from.parse().ok()?)?;
                    news.look.add(Uuid::try_parse(merchant).ok()?, from);
                }
                "m" => merchant = Some(Uuid::try_parse(rest).ok()?),
                "c" => {
                    let change = change_of(merchant?, rest)?;
                    news.changes.entry(change.merchant_id).or_default().push(change);
                }
                _ => return None,
            }
        }
        Some(news)
    }
}

/// What every payload of this form begins with.
const FORM: &str = "2 ";

fn header(sender: Uuid) -> String {
    format!("{FORM}{}", sender.simple())
}

fn line_of(change: &Change) -> String {
    let [record, store, store_sku] = [change.record_id, change.store_id, change.store_sku_id].map(Uuid::simple);
    let (version, status) = (change.version, change.status.word());
    let manual = change.manual_sync_id.map(|id| format!(" {}", id.simple()));
    format!(
        "c {record} {store} {store_sku} {version} {status}{}",
        manual.unwrap_or_default()
    )
}

fn change_of(merchant_id: Uuid, line: &str) -> Option<Change> {
    let mut parts = line.split(' ');
    let change = Change {
        merchant_id,
        record_id: Uuid::try_parse(parts.next()?).ok()?,
        store_id: Uuid::try_parse(parts.next()?).ok()?,
        store_sku_id: Uuid::try_parse(parts.next()?).ok()?,
        version: parts.next()?.parse().ok()?,
        status: SyncStatus::try_from_value(&parts.next()?.to_owned()).ok()?,
        manual_sync_id: match parts.next() {
            Some(id) => Some(Uuid::try_parse(id).ok()?),
            None => None,
        },
    };
    parts.next().is_none().then_some(change)
}

/// Payloads under a limit, each understood without the others.
struct Pages {
    header: String,
    most: usize,
    pages: Vec<String>,
    /// The context of the last line.
    context: String,
}

impl Pages {
    fn new(sender: Uuid, most: usize) -> Self {
        Self {
            header: header(sender),
            most,
            pages: Vec::new(),
            context: String::new(),
        }
    }

    /// Adds a line, and before it the line that it needs to be understood, unless that is there.
    fn line(&mut self, line: &str, context: &str) {
        let needed = line.len() + context.len() + 2;
        let has_room = self.pages.last().is_some_and(|page| page.len() + needed <= self.most);
        if !has_room {
            self.pages.push(self.header.clone());
            self.context.clear();
        }
        let Some(page) = self.pages.last_mut() else {
            return;
        };
        if !context.is_empty() && self.context != context {
            page.push('\n');
            page.push_str(context);
            self.context = context.to_owned();
        }
        page.push('\n');
        page.push_str(line);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::super::tests::change;
    use super::*;

    fn some_news() -> News {
        let mut news = News::default();
        let manual = Uuid::now_v7();
        for merchant in [Uuid::now_v7(), Uuid::now_v7()] {
            for version in 1..200 {
                let mut change = change(merchant, Uuid::now_v7(), version);
                change.manual_sync_id = (version % 2 == 0).then_some(manual);
                change.status = [SyncStatus::PartiallyFailed, SyncStatus::Pending][usize::from(version % 3 == 0)];
                news.changes.entry(merchant).or_default().push(change);
            }
            news.look.add(Uuid::now_v7(), crate::clock::now());
        }
        news.has_work = true;
        news
    }

    #[test]
    fn what_is_read_is_what_was_said_in_payloads_that_are_short_enough() {
        let (news, sender) = (some_news(), Uuid::new_v4());
        let payloads = news.payloads(sender, 1_000);
        assert!(payloads.len() > 10 && payloads.iter().all(|payload| payload.len() <= 1_000));
        let mut heard = News::default();
        for payload in payloads {
            let (from, part) = News::read(&payload);
            assert_eq!(from, Some(sender));
            heard.has_work |= part.has_work;
            heard.look.merge(part.look);
            for (merchant, changes) in part.changes {
                heard.changes.entry(merchant).or_default().extend(changes);
            }
        }
        assert_eq!(heard, news);
    }

    #[test]
    fn a_ping_says_who_is_there_and_nothing_else() {
        let sender = Uuid::new_v4();
        assert_eq!(News::read(&News::ping(sender)), (Some(sender), News::default()));
        assert!(News::default().payloads(sender, 1_000).is_empty());
    }

    #[test]
    fn what_is_not_understood_means_to_look() {
        let sender = Uuid::new_v4();
        let id = Uuid::new_v4();
        let texts = [
            String::new(),
            "9 something new".to_owned(),
            // As the version before this one said it.
            format!("1 {sender}\nm {id}\nc {id} 1 PENDING"),
            format!("2 {sender}\nx"),
            format!("2 {sender}\nc {id} {id} {id} 1 PENDING"),
            format!("2 {sender}\nm {id}\nc {id} {id} {id} 1 LOST"),
            format!("2 {sender}\nm {id}\nc {id} {id} {id} 1 PENDING {id} 4"),
            format!("2 {sender}\nl {id} 99999999999999999999"),
        ];
        for text in texts {
            let (_, news) = News::read(&text);
            assert!(
                news.look.at_everyone && news.has_work && news.changes.is_empty(),
                "{text}"
            );
        }
        let good = format!("2 {sender}\nm {id}\nc {id} {id} {id} 1 PENDING");
        assert_eq!(News::read(&good).1.changes[&id].first().unwrap().version, 1);
    }
}
