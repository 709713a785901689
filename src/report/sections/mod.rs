//! The sections of the Markdown reports: one function each, in three sizes.

pub(crate) mod by_hand;
pub(crate) mod changes;
pub(crate) mod checks;
pub(crate) mod deploy;
pub(crate) mod environments;
pub(crate) mod footer;
pub(crate) mod head;
pub(crate) mod history;
pub(crate) mod messages;
pub(crate) mod picture;
pub(crate) mod previews;
pub(crate) mod problems;
pub(crate) mod refusals;
pub(crate) mod removals;
pub(crate) mod unknown;
