//! TypeScript as platforms read it: from syntax to values, followed across files, with nothing executed.
//!
//! A platform names the files to begin with and what it wants of each ([`module::Facts`]); `world` reads them and what they
//! import, `look` finds what a name stands for, `print` tells that a piece of source changed.

mod changed;
mod links;
pub(in crate::platform) mod look;
pub(in crate::platform) mod lower;
pub(in crate::platform) mod module;
pub(in crate::platform) mod paths;
pub(in crate::platform) mod print;
mod read;
pub(in crate::platform) mod remark;
pub(in crate::platform) mod value;
pub(in crate::platform) mod world;
