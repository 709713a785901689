//! The built program, as a black box: it starts, plays the story, ends with the right code and leaves the right files.

mod action;
mod cancel;
mod story;
mod world;
