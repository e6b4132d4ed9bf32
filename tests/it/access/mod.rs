//! Who may do what, and that nobody sees what is another merchant's.

mod cli;
mod jwt;
mod keys;
mod roles;
mod tenancy;
mod walk;
