//! What the words mean: rules, formulas, transitions and texts.
//!
//! Everything here is pure. There is no I/O and no clock: what depends on the time takes `now` as an argument, what
//! depends on chance takes the random number.

pub mod pace;
pub mod page;
pub mod reason;
pub mod retention;
pub mod retry;
pub mod rule;
pub mod status;
pub mod text;
pub mod verdict;
