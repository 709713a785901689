//! The built program, as a black box: it starts, plays the story, ends with the right code and leaves the right files.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests start programs, wait and read the environment; what fails ends them"
)]

mod action;
mod cancel;
mod story;
mod world;
