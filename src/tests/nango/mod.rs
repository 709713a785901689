//! A Nango in memory, as strict as the real one: built from recorded exchanges of a real server, and tested against them.

mod beside;
mod deploy;
mod recorded;
mod routes;
mod state;
mod strict;
mod world;

pub(crate) use recorded::Exchange;
pub(crate) use state::{ALL, Fault};
pub(crate) use world::Nango;
