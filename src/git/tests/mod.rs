//! Git against real repositories.

mod ancestry;
mod files;
mod hostile;
mod names;
mod shallow;
