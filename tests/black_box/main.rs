//! The built program, as a black box: it starts, plays the story, ends with the right code and leaves the right files.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::format_push_string,
    clippy::disallowed_methods,
    reason = "a test that cannot go on ends, and this crate is what starts the program"
)]

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
mod nango;
mod order;
mod paragon;
mod rubbish;
mod story;
mod suites;
mod unread;
mod world;
mod wrong;

use airlock::names;
