//! The catalogue of reasons: why a sync was triggered, and why something failed.
//!
//! Codes never change; the texts are in English and Indonesian. A missing text is a compile error, since the
//! catalogue is made of `match`es over all codes.

mod failure;
mod platform;
mod status;
mod sync;

pub use failure::{FailureTexts, of_failure};
pub use status::{of_connection, of_status};
pub use sync::{ReasonTexts, of_sync};

/// The languages that labels and remedies come in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, for every caller who asks for nothing else that there is.
    #[default]
    English,
    /// Indonesian.
    Indonesian,
}

impl Language {
    /// The first language of an `Accept-Language` header that there is, by the header's weights.
    #[must_use]
    pub fn from_accept_language(header: &str) -> Self {
        let mut wanted: Vec<(f32, Self)> = header.split(',').filter_map(Self::weighted).collect();
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
        wanted.first().map_or_else(Self::default, |(_, language)| *language)
    }

    fn weighted(range: &str) -> Option<(f32, Self)> {
        let mut parts = range.split(';').map(str::trim);
        let language = match parts.next()?.split('-').next()?.to_ascii_lowercase().as_str() {
            "en" | "*" => Self::English,
            "id" | "in" => Self::Indonesian,
            _ => return None,
        };
        let weight = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(Some(1.0), |q| q.parse().ok())?;
        (weight > 0.0).then_some((weight, language))
    }
}

/// A text in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    en: &'static str,
    id: &'static str,
}

impl Text {
    const fn new(en: &'static str, id: &'static str) -> Self {
        Self { en, id }
    }

    /// The text in one language.
    #[must_use]
    pub const fn in_language(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Indonesian => self.id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn the_header_decides_the_language() {
        for (header, language) in [
            ("", Language::English),
            ("id", Language::Indonesian),
            ("id-ID,id;q=0.9,en;q=0.8", Language::Indonesian),
            ("en;q=0.5, id;q=0.7", Language::Indonesian),
            ("fr, en;q=0.1, id;q=0", Language::English),
            ("ms;q=x", Language::English),
        ] {
            assert_eq!(Language::from_accept_language(header), language, "{header}");
        }
    }
}
