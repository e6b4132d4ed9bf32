//! Sync rules: what planning reads of them, and writing them with what they cover.

mod candidates;
mod change;
mod members;
mod planning;

pub use candidates::{Candidate, candidates};
pub use change::{Content, content, governed_by, name_owner, reachable, save};
pub use planning::enabled;
