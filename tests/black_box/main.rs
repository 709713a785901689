//! The built program, as a black box: it starts, plays the story, ends with the right code and leaves the right files.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::format_push_string,
    clippy::disallowed_methods,
    reason = "a test that cannot go on ends, and this crate is what starts the program"
)]

// What the stand-ins of the library's tests call `crate::…`.
use airlock::{context, finding, github, names, net, release, watch};

mod action;
mod adopt;
mod airflow;
mod astro;
mod background;
mod beside;
mod cancel;
mod command;
mod confine;
mod drift;
mod forks;
mod handed;
mod hostile;
mod hub;
mod kill;
mod leaks;
mod look;
mod many;
mod nango;
mod order;
mod paragon;
mod pushes;
mod rubbish;
mod story;
mod suites;
mod unread;
mod whole;
mod world;
mod wrong;

#[expect(dead_code, reason = "the library's tests use the rest")]
#[path = "../../src/tests/facts.rs"]
mod facts;

mod tests {
    pub(crate) use crate::facts;
}
