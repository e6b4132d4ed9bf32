//! Starts the real thing and talks to it from outside.

mod edge;
