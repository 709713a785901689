//! What a preview of a pull request is called, how it is told from everything else, and what it is made of. Pure.

mod body;
mod mark;
mod name;

pub(super) use body::{Source, body};
pub(super) use mark::{Home, Mark};
pub(super) use name::names;
