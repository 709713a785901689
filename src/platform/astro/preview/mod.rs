//! What a preview of a pull request is called, how it is told from everything else, and what it is made of. Pure.

mod body;
mod mark;
mod name;
mod objects;
mod secret;

pub(super) use body::{Source, body};
pub(super) use mark::{Home, Mark};
pub(super) use name::names;
pub(super) use objects::{Objects, SORTS, Sort};
use secret::{is_masked, is_secret};
