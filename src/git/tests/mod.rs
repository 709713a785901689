//! Git against real repositories.

mod ancestry;
mod files;
mod hostile;
mod merge;
mod names;
mod shallow;
