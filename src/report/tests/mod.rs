//! Tests of the reports: stories with their words, hostile names, limits.

mod by_hand;
mod hostile;
mod limits;
mod previews;
mod schemas;
mod stories;
pub(crate) mod told;
mod verdicts;
pub(crate) mod world;
