//! What tests share: facts to begin with, and the worlds of the services.

pub(crate) mod astro;
pub(crate) mod docs;
pub(crate) mod facts;
pub(crate) mod github;
mod house;
pub(crate) mod nango;
mod pairs;
pub(crate) mod paragon;
pub(crate) mod repository;
mod serve;
