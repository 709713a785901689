//! The built program, as a black box: it starts, plays the story, ends with the right code and leaves the right files.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on ends, and this crate is what starts the program"
)]

mod action;
mod cancel;
mod confine;
mod hub;
mod story;
mod world;
