//! Whole runs of the built program with a GitHub and a Nango beside it, both of them the stand-ins of the library's own
//! tests: what a run costs, what it leaves at GitHub, and how it ends.

mod comment;
mod cost;
mod preview;
mod rules;
mod story;
mod world;

#[expect(dead_code, unused_imports, reason = "the library's tests use the rest")]
#[path = "../../../src/tests/github/mod.rs"]
pub(crate) mod hub;
